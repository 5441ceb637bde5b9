"""Orders of which a part was cancelled. Pure functions.

Staff may cancel what is not invoiced yet of an order that goes on. The order keeps its totals and tells beside them what
was cancelled; what the buyer still gets and owes is the rest. Of a configurable and its product the shop counts the first
item only, of a bundle the items with the money (magento/magento2#26228); the others follow them here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import ZERO, currency_quantum
from platforms.magento2.order_amounts import stored_row_total
from platforms.magento2.payloads import ItemShape, OrderShape


def without_cancelled(shape: OrderShape) -> OrderShape:
    """The order as it goes on; one that is cancelled as a whole, or not at all, stays as it is.

    The shop's own total of what was cancelled counts only where it is what the items say, but for rounding: it takes for
    cancelled whatever was not paid yet, an invoice that is still open too.
    """
    if shape.state == "canceled" or not any(item.qty_canceled for item in shape.items):
        return shape
    quantum = currency_quantum(shape.order_currency_code)
    parents = parents_of(shape.items)
    left = [_rest_of(item, parents, quantum) for item in shape.items]
    pairs = list(zip(shape.items, left, strict=True))
    subtotal = sum((_stored(item, quantum) - _stored(rest, quantum) for item, rest in pairs), ZERO)
    tax = sum((item.tax_amount - rest.tax_amount for item, rest in pairs), ZERO)
    discount = sum((item.discount_amount - rest.discount_amount for item, rest in pairs), ZERO)
    compensation = sum(
        (
            item.discount_tax_compensation_amount - rest.discount_tax_compensation_amount
            for item, rest in pairs
        ),
        ZERO,
    )
    fixed = sum(
        (item.weee_tax_applied_row_amount - rest.weee_tax_applied_row_amount for item, rest in pairs), ZERO
    )
    shipping = min(shape.shipping_canceled, shape.shipping_amount)
    shipping_tax = _share(shape.shipping_tax_amount, shipping, shape.shipping_amount, quantum)
    total = subtotal - discount + compensation + tax + fixed + shipping + shipping_tax
    is_told = abs(total - shape.total_canceled) <= quantum * (len(pairs) + 1)
    return shape.model_copy(
        update={
            "items": _without_empty(left, parents),
            "grand_total": shape.grand_total - (shape.total_canceled if is_told else total),
            "subtotal": shape.subtotal - subtotal,
            "discount_amount": shape.discount_amount + discount,
            "discount_tax_compensation_amount": shape.discount_tax_compensation_amount - compensation,
            "tax_amount": shape.tax_amount - tax - shipping_tax,
            "shipping_amount": shape.shipping_amount - shipping,
            "shipping_tax_amount": shape.shipping_tax_amount - shipping_tax,
        }
    )


def _stored(item: ItemShape, quantum: Decimal) -> Decimal:
    """The row before its discount, whichever of the two the version shows."""
    return stored_row_total(item.row_total, item.discount_amount, item.price * item.qty_ordered, quantum)


def parents_of(items: Sequence[ItemShape]) -> dict[str, ItemShape]:
    """The item over each item that stands under one, by item id."""
    known = {item.item_id: item for item in items}
    return {item.item_id: known[item.parent_item_id] for item in items if item.parent_item_id in known}


def _without_empty(items: Sequence[ItemShape], parents: Mapping[str, ItemShape]) -> list[ItemShape]:
    """The items of which something is left, without those that stand under nothing or over nothing any more."""
    left = [item for item in items if item.qty_ordered > 0]
    known = {item.item_id for item in left}
    over = {parent.item_id for parent in parents.values()}
    used = {parents[item.item_id].item_id for item in left if item.item_id in parents}
    return [
        item
        for item in left
        if (item.item_id not in parents or parents[item.item_id].item_id in known)
        and (item.item_id not in over or item.item_id in used)
    ]


def _rest_of(item: ItemShape, parents: Mapping[str, ItemShape], quantum: Decimal) -> ItemShape:
    gone, parent = item.qty_canceled, parents.get(item.item_id)
    if not gone and parent is not None and parent.qty_ordered:
        gone = parent.qty_canceled * item.qty_ordered / parent.qty_ordered
    if not gone or not item.qty_ordered:
        return item
    left = max(item.qty_ordered - gone, ZERO)

    def part(amount: Decimal) -> Decimal:
        return _share(amount, left, item.qty_ordered, quantum)

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


def _share(amount: Decimal, part: Decimal, whole: Decimal, quantum: Decimal) -> Decimal:
    return (amount * part / whole).quantize(quantum, rounding=ROUND_HALF_UP) if whole else ZERO
