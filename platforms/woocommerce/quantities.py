"""Publishing quantities: absolute, whole numbers, 100 rows per call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from ecomsync.common.errors import ConfigurationError, RetryableError
from platforms.types import Outcome, PushResult, QuantityUpdate
from platforms.woocommerce.client import WooClient
from platforms.woocommerce.rows import Row, RowSender, accepted, not_linked, rejected

LANE = "stock"
_NOT_STOCKABLE = frozenset({"grouped", "external"})


class QuantityPusher:
    def __init__(self, client: WooClient) -> None:
        self._floor = client.options.floor_quantities
        self._sender = RowSender(client, lane=LANE)

    def push(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """One call per 100 simple products and one per parent (and 100 variations); nothing is read beforehand.

        Whether the shop keeps stock at all is seen in its answer. Rows that the shop goes on showing as sold out
        although they have stock are sent once more with their status.
        """
        results: list[PushResult | None] = [None] * len(updates)
        rows: list[tuple[int, Row]] = []
        warnings: dict[int, str] = {}
        for n, update in enumerate(updates):
            prepared = self._prepare(update)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                row, warnings[n] = prepared
                rows.append((n, row))
        answers = self._send([row for _, row in rows])
        for (n, _), answer in zip(rows, answers, strict=True):
            data = {name: value for name, value in answer.data.items() if name != "stuck"}
            warning = " ".join(filter(None, (warnings[n], answer.warning)))
            results[n] = replace(answer, warning=warning, data=data)
        return [result for result in results if result is not None]

    def _prepare(self, update: QuantityUpdate) -> PushResult | tuple[Row, str]:
        if not update.remote_id.isdigit():
            return not_linked(update.key, update.remote_id)
        quantity, warning = update.quantity, ""
        if quantity < 0:
            quantity, warning = Decimal(0), f"The quantity {update.quantity} is below zero; 0 was published."
        whole = quantity.to_integral_value(rounding=ROUND_FLOOR)
        if whole != quantity:
            if not self._floor:
                return PushResult(
                    update.key,
                    Outcome.REJECTED,
                    "fractional_quantity",
                    f"WooCommerce takes whole numbers only, and the quantity is {update.quantity}.",
                    "Sell the item in a smaller unit, or set 'Quantities with a fraction' of the site to floor.",
                    remote_id=update.remote_id,
                )
            warning = f"The quantity {update.quantity} was published as {whole}."
        body = {"manage_stock": True, "stock_quantity": int(whole)}
        return Row(update.key, update.remote_id, body, update.sku, update.parent_remote_id), warning

    def _send(self, rows: Sequence[Row]) -> list[PushResult]:
        results = self._sender.send(rows, _judge)
        stuck = [n for n, result in enumerate(results) if result.is_ok and result.data.get("stuck")]
        if stuck:
            again = [
                replace(
                    rows[n],
                    parent_id=results[n].parent_remote_id or rows[n].parent_id,
                    body={**rows[n].body, "stock_status": "instock"},
                )
                for n in stuck
            ]
            try:
                answers = self._sender.send(again, _judge)
            except (ConfigurationError, RetryableError):
                return results  # the quantities themselves are in
            for n, result in zip(stuck, answers, strict=True):
                results[n] = replace(result, warning=_STILL_SOLD_OUT) if result.data.get("stuck") else result
        return results


_STILL_SOLD_OUT = "The shop shows the item as out of stock although it has a quantity: it is not above the shop's out-of-stock threshold."


def _judge(row: Row, answer: Mapping[str, Any]) -> PushResult:
    """Read what the shop made of it; a quantity that was not kept is a refusal, not a success."""
    sent = row.body["stock_quantity"]
    if answer.get("type") in _NOT_STOCKABLE:
        return rejected(
            row,
            "no_own_stock",
            f"A product of type '{answer['type']}' has no stock of its own.",
            "Link the item to a simple product or a variation, or switch quantities off for it.",
        )
    if answer.get("manage_stock") is not True:
        return rejected(
            row,
            "manage_stock_off",
            "The shop ignores quantities: its stock management is switched off.",
            "In WooCommerce > Settings > Products > Inventory, switch 'Enable stock management' on, then run "
            "'Update All Qtys'.",
        )
    kept = answer.get("stock_quantity")
    warning = (
        ""
        if kept == sent
        else f"The shop keeps {kept} although {sent} was sent; a plugin may change quantities."
    )
    if answer.get("type") == "variable":
        warning = "This is the parent of variations: its quantity holds for all variations without their own."
    return accepted(
        row, warning=warning, quantity=kept, stuck=sent > 0 and answer.get("stock_status") == "outofstock"
    )
