"""Categories as a tree: parents first, joined by name where the shop has them already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected
from platforms.base import result_from_error
from platforms.batching import chunks, push_in_batches
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import RemoteFault
from platforms.types import CategorySheet, Outcome, PushResult, RemoteCategory

LANE = "products"
CATEGORY_BUNDLE = 25
#: Without these a category is refused; `use_config` leaves the sorting to the shop.
_MANDATORY = {"available_sort_by": "use_config", "default_sort_by": "use_config", "include_in_menu": "1"}


@dataclass(frozen=True, slots=True)
class _Known:
    """A category as the tree shows it; `parent_id` "" right below the root of ours."""

    id: str
    name: str
    parent_id: str
    active: bool
    position: int


@dataclass(slots=True)
class _Step:
    sheet: CategorySheet
    remote_id: str
    parent_id: str
    data: dict[str, Any]
    moves: bool


class CategoryPusher:
    def __init__(self, client: MagentoClient) -> None:
        self._client = client
        self._root = client.options.root_category

    def iterate(self) -> Iterator[RemoteCategory]:
        """Every category below the root of ours. One call; descriptions are not read."""
        for category in self._tree().values():
            yield RemoteCategory(category.id, category.name, category.parent_id, position=category.position)

    def _tree(self) -> dict[str, _Known]:
        node = self._client.read("category.tree", self._root or None, None, lane=LANE)
        if not isinstance(node, Mapping):
            raise self._client.unexpected("category.tree", node)
        if not self._root:
            roots = _children(node)
            if not roots:
                raise Rejected(
                    "The shop has no root category.",
                    code="no_root_category",
                    cure="Make a root category in the shop's admin, under Catalog > Manage Categories.",
                    platform="magento1",
                )
            node = roots[0]
            self._root = str(node.get("category_id"))
        found: dict[str, _Known] = {}
        _collect(node, "", found)
        return found

    def push(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """Create or update level by level. One call for the tree, one per 25 of a level (and its descriptions) to read
        and to write; one per category that moves."""
        tree = self._tree()
        results: dict[str, PushResult] = {}
        for level in _levels(sheets):
            steps = [step for sheet in level if (step := self._step(sheet, tree, results)) is not None]
            self._drop_what_is_shown(steps, results)
            waiting = [step for step in steps if step.sheet.key not in results]
            batches = list(chunks(waiting, CATEGORY_BUNDLE))
            for result in push_in_batches(batches, self._send, lambda step: step.sheet.key):
                results[result.key] = result
        for sheet in sheets:
            results.setdefault(sheet.key, _circular(sheet))
        return [results[sheet.key] for sheet in sheets]

    def _step(
        self, sheet: CategorySheet, tree: Mapping[str, _Known], results: dict[str, PushResult]
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
        if parent_id == self._root:
            parent_id = ""
        if not sheet.name.strip():
            results[sheet.key] = PushResult(
                sheet.key, Outcome.REJECTED, "no_name", "The category has no name.", "Fill in its name."
            )
            return None
        remote_id = sheet.remote_id if sheet.remote_id in tree else _by_name(sheet.name, parent_id, tree)
        known = tree.get(remote_id)
        data = _data(sheet, known)
        moves = known is not None and known.parent_id != parent_id
        return _Step(sheet, remote_id, parent_id, data, moves)

    def _drop_what_is_shown(self, steps: Sequence[_Step], results: dict[str, PushResult]) -> None:
        """Descriptions stand in no tree: they are read, in a bundle, of those that send one."""
        asking = [step for step in steps if step.remote_id and "description" in step.data]
        for batch in chunks(asking, CATEGORY_BUNDLE):
            rows = self._client.bundle(
                [("category.info", [step.remote_id, None]) for step in batch], lane=LANE
            )
            for step, row in zip(batch, rows, strict=True):
                if isinstance(row, Mapping) and str(row.get("description") or "") == step.data["description"]:
                    del step.data["description"]
        for step in steps:
            if step.remote_id and not step.data and not step.moves:
                results[step.sheet.key] = _accepted(step, step.remote_id, Outcome.UNCHANGED)

    def _send(self, steps: Sequence[_Step]) -> list[PushResult]:
        calls: list[tuple[str, list[Any]]] = []
        for step in steps:
            parent = step.parent_id or self._root
            if not step.remote_id:
                calls.append(("category.create", [parent, {**_MANDATORY, **step.data}, None]))
            elif step.data:
                calls.append(("category.update", [step.remote_id, step.data, None]))
            else:
                calls.append(("category.move", [step.remote_id, parent, None]))
        answers = self._client.bundle(calls, lane=LANE)
        results = []
        for step, (path, _), answer in zip(steps, calls, answers, strict=True):
            try:
                if isinstance(answer, RemoteFault | EcomsyncError):
                    raise self._client.error(answer, path, f"the category '{step.sheet.name}'")
                if step.moves and path == "category.update":
                    parent = step.parent_id or self._root
                    self._client.call("category.move", step.remote_id, parent, None, lane=LANE)
                results.append(_accepted(step, step.remote_id or str(answer), Outcome.OK))
            except PermanentError as error:
                results.append(result_from_error(step.sheet.key, error))
        return results


def _children(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    rows = node.get("children")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _collect(node: Mapping[str, Any], parent_id: str, found: dict[str, _Known]) -> None:
    for child in _children(node):
        number = str(child.get("category_id"))
        position = str(child.get("position") or "0")
        found[number] = _Known(
            number,
            str(child.get("name") or ""),
            parent_id,
            str(child.get("is_active")) in ("1", "True", "true"),
            int(position) if position.isdigit() else 0,
        )
        _collect(child, number, found)


def _data(sheet: CategorySheet, known: _Known | None) -> dict[str, Any]:
    """What differs from the tree; all of it for a new category."""
    data: dict[str, Any] = {"name": sheet.name.strip(), "is_active": "1" if sheet.active else "0"}
    if sheet.position is not None:
        data["position"] = str(sheet.position)
    if sheet.description is not None:
        data["description"] = sheet.description
    if known is None:
        return data
    if known.name == data["name"]:
        del data["name"]
    if known.active == sheet.active:
        del data["is_active"]
    if sheet.position == known.position:
        data.pop("position", None)
    return data


def _by_name(name: str, parent_id: str, tree: Mapping[str, _Known]) -> str:
    wanted = " ".join(name.split()).casefold()
    for category in tree.values():
        if category.parent_id == parent_id and category.name.casefold() == wanted:
            return category.id
    return ""


def _accepted(step: _Step, remote_id: str, outcome: Outcome) -> PushResult:
    return PushResult(step.sheet.key, outcome, remote_id=remote_id, parent_remote_id=step.parent_id)


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
