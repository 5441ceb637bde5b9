"""Batches of existing products and variations: who goes to which route, and what each row came to.

`/products/batch` cannot touch variations, and a variation sent under a wrong parent is MOVED there by WooCommerce. So
rows are grouped by the parent that the caller read from the shop; a row whose parent is unknown goes with the simple
products, where a variation is refused harmlessly, and is sent again under the parent that the shop names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from ecomsync.common.errors import ConfigurationError, EcomsyncError, PermanentError, RetryableError
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.types import Outcome, PushResult
from platforms.woocommerce.client import BATCH_LIMIT, PAGE_SIZE, WooClient
from platforms.woocommerce.errors import USE_VARIATION_ROUTE, error_of_row

# Web servers refuse request lines beyond 8 KB; encoded Arabic SKUs take up to six characters per letter.
MAX_LIST_CHARACTERS = 5000


@dataclass(frozen=True, slots=True)
class Row:
    """One product or variation to change. `body` has no id."""

    key: str
    remote_id: str
    body: Mapping[str, Any] = field(default_factory=dict)
    sku: str = ""
    parent_id: str = ""


Judge = Callable[[Row, Mapping[str, Any]], PushResult]


class RowSender:
    """Sends rows in the fewest calls: 100 simple products, or the variations of one parent, per call."""

    def __init__(self, client: WooClient, *, lane: str) -> None:
        self._client = client
        self._lane = lane

    def send(self, rows: Sequence[Row], judge: Judge, *, size: int = BATCH_LIMIT) -> list[PushResult]:
        """One result per row, in the order of the rows. judge: reads the shop's answer to one accepted row."""
        placed = self.place(rows)
        results = self._send_grouped(placed, judge, size)
        astray = [n for n, result in enumerate(results) if result.code == USE_VARIATION_ROUTE]
        if astray:
            for n, result in zip(
                astray, self._send_under_parents([placed[n] for n in astray], judge, size), strict=True
            ):
                results[n] = result
        return results

    def _send_under_parents(self, rows: Sequence[Row], judge: Judge, size: int) -> list[PushResult]:
        """Variations that came without their parent. What others of this call came to must not be lost here."""
        try:
            parents = self.parents_of(rows)
            found = [row for row in rows if row.remote_id in parents]
            sent = self._send_grouped(
                [replace(row, parent_id=parents[row.remote_id]) for row in found], judge, size
            )
        except (ConfigurationError, RetryableError) as error:
            return [retry(row, error) for row in rows]
        answers = iter(sent)
        return [
            next(answers) if row.remote_id in parents else not_linked(row.key, row.remote_id) for row in rows
        ]

    def place(self, rows: Sequence[Row]) -> list[Row]:
        """The rows under the parents they really have, when the site asks for that proof: one call per 100 parents."""
        if not self._client.options.verify_parents:
            return list(rows)
        children = self._children_of({row.parent_id for row in rows if row.parent_id})
        astray = [
            row for row in rows if row.parent_id and row.remote_id not in children.get(row.parent_id, ())
        ]
        parents = self.parents_of(astray) if astray else {}
        return [
            replace(row, parent_id=parents.get(row.remote_id, "")) if row in astray else row for row in rows
        ]

    def parents_of(self, rows: Iterable[Row]) -> dict[str, str]:
        """Parent id by variation id, as the shop has it: one call per 100 SKUs, else one per row."""
        found = {
            remote_id: str(record.get("parent_id") or "")
            for remote_id, record in self.read_by_sku(rows).items()
        }
        for row in rows:
            if row.remote_id not in found:
                found[row.remote_id] = self._parent_by_id(row.remote_id)
        return {remote_id: parent for remote_id, parent in found.items() if parent not in ("", "0")}

    def _parent_by_id(self, remote_id: str) -> str:
        try:
            reply = self._client.get(
                f"products/{remote_id}", [("_fields", "id,type,parent_id")], lane=self._lane
            )
        except PermanentError:
            return ""
        return str(reply.record().get("parent_id") or "")

    # -- reading ------------------------------------------------------------
    def read(self, rows: Sequence[Row], fields: str) -> dict[str, dict[str, Any]]:
        """The shop's present records by id: by SKU where known, which finds variations too (one call per 100 rows);
        else products by id, 100 per call, and variations by parent."""
        found = self.read_by_sku(rows, fields)
        missing = [row for row in rows if row.remote_id not in found]
        groups: dict[str, list[Row]] = {}
        for row in missing:
            groups.setdefault(row.parent_id, []).append(row)
        for parent_id, members in groups.items():
            route = f"products/{parent_id}/variations" if parent_id else "products"
            for batch in chunks(members, PAGE_SIZE):
                params = [
                    ("include", ",".join(row.remote_id for row in batch)),
                    ("per_page", str(PAGE_SIZE)),
                    ("_fields", fields),
                ]
                try:
                    records = self._client.get(route, params, lane=self._lane).rows()
                except PermanentError:
                    continue  # the parent is gone; sending says so, row by row
                found |= {str(record.get("id", "")): record for record in records}
        return found

    def read_by_sku(
        self, rows: Iterable[Row], fields: str = "id,sku,type,parent_id"
    ) -> dict[str, dict[str, Any]]:
        """Records by id, asked for by SKU. What bears the SKU but another id is left out: the link is stale."""
        wanted = {row.remote_id: row.sku for row in rows if row.sku and "," not in row.sku}
        found: dict[str, dict[str, Any]] = {}
        for batch in sku_lists(list(wanted.values())):
            params = [("sku", ",".join(batch)), ("per_page", str(PAGE_SIZE)), ("_fields", fields)]
            for record in self._client.get("products", params, lane=self._lane).rows():
                remote_id = str(record.get("id", ""))
                if remote_id in wanted:
                    found[remote_id] = record
        return found

    def _children_of(self, parent_ids: set[str]) -> dict[str, set[str]]:
        children: dict[str, set[str]] = {}
        for batch in chunks(sorted(parent_ids), PAGE_SIZE):
            params = [
                ("include", ",".join(batch)),
                ("per_page", str(PAGE_SIZE)),
                ("_fields", "id,variations"),
            ]
            for record in self._client.get("products", params, lane=self._lane).rows():
                children[str(record.get("id", ""))] = {str(child) for child in record.get("variations") or ()}
        return children

    # -- writing ------------------------------------------------------------
    def _send_grouped(self, rows: Sequence[Row], judge: Judge, size: int) -> list[PushResult]:
        groups: dict[str, list[int]] = {}
        for n, row in enumerate(rows):
            groups.setdefault(row.parent_id, []).append(n)
        batches = [list(batch) for members in groups.values() for batch in chunks(members, size)]
        answers = push_in_batches(
            batches, lambda batch: self._send_batch([rows[n] for n in batch], judge), lambda n: rows[n].key
        )
        order = [n for batch in batches for n in batch]
        results = dict(zip(order, answers, strict=True))
        return [results[n] for n in range(len(rows))]

    def _send_batch(self, batch: Sequence[Row], judge: Judge) -> list[PushResult]:
        parent_id = batch[0].parent_id
        route = f"products/{parent_id}/variations" if parent_id else "products"
        update = [{"id": int(row.remote_id), **row.body} for row in batch]
        answers = self._client.batch(route, {"update": update}, lane=self._lane)["update"]
        return [self._result(row, answer, judge) for row, answer in zip(batch, answers, strict=True)]

    def _result(self, row: Row, answer: Mapping[str, Any], judge: Judge) -> PushResult:
        error = error_of_row(answer, what=f"the change of {row.sku or row.remote_id}")
        if error is not None:
            return replace(result_from_error(row.key, error), remote_id=row.remote_id)
        if answer.get("status") == "trash":
            return rejected(
                row,
                "in_trash",
                "The product lies in the shop's trash.",
                "Restore the product in the shop, or link the item to another one.",
            )
        return judge(row, answer)


def sku_lists(skus: Sequence[str]) -> list[list[str]]:
    """SKUs in lists that fit into an address: at most 100, and not too long."""
    lists: list[list[str]] = []
    length = 0
    for sku in dict.fromkeys(skus):
        size = len(quote(sku, safe="")) + 3
        if not lists or len(lists[-1]) >= PAGE_SIZE or length + size > MAX_LIST_CHARACTERS:
            lists.append([])
            length = 0
        lists[-1].append(sku)
        length += size
    return lists


def rejected(row: Row, code: str, message: str, cure: str, **data: Any) -> PushResult:
    return PushResult(
        row.key,
        Outcome.REJECTED,
        code,
        message,
        cure,
        remote_id=row.remote_id,
        parent_remote_id=row.parent_id,
        data=data,
    )


def accepted(row: Row, *, unchanged: bool = False, warning: str = "", **data: Any) -> PushResult:
    return PushResult(
        row.key,
        Outcome.UNCHANGED if unchanged else Outcome.OK,
        remote_id=row.remote_id,
        parent_remote_id=row.parent_id,
        warning=warning,
        data=data,
    )


def retry(row: Row, error: EcomsyncError) -> PushResult:
    """The row was not taken and is to be sent again."""
    return PushResult(
        row.key,
        Outcome.RETRY,
        error.code,
        error.message,
        error.cure,
        remote_id=row.remote_id,
        parent_remote_id=row.parent_id,
        retry_after=error.retry_after if isinstance(error, RetryableError) else None,
    )


def not_linked(key: str, remote_id: str) -> PushResult:
    return PushResult(
        key,
        Outcome.REJECTED,
        "not_linked",
        f"'{remote_id}' is not the id of a product in this shop."
        if remote_id
        else "The item has no product in this shop.",
        "Link the item in the item linker of this site, or run 'Link Items'.",
    )
