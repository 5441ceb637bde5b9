"""Orders of which a part was cancelled. Pure functions.

Staff may cancel what is not invoiced yet of an order that goes on. The order keeps its totals and tells beside them what
was cancelled; what the buyer still gets and owes is the rest.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import currency_quantum
from platforms.magento2.payloads import ItemShape, OrderShape


def without_cancelled(shape: OrderShape) -> OrderShape:
    """The order as it goes on; one that is cancelled as a whole, or not at all, stays as it is."""
    if shape.state == "canceled" or not any(item.qty_canceled for item in shape.items):
        return shape
    quantum = currency_quantum(shape.order_currency_code)
    left = [_rest_of(item, quantum) for item in shape.items]
    return shape.model_copy(
        update={
            "items": [item for item in left if item.qty_ordered > 0],
            "grand_total": shape.grand_total - shape.total_canceled,
            "subtotal": shape.subtotal - shape.subtotal_canceled,
            "tax_amount": shape.tax_amount - shape.tax_canceled,
            "shipping_amount": shape.shipping_amount - shape.shipping_canceled,
        }
    )


def _rest_of(item: ItemShape, quantum: Decimal) -> ItemShape:
    if not item.qty_canceled or not item.qty_ordered:
        return item
    left = item.qty_ordered - item.qty_canceled
    share = left / item.qty_ordered

    def part(amount: Decimal) -> Decimal:
        return (amount * share).quantize(quantum, rounding=ROUND_HALF_UP)

    return item.model_copy(
        update={
            "qty_ordered": left,
            "row_total": part(item.row_total),
            "tax_amount": part(item.tax_amount),
            "discount_amount": part(item.discount_amount),
            "discount_tax_compensation_amount": part(item.discount_tax_compensation_amount),
            "weee_tax_applied_row_amount": part(item.weee_tax_applied_row_amount),
        }
    )
