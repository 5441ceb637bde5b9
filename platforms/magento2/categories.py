"""Categories as a tree below the store's root: parents first, joined by name where the shop has them already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecomsync.common.errors import PermanentError
from platforms.base import result_from_error
from platforms.batching import push_in_batches
from platforms.magento2.answers import as_record
from platforms.magento2.client import ALL, MageClient
from platforms.magento2.errors import URL_KEY_TAKEN
from platforms.magento2.mapping_products import slug
from platforms.magento2.shop import ShopReader
from platforms.types import CategorySheet, Outcome, PushResult, RemoteCategory

LANE = "products"
DEPTH = 20


class _Entry:
    """A category of the shop with what the tree tells of it."""

    def __init__(self, row: Mapping[str, Any], parent_id: str) -> None:
        self.remote_id = str(row.get("id", ""))
        self.parent_id = parent_id
        self.name = str(row.get("name") or "")
        self.position = int(row.get("position") or 0)
        self.active = bool(row.get("is_active", True))
        self.product_count = int(row.get("product_count") or 0)


class CategoryPusher:
    def __init__(self, client: MageClient, shop: ShopReader) -> None:
        self._client = client
        self._shop = shop

    def iterate(self) -> Iterator[RemoteCategory]:
        """Every category below the root, parents first; one call, and three to find the root."""
        for entry in self._tree().values():
            yield RemoteCategory(
                entry.remote_id,
                entry.name,
                entry.parent_id,
                position=entry.position,
                product_count=entry.product_count,
            )

    def _tree(self) -> dict[str, _Entry]:
        root = self._shop.root_category()
        params = [("rootCategoryId", str(root)), ("depth", str(DEPTH))]
        answer = self._client.record("categories", params, lane=LANE, scope=ALL)
        found: dict[str, _Entry] = {}
        waiting = [(row, "") for row in answer.get("children_data") or ()]
        while waiting:
            row, parent_id = waiting.pop(0)
            entry = _Entry(row, parent_id)
            found[entry.remote_id] = entry
            waiting += [(child, entry.remote_id) for child in row.get("children_data") or ()]
        return found

    def push(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """Create or update level by level; one call to read the tree, one per category that differs."""
        if not sheets:
            return []
        tree = self._tree()
        results: dict[str, PushResult] = {}
        for level in _levels(sheets):
            answers = push_in_batches(
                [[sheet] for sheet in level],
                lambda batch, known=results: [self._push_one(batch[0], tree, known)],  # type: ignore[misc]
                lambda sheet: sheet.key,
            )
            results |= {answer.key: answer for answer in answers}
        for sheet in sheets:
            results.setdefault(sheet.key, _circular(sheet))
        return [results[sheet.key] for sheet in sheets]

    def _push_one(
        self, sheet: CategorySheet, tree: dict[str, _Entry], results: Mapping[str, PushResult]
    ) -> PushResult:
        parent_id = sheet.parent_remote_id
        parent = results.get(sheet.parent_key) if sheet.parent_key else None
        if parent is not None and not parent.is_ok:
            return PushResult(
                sheet.key,
                Outcome.RETRY,
                "parent_failed",
                f"The category above '{sheet.name}' was not accepted: {parent.message}",
                "Solve the problem of the category above; this one is sent after it.",
            )
        if parent is not None:
            parent_id = parent.remote_id
        if not sheet.name.strip():
            return PushResult(
                sheet.key, Outcome.REJECTED, "no_name", "The category has no name.", "Fill in its name."
            )
        present = tree.get(sheet.remote_id) or _by_name(sheet.name, parent_id, tree)
        if present is None:
            if not sheet.active:
                return PushResult(sheet.key, Outcome.UNCHANGED)
            return self._create(sheet, parent_id, tree)
        return self._update(sheet, parent_id, present)

    def _create(self, sheet: CategorySheet, parent_id: str, tree: dict[str, _Entry]) -> PushResult:
        category: dict[str, Any] = {
            "parent_id": int(parent_id) if parent_id else self._shop.root_category(),
            "name": sheet.name.strip(),
            "is_active": True,
            "include_in_menu": True,
        }
        if sheet.position is not None:
            category["position"] = sheet.position
        custom = [("description", sheet.description)] if sheet.description is not None else []
        key = slug(sheet.name) or slug(sheet.key)
        try:
            answer = self._save(category, [*custom, ("url_key", key)])
        except PermanentError as error:
            if error.code != URL_KEY_TAKEN:
                return result_from_error(sheet.key, error)
            try:
                answer = self._save(category, [*custom, ("url_key", f"{key}-{slug(sheet.key) or 'c'}")])
            except PermanentError as second:
                return result_from_error(sheet.key, second)
        entry = _Entry(answer, parent_id)
        tree[entry.remote_id] = entry
        return PushResult(sheet.key, Outcome.OK, remote_id=entry.remote_id, parent_remote_id=parent_id)

    def _save(self, category: Mapping[str, Any], custom: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        body = {
            **category,
            "custom_attributes": [
                {"attribute_code": code, "value": value} for code, value in custom if value
            ],
        }
        return as_record(self._client.post("categories", {"category": body}, lane=LANE, scope=ALL))

    def _update(self, sheet: CategorySheet, parent_id: str, present: _Entry) -> PushResult:
        try:
            changed = self._move(sheet, parent_id, present)
            body = self._differences(sheet, present)
            if body:
                self._client.put(f"categories/{present.remote_id}", {"category": body}, lane=LANE, scope=ALL)
        except PermanentError as error:
            return result_from_error(sheet.key, error)
        outcome = Outcome.OK if changed or body else Outcome.UNCHANGED
        return PushResult(sheet.key, outcome, remote_id=present.remote_id, parent_remote_id=parent_id)

    def _move(self, sheet: CategorySheet, parent_id: str, present: _Entry) -> bool:
        """Put it under another parent, where the sheet names one."""
        named = bool(sheet.parent_remote_id or sheet.parent_key)
        if not named or parent_id == present.parent_id:
            return False
        route = f"categories/{present.remote_id}/move"
        self._client.put(route, {"parentId": int(parent_id)}, lane=LANE, scope=ALL)
        present.parent_id = parent_id
        return True

    def _differences(self, sheet: CategorySheet, present: _Entry) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if sheet.name.strip() != present.name:
            body["name"] = sheet.name.strip()
        if sheet.active != present.active:
            body["is_active"] = sheet.active
        if sheet.position is not None and sheet.position != present.position:
            body["position"] = sheet.position
        if sheet.description is not None and sheet.description != self._description(present):
            body["custom_attributes"] = [{"attribute_code": "description", "value": sheet.description}]
        return body

    def _description(self, present: _Entry) -> str:
        """The tree does not tell it, so it takes a call of its own."""
        row = self._client.record(f"categories/{present.remote_id}", lane=LANE, scope=ALL)
        for entry in row.get("custom_attributes") or ():
            if entry.get("attribute_code") == "description":
                return str(entry.get("value") or "")
        return ""


def _by_name(name: str, parent_id: str, tree: Mapping[str, _Entry]) -> _Entry | None:
    wanted = " ".join(name.split()).casefold()
    for entry in tree.values():
        if entry.parent_id == parent_id and " ".join(entry.name.split()).casefold() == wanted:
            return entry
    return None


def _levels(sheets: Sequence[CategorySheet]) -> Iterator[list[CategorySheet]]:
    """The sheets in layers, each below the one before it; sheets that form a circle come in none."""
    keys = {sheet.key for sheet in sheets}
    done: set[str] = set()
    waiting = list(sheets)
    while waiting:
        level = [sheet for sheet in waiting if sheet.parent_key not in keys or sheet.parent_key in done]
        if not level:
            return
        yield level
        done |= {sheet.key for sheet in level}
        waiting = [sheet for sheet in waiting if sheet.key not in done]


def _circular(sheet: CategorySheet) -> PushResult:
    return PushResult(
        sheet.key,
        Outcome.REJECTED,
        "circular_category",
        f"The category '{sheet.name}' is above itself.",
        "Correct the parents of the categories.",
    )
