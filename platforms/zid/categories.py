"""Categories: a tree that is read whole, and written by forms one category at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecomsync.common.errors import PermanentError
from platforms.base import result_from_error
from platforms.types import CategorySheet, Outcome, PushResult, RemoteCategory
from platforms.zid.client import ZidClient
from platforms.zid.mapping_products import categories_from_json, dicts, text_of

LANE = "products"
ROUTE = "/v1/managers/store/categories"


class CategoryPusher:
    def __init__(self, client: ZidClient) -> None:
        self._client = client
        self._language = next(iter(client.connection.languages), "ar")

    def iterate(self) -> Iterator[RemoteCategory]:
        yield from categories_from_json(self._tree(), self._client.connection.languages)

    def _tree(self) -> list[dict[str, Any]]:
        return self._client.get(ROUTE, lane=LANE).rows("categories")

    def push(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """Create or update, parents first. One call to read the tree, one per new or changed category, and one more where it
        is to be shown or hidden."""
        if not sheets:
            return []
        tree = {str(row.get("id")): row for row in _flat(self._tree())}
        results: dict[str, PushResult] = {}
        waiting = list(sheets)
        keys = {sheet.key for sheet in sheets}
        while waiting:
            ready = [s for s in waiting if s.parent_key not in keys or s.parent_key in results]
            if not ready:
                break
            for sheet in ready:
                results[sheet.key] = self._push_one(sheet, tree, results)
            waiting = [sheet for sheet in waiting if sheet.key not in results]
        for sheet in waiting:
            results[sheet.key] = PushResult(
                sheet.key,
                Outcome.REJECTED,
                "circular_category",
                f"The category '{sheet.name}' is above itself.",
                "Correct the parents of the categories.",
            )
        return [results[sheet.key] for sheet in sheets]

    def _push_one(
        self, sheet: CategorySheet, tree: dict[str, Mapping[str, Any]], results: Mapping[str, PushResult]
    ) -> PushResult:
        parent_id = sheet.parent_remote_id
        above = results.get(sheet.parent_key) if sheet.parent_key else None
        if above is not None:
            if not above.is_ok:
                return PushResult(
                    sheet.key,
                    Outcome.RETRY,
                    "parent_failed",
                    f"The category above '{sheet.name}' was not accepted: {above.message}",
                    "Solve the problem of the category above; this one is sent after it.",
                )
            parent_id = above.remote_id
        name = sheet.name.strip()
        if not name:
            return PushResult(
                sheet.key,
                Outcome.REJECTED,
                "bad_name",
                "A category needs a name.",
                "Correct the name of the category for this shop.",
            )
        number = sheet.remote_id if sheet.remote_id in tree else _by_name(name, parent_id, tree)
        try:
            changed = self._write(sheet, name, number, parent_id, tree)
        except PermanentError as error:
            return result_from_error(sheet.key, error)
        number = number or changed
        return PushResult(
            sheet.key,
            Outcome.OK if changed else Outcome.UNCHANGED,
            remote_id=number,
            parent_remote_id=parent_id,
        )

    def _write(
        self, sheet: CategorySheet, name: str, number: str, parent_id: str, tree: dict[str, Mapping[str, Any]]
    ) -> str:
        """The id of the category when something was written, else ""."""
        row = tree.get(number)
        fields = {f"name[{self._language}]": name}
        if sheet.description is not None:
            fields[f"description[{self._language}]"] = sheet.description
        if parent_id:
            fields["parent_id"] = parent_id
        wrote = ""
        if row is None:
            row = self._client.post_form(f"{ROUTE}/add", fields, lane=LANE).record("category", "categories")
            wrote = number = str(row.get("id", ""))
            tree[number] = row
        elif not self._shows(row, sheet, name, parent_id):
            body = {**fields, "_method": "put", "parent_id": parent_id}
            self._client.post_form(f"{ROUTE}/{number}/update", body, lane=LANE)
            wrote = number
        if bool(row.get("is_published", True)) is not sheet.active:
            body = {"is_published": "1" if sheet.active else "0"}
            self._client.call("PUT", f"{ROUTE}/{number}/publishing", body=body, lane=LANE)
            wrote = number
        return wrote

    def _shows(self, row: Mapping[str, Any], sheet: CategorySheet, name: str, parent_id: str) -> bool:
        names = row.get("names")
        shown = names.get(self._language) if isinstance(names, Mapping) else row.get("name")
        described = sheet.description is None or text_of(row.get("description")) == sheet.description
        return str(shown or "") == name and str(row.get("parent_id") or "") == parent_id and described


def _flat(rows: Any) -> Iterator[Mapping[str, Any]]:
    for row in dicts(rows):
        yield row
        yield from _flat(row.get("sub_categories"))


def _by_name(name: str, parent_id: str, tree: Mapping[str, Mapping[str, Any]]) -> str:
    """A category of this name under this parent, in whichever language."""
    wanted = " ".join(name.split()).casefold()
    for number, row in tree.items():
        names = row.get("names")
        told = [row.get("name"), *(names.values() if isinstance(names, Mapping) else ())]
        if str(row.get("parent_id") or "") == parent_id and wanted in {
            str(text or "").casefold() for text in told
        }:
            return number
    return ""
