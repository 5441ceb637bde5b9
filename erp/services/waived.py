"""What was refunded before it was invoiced: taken off the order, so that it is neither invoiced nor credited."""

from __future__ import annotations

from decimal import Decimal

from ecomsync.common.money import ZERO, round_money
from erp.models import SalesOrder, SalesReturnLine
from erp.models.sales_amounts import AmountLine


def waived_share(row: SalesReturnLine, currency: str) -> tuple[Decimal, Decimal]:
    """(net, tax) of the part of a return line that is not credited, rounded to the currency."""
    if not row.waived_qty:
        return ZERO, ZERO
    if row.waived_qty == row.quantity:
        return row.net_amount, row.tax_amount
    part = row.waived_qty / row.quantity
    return round_money(row.net_amount * part, currency), round_money(row.tax_amount * part, currency)


def waived_amounts(order: SalesOrder) -> dict[int, dict[str, Decimal]]:
    """Order line id -> the amounts that its invoices must leave out, by their columns."""
    found: dict[int, dict[str, Decimal]] = {}
    rows = SalesReturnLine.objects.filter(order_line__order=order, waived_qty__gt=0)
    for row in rows.select_related("order_line"):
        assert row.order_line is not None  # filtered by its order
        net, tax = waived_share(row, order.currency)
        discount = _share_of(row.order_line, "discount_amount", row.waived_qty, order.currency)
        amounts = found.setdefault(
            row.order_line.pk,
            dict.fromkeys(("subtotal_net", "discount_amount", "net_amount", "tax_amount"), ZERO),
        )
        amounts["net_amount"] += net
        amounts["tax_amount"] += tax
        amounts["discount_amount"] += discount
        amounts["subtotal_net"] += net + discount
    return found


def _share_of(line: AmountLine, name: str, quantity: Decimal, currency: str) -> Decimal:
    whole: Decimal = getattr(line, name)
    return whole if quantity == line.quantity else round_money(whole * quantity / line.quantity, currency)
