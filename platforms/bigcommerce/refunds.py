"""Refunds back to the store: a quote first, then the refund by one of the ways that the quote offers.

Strictly one after the other per order. The reason of its items bears our key, so that a repetition finds what it made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected
from ecomsync.common.money import ZERO, currency_quantum, to_decimal
from platforms.base import result_from_error
from platforms.bigcommerce.client import BigCommerceClient
from platforms.bigcommerce.mapping_prices import number
from platforms.bigcommerce.mapping_returns import reason_with_key
from platforms.types import Outcome, PushResult, RefundNotice, RemoteReturnLine

LANE = "orders"
CREDIT = "storecredit"
_ITEM_TYPES = {"shipping": "SHIPPING", "fee": "FEE"}


class RefundPusher:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client

    def push(self, notice: RefundNotice) -> PushResult:
        """Money goes back through the gateway only when `pay_back` says so; else the refund is recorded as paid elsewhere.

        Cost: one call to look, one for the order, two to refund.
        """
        order_id = notice.order_remote_id
        try:
            if not order_id.isdigit():
                raise Rejected(
                    f"'{order_id}' is not the id of an order in this store.",
                    code="bad_id",
                    cure="Read the order again from the store.",
                )
            known = self._known(order_id, notice.key)
            if known:
                return PushResult(
                    notice.key, Outcome.UNCHANGED, remote_id=order_id, data={"refund_id": known}
                )
            refund = self._make(notice)
        except PermanentError as error:
            return _refused(notice.key, order_id, error)
        warnings = []
        if notice.restock:
            warnings.append(
                "BigCommerce takes no goods back into stock with a refund; the next quantity update does it."
            )
        if _is_declined(refund):
            warnings.append("The payment provider declined to pay the refund back.")
        return PushResult(
            notice.key,
            Outcome.OK,
            remote_id=order_id,
            warning=" ".join(warnings),
            data={"refund_id": str(refund.get("id", ""))},
        )

    def _known(self, order_id: str, key: str) -> str:
        """The id of the refund that bears our key."""
        mark = reason_with_key("", key)
        for row in self._client.get(f"v3/orders/{order_id}/payment_actions/refunds", lane=LANE).rows():
            reasons = [str(item.get("reason") or "") for item in row.get("items") or ()]
            if any(reason.endswith(mark) for reason in [*reasons, str(row.get("reason") or "")]):
                return str(row.get("id", ""))
        return ""

    def _make(self, notice: RefundNotice) -> Mapping[str, Any]:
        order = self._client.get(f"v2/orders/{notice.order_remote_id}", lane=LANE).record()
        quantum = currency_quantum(
            str(order.get("default_currency_code") or order.get("currency_code") or "")
        )
        amount = notice.amount.quantize(quantum, rounding=ROUND_HALF_UP)
        route = f"v3/orders/{notice.order_remote_id}/payment_actions"
        body: dict[str, Any] = {"items": self._items(notice, amount)}
        quote = self._client.post(f"{route}/refund_quotes", body, lane=LANE).record()
        if to_decimal(quote.get("total_refund_amount")) != amount:
            tax = sum((line.tax for line in notice.lines), ZERO).quantize(quantum)
            body["merchant_calculated_override"] = {"total_amount": number(amount), "total_tax": number(tax)}
        body["payments"] = _payments(quote, amount, pay_back=notice.pay_back)
        return self._client.post(f"{route}/refunds", body, lane=LANE).record()

    def _items(self, notice: RefundNotice, amount: Decimal) -> list[dict[str, Any]]:
        reason = reason_with_key(notice.reason, notice.key)
        lines = [
            line for line in notice.lines if line.kind == "line" and line.order_line_id and line.quantity >= 1
        ]
        items = [_product(line, reason) for line in lines]
        items += self._charges(notice, reason)
        if items:
            return items
        order_id = int(notice.order_remote_id)
        return [{"item_type": "ORDER", "item_id": order_id, "amount": number(amount), "reason": reason}]

    def _charges(self, notice: RefundNotice, reason: str) -> list[dict[str, Any]]:
        """Shipping by its address, fees by their id; an amount that belongs to nothing goes to the order."""
        found: list[dict[str, Any]] = []
        for line in notice.lines:
            if line.kind == "line":
                continue
            kind = _ITEM_TYPES.get(line.kind, "ORDER")
            item = line.order_line_id
            if kind == "SHIPPING" and not item.isdigit():
                item = self._first_address(notice.order_remote_id)
            if kind == "FEE" and item in ("handling", "gift-wrapping"):
                kind, item = "HANDLING", self._first_address(notice.order_remote_id)
            if kind == "ORDER" or not item.isdigit():
                kind, item = "ORDER", notice.order_remote_id
            amount = number(line.net + line.tax)
            found.append({"item_type": kind, "item_id": int(item), "amount": amount, "reason": reason})
        return found

    def _first_address(self, order_id: str) -> str:
        rows = self._client.get(f"v2/orders/{order_id}/shipping_addresses", lane=LANE).rows()
        return str(rows[0].get("id", "")) if rows else ""


def _payments(quote: Mapping[str, Any], amount: Decimal, *, pay_back: bool) -> list[dict[str, Any]]:
    """One of the ways that the quote offers. A way may split the money, as it was paid; then all of its parts are used, each
    for no more than its own. Store credit alone is only for what the buyer asked to have as such."""
    ways = [
        [part for part in way if isinstance(part, Mapping)]
        for way in quote.get("refund_methods") or ()
        if isinstance(way, list)
    ]
    online = [
        way
        for way in ways
        if not any(part.get("offline") for part in way)
        and any(part.get("provider_id") != CREDIT for part in way)
    ]
    offline = [way for way in ways if len(way) == 1 and way[0].get("offline")]
    for way in online if pay_back else offline or [way for way in online if len(way) == 1]:
        parts = _split(way, amount)
        if parts:
            return [
                {
                    "provider_id": str(part.get("provider_id", "")),
                    "amount": number(share),
                    "offline": bool(part.get("offline")) or not pay_back,
                }
                for part, share in parts
            ]
    raise Rejected(
        "The store offers no way to pay this refund back."
        if pay_back
        else "The store offers no way to record this refund.",
        code="no_refund_method",
        cure="Refund the order in the store's control panel, or record the refund without paying it back.",
    )


def _split(way: Sequence[Mapping[str, Any]], amount: Decimal) -> list[tuple[Mapping[str, Any], Decimal]]:
    """The parts of a way with what each takes of the amount; none where they cannot take it all. A single part takes what
    is asked for, as the quote may be of another amount than ours."""
    if len(way) == 1:
        return [(way[0], amount)]
    left = amount
    found: list[tuple[Mapping[str, Any], Decimal]] = []
    for part in way:
        share = min(left, to_decimal(part.get("amount")))
        if share > 0:
            found.append((part, share))
            left -= share
    return [] if left > 0 else found


def _product(line: RemoteReturnLine, reason: str) -> dict[str, Any]:
    return {
        "item_type": "PRODUCT",
        "item_id": int(line.order_line_id),
        "quantity": int(line.quantity),
        "reason": reason,
    }


def _is_declined(refund: Mapping[str, Any]) -> bool:
    return any(payment.get("is_declined") for payment in refund.get("payments") or ())


def _refused(key: str, order_id: str, error: EcomsyncError) -> PushResult:
    return replace(result_from_error(key, error), remote_id=order_id)
