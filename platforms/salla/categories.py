"""Categories as a tree: parents first, joined by name where the store has them already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from platforms.base import result_from_error
from platforms.batching import push_in_batches
from platforms.salla.client import SallaClient
from platforms.salla.rows import accepted
from platforms.types import CategorySheet, PushResult, RemoteCategory

LANE = "products"


class CategoryPusher:
    def __init__(self, client: SallaClient) -> None:
        self._client = client

    def iterate(self) -> Iterator[RemoteCategory]:
        """One call per 50 categories."""
        for row in self._rows():
            yield RemoteCategory(
                remote_id=str(row.get("id")),
                name=str(row.get("name") or ""),
                parent_remote_id=_parent(row),
                position=int(row.get("sort_order") or 0),
            )

    def _rows(self) -> list[dict[str, Any]]:
        return list(self._client.pages("categories", lane=LANE))

    def push(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """The tree is read once; then one call for each category that is new or differs."""
        if not sheets:
            return []
        present = {str(row.get("id")): row for row in self._rows()}
        by_key = {sheet.key: sheet for sheet in sheets}
        done: dict[str, PushResult] = {}

        def settle(sheet: CategorySheet, above: tuple[str, ...]) -> PushResult:
            if sheet.key in done:
                return done[sheet.key]
            if sheet.key in above:
                raise Rejected("The category is below itself.", code="circle", cure="Correct the ERP's tree.")
            parent = sheet.parent_remote_id
            if sheet.parent_key in by_key:
                parent = settle(by_key[sheet.parent_key], (*above, sheet.key)).remote_id
                if not parent:
                    raise Rejected(
                        "The category above was refused.",
                        code="parent_missing",
                        cure="Mend the category above first.",
                    )
            try:
                done[sheet.key] = self._one(sheet, parent, present)
            except PermanentError as error:
                done[sheet.key] = result_from_error(sheet.key, error)
            return done[sheet.key]

        def send(batch: Sequence[CategorySheet]) -> list[PushResult]:
            return [settle(batch[0], ())]

        return push_in_batches([[sheet] for sheet in sheets], send, lambda sheet: sheet.key)

    def _one(self, sheet: CategorySheet, parent: str, present: dict[str, dict[str, Any]]) -> PushResult:
        row = present.get(sheet.remote_id) or next(
            (r for r in present.values() if str(r.get("name")) == sheet.name and _parent(r) == parent), None
        )
        body: dict[str, Any] = {"name": sheet.name, "parent_id": int(parent or 0)}
        body["status"] = "active" if sheet.active else "hidden"
        if sheet.position is not None:
            body["sort_order"] = sheet.position
        if row is None:
            if sheet.image_url:
                body["image"] = sheet.image_url
            made = self._client.post("categories", body, lane=LANE).record()
            present[str(made.get("id"))] = made
            return accepted(sheet.key, str(made.get("id")), parent=parent)
        number = str(row.get("id"))
        left = {name: value for name, value in body.items() if str(row.get(name) or 0) != str(value or 0)}
        if left:
            present[number] = self._client.put(f"categories/{number}", left, lane=LANE).record()
        return accepted(sheet.key, number, unchanged=not left, parent=parent)


def _parent(row: dict[str, Any]) -> str:
    number = str(row.get("parent_id") or "")
    return "" if number == "0" else number
