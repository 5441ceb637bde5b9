"""Shipments back to the shop: made without a mail, given their tracks, then told to the buyer.

A mail that goes out with the creation would have no tracking number in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError, PermanentError, Rejected
from ecomsync.common.money import ZERO
from platforms.magento1.client import MagentoClient
from platforms.magento1.faults import RemoteFault
from platforms.magento1.mapping_returns import mark, marked_key
from platforms.magento1.order_updates import OrderUpdater, done, refused, tops
from platforms.magento1.orders import OrderReader
from platforms.magento1.payloads import ItemShape, OrderShape, read_shape
from platforms.magento1.php_text import unserialized
from platforms.magento1.quantities import quantity_text
from platforms.types import Parcel, PushResult, ShipmentNotice

LANE = "orders"
#: Carriers that the core knows by these codes; `custom` always works.
CARRIERS = frozenset({"dhl", "dhlint", "fedex", "ups", "usps"})
CUSTOM = "custom"
_INVALID_CARRIER = 102


class ShipmentPusher:
    def __init__(self, client: MagentoClient, reader: OrderReader, updater: OrderUpdater) -> None:
        self._client = client
        self._reader = reader
        self._updater = updater

    def push(self, notice: ShipmentNotice) -> PushResult:
        """Find what an earlier try made, else create it; then its tracks, the mail and the status."""
        try:
            order = self._reader.record(notice.order_remote_id)
            shipment, tracked, told = self._known(order, notice)
            changed = False
            if not shipment:
                shipment = self._create(order, notice)
                changed = bool(shipment)
            if shipment:
                changed |= self._tell(shipment, notice, tracked, told=told)
            if notice.status:
                fresh = self._reader.record(notice.order_remote_id) if changed else order
                changed |= self._updater.set_status(fresh, notice.status)
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(
            notice.key, notice.order_remote_id, changed, **({"shipment_id": shipment} if shipment else {})
        )

    # -- looking ------------------------------------------------------------
    def _known(self, order: Mapping[str, Any], notice: ShipmentNotice) -> tuple[str, frozenset[str], bool]:
        """(number, tracks, whether it is ours and whole) of the shipment that this notice made, or that bears its
        parcels; ("", …) when there is none."""
        shape = read_shape(OrderShape, order, what="Order")
        if not any(row.qty_shipped for row in shape.items):
            return "", frozenset(), False
        rows = self._client.rows("order_shipment.list", {"order_id": {"eq": shape.order_id}}, lane=LANE)
        calls = [("order_shipment.info", [str(row.get("increment_id"))]) for row in rows]
        wanted = {parcel.number for parcel in notice.parcels if parcel.number}
        for row in self._client.bundle(calls, lane=LANE):
            if isinstance(row, RemoteFault | EcomsyncError):
                raise self._client.error(row, "order_shipment.info", f"order {shape.increment_id}")
            number = str(row.get("increment_id") or "")
            tracked = frozenset(str(one.get("number")) for one in _dicts(row.get("tracks")))
            keys = {marked_key(str(one.get("comment") or "")) for one in _dicts(row.get("comments"))}
            if notice.key in keys:
                return number, tracked, wanted <= tracked
            if wanted and wanted <= tracked:
                return number, tracked, True
        return "", frozenset(), False

    # -- writing ------------------------------------------------------------
    def _create(self, order: Mapping[str, Any], notice: ShipmentNotice) -> str:
        """The number of the new shipment; "" when all has left already, which is what we wanted."""
        shape = read_shape(OrderShape, order, what="Order")
        left = {
            row.item_id: row.qty_ordered - row.qty_canceled - row.qty_shipped - row.qty_refunded
            for row in leaving(shape)
        }
        open_ = any(quantity > 0 for quantity in left.values())
        wanted = asked(shape, notice, left) if open_ else []
        quantities = {line: quantity_text(quantity) for line, quantity in wanted if quantity > 0}
        # An empty map ships all that is left, which is meant only where no lines are named.
        if not open_ or (notice.lines and not quantities):
            if notice.parcels:
                raise Rejected(
                    "All goods of the order have left the shop already, under other tracking numbers.",
                    code="already_shipped",
                    cure="Compare the shipments of this order in the shop with the delivery; add the number there by hand.",
                    platform="magento1",
                )
            return ""
        comment = " ".join(part for part in (notice.comment, mark(notice.key)) if part)
        return str(
            self._client.call(
                "order_shipment.create", shape.increment_id, quantities, comment, False, False, lane=LANE
            )
        )

    def _tell(self, shipment: str, notice: ShipmentNotice, tracked: frozenset[str], *, told: bool) -> bool:
        """Add the tracks that are missing, then mail the buyer. Whether anything was done."""
        missing = [parcel for parcel in notice.parcels if parcel.number and parcel.number not in tracked]
        if told:
            return False
        self._track(shipment, notice.carrier, missing)
        if notice.notify_customer:
            links = [parcel.url for parcel in notice.parcels if parcel.url]
            text = "\n".join(part for part in (notice.comment, *links) if part)
            self._client.call("order_shipment.sendInfo", shipment, text, lane=LANE)
        return bool(missing) or notice.notify_customer

    def _track(self, shipment: str, carrier: str, parcels: Sequence[Parcel]) -> None:
        """One bundle; where the shop does not know the carrier's code, once more under `custom`."""
        code = carrier_code(carrier)
        waiting = list(parcels)
        for attempt in dict.fromkeys((code, CUSTOM)):
            title = carrier or "Carrier"
            calls = [
                ("order_shipment.addTrack", [shipment, attempt, title, parcel.number]) for parcel in waiting
            ]
            again: list[Parcel] = []
            for parcel, row in zip(waiting, self._client.bundle(calls, lane=LANE), strict=True):
                if isinstance(row, RemoteFault) and row.code == _INVALID_CARRIER and attempt != CUSTOM:
                    again.append(parcel)
                elif isinstance(row, RemoteFault | EcomsyncError):
                    raise self._client.error(
                        row, "order_shipment.addTrack", f"tracking number {parcel.number}"
                    )
            waiting = again
            if not waiting:
                return


def carrier_code(carrier: str) -> str:
    """The code under which the core knows a carrier, else `custom`."""
    name = carrier.strip().lower()
    return name if name in CARRIERS else CUSTOM


def leaving(shape: OrderShape) -> list[ItemShape]:
    """The rows that the shop counts when goods leave: the first of a configurable, a bundle, or the parts of a bundle
    that are shipped apart."""
    found: list[ItemShape] = []
    for row in tops(shape):
        told = unserialized(row.product_options) if isinstance(row.product_options, str) else None
        apart = (
            row.product_type == "bundle" and isinstance(told, dict) and str(told.get("shipment_type")) == "1"
        )
        parts = [part for part in shape.items if apart and part.parent_item_id == row.item_id]
        found += parts or [row]
    return found


def asked(
    shape: OrderShape, notice: ShipmentNotice, left: Mapping[str, Decimal]
) -> list[tuple[str, Decimal]]:
    """The rows and quantities to ship; none at all means what is left, which an empty map says. Raises Rejected."""
    if not notice.lines:
        return []
    rows = {row.item_id: row for row in shape.items}
    found: dict[str, Decimal] = {}
    for line, quantity in notice.lines:
        item = line if line in left or line not in rows else rows[line].parent_item_id
        if item in left and rows[item].product_type == "bundle" and item != line:
            # The bundle is counted, not its parts: as many as the part says that needs the most.
            pieces = quantity * rows[item].qty_ordered / (rows[line].qty_ordered or Decimal(1))
            found[item] = max(found.get(item, ZERO), min(pieces, left[item]))
            continue
        if item not in left:
            raise Rejected(
                f"The order has no line {line}.",
                code="unknown_line",
                cure="Read the order again from the shop and correct the delivery.",
                platform="magento1",
            )
        found[item] = found.get(item, ZERO) + quantity
    for item, quantity in found.items():
        if quantity > left[item]:
            raise Rejected(
                f"Of line {item} only {left[item].normalize():f} are left to ship, and {quantity.normalize():f} were sent.",
                code="more_than_left",
                cure="Compare the shipments of this order in the shop with the delivery.",
                platform="magento1",
            )
    return list(found.items())


def _dicts(rows: Any) -> list[Mapping[str, Any]]:
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
