"""Shipping and fees to charges of the documents; negative fees to discounts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from ecomsync.common.money import HUNDRED, ZERO, round_money
from erp.models import Item, TaxAppliesTo
from erp.models.sales import ChargeKind as ErpChargeKind
from erp.selectors.taxes import resolve_tax
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.discounts import place_header_discount, settle
from orders.services.figures import component_of, is_discount
from orders.services.intake import clean_text
from orders.services.plan import OrderPlan, PlannedCharge
from orders.services.shares import Shares, add, code_and_rate, negated, scale, shares_of, total
from platforms.types import ChargeKind, PaymentKind, RemoteCharge, RemoteOrder
from sites.choices import ShippingCost
from sites.models import ShippingItemLine

_KINDS = {
    ChargeKind.FEE: ErpChargeKind.FEE,
    ChargeKind.PAYMENT_FEE: ErpChargeKind.PAYMENT_FEE,
    ChargeKind.GIFT_WRAP: ErpChargeKind.GIFT_WRAP,
    ChargeKind.TIP: ErpChargeKind.TIP,
    ChargeKind.DUTY: ErpChargeKind.DUTY,
}


def map_charges(plan: OrderPlan, context: ImportContext) -> None:
    """Shipping by the site's shipping items, fees on the fee item, what gives money back as a header discount."""
    for charge in _settled(plan.remote):
        if charge.kind is ChargeKind.SHIPPING:
            _map_shipping(plan, context, charge)
        elif is_discount(charge.net, charge.tax, charge.kind.value):
            shares = negated(shares_of(charge.taxes, charge.tax, plan.remote.currency))
            place_header_discount(plan, context.site, charge.title or charge.code, -charge.net, shares)
        elif charge.net or charge.tax:
            _map_fee(plan, context, charge)


def _settled(remote: RemoteOrder) -> list[RemoteCharge]:
    """The charges rounded to the currency so that shipping and the rest each keep their sums."""
    found = list(remote.charges)
    for wanted in (True, False):
        places = [i for i, charge in enumerate(found) if (charge.kind is ChargeKind.SHIPPING) is wanted]
        nets = settle([found[i].net for i in places], remote.currency)
        taxes = settle([found[i].tax for i in places], remote.currency)
        for i, net, tax in zip(places, nets, taxes, strict=True):
            if (net, tax) != (found[i].net, found[i].tax):
                found[i] = replace(found[i], net=net, tax=tax)
    return found


def _map_fee(plan: OrderPlan, context: ImportContext, charge: RemoteCharge) -> None:
    item = context.site.fee_item
    if charge.kind is ChargeKind.PAYMENT_FEE:
        payments = sorted(plan.remote.payments, key=lambda entry: entry.kind is not PaymentKind.PAYMENT)
        payment = context.payment_line(payments[0].code, payments[0].title) if payments else None
        item = (payment.fee_item if payment else None) or item
    kind = _KINDS.get(charge.kind, ErpChargeKind.OTHER)
    component = component_of(charge.kind)
    shares = shares_of(charge.taxes, charge.tax, plan.remote.currency)
    plan.charges.append(_charge(component, kind, charge, charge.net, shares, item))
    plan.decide("fee", charge.title or charge.code, item.code if item else "")


def _map_shipping(plan: OrderPlan, context: ImportContext, charge: RemoteCharge) -> None:
    if not (charge.code or charge.title or charge.net or charge.tax):
        return
    line = context.shipping_line(charge.code, charge.title)
    if line is None:
        plan.hold(
            HoldCode.UNMAPPED_SHIPPING,
            subject=clean_text(charge.code or charge.title, 255),
            title=charge.title,
        )
        return
    method = line.delivery_method
    plan.delivery_method = plan.delivery_method or method
    item = line.service_item or (method.service_item if method else None)
    plan.decide("shipping", charge.code or charge.title, item.code if item else str(method or ""))
    if not charge.net and not charge.tax:
        return
    net, tax = _cost(line, charge, plan.remote.currency)
    shares = shares_of(charge.taxes, charge.tax, plan.remote.currency)
    given = scale(shares, tax, plan.remote.currency) if tax != charge.tax else shares
    if (net, tax) != (ZERO, ZERO):
        planned = _charge("shipping", ErpChargeKind.SHIPPING, charge, net, dict(given), item)
        planned.tax_code = _tax_code(line, plan) or planned.tax_code
        plan.charges.append(planned)
    if (net, tax) != (charge.net, charge.tax):
        add(shares, given, sign=-1)
        _charge_rest(plan, context, charge, charge.net - net, shares)


def _tax_code(line: ShippingItemLine, plan: OrderPlan) -> str:
    """The code under which the ERP books the tax of shipping; the amount stays the shop's."""
    if line.tax_plan is None:
        return ""
    country = plan.remote.shipping.country or plan.remote.billing.country
    found = resolve_tax(
        tax_plan=line.tax_plan,
        applies_to=TaxAppliesTo.SHIPPING,
        country=country,
        on=plan.remote.created_at.date(),
    )
    return found.tax_code if found else ""


def _charge_rest(
    plan: OrderPlan, context: ImportContext, charge: RemoteCharge, net: Decimal, shares: Shares
) -> None:
    """What the buyer paid beyond the cost that the site wants on the shipping item; the sum stays the shop's."""
    item = context.site.fee_item
    difference = str(net + total(shares))
    if item is None:
        plan.hold(HoldCode.MISSING_FEE_ITEM, subject=charge.code, difference=difference)
        return
    plan.charges.append(_charge("shipping", ErpChargeKind.SHIPPING, charge, net, shares, item))
    plan.decide("shipping difference", difference, item.code)


def _cost(line: ShippingItemLine, charge: RemoteCharge, currency: str) -> tuple[Decimal, Decimal]:
    """(net, tax) that goes to the shipping item; the tax in the proportion of what was charged."""
    value = line.value or ZERO
    if line.cost_calculation == ShippingCost.AS_CHARGED:
        return charge.net, charge.tax
    if line.cost_calculation == ShippingCost.FREE:
        return ZERO, ZERO
    if line.cost_calculation == ShippingCost.PERCENT:
        return round_money(charge.net * value / HUNDRED, currency), round_money(
            charge.tax * value / HUNDRED, currency
        )
    net = round_money(value, currency)
    return net, round_money(charge.tax * net / charge.net, currency) if charge.net else ZERO


def _charge(
    component: str, kind: str, charge: RemoteCharge, net: Decimal, shares: Shares, item: Item | None
) -> PlannedCharge:
    code, rate = code_and_rate(charge.taxes)
    title = clean_text(charge.title or charge.code, 500)
    remote_id = clean_text(charge.remote_id, 100)
    return PlannedCharge(component, kind, title, net, shares, item, code, rate, remote_id)
