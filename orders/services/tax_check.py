"""The site's choice 'amounts of the shop, checked against the tax plan': the shop's tax is booked, never another one,
but an order whose tax is not what the ERP's tax plans ask for is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from ecomsync.common.money import HUNDRED, ZERO, currency_quantum, round_money
from erp.models import Customer, CustomerKind, TaxAppliesTo, TaxPlan
from erp.models.columns import plain
from erp.selectors.taxes import ResolvedTax, resolve_tax
from orders.labels import NO_TAX_LINE, TAX_ASKED, in_english
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.figures import is_discount
from orders.services.intake import clean_text
from orders.services.plan import OrderPlan
from platforms.types import ChargeKind, DiscountKind, RemoteOrder
from sites.choices import TaxSource


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of the shop and what the tax plan makes of it."""

    label: str
    net: Decimal
    found: Decimal
    asked: ResolvedTax
    expected: Decimal
    is_goods: bool = False


def check_taxes(plan: OrderPlan, context: ImportContext, *, customer: Customer | None = None) -> None:
    """Hold the order for each line, charge or rate whose tax differs from the tax plan by more than the tolerance.

    The plan of the customer's group comes before that of the item, the site's last. Rows that no line of a plan fits
    are held too: nobody can say what their tax should be.
    """
    site, remote = context.site, plan.remote
    if site.tax_source != TaxSource.ERP_CHECKED:
        return
    group = customer.customer_group if customer else None
    rows = _rows(plan, context, group.tax_plan_override_id if group else None)
    rows += _discounts(remote, rows)
    quantum = currency_quantum(remote.currency)
    tolerance = max(site.total_tolerance, quantum)
    for row in rows:
        if abs(row.found - row.expected) > tolerance:
            _hold(plan, row, subject=row.label)
    for row in _per_rate(rows):
        count = sum(1 for entry in rows if entry.asked == row.asked)
        if count > 1 and abs(row.found - row.expected) > max(tolerance, quantum * count / 2):
            _hold(plan, row, subject=row.label)
    if rows and not any(hold.code == HoldCode.TAX_MISMATCH for hold in plan.holds):
        plan.decide("tax", "", ", ".join(dict.fromkeys(row.asked.tax_code for row in rows)), "checked")


def _hold(plan: OrderPlan, row: CheckedRow, *, subject: str) -> None:
    plan.hold(
        HoldCode.TAX_MISMATCH,
        subject=subject,
        message=in_english(
            TAX_ASKED,
            expected=f"{row.expected:f}",
            currency=plan.remote.currency,
            code=row.asked.tax_code,
            rate=plain(row.asked.rate),
            net=f"{row.net:f}",
            found=f"{row.found:f}",
        ),
        line=row.label,
        expected=str(row.expected),
        found=str(row.found),
    )


def _rows(plan: OrderPlan, context: ImportContext, override: int | None) -> list[CheckedRow]:
    remote, found = plan.remote, []
    for line, item in zip(remote.lines, plan.items, strict=True):
        if item is None or not line.quantity:
            continue
        label = clean_text(line.sku or line.name, 255)
        own = override or item.tax_plan_id
        row = _checked(plan, context, label, line.net, line.tax, own, TaxAppliesTo.GOODS)
        found += [replace(row, is_goods=True)] if row else []
    for charge in remote.charges:
        if (not charge.net and not charge.tax) or is_discount(charge.net, charge.tax, charge.kind.value):
            continue
        label = clean_text(charge.title or charge.code, 255)
        shipping = charge.kind is ChargeKind.SHIPPING
        applies = TaxAppliesTo.SHIPPING if shipping else TaxAppliesTo.GOODS
        own = override or _plan_of_charge(context, charge.code, charge.title, shipping=shipping)
        row = _checked(plan, context, label, charge.net, charge.tax, own, applies)
        found += [row] if row else []
    return found


def _discounts(remote: RemoteOrder, rows: Sequence[CheckedRow]) -> list[CheckedRow]:
    """Discounts beside the lines and fees that give money back lower the tax of the goods: at their rate, where the
    goods have one. What a discount of mixed goods is of, no plan can say."""
    rates = {row.asked for row in rows if row.is_goods}
    if len(rates) != 1:
        return []
    asked = rates.pop()
    given = [
        (entry.title or entry.code, -entry.net, -entry.tax)
        for entry in remote.discounts
        if not entry.in_lines and entry.kind in (DiscountKind.COUPON, DiscountKind.HEADER)
    ]
    given += [
        (charge.title or charge.code, charge.net, charge.tax)
        for charge in remote.charges
        if is_discount(charge.net, charge.tax, charge.kind.value)
    ]
    return [
        CheckedRow(
            clean_text(label, 255),
            net,
            round_money(tax, remote.currency),
            asked,
            round_money(net * asked.rate / HUNDRED, remote.currency),
        )
        for label, net, tax in given
        if net or tax
    ]


def _plan_of_charge(context: ImportContext, code: str, title: str, *, shipping: bool) -> int | None:
    """Of the shipping line, of the service item that the charge is booked under."""
    if not shipping:
        return context.site.fee_item.tax_plan_id if context.site.fee_item else None
    line = context.shipping_line(code, title)
    if line is None:
        return None
    item = line.service_item or (line.delivery_method.service_item if line.delivery_method else None)
    return line.tax_plan_id or (item.tax_plan_id if item else None)


def _checked(
    plan: OrderPlan,
    context: ImportContext,
    label: str,
    net: Decimal,
    tax: Decimal,
    own: int | None,
    applies_to: str,
) -> CheckedRow | None:
    remote = plan.remote
    tax_plan = context.tax_plan(own or context.site.tax_plan_id)
    asked = _resolve(tax_plan, remote, applies_to) if tax_plan else None
    if asked is None:
        plan.hold(
            HoldCode.MISSING_TAX_PLAN,
            subject=label,
            message=in_english(NO_TAX_LINE, plan=tax_plan.code) if tax_plan else "",
        )
        return None
    expected = round_money(net * asked.rate / HUNDRED, remote.currency)
    return CheckedRow(label, net, round_money(tax, remote.currency), asked, expected)


def _resolve(tax_plan: TaxPlan, remote: RemoteOrder, applies_to: str) -> ResolvedTax | None:
    business = remote.customer.tax_number
    return resolve_tax(
        tax_plan=tax_plan,
        applies_to=applies_to,
        country=remote.shipping.country or remote.billing.country,
        customer_kind=CustomerKind.BUSINESS if business else CustomerKind.CONSUMER,
        on=remote.created_at.date(),
    )


def _per_rate(rows: Sequence[CheckedRow]) -> list[CheckedRow]:
    """One row per rate of the tax plans, with what its rows come to."""
    found: dict[ResolvedTax, list[CheckedRow]] = {}
    for row in rows:
        found.setdefault(row.asked, []).append(row)
    return [
        CheckedRow(
            f"{asked.tax_code} {plain(asked.rate)} %",
            sum((row.net for row in same), ZERO),
            sum((row.found for row in same), ZERO),
            asked,
            sum((row.expected for row in same), ZERO),
        )
        for asked, same in found.items()
    ]
