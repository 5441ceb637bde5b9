"""Publishing quantities: absolute, never without `is_in_stock`, 50 rows per call.

The stock calls of the core API try a product's name as SKU first and as id after, so that a numeric SKU which the shop
does not know hits whatever product bears that id. The catalogue call with an identifier type says what is meant, saves
the same, and answers per row; it is used first. It checks all of a product's attributes, though, so a product with an
old gap is refused by it: such a row goes by the stock call, after its SKU was looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, MissingPermission
from ecomsync.common.money import ZERO
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import ACCESS_DENIED, RemoteFault, resource_of
from platforms.magento1.payloads import amount
from platforms.magento1.results import not_linked, rejected
from platforms.types import Outcome, PushResult, QuantityUpdate

LANE = "stock"
QUANTITY_BUNDLE = 50
LOOKED_UP_AT_ONCE = 200
_PATH, _STOCK_PATH, _LIST_PATH = "catalog_product.update", "product_stock.update", "product_stock.list"
_MANY_PATH = "product_stock.multiUpdate"
_QUANTUM = Decimal("0.0001")
_DATA_INVALID = ("catalog_product", 102)


@dataclass(frozen=True, slots=True)
class _Row:
    update: QuantityUpdate
    quantity: Decimal
    warning: str = ""


class QuantityPusher:
    def __init__(self, client: MagentoClient) -> None:
        self._client = client

    def push(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """One call per 50 rows, which also reads back what the shop kept of them."""
        results: dict[int, PushResult] = {}
        rows: dict[int, _Row] = {}
        for n, update in enumerate(updates):
            prepared = _prepare(update)
            if isinstance(prepared, PushResult):
                results[n] = prepared
            else:
                rows[n] = prepared
        batches = list(chunks(list(rows.values()), QUANTITY_BUNDLE))
        answers = push_in_batches(batches, self._send, lambda row: row.update.key)
        results.update(zip(rows, self._second_way(list(rows.values()), answers), strict=True))
        return [results[n] for n in range(len(updates))]

    def stock_data(self, quantity: Decimal) -> dict[str, str]:
        """Zero switches an item off by itself and nothing switches it on again, so both always go together."""
        sells = quantity > 0 or self._client.options.sell_at_zero
        data = {"qty": quantity_text(quantity), "is_in_stock": "1" if sells else "0"}
        if self._client.options.manage_stock:
            data |= {"manage_stock": "1", "use_config_manage_stock": "1"}
        return data

    # -- sending ------------------------------------------------------------
    def _send(self, rows: Sequence[_Row]) -> list[PushResult]:
        if self._client.door_of(LANE) == "soap_v2":
            return self._send_typed(rows)
        return self._send_rows(rows, looks=True)

    def _send_rows(self, rows: Sequence[_Row], *, looks: bool) -> list[PushResult]:
        """One bundle: the writes, and at its end a look at what was kept. Raises where no row may be written."""
        if not rows:
            return []
        calls: list[tuple[str, list[Any]]] = [
            (_PATH, [row.update.remote_id, {"stock_data": self.stock_data(row.quantity)}, None, "id"])
            for row in rows
        ]
        if looks:
            calls.append((_LIST_PATH, [[row.update.sku or row.update.remote_id for row in rows]]))
        answers = self._client.bundle(calls, lane=LANE)
        if all(isinstance(one, RemoteFault) and one.code == ACCESS_DENIED for one in answers[: len(rows)]):
            raise self._client.error(answers[0], _PATH)
        kept = _by_id(answers[-1]) if looks else {}
        return [self._result(row, answer, kept) for row, answer in zip(rows, answers, strict=False)]

    def _result(self, row: _Row, answer: Any, kept: Mapping[str, Mapping[str, Any]]) -> PushResult:
        update = row.update
        if isinstance(answer, RemoteFault | EcomsyncError):
            error = self._client.error(answer, _PATH, f"the quantity of '{update.sku or update.remote_id}'")
            refused = replace(result_from_error(update.key, error), remote_id=update.remote_id)
            second = isinstance(answer, RemoteFault) and (resource_of(_PATH), answer.code) == _DATA_INVALID
            return replace(refused, data={"second_way": True}) if second else refused
        return _accepted(row, kept.get(update.remote_id))

    # -- through SOAP v2 ----------------------------------------------------
    def _send_typed(self, rows: Sequence[_Row]) -> list[PushResult]:
        """One call to prove the SKUs and one to write all: SOAP v2 has no bundles with an answer per row. Its bundle stops
        at the first fault and does not say whose it is, so a refused one is raised and halved; writing a quantity
        again changes nothing.

        Its stock call saves the stock row alone, whose index may lag when an item crosses zero: such rows, and those whose
        SKU proves nothing, go one by one by the product.
        """
        shown = self._shown(rows)
        plain = [row for row in rows if _stays_as_it_is(row, shown.get(row.update.remote_id))]
        results: dict[int, PushResult] = {}
        if len(plain) > 1:
            data = [self.stock_data(row.quantity) for row in plain]
            self._client.call(_MANY_PATH, [row.update.sku for row in plain], data, lane=LANE)
            results = {id(row): _accepted(row, None) for row in plain}
        single = [row for row in rows if id(row) not in results]
        results |= {
            id(row): one for row, one in zip(single, self._send_rows(single, looks=False), strict=True)
        }
        return [results[id(row)] for row in rows]

    def _shown(self, rows: Sequence[_Row]) -> dict[str, Mapping[str, Any]]:
        """What the shop keeps now, by id."""
        named = [row.update.sku for row in rows if row.update.sku]
        return _by_id(self._client.rows(_LIST_PATH, named, lane=LANE)) if named else {}

    # -- the second way -----------------------------------------------------
    def _second_way(self, rows: Sequence[_Row], results: Sequence[PushResult]) -> list[PushResult]:
        """Rows refused over another attribute of their product, by the stock call: only where the shop's own list says
        that the SKU is the linked product, so that nothing else can be hit."""
        final = [
            replace(one, data={k: v for k, v in one.data.items() if k != "second_way"}) for one in results
        ]
        waiting = [n for n, one in enumerate(results) if one.data.get("second_way") and rows[n].update.sku]
        if not waiting:
            return final
        try:
            proven = self._proven_skus([rows[n] for n in waiting])
        except EcomsyncError:
            return final  # the first refusal stands
        sure = [n for n in waiting if proven.get(rows[n].update.sku) == rows[n].update.remote_id]
        answers = push_in_batches(
            [list(batch) for batch in chunks([rows[n] for n in sure], QUANTITY_BUNDLE)],
            self._send_by_sku,
            lambda row: row.update.key,
        )
        for n, answer in zip(sure, answers, strict=True):
            final[n] = answer
        return final

    def _proven_skus(self, rows: Sequence[_Row]) -> dict[str, str]:
        """SKU -> id of what the shop finds under it."""
        found: dict[str, str] = {}
        for batch in chunks([row.update.sku for row in rows], LOOKED_UP_AT_ONCE):
            for record in self._client.rows(_LIST_PATH, list(batch), lane=LANE):
                found[str(record.get("sku") or "")] = str(record.get("product_id") or "")
        return found

    def _send_by_sku(self, rows: Sequence[_Row]) -> list[PushResult]:
        calls = [(_STOCK_PATH, [row.update.sku, self.stock_data(row.quantity)]) for row in rows]
        results = []
        for row, answer in zip(rows, self._client.bundle(calls, lane=LANE), strict=True):
            if isinstance(answer, RemoteFault | EcomsyncError):
                error = self._client.error(answer, _STOCK_PATH, f"the quantity of '{row.update.sku}'")
                if isinstance(error, MissingPermission):
                    raise error
                results.append(
                    replace(result_from_error(row.update.key, error), remote_id=row.update.remote_id)
                )
            else:
                results.append(_accepted(row, None))
        return results


def quantity_text(quantity: Decimal) -> str:
    """Plain digits: whatever else a text begins with, the shop stores 0 for it without a word."""
    text = format(quantity.quantize(_QUANTUM, rounding=ROUND_FLOOR), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _prepare(update: QuantityUpdate) -> PushResult | _Row:
    if not update.remote_id.isdigit() or update.remote_id == "0":
        return not_linked(update.key, update.remote_id)
    if not update.quantity.is_finite() or abs(update.quantity) >= Decimal(10) ** 8:
        return rejected(
            update.key,
            update.remote_id,
            "bad_quantity",
            f"The quantity {update.quantity} cannot be published; the shop would store 0 for it.",
            "Correct the stock figure in the ERP.",
        )
    if update.quantity < 0:
        return _Row(update, ZERO, f"The quantity {update.quantity} is below zero; 0 was published.")
    return _Row(update, update.quantity)


def _stays_as_it_is(row: _Row, shown: Mapping[str, Any] | None) -> bool:
    """Whether the SKU is proven to be the linked product, and the item is on sale before and after, or neither."""
    if shown is None or str(shown.get("sku") or "") != row.update.sku:
        return False
    return (str(shown.get("is_in_stock")) == "1") == (row.quantity > 0)


def _by_id(answer: Any) -> dict[str, Mapping[str, Any]]:
    """The look at the end of a bundle; nothing where the shop refuses it, as the writes are what counts."""
    if not isinstance(answer, list):
        return {}
    return {str(one.get("product_id") or ""): one for one in answer if isinstance(one, Mapping)}


def _accepted(row: _Row, kept: Mapping[str, Any] | None) -> PushResult:
    warnings = [row.warning]
    data: dict[str, Any] = {}
    if kept is not None:
        shown = amount(kept.get("qty"))
        data["quantity"] = f"{shown.normalize():f}"
        if shown != amount(quantity_text(row.quantity)):
            warnings.append(
                f"The shop keeps {shown.normalize():f} although {quantity_text(row.quantity)} was sent."
            )
        elif shown > 0 and str(kept.get("is_in_stock")) in ("0", "False"):
            warnings.append(_STILL_SOLD_OUT)
    return PushResult(
        row.update.key,
        Outcome.OK,
        remote_id=row.update.remote_id,
        warning=" ".join(filter(None, warnings)),
        data=data,
    )


_STILL_SOLD_OUT = "The shop shows the item as out of stock although it has a quantity: it is not above the shop's threshold."
