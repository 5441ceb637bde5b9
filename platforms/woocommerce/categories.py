"""Categories as a tree: parents first, joined by name where the shop has them already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.types import CategorySheet, Outcome, PushResult, RemoteCategory
from platforms.woocommerce.client import BATCH_LIMIT, WooClient
from platforms.woocommerce.errors import TERM_EXISTS, error_of_row
from platforms.woocommerce.mapping_products import category_from_json

LANE = "products"
_ROUTE = "products/categories"
_NO_STATES = "WooCommerce cannot switch a category off: it stays visible as long as it has products."


@dataclass(slots=True)
class _Step:
    sheet: CategorySheet
    remote_id: str
    parent_id: str
    body: dict[str, Any]


class CategoryPusher:
    def __init__(self, client: WooClient) -> None:
        self._client = client

    def iterate(self) -> Iterator[RemoteCategory]:
        """Every category, one call per 100."""
        for row in self._client.pages(
            _ROUTE, [("orderby", "id"), ("order", "asc"), ("hide_empty", "false")], lane=LANE
        ):
            yield category_from_json(row)

    def push(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """Create or update level by level. One call per 100 to read the tree, one per 100 of a level to write."""
        tree = {category.remote_id: category for category in self.iterate()}
        results: dict[str, PushResult] = {}
        for level in _levels(sheets):
            steps = [step for sheet in level if (step := self._step(sheet, tree, results)) is not None]
            batches = [list(batch) for batch in chunks(steps, BATCH_LIMIT)]
            for result in push_in_batches(batches, self._send, lambda step: step.sheet.key):
                results[result.key] = result
        for sheet in sheets:
            results.setdefault(sheet.key, _circular(sheet))
        return [results[sheet.key] for sheet in sheets]

    def _step(
        self, sheet: CategorySheet, tree: Mapping[str, RemoteCategory], results: dict[str, PushResult]
    ) -> _Step | None:
        """What is to be sent for a sheet; None when it is settled without a call."""
        parent_id = sheet.parent_remote_id
        if sheet.parent_key and sheet.parent_key in results:
            parent = results[sheet.parent_key]
            if not parent.is_ok:
                results[sheet.key] = PushResult(
                    sheet.key,
                    Outcome.RETRY,
                    "parent_failed",
                    f"The category above '{sheet.name}' was not accepted: {parent.message}",
                    "Solve the problem of the category above; this one is sent after it.",
                )
                return None
            parent_id = parent.remote_id
        remote_id = sheet.remote_id if sheet.remote_id in tree else _by_name(sheet.name, parent_id, tree)
        if not remote_id and not sheet.active:
            results[sheet.key] = PushResult(sheet.key, Outcome.UNCHANGED, warning=_NO_STATES)
            return None
        if not sheet.name.strip():
            results[sheet.key] = PushResult(
                sheet.key, Outcome.REJECTED, "no_name", "The category has no name.", "Fill in its name."
            )
            return None
        body = _body(sheet, parent_id, creating=not remote_id)
        if remote_id and _shows(tree[remote_id], body):
            results[sheet.key] = _accepted(sheet, remote_id, parent_id, Outcome.UNCHANGED)
            return None
        return _Step(sheet, remote_id, parent_id, body)

    def _send(self, steps: Sequence[_Step]) -> list[PushResult]:
        new = [step for step in steps if not step.remote_id]
        old = [step for step in steps if step.remote_id]
        request: dict[str, Any] = {}
        if new:
            request["create"] = [step.body for step in new]
        if old:
            request["update"] = [{"id": int(step.remote_id), **step.body} for step in old]
        answer = self._client.batch(_ROUTE, request, lane=LANE)
        rows = [*answer.get("create", []), *answer.get("update", [])]
        found = {step.sheet.key: _result(step, row) for step, row in zip([*new, *old], rows, strict=True)}
        return [found[step.sheet.key] for step in steps]


def _result(step: _Step, row: Mapping[str, Any]) -> PushResult:
    error = error_of_row(row, what=f"the category '{step.sheet.name}'")
    if error is None:
        return _accepted(step.sheet, str(row["id"]), step.parent_id, Outcome.OK)
    owner = str(error.details.get("resource_id") or "")
    if error.code == TERM_EXISTS and owner:
        # Created meanwhile, or by a call whose answer was lost: it is the same category.
        return replace(_accepted(step.sheet, owner, step.parent_id, Outcome.OK), code="linked_existing")
    return replace(result_from_error(step.sheet.key, error), remote_id=step.remote_id)


def _accepted(sheet: CategorySheet, remote_id: str, parent_id: str, outcome: Outcome) -> PushResult:
    return PushResult(
        sheet.key,
        outcome,
        remote_id=remote_id,
        parent_remote_id=parent_id,
        warning="" if sheet.active else _NO_STATES,
    )


def _body(sheet: CategorySheet, parent_id: str, *, creating: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"name": sheet.name.strip()}
    if parent_id.isdigit() or not creating:
        body["parent"] = int(parent_id) if parent_id.isdigit() else 0
    if sheet.description is not None:
        body["description"] = sheet.description
    if sheet.position is not None:
        body["menu_order"] = sheet.position
    if creating and sheet.image_url:
        body["image"] = {"src": sheet.image_url}  # only once: each sending makes another media entry
    return body


def _shows(category: RemoteCategory, body: Mapping[str, Any]) -> bool:
    present = {
        "name": category.name,
        "parent": int(category.parent_remote_id or 0),
        "description": category.description,
        "menu_order": category.position,
    }
    return all(present[name] == value for name, value in body.items())


def _by_name(name: str, parent_id: str, tree: Mapping[str, RemoteCategory]) -> str:
    wanted = " ".join(name.split()).casefold()
    for category in tree.values():
        if (
            category.parent_remote_id == (parent_id if parent_id != "0" else "")
            and category.name.casefold() == wanted
        ):
            return category.remote_id
    return ""


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
