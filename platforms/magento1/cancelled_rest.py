"""Orders of which a part was cancelled. Pure functions.

Cancelling an order that was invoiced in part cancels what is not invoiced, and the order goes on. It keeps its totals and
tells beside them what was cancelled; what the buyer still gets and owes is the rest. Of a configurable and its product the
shop counts the first row only, of a bundle the rows with the money; the others follow them here. Of a bundle whose parts
have the price it may count nothing at all (OpenMage/magento-lts#264): then what is neither invoiced nor shipped of it was
cancelled, if just this makes the shop's own total of what was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import ZERO, currency_quantum
from platforms.magento1.order_lines import parents_of
from platforms.magento1.payloads import ItemShape, OrderShape


def without_cancelled(shape: OrderShape) -> OrderShape:
    """The order as it goes on; one that is cancelled as a whole, or not at all, stays as it is.

    What was cancelled is what the rows say. The shop's own total of it counts only where it is that but for rounding: it
    takes for cancelled whatever was not paid yet.
    """
    is_counted = any(item.qty_canceled for item in shape.items)
    if (shape.state or shape.status) == "canceled" or not (is_counted or shape.total_canceled):
        return shape
    parents = parents_of(shape.items)
    rest, is_told = _rest(shape, parents) if is_counted else (shape, False)
    bundled = _with_bundles_counted(shape, parents)
    if is_told or bundled == shape:
        return rest
    other, fits = _rest(bundled, parents_of(bundled.items))
    return other if fits else rest


def _with_bundles_counted(shape: OrderShape, parents: Mapping[str, ItemShape]) -> OrderShape:
    """The rows of bundles of which the shop counts nothing, with what of them is neither invoiced nor shipped."""
    counted = {
        parents[item.item_id].item_id if item.item_id in parents else item.item_id
        for item in shape.items
        if item.qty_canceled
    }
    found = []
    for item in shape.items:
        top = parents.get(item.item_id, item)
        if top.product_type == "bundle" and top.item_id not in counted:
            gone = max(item.qty_ordered - max(item.qty_invoiced, item.qty_shipped), ZERO)
            item = item.model_copy(update={"qty_canceled": gone})
        found.append(item)
    return shape.model_copy(update={"items": found})


def _rest(shape: OrderShape, parents: Mapping[str, ItemShape]) -> tuple[OrderShape, bool]:
    """The order without what its rows call cancelled, and whether that is the shop's own total of it."""
    quantum = currency_quantum(shape.order_currency_code)
    left = [_rest_of(item, parents, quantum) for item in shape.items]
    gone = [_Gone(item, rest) for item, rest in zip(shape.items, left, strict=True)]
    shipping = min(shape.shipping_canceled, shape.shipping_amount)
    shipping_tax = _share(shape.shipping_tax_amount, shipping, shape.shipping_amount, quantum)
    total = sum((one.total for one in gone), shipping + shipping_tax)
    close = abs(total - shape.total_canceled) <= quantum * (len(gone) + 1)
    rest = shape.model_copy(
        update={
            "items": _without_empty(left, parents),
            "grand_total": shape.grand_total - (shape.total_canceled if close else total),
            "subtotal": sum((-one.subtotal for one in gone), shape.subtotal),
            "discount_amount": sum((one.discount for one in gone), shape.discount_amount),
            "tax_amount": sum((-one.tax for one in gone), shape.tax_amount - shipping_tax),
            "shipping_amount": shape.shipping_amount - shipping,
            "shipping_tax_amount": shape.shipping_tax_amount - shipping_tax,
        }
    )
    return rest, close


class _Gone:
    """What of a row was cancelled."""

    __slots__ = ("discount", "subtotal", "tax", "total")

    def __init__(self, item: ItemShape, rest: ItemShape) -> None:
        self.subtotal = item.row_total - rest.row_total
        self.discount = item.discount_amount - rest.discount_amount
        self.tax = item.tax_amount - rest.tax_amount
        hidden = item.hidden_tax_amount - rest.hidden_tax_amount
        fixed = item.fixed_tax - rest.fixed_tax
        self.total = self.subtotal - self.discount + self.tax + hidden + fixed


def _without_empty(items: Sequence[ItemShape], parents: Mapping[str, ItemShape]) -> list[ItemShape]:
    """The rows of which something is left, without those that stand under nothing or over nothing any more."""
    left = [item for item in items if item.qty_ordered > 0]
    known = {item.item_id for item in left}
    over = {parent.item_id for parent in parents.values()}
    used = {parents[item.item_id].item_id for item in left if item.item_id in parents}
    return [
        item
        for item in left
        if (parents[item.item_id].item_id in known if item.item_id in parents else True)
        and (item.item_id not in over or item.item_id in used)
    ]


def cancelled_of(item: ItemShape, parents: Mapping[str, ItemShape]) -> Decimal:
    """Pieces of a row that were cancelled, by itself or with the row that it stands under."""
    parent = parents.get(item.item_id)
    if item.qty_canceled or parent is None or not parent.qty_ordered:
        return item.qty_canceled
    return parent.qty_canceled * item.qty_ordered / parent.qty_ordered


def _rest_of(item: ItemShape, parents: Mapping[str, ItemShape], quantum: Decimal) -> ItemShape:
    gone = cancelled_of(item, parents)
    if not gone or not item.qty_ordered:
        return item
    left = max(item.qty_ordered - gone, ZERO)

    def part(amount: Decimal) -> Decimal:
        return _share(amount, left, item.qty_ordered, quantum)

    hidden = item.told_hidden_tax
    return item.model_copy(
        update={
            "qty_ordered": left,
            "row_total": part(item.row_total),
            "row_total_incl_tax": part(item.row_total_incl_tax),
            "tax_amount": part(item.tax_amount),
            "discount_amount": part(item.discount_amount),
            "fixed_tax": part(item.fixed_tax),
            "told_hidden_tax": None if hidden is None else part(hidden),
        }
    )


def _share(amount: Decimal, part: Decimal, whole: Decimal, quantum: Decimal) -> Decimal:
    return (amount * part / whole).quantize(quantum, rounding=ROUND_HALF_UP) if whole else ZERO
