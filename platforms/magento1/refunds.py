"""Credit memos back to the shop. Offline only: the API switches the refund through a gateway off."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from ecomsync.common.money import ZERO, round_money
from platforms.magento1.client import MagentoClient
from platforms.magento1.mapping_orders import SHIPPING_ID
from platforms.magento1.mapping_returns import mark
from platforms.magento1.order_lines import sold_rows
from platforms.magento1.order_updates import done, refused
from platforms.magento1.orders import OrderReader
from platforms.magento1.payloads import ItemShape, OrderShape, amount, in_base_currency, read_shape
from platforms.magento1.quantities import quantity_text
from platforms.types import PushResult, RefundNotice, RemoteReturnLine

LANE = "orders"


class RefundPusher:
    def __init__(self, client: MagentoClient, reader: OrderReader) -> None:
        self._client = client
        self._reader = reader

    def push(self, notice: RefundNotice) -> PushResult:
        """Record a refund of exactly `amount`: the shop computes the rows, the difference goes as an adjustment."""
        warnings = []
        try:
            order = self._reader.record(notice.order_remote_id)
            known = self._known(order, notice.key)
            if known:
                return done(notice.key, notice.order_remote_id, False, refund_id=known)
            base = self._client.options.amounts == "base"
            shape = read_shape(OrderShape, in_base_currency(order) if base else order, what="Order")
            data = memo_data(notice, shape)
            text = " ".join(part for part in (notice.reason, mark(notice.key)) if part)
            made = str(
                self._client.call(
                    "order_creditmemo.create", notice.order_remote_id, data, text, False, False, lane=LANE
                )
            )
            record = self._client.read("order_creditmemo.info", made, lane=LANE)
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        kept = _kept(record, base=base)
        if kept is not None and kept != notice.amount:
            warnings.append(
                f"The credit memo {made} of the shop is over {kept} and the return over {notice.amount}."
            )
        if notice.pay_back:
            warnings.append(_NOT_PAID)
        if notice.restock:
            warnings.append(_NOT_RESTOCKED)
        result = done(notice.key, notice.order_remote_id, True, refund_id=made)
        return _with_warning(result, " ".join(warnings))

    def _known(self, order: Mapping[str, Any], key: str) -> str:
        """The number of the credit memo that bears our key, or ""."""
        if not amount(order.get("total_refunded")):
            return ""
        return next((memo.remote_id for memo in self._reader.memos_of(order) if memo.our_key == key), "")


def _kept(record: Any, *, base: bool) -> Decimal | None:
    """The total of the credit memo that was made, in the currency of the return."""
    if not isinstance(record, Mapping):
        return None
    return amount((in_base_currency(record) if base else record).get("grand_total"))


_NOT_PAID = "The shop's API gives no money back through a gateway: pay it back there by hand."
_NOT_RESTOCKED = "The shop puts nothing back on its shelf by this; the next push of the quantity does."


def _with_warning(result: PushResult, warning: str) -> PushResult:
    return PushResult(
        result.key, result.outcome, remote_id=result.remote_id, warning=warning, data=result.data
    )


def memo_data(notice: RefundNotice, shape: OrderShape) -> dict[str, Any]:
    """The shop's data of a credit memo. Raises Rejected.

    Every row is named, those not given back with 0: an empty map would give back all. So is the shipping.
    """
    left = shape.grand_total - shape.total_refunded
    if notice.amount <= 0 or notice.amount > left:
        raise Rejected(
            f"{notice.amount} cannot be given back: {left} of the order are left.",
            code="more_than_left",
            cure="Compare the credit memos of this order in the shop with the return in the ERP.",
            platform="magento1",
        )
    sold = sold_rows(shape.items)  # of a bundle whose parts have the money, the parts
    rows = {one.row.item_id: one.row for one in sold}
    parents = {child.item_id: one.row.item_id for one in sold for child in one.children}
    quantities = dict.fromkeys(rows, ZERO)
    shipping = ZERO
    for line in notice.lines:
        if line.kind == "shipping" or line.order_line_id == SHIPPING_ID:
            shipping += line.net
        elif line.order_line_id and line.quantity:
            item = parents.get(line.order_line_id, line.order_line_id)
            _check_line(line, rows.get(item))
            quantities[item] += line.quantity
    currency = shape.order_currency_code
    shipping = _before_discount(shape, shipping)
    worth = sum((_worth(rows[item], quantity, currency) for item, quantity in quantities.items()), ZERO)
    worth += shipping + _shipping_tax(shape, shipping) - _shipping_discount(shape, shipping)
    difference = notice.amount - worth
    _refuse_other_currency(shape, shipping or difference)
    return {
        "qtys": {item: quantity_text(quantity) for item, quantity in quantities.items()},
        "shipping_amount": f"{shipping:f}",
        "adjustment_positive": f"{max(difference, ZERO):f}",
        "adjustment_negative": f"{max(-difference, ZERO):f}",
    }


def _check_line(line: RemoteReturnLine, row: ItemShape | None) -> None:
    if row is None:
        raise Rejected(
            f"The order has no line {line.order_line_id} ('{line.name or line.sku}').",
            code="unknown_line",
            cure="Read the order again from the shop and correct the return.",
            platform="magento1",
        )
    left = row.qty_invoiced - row.qty_refunded
    if line.quantity > left:
        raise Rejected(
            f"Of '{row.sku}' {left.normalize():f} can be given back and {line.quantity.normalize():f} were sent; what is not "
            "invoiced in the shop cannot be.",
            code="more_than_left",
            cure="Send the invoice of this order first, and compare its credit memos with the return in the ERP.",
            platform="magento1",
        )


def _worth(row: ItemShape, quantity: Decimal, currency: str) -> Decimal:
    """What the shop gives back for pieces of a row: with tax, after discount."""
    if not quantity or not row.qty_ordered:
        return ZERO
    whole = row.row_total - row.discount_amount + row.hidden_tax_amount + row.tax_amount
    return round_money(whole * quantity / row.qty_ordered, currency)


def _refuse_other_currency(shape: OrderShape, money: Decimal) -> None:
    """The shop reads amounts of a credit memo in its base currency, pieces of rows in none. Raises Rejected."""
    base = shape.base_currency_code.upper()
    if not money or not base or base == shape.order_currency_code.upper():
        return
    raise Rejected(
        f"The shop takes amounts of a credit memo in {base} only, and the order is in {shape.order_currency_code}.",
        code="currency_mismatch",
        cure="Make the credit memo in the shop's admin, or read the orders of this site in the shop's base currency.",
        platform="magento1",
    )


def _before_discount(shape: OrderShape, net: Decimal) -> Decimal:
    """The shop's amount of the shipping, which is before its discount, of an amount after it."""
    whole = shape.shipping_amount - _whole_discount(shape)
    if net <= 0 or whole <= 0:
        return ZERO
    share = min(net / whole, Decimal(1))
    return round_money(shape.shipping_amount * share, shape.order_currency_code)


def _whole_discount(shape: OrderShape) -> Decimal:
    return shape.shipping_discount_amount - shape.shipping_hidden_tax_amount


def _shipping_discount(shape: OrderShape, shipping: Decimal) -> Decimal:
    if not shipping or not shape.shipping_amount:
        return ZERO
    return round_money(_whole_discount(shape) * shipping / shape.shipping_amount, shape.order_currency_code)


def _shipping_tax(shape: OrderShape, shipping: Decimal) -> Decimal:
    if not shipping or not shape.shipping_amount:
        return ZERO
    return round_money(
        shape.shipping_tax_amount * shipping / shape.shipping_amount, shape.order_currency_code
    )
