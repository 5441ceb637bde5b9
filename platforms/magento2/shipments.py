"""Shipments with their tracking numbers, each recorded once.

A shipment bears our mark in a comment for the staff, so that a repetition after a lost answer finds it: two deliveries
of one piece each look alike otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from ecomsync.common.money import ZERO
from platforms.magento2.errors import DOCUMENT_REFUSED
from platforms.magento2.mapping_returns import mark_of
from platforms.magento2.order_desk import (
    LANE,
    OrderDesk,
    done,
    id_in,
    items_of,
    open_to_ship,
    refused,
    top_items,
)
from platforms.magento2.wire_numbers import json_number
from platforms.types import PushResult, ShipmentNotice

#: Carriers that every Magento has; other names travel as "custom" with their title.
CARRIERS = ("ups", "usps", "fedex", "dhl")


class ShipmentWriter:
    def __init__(self, desk: OrderDesk) -> None:
        self._desk = desk
        self._options = desk.client.options

    def push(self, notice: ShipmentNotice) -> PushResult:
        """Two calls to look and one to write; one more for each number that an earlier shipment lacks."""
        try:
            order = self._desk.order(notice.order_remote_id)
            known = self._known(notice)
            if known is not None:
                changed = self._add_tracks(order, known, notice)
                shipment_id = str(known.get("entity_id", ""))
            elif not any(open_to_ship(row) for row in top_items(order)):
                return self._nothing_left(order, notice)
            else:
                shipment_id, changed = self._ship(order, notice), True
            if notice.status and notice.status != order.get("status"):
                self._set_status(notice)
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(notice.key, notice.order_remote_id, changed, shipment_id=shipment_id)

    def ship_rest(self, order: Mapping[str, Any], key: str) -> bool:
        """Ship what has not left, without a parcel; whether there was anything."""
        if not any(open_to_ship(row) for row in top_items(order)):
            return False
        self._ship(order, ShipmentNotice(key, str(order["entity_id"])))
        return True

    # -- looking --------------------------------------------------------------
    def _known(self, notice: ShipmentNotice) -> dict[str, Any] | None:
        """The shipment that this notice made already: by our mark, or by all of its tracking numbers."""
        mark = mark_of(notice.key)
        numbers = {parcel.number for parcel in notice.parcels}
        for shipment in self._desk.documents("shipments", notice.order_remote_id):
            comments = [str(row.get("comment") or "") for row in _rows(shipment, "comments")]
            if any(mark in comment for comment in comments):
                return shipment
            if numbers and numbers <= _track_numbers(shipment):
                return shipment
        return None

    def _nothing_left(self, order: Mapping[str, Any], notice: ShipmentNotice) -> PushResult:
        """All has left, as the shop says: the numbers that it lacks are added to its last shipment."""
        shipments = self._desk.documents("shipments", notice.order_remote_id)
        changed = bool(shipments) and self._add_tracks(order, shipments[-1], notice)
        if not shipments and notice.parcels:
            text = ", ".join(
                " ".join(filter(None, (notice.carrier, p.number, p.url))) for p in notice.parcels
            )
            changed = self._desk.comment(
                order,
                text,
                notify=notice.notify_customer,
                visible=notice.notify_customer,
                since=notice.tried_since,
            )
        return done(notice.key, notice.order_remote_id, changed)

    # -- writing --------------------------------------------------------------
    def _ship(self, order: Mapping[str, Any], notice: ShipmentNotice) -> str:
        body: dict[str, Any] = {
            "items": _ship_items(order, notice.lines),
            "notify": notice.notify_customer,
            "appendComment": bool(notice.comment and notice.notify_customer),
            "comment": {
                "comment": "\n".join(filter(None, (notice.comment, mark_of(notice.key)))),
                "is_visible_on_front": 0,
            },
            "tracks": [_track(notice, parcel.number) for parcel in notice.parcels],
        }
        if self._desk.client.has_msi is not False:
            source = notice.location_id or self._options.source_code
            body["arguments"] = {"extension_attributes": {"source_code": source}}
        try:
            return id_in(self._desk.client.post(f"order/{order['entity_id']}/ship", body, lane=LANE))
        except Rejected as error:
            if error.code != DOCUMENT_REFUSED:
                raise
            # What the shop's own desk shipped meanwhile is shipped.
            fresh = self._desk.order(str(order["entity_id"]))
            if any(open_to_ship(row) for row in top_items(fresh)):
                raise
            return ""

    def _add_tracks(
        self, order: Mapping[str, Any], shipment: Mapping[str, Any], notice: ShipmentNotice
    ) -> bool:
        present = _track_numbers(shipment)
        missing = [parcel.number for parcel in notice.parcels if parcel.number not in present]
        for number in missing:
            entity = {
                "order_id": order["entity_id"],
                "parent_id": shipment["entity_id"],
                "weight": 0,
                "qty": 0,
                "description": "",
                **_track(notice, number),
            }
            self._desk.client.post("shipment/track", {"entity": entity}, lane=LANE)
        return bool(missing)

    def _set_status(self, notice: ShipmentNotice) -> None:
        """A status beside the one that the shipment itself brought; states move by themselves."""
        order = self._desk.order(notice.order_remote_id)
        if order.get("state") not in ("complete", "closed", "canceled"):
            self._desk.comment(order, "", status=notice.status)


def _ship_items(order: Mapping[str, Any], lines: Sequence[tuple[str, Decimal]]) -> list[dict[str, Any]]:
    """The items to send; an empty list means all that has not left. Raises Rejected for a line that the order lacks.

    A configurable leaves by its parent item, which is the line that we know; so does a bundle that is sent as one.
    """
    if not lines:
        return []
    items = items_of(order)
    wanted: dict[str, Decimal] = {}
    for line_id, quantity in lines:
        row = items.get(line_id)
        if row is None:
            raise Rejected(
                f"The order has no line {line_id}.",
                code="unknown_line",
                cure="Read the order again from the shop and correct the delivery.",
            )
        left = open_to_ship(row)
        if left > 0:
            wanted[line_id] = min(left, quantity)
    if _is_all(order, wanted):
        return []
    return [
        {"order_item_id": int(line_id), "qty": json_number(quantity)}
        for line_id, quantity in wanted.items()
        if quantity
    ]


def _is_all(order: Mapping[str, Any], wanted: Mapping[str, Decimal]) -> bool:
    """Whether nothing stays behind; parts of a bundle stand for the bundle."""
    items = items_of(order)
    for row in top_items(order):
        parts = [
            part
            for part in items.values()
            if row.get("product_type") == "bundle" and part.get("parent_item_id") == row.get("item_id")
        ]
        bearers: Iterable[dict[str, Any]] = (
            parts if parts and str(row.get("item_id")) not in wanted else [row]
        )
        for bearer in bearers:
            if open_to_ship(bearer) > wanted.get(str(bearer.get("item_id")), ZERO):
                return False
    return True


def _track(notice: ShipmentNotice, number: str) -> dict[str, str]:
    code = notice.carrier.strip().casefold()
    return {
        "track_number": number,
        "title": notice.carrier.strip() or "Carrier",
        "carrier_code": code if code in CARRIERS else "custom",
    }


def _track_numbers(shipment: Mapping[str, Any]) -> set[str]:
    return {str(row.get("track_number") or "") for row in _rows(shipment, "tracks")} - {""}


def _rows(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = document.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []
