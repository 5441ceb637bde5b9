"""Documents typed by staff: amounts that were left empty are computed from price, quantity and tax.

Orders of a shop never come here: they keep the figures of the shop.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from ecomsync.common.money import HUNDRED, ZERO, round_money
from erp.errors import IllegalState
from erp.models import CustomerKind, CustomerType, DocumentCharge, SalesOrder, SalesOrderLine, TaxPlan
from erp.selectors.taxes import resolve_tax
from erp.services import transitions
from erp.services.prices import resolve_price
from erp.services.totals import set_totals
from erp.states import SalesOrderState


@transaction.atomic
def complete_sales_order(*, order: SalesOrder) -> SalesOrder:
    """Fill prices, discounts, taxes and totals of a draft that staff entered. Refuses an order of a shop."""
    transitions.lock(order)
    if order.external_number or order.state != SalesOrderState.DRAFT:
        raise IllegalState(
            f"Order {order} is not a draft of our own; its amounts are kept.",
            cure="Change the order in the shop, or correct it by a return.",
            item=str(order),
        )
    lines = list(order.lines.select_related("item__tax_plan", "unit").prefetch_related("item__units__unit"))
    charges = list(order.charges.all())
    for line in lines:
        _complete_line(order, line)
        line.save()
    for charge in charges:
        _complete_charge(charge, order.currency)
        charge.save()
    set_totals(order, lines, charges)
    order.save()
    return order


def _complete_line(order: SalesOrder, line: SalesOrderLine) -> None:
    if line.unit is None:
        line.unit = next((row.unit for row in line.item.units.all() if row.is_sales_default), None)
    if not line.unit_price:
        found = resolve_price(
            item=line.item,
            price_list=order.price_list,
            customer=order.customer,
            quantity=line.quantity,
            on=order.issue_date,
            currency=order.currency,
            convert=True,
            unit=line.unit,
        )
        line.unit_price = _in_tax_mode(found.price, found.prices_include_tax, order, line)
    rate = _rate(order, line)
    divisor = 1 + rate / HUNDRED if order.prices_include_tax else Decimal(1)
    value = round_money(line.unit_price * line.quantity, order.currency)
    discount = round_money(value * line.discount_percent / HUNDRED, order.currency)
    line.subtotal_net = round_money(value / divisor, order.currency)
    line.net_amount = round_money((value - discount) / divisor, order.currency)
    line.discount_amount = line.subtotal_net - line.net_amount
    if order.prices_include_tax:
        line.tax_amount = value - discount - line.net_amount
    else:
        line.tax_amount = round_money(line.net_amount * rate / HUNDRED, order.currency)
    line.gross_amount = line.net_amount + line.tax_amount
    line.description = line.description or line.item.display_name
    line.warehouse = line.warehouse or (order.warehouse if line.item.is_deliverable else None)


def _in_tax_mode(price: Decimal, includes_tax: bool, order: SalesOrder, line: SalesOrderLine) -> Decimal:
    if includes_tax == order.prices_include_tax:
        return price
    factor = 1 + _rate(order, line) / HUNDRED
    return round_money(price / factor if includes_tax else price * factor, order.currency)


def _rate(order: SalesOrder, line: SalesOrderLine) -> Decimal:
    """The rate typed on the line, else that of the customer group's or the item's tax plan."""
    if line.tax_rate is not None:
        return line.tax_rate
    group = order.customer.customer_group
    plan: TaxPlan | None = (group.tax_plan_override if group else None) or line.item.tax_plan
    if plan is None:
        line.tax_rate = ZERO
        return ZERO
    is_business = order.customer.customer_type == CustomerType.COMPANY and order.customer.tax_reg_no
    found = resolve_tax(
        tax_plan=plan,
        country=str(order.shipping_address.get("country") or ""),
        customer_kind=CustomerKind.BUSINESS if is_business else CustomerKind.CONSUMER,
        on=order.issue_date,
    )
    line.tax_code, line.tax_rate = (found.tax_code, found.rate) if found else ("", ZERO)
    return line.tax_rate


def _complete_charge(charge: DocumentCharge, currency: str) -> None:
    if charge.tax_rate is not None and not charge.tax_amount:
        charge.tax_amount = round_money(charge.net_amount * charge.tax_rate / HUNDRED, currency)
    charge.gross_amount = charge.net_amount + charge.tax_amount
