"""A variation's option must stand among its parent's, or WooCommerce drops it without a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def missing_options(
    present: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]] | None:
    """The parent's attributes with the wanted options added, or None when they are all there.

    present: the parent's `attributes` as the shop has them. wanted: `attributes` of variations ({id|name, option}).
    """
    rows = [
        {
            **({"id": row["id"]} if row.get("id") else {"name": row.get("name", "")}),
            "position": row.get("position", n),
            "visible": bool(row.get("visible", True)),
            "variation": bool(row.get("variation")),
            "options": [str(option) for option in row.get("options") or ()],
        }
        for n, row in enumerate(present)
    ]
    changed = False
    for want in wanted:
        row = next((row for row in rows if _reference(row) == _reference(want)), None)
        if row is None:
            reference = {"id": want["id"]} if want.get("id") else {"name": want["name"]}
            row = {**reference, "position": len(rows), "visible": True, "variation": True, "options": []}
            rows.append(row)
            changed = True
        if not row["variation"]:
            row["variation"] = changed = True
        if want["option"].casefold() not in {option.casefold() for option in row["options"]}:
            row["options"].append(want["option"])
            changed = True
    return rows if changed else None


def _reference(row: Mapping[str, Any]) -> Any:
    return row.get("id") or str(row.get("name", "")).casefold()
