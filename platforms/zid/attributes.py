"""Attributes and their presets: both must be there before a variant with them, so they are looked up and made when missing.

Slugs may be Arabic and are read, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ecomsync.common.errors import Rejected
from platforms.types import AttributeSheet
from platforms.zid.client import ZidClient
from platforms.zid.mapping_products import dicts

LANE = "products"
ROUTE = "/v1/attributes/"
PAGE = 100


class AttributeBook:
    """The attributes of the store, read once per adapter, and the presets of those that were needed."""

    def __init__(self, client: ZidClient, language: str) -> None:
        self._client = client
        self._language = language
        self._attributes: list[dict[str, Any]] | None = None
        self._presets: dict[str, list[dict[str, Any]]] = {}

    def values_for(self, wanted: Sequence[tuple[AttributeSheet, str]]) -> list[dict[str, Any]]:
        """`attributes` of a new variant; what is missing is made."""
        return [self._value(sheet, label) for sheet, label in wanted]

    def _value(self, sheet: AttributeSheet, label: str) -> dict[str, Any]:
        attribute = self._attribute(sheet)
        number = str(attribute.get("id", ""))
        route = f"{ROUTE}{number}/presets/"
        if number not in self._presets:
            self._presets[number] = self._rows(route)
        preset = self._ensure(
            route,
            self._presets[number],
            {"value": {self._language: label}},
            lambda row: _says(row.get("value"), label),
        )
        return {"slug": attribute["slug"], "value": preset.get("value") or {self._language: label}}

    def _attribute(self, sheet: AttributeSheet) -> dict[str, Any]:
        if self._attributes is None:
            self._attributes = self._rows(ROUTE)
        body = {
            "name": {self._language: sheet.name},
            "slug": sheet.code or "-".join(sheet.name.lower().split()),
            "is_enabled": True,
        }
        return self._ensure(ROUTE, self._attributes, body, lambda row: _is(row, sheet))

    def _ensure(
        self,
        route: str,
        known: list[dict[str, Any]],
        body: Mapping[str, Any],
        fits: Callable[[Mapping[str, Any]], bool],
    ) -> dict[str, Any]:
        """The row that fits, made where there is none. A refusal may mean that somebody else made it since the list was
        read, so it is read once more. Raises Rejected."""
        found = next(filter(fits, known), None)
        if found is not None:
            return found
        try:
            known.append(self._client.post(route, body, lane=LANE).record())
        except Rejected:
            known[:] = self._rows(route)
            found = next(filter(fits, known), None)
            if found is None:
                raise
            return found
        return known[-1]

    def _rows(self, route: str) -> list[dict[str, Any]]:
        return list(self._client.pages(route, lane=LANE, size=PAGE))


def _is(row: Mapping[str, Any], sheet: AttributeSheet) -> bool:
    names = {name.strip().casefold() for name in (sheet.code, sheet.name) if name.strip()}
    return str(row.get("slug") or "").casefold() in names or any(
        _says(row.get("name"), name) for name in names
    )


def _says(value: Any, text: str) -> bool:
    """Whether a text, plain or in one of its languages, is this one."""
    told = value.values() if isinstance(value, Mapping) else [value]
    return any(str(entry or "").strip().casefold() == text.strip().casefold() for entry in told)


def same_values(record: Mapping[str, Any], wanted: Sequence[tuple[AttributeSheet, str]]) -> bool:
    """Whether a variant of the store has just these values."""
    rows = dicts(record.get("attributes"))
    labels = [label for _, label in wanted]
    return len(rows) == len(labels) and all(
        any(_says(row.get("value"), label) for row in rows) for label in labels
    )
