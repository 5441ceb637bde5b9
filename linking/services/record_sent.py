"""Keep on the links what the shop has accepted last; an older version never replaces a newer one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from ecomsync.common.sql import update_each
from linking.models import ItemLinkerLine

CHUNK = 500


@dataclass(frozen=True, slots=True)
class SentQuantity:
    """version: of the request that was answered. places: by location, as `ItemLinkerLine.last_sent_places`.

    quantity: None while a location has not accepted its part, so that the whole goes again.
    """

    line_id: int
    quantity: Decimal | None
    version: int
    places: str = ""


@dataclass(frozen=True, slots=True)
class SentPrice:
    """special: None when the shop has no promotion of ours."""

    line_id: int
    price: Decimal
    special: Decimal | None
    version: int


@dataclass(frozen=True, slots=True)
class SentHash:
    """Fingerprint of the product sheet that the shop has."""

    line_id: int
    fingerprint: str


def places_text(places: Mapping[str, str | None]) -> str:
    """As `ItemLinkerLine.last_sent_places` keeps them; empty where the shop has one stock only."""
    return json.dumps(places, separators=(",", ":")) if places else ""


def record_sent_quantities(rows: Iterable[SentQuantity]) -> int:
    """Returns how many lines took the figure; one statement per 500."""
    now = timezone.now()
    newest = _newest(rows)
    values = [
        {
            "id": row.line_id,
            "last_sent_quantity": row.quantity,
            "last_sent_places": row.places,
            "last_sent_quantity_at": now,
            "last_quantity_version": row.version,
        }
        for row in newest
    ]
    return _write(values, guard="t.last_quantity_version <= {last_quantity_version}")


def record_sent_prices(rows: Iterable[SentPrice]) -> int:
    """Returns how many lines took the price; one statement per 500."""
    now = timezone.now()
    values = [
        {
            "id": row.line_id,
            "last_sent_price": row.price,
            "last_sent_special": row.special,
            "last_sent_price_at": now,
            "last_price_version": row.version,
        }
        for row in _newest(rows)
    ]
    return _write(values, guard="t.last_price_version <= {last_price_version}")


def record_sent_hashes(rows: Iterable[SentHash]) -> int:
    """Returns how many lines took the fingerprint."""
    now: datetime = timezone.now()
    chosen = {row.line_id: row for row in rows}
    values = [
        {"id": row.line_id, "last_sent_hash": row.fingerprint, "last_sent_hash_at": now}
        for row in chosen.values()
    ]
    return _write(values, guard="")


def forget_sent_quantities(line_ids: Sequence[int]) -> int:
    """The shop does not show what these were sent last; returns how many lines changed."""
    return _forget(line_ids, last_sent_quantity=None, last_sent_places="")


def forget_sent_prices(line_ids: Sequence[int]) -> int:
    return _forget(line_ids, last_sent_price=None, last_sent_special=None)


def forget_sent_hashes(line_ids: Sequence[int]) -> int:
    return _forget(line_ids, last_sent_hash="")


def _forget(line_ids: Sequence[int], **nothing: Any) -> int:
    return sum(
        ItemLinkerLine.objects.filter(pk__in=line_ids[start : start + CHUNK]).update(**nothing)
        for start in range(0, len(line_ids), CHUNK)
    )


def _newest(rows: Iterable[Any]) -> list[Any]:
    """One row per line, the newest; in the order of lines, so that two writers never wait in a circle."""
    chosen: dict[int, Any] = {}
    for row in rows:
        if row.line_id not in chosen or chosen[row.line_id].version <= row.version:
            chosen[row.line_id] = row
    return [chosen[line_id] for line_id in sorted(chosen)]


def _write(values: Sequence[Mapping[str, Any]], *, guard: str) -> int:
    return sum(
        len(update_each(ItemLinkerLine, values[start : start + CHUNK], guard=guard))
        for start in range(0, len(values), CHUNK)
    )
