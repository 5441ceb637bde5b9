"""Quantities and prices out, in the batches that the operation names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ecomsync.common.errors import NotFound, Rejected
from platforms.batching import chunks, push_in_batches
from platforms.custom.catalogue import Catalogue
from platforms.custom.client import CustomClient, Reply
from platforms.custom.operations import Operation, Results
from platforms.custom.templates import as_text
from platforms.types import Outcome, PriceUpdate, PushResult, QuantityUpdate, RemoteProduct

Row = dict[str, Any]
STOCK_LANE, PRICE_LANE = "stock", "prices"


class RowPusher:
    def __init__(self, client: CustomClient, catalogue: Catalogue, need: Callable[[str], Operation]) -> None:
        self._client = client
        self._catalogue = catalogue
        self._need = need

    # -- quantities ---------------------------------------------------------
    def push_quantities(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        operation = self._need("push_quantities")
        done: dict[str, PushResult] = {}
        rows: list[Row] = []
        for update in updates:
            refused = _not_linked(update.key, update.remote_id) or self._bad_quantity(update)
            if refused:
                done[update.key] = refused
                continue
            rows.append(
                {
                    "key": update.key,
                    "remote_id": update.remote_id,
                    "sku": update.sku,
                    "parent_remote_id": update.parent_remote_id,
                    "inventory_id": update.inventory_id,
                    "location_id": update.location_id,
                    "quantity": update.quantity,
                }
            )
        return self._sent(operation, rows, done, [update.key for update in updates])

    def _bad_quantity(self, update: QuantityUpdate) -> PushResult | None:
        if update.quantity < 0:
            return _rejected(
                update,
                "negative_quantity",
                "A quantity below zero is not published.",
                "Correct the stock in the ERP.",
            )
        whole = update.quantity == update.quantity.to_integral_value()
        if self._client.settings.whole_quantities and not whole:
            return _rejected(
                update,
                "fraction",
                f"The shop takes whole quantities and {update.quantity:f} has a fraction.",
                "Round quantities on the site, or switch 'Quantities with a fraction' on if the shop takes them.",
            )
        return None

    # -- prices -------------------------------------------------------------
    def push_prices(self, updates: Sequence[PriceUpdate]) -> list[PushResult]:
        """Prices that the shop shows already are not written, where it can be asked for them."""
        operation = self._need("push_prices")
        done: dict[str, PushResult] = {}
        open_: list[PriceUpdate] = []
        for update in updates:
            refused = _not_linked(update.key, update.remote_id) or self._foreign(update)
            if refused:
                done[update.key] = refused
            else:
                open_.append(update)
        base = [one.remote_id for one in open_ if not one.price_list]
        present = self._catalogue.by_ids(base, lane=PRICE_LANE) if base else None
        rows: list[Row] = []
        for update in open_:
            if (
                present is not None
                and not update.price_list
                and _is_shown(update, present.get(update.remote_id))
            ):
                done[update.key] = PushResult(update.key, Outcome.UNCHANGED, remote_id=update.remote_id)
            else:
                rows.append(_price_row(update))
        return self._sent(operation, rows, done, [update.key for update in updates])

    def _foreign(self, update: PriceUpdate) -> PushResult | None:
        ours = self._client.connection.currency.upper()
        if not ours or update.currency.upper() == ours:
            return None
        return _rejected(
            update,
            "wrong_currency",
            f"The price is in {update.currency} and the shop sells in {ours}.",
            "Choose a price list in the currency of the shop, or correct the currency of the site.",
        )

    # -- both ---------------------------------------------------------------
    def _sent(
        self, operation: Operation, rows: list[Row], done: dict[str, PushResult], keys: list[str]
    ) -> list[PushResult]:
        if rows:
            lane = PRICE_LANE if operation.name == "push_prices" else STOCK_LANE
            batches = list(chunks(rows, operation.batch))
            results = push_in_batches(
                batches, lambda batch: self._send(operation, batch, lane), lambda row: row["key"]
            )
            done.update({result.key: result for result in results})
        return [done[key] for key in keys]

    def _send(self, operation: Operation, rows: Sequence[Row], lane: str) -> list[PushResult]:
        context = {"rows": list(rows), "row": rows[0]}
        try:
            reply = self._client.run(operation, context, lane=lane)
        except NotFound as error:
            if len(rows) == 1:
                raise
            # One of them is gone: which one, the halves will tell.
            raise Rejected(error.message, code=error.code, cure=error.cure, status=error.status) from error
        if operation.results is None:
            return [PushResult(row["key"], Outcome.OK, remote_id=row["remote_id"]) for row in rows]
        return self._judged(operation.results, rows, reply)

    def _judged(self, rule: Results, rows: Sequence[Row], reply: Reply) -> list[PushResult]:
        found = self._client.value(rule.rows, reply.context) or []
        answers: list[Any] = found if isinstance(found, list) else [found]
        if rule.key:
            by_key: dict[str, list[Any]] = {}
            for one in answers:
                by_key.setdefault(as_text(self._client.value(rule.key, one)), []).append(one)
            pairs = [(row, _next_of(by_key.get(as_text(row.get(rule.match)), []))) for row in rows]
        else:
            pairs = [(row, answers[n] if n < len(answers) else None) for n, row in enumerate(rows)]
        return [self._row_result(rule, row, answer) for row, answer in pairs]

    def _row_result(self, rule: Results, row: Row, answer: Any) -> PushResult:
        if answer is None:
            return PushResult(
                row["key"],
                Outcome.REJECTED,
                "no_result",
                "The shop's answer says nothing of this row.",
                "See in the shop whether the product is still there; then link it again.",
                remote_id=row["remote_id"],
            )
        if not rule.ok or self._client.value(rule.ok, answer) not in (None, False, "", "false", "0", 0):
            return PushResult(row["key"], Outcome.OK, remote_id=row["remote_id"])
        said = as_text(self._client.value(rule.message, answer)) if rule.message else ""
        code = as_text(self._client.value(rule.code, answer)) if rule.code else ""
        return PushResult(
            row["key"],
            Outcome.REJECTED,
            code or "rejected",
            f"The shop refused the row: {said or 'without a reason'}",
            "Correct what the shop's message names, in the ERP or in the shop, then try again.",
            remote_id=row["remote_id"],
        )


def _next_of(answers: list[Any]) -> Any:
    """A product may have several rows, one per location or price list: they are answered in the order in which they were
    sent, or all by one answer."""
    return answers.pop(0) if len(answers) > 1 else answers[0] if answers else None


def _is_shown(update: PriceUpdate, product: RemoteProduct | None) -> bool:
    if product is None or product.price != update.price:
        return False
    if update.clear_special:
        return product.special_price is None
    return update.special is None or product.special_price == update.special


def _price_row(update: PriceUpdate) -> Row:
    return {
        "key": update.key,
        "remote_id": update.remote_id,
        "sku": update.sku,
        "parent_remote_id": update.parent_remote_id,
        "price": update.price,
        "currency": update.currency,
        "special": update.special,
        "special_from": update.special_from,
        "special_to": update.special_to,
        "clear_special": update.clear_special,
        "price_list": update.price_list,
        "min_quantity": update.min_quantity,
        "remove": update.remove,
    }


def _not_linked(key: str, remote_id: str) -> PushResult | None:
    if remote_id:
        return None
    return PushResult(
        key,
        Outcome.REJECTED,
        "not_linked",
        "The item has no product in this shop.",
        "Link the item in the item linker of this site, or run 'Link Items'.",
    )


def _rejected(update: QuantityUpdate | PriceUpdate, code: str, message: str, cure: str) -> PushResult:
    return PushResult(update.key, Outcome.REJECTED, code, message, cure, remote_id=update.remote_id)
