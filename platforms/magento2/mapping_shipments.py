"""Magento 2 shipments of an order -> RemoteShipment. Pure functions.

Shipments that bear our mark are deliveries of the ERP already and are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.money import ZERO
from platforms.magento2.criteria import read_time
from platforms.magento2.mapping_returns import key_in
from platforms.magento2.payloads import ItemShape, amount_of
from platforms.types import RemoteOrderLine, RemoteShipment

#: Under which the raw order keeps the shipments that were read beside it.
SHIPMENTS_KEY = "ecomsync_shipments"


def shipments_of(
    payload: Mapping[str, Any], items: Sequence[ItemShape], lines: Sequence[RemoteOrderLine]
) -> tuple[RemoteShipment, ...]:
    """What the shop's own desk sent, by the lines that we know."""
    rows = payload.get(SHIPMENTS_KEY)
    known = {line.remote_id for line in lines}
    found = []
    for row in rows if isinstance(rows, list) else ():
        if any(key_in(str(comment.get("comment") or "")) for comment in _rows(row, "comments")):
            continue
        sent = tuple(_lines(row, items, known))
        if sent:  # without lines it would stand for all that is left
            found.append(_shipment(row, sent))
    return tuple(found)


def _shipment(row: Mapping[str, Any], sent: tuple[tuple[str, Decimal], ...]) -> RemoteShipment:
    tracks = _rows(row, "tracks")
    extension = row.get("extension_attributes")
    source = extension.get("source_code") if isinstance(extension, Mapping) else ""
    return RemoteShipment(
        remote_id=str(row.get("entity_id", "")),
        lines=sent,
        carrier=str(tracks[0].get("title") or "") if tracks else "",
        tracking_numbers=tuple(str(track["track_number"]) for track in tracks if track.get("track_number")),
        shipped_at=read_time(row.get("created_at")),
        location_id=str(source or ""),
    )


def _lines(
    row: Mapping[str, Any], items: Sequence[ItemShape], known: set[str]
) -> Iterator[tuple[str, Decimal]]:
    """A bundle that was sent as one stands for its parts, where they are the lines."""
    sent: dict[str, Decimal] = {}
    for entry in _rows(row, "items"):
        identity = str(entry.get("order_item_id") or "")
        sent[identity] = sent.get(identity, ZERO) + amount_of(entry.get("qty"))
    for identity, quantity in sent.items():
        if not quantity:
            continue
        if identity in known:
            yield identity, quantity
            continue
        whole = next((item for item in items if item.item_id == identity), None)
        parts = [item for item in items if item.parent_item_id == identity and item.item_id in known]
        if whole is None or not whole.qty_ordered or any(part.item_id in sent for part in parts):
            continue
        for part in parts:
            yield part.item_id, part.qty_ordered * quantity / whole.qty_ordered


def _rows(row: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = row.get(name)
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list) else []
