"""Categories of one tree: parents first, joined by name where the store has them already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.batching import chunks, push_in_batches
from platforms.bigcommerce.client import BigCommerceClient
from platforms.bigcommerce.errors import sentence_of
from platforms.bigcommerce.mapping_products import category_from_json, dicts
from platforms.types import CategorySheet, Outcome, PushResult, RemoteCategory

LANE = "products"
ROUTE = "v3/catalog/trees/categories"
BATCH = 50
MAX_NAME = 50
PARTLY = 207


@dataclass(slots=True)
class _Step:
    sheet: CategorySheet
    remote_id: str
    parent_id: str
    body: dict[str, Any]


class CategoryPusher:
    def __init__(self, client: BigCommerceClient) -> None:
        self._client = client
        self._tree: int | None = None

    def iterate(self) -> Iterator[RemoteCategory]:
        """Every category of the channel's tree; one call per 250, and one for the trees."""
        for row in self._rows():
            yield category_from_json(row)

    def _rows(self) -> Iterator[dict[str, Any]]:
        return self._client.pages_v3(ROUTE, [("tree_id:in", str(self.tree_id()))], lane=LANE)

    def tree_id(self) -> int:
        """The tree of the site's channel, else the first one."""
        if self._tree is None:
            trees = self._client.get("v3/catalog/trees", lane=LANE).rows()
            channel = self._client.options.channel_id or 1
            fitting = [tree for tree in trees if channel in (tree.get("channels") or ())]
            chosen = next(iter(fitting or trees), None)
            if chosen is None:
                raise Rejected(
                    "The store has no category tree.",
                    code="no_category_tree",
                    cure="Make a category in the store's control panel first.",
                )
            self._tree = int(chosen["id"])
        return self._tree

    def push(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """Create or update level by level. One call per 250 to read the tree, one per 50 of a level to write."""
        if not sheets:
            return []
        tree = {str(row["category_id"]): row for row in self._rows()}
        results: dict[str, PushResult] = {}
        for level in _levels(sheets):
            steps = [step for sheet in level if (step := self._step(sheet, tree, results)) is not None]
            for creating in (True, False):
                chosen = [step for step in steps if bool(step.remote_id) is not creating]
                send = self._create if creating else self._update
                batches = [list(batch) for batch in chunks(chosen, BATCH)]
                for result in push_in_batches(batches, send, lambda step: step.sheet.key):
                    results[result.key] = result
        for sheet in sheets:
            results.setdefault(sheet.key, _circular(sheet))
        return [results[sheet.key] for sheet in sheets]

    def _step(
        self, sheet: CategorySheet, tree: Mapping[str, dict[str, Any]], results: dict[str, PushResult]
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
        name = sheet.name.strip()
        if not 1 <= len(name) <= MAX_NAME:
            results[sheet.key] = PushResult(
                sheet.key,
                Outcome.REJECTED,
                "bad_name",
                f"The name of a category must have 1 to {MAX_NAME} characters.",
                "Correct the name of the category for this shop.",
            )
            return None
        remote_id = sheet.remote_id if sheet.remote_id in tree else _by_name(name, parent_id, tree)
        body = _body(sheet, parent_id, creating=not remote_id)
        if remote_id and _shows(tree[remote_id], body):
            results[sheet.key] = _accepted(sheet, remote_id, parent_id, Outcome.UNCHANGED)
            return None
        return _Step(sheet, remote_id, parent_id, body)

    def _create(self, steps: Sequence[_Step]) -> list[PushResult]:
        """Good rows are kept when others are refused (207); what was made is known again by parent and name."""
        body = [{"parent_id": 0, **step.body, "tree_id": self.tree_id()} for step in steps]
        reply = self._client.post(ROUTE, body, lane=LANE)
        rows = dicts(reply.data.get("data") if isinstance(reply.data, dict) else None)
        made = {
            (int(row.get("parent_id") or 0), str(row.get("name"))): str(row["category_id"]) for row in rows
        }
        faults = reply.data.get("errors") if isinstance(reply.data, dict) else None
        found = []
        for step in steps:
            number = made.get((int(step.body.get("parent_id") or 0), step.body["name"]))
            found.append(
                _accepted(step.sheet, number, step.parent_id, Outcome.OK)
                if number
                else _refused(step, sentence_of(faults) if faults else "it was not made.")
            )
        return found

    def _update(self, steps: Sequence[_Step]) -> list[PushResult]:
        body = [{"category_id": int(step.remote_id), **step.body} for step in steps]
        reply = self._client.put(ROUTE, body, lane=LANE)
        answer = reply.data if reply.status == PARTLY and isinstance(reply.data, dict) else None
        kept = {str(row.get("category_id")) for row in dicts(answer.get("data"))} if answer else set()
        faults = answer.get("errors") if answer else None
        return [
            _accepted(step.sheet, step.remote_id, step.parent_id, Outcome.OK)
            if answer is None or step.remote_id in kept
            else _refused(step, sentence_of(faults) if faults else "it was not changed.")
            for step in steps
        ]


def _refused(step: _Step, reason: str) -> PushResult:
    return PushResult(
        step.sheet.key,
        Outcome.REJECTED,
        "rejected",
        f"The store refused the category '{step.sheet.name}': {reason}",
        "Names of categories must differ under one parent and have at most 50 characters.",
    )


def _accepted(sheet: CategorySheet, remote_id: str, parent_id: str, outcome: Outcome) -> PushResult:
    return PushResult(sheet.key, outcome, remote_id=remote_id, parent_remote_id=parent_id)


def _body(sheet: CategorySheet, parent_id: str, *, creating: bool) -> dict[str, Any]:
    body: dict[str, Any] = {"name": sheet.name.strip()}
    if parent_id.isdigit() and parent_id != "0":
        body["parent_id"] = int(parent_id)
    elif not creating:
        body["parent_id"] = 0
    if sheet.description is not None:
        body["description"] = sheet.description
    if sheet.position is not None:
        body["sort_order"] = sheet.position
    if creating and sheet.image_url:
        body["image_url"] = sheet.image_url
    if not creating or not sheet.active:
        body["is_visible"] = sheet.active
    return body


def _shows(row: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    return all((row.get(name) or 0) == (value or 0) for name, value in body.items())


def _by_name(name: str, parent_id: str, tree: Mapping[str, Mapping[str, Any]]) -> str:
    wanted = " ".join(name.split()).casefold()
    above = int(parent_id) if parent_id.isdigit() else 0
    for number, row in tree.items():
        if int(row.get("parent_id") or 0) == above and str(row.get("name", "")).casefold() == wanted:
            return number
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
