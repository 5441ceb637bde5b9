"""Shipments to the shop: fulfilments of what its fulfilment orders still wait for, with tracking.

Shopify splits an order into fulfilment orders, one per location. A shipment is found again by its tracking numbers, or by
its lines where it has none; then nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import PermanentError, Rejected
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.ids import number_of
from platforms.shopify.order_updates import LANE, OrderUpdater, done, refused
from platforms.types import PushResult, ShipmentNotice, StatusNotice

#: How far the shop's clock may be behind ours when a fulfilment's age is judged.
CLOCK_TOLERANCE = timedelta(minutes=10)
LINES_AT_ONCE = 512

ORDER_SHIPPING = document(
    """query OrderShipping($id: ID!) {
  order(id: $id) {
    id note closed cancelledAt displayFinancialStatus displayFulfillmentStatus
    fulfillments(first: 50) {
      id status createdAt trackingInfo(first: 20) { company number url }
      fulfillmentLineItems(first: 100) { nodes { quantity lineItem { id } } }
    }
    fulfillmentOrders(first: 20) {
      nodes {
        id status supportedActions { action } assignedLocation { location { id } }
        lineItems(first: 100) { nodes { id remainingQuantity lineItem { id } } }
      }
    }
  }
}""",
    cost=200,
)
FULFILL = document(
    """mutation CreateFulfillment($fulfillment: FulfillmentInput!, $message: String) {
  fulfillmentCreate(fulfillment: $fulfillment, message: $message) {
    fulfillment { id status }
    userErrors { field message }
  }
}""",
    cost=10,
)
UPDATE_TRACKING = document(
    """mutation UpdateTracking($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify) {
    fulfillment { id }
    userErrors { field message }
  }
}""",
    cost=10,
)

Json = dict[str, Any]


class ShipmentPusher:
    def __init__(self, client: ShopifyClient, updater: OrderUpdater) -> None:
        self._client = client
        self._updater = updater

    def push(self, notice: ShipmentNotice) -> PushResult:
        """One call to look and one per location from which the goods leave; then the status, if any."""
        try:
            order = self._updater.order(notice.order_remote_id, ORDER_SHIPPING)
            changed = self._ship(order, notice)
            if notice.status:
                changed |= self._updater.set_status(
                    order, notice.status, StatusNotice(notice.key, notice.order_remote_id, notice.status)
                )
        except PermanentError as error:
            return refused(notice.key, notice.order_remote_id, error)
        return done(notice.key, notice.order_remote_id, changed)

    def _ship(self, order: Json, notice: ShipmentNotice) -> bool:
        made = [row for row in order.get("fulfillments") or () if row.get("status") == "SUCCESS"]
        same = _already_there(made, notice)
        if same is not None:
            return self._complete_tracking(same, notice)
        groups = _groups(order, notice)
        if not groups:
            without = next((row for row in reversed(made) if not _numbers(row)), None)
            if without is not None and notice.parcels:
                return self._complete_tracking(without, notice)
            if made:
                return False  # all has left already
            raise _nothing_to_ship(order)
        for group in groups:
            fulfillment: Json = {
                "lineItemsByFulfillmentOrder": group,
                "notifyCustomer": notice.notify_customer,
                **({"trackingInfo": _tracking(notice)} if notice.parcels or notice.carrier else {}),
            }
            self._client.change(
                FULFILL,
                {"fulfillment": fulfillment, "message": notice.comment or None},
                lane=LANE,
                what="the shipment",
            )
        return True

    def _complete_tracking(self, fulfillment: Mapping[str, Any], notice: ShipmentNotice) -> bool:
        """Numbers that are not on the fulfilment yet are added to those that are."""
        there = _numbers(fulfillment)
        if all(parcel.number in there for parcel in notice.parcels if parcel.number):
            return False
        tracking = _tracking(notice)
        kept = [row for row in fulfillment.get("trackingInfo") or () if row.get("number")]
        ours = {parcel.number for parcel in notice.parcels}
        extra = [row for row in kept if row["number"] not in ours]
        if extra:
            tracking = {
                "company": tracking.get("company") or extra[0].get("company"),
                "numbers": [*(str(row["number"]) for row in extra), *(p.number for p in notice.parcels)],
                "urls": [
                    u for u in (*(row.get("url") for row in extra), *(p.url for p in notice.parcels)) if u
                ],
            }
        self._client.change(
            UPDATE_TRACKING,
            {"id": fulfillment["id"], "tracking": tracking, "notify": notice.notify_customer},
            lane=LANE,
            what="the tracking numbers",
        )
        return True


def _tracking(notice: ShipmentNotice) -> Json:
    """A carrier that Shopify knows by name builds the address of the parcel itself."""
    tracking: Json = {"company": notice.carrier} if notice.carrier else {}
    parcels = [parcel for parcel in notice.parcels if parcel.number]
    if len(parcels) == 1:
        tracking["number"] = parcels[0].number
        if parcels[0].url:
            tracking["url"] = parcels[0].url
    elif parcels:
        tracking["numbers"] = [parcel.number for parcel in parcels]
        if all(parcel.url for parcel in parcels):
            tracking["urls"] = [parcel.url for parcel in parcels]
    return tracking


def _numbers(fulfillment: Mapping[str, Any]) -> set[str]:
    return {str(row["number"]) for row in fulfillment.get("trackingInfo") or () if row.get("number")}


def _already_there(made: list[Json], notice: ShipmentNotice) -> Json | None:
    """The fulfilment that is this shipment."""
    wanted = {parcel.number for parcel in notice.parcels if parcel.number}
    for row in made:
        if wanted & _numbers(row):
            return row
    if wanted or not notice.lines:
        return None
    lines = {line: quantity for line, quantity in notice.lines if quantity}
    for row in made:
        shown = {
            number_of((entry.get("lineItem") or {}).get("id")): Decimal(entry.get("quantity") or 0)
            for entry in nodes_of(row.get("fulfillmentLineItems"))
        }
        if shown == lines and not _is_older(row, notice.tried_since):
            return row
    return None


def _is_older(row: Mapping[str, Any], since: datetime | None) -> bool:
    """Whether a fulfilment stood there before this shipment was first tried. Unknown: any alike counts as it."""
    if since is None:
        return False
    try:
        return datetime.fromisoformat(str(row.get("createdAt"))) < since - CLOCK_TOLERANCE
    except ValueError:
        return False


def _groups(order: Json, notice: ShipmentNotice) -> list[list[Json]]:
    """What is to be fulfilled, one group per location, at most 512 lines each. Raises Rejected when lines ask for more than
    the shop still waits for."""
    wanted = {line: quantity for line, quantity in notice.lines if quantity > 0}
    left = dict(wanted)
    groups: dict[str, list[Json]] = {}
    for entry in nodes_of(order.get("fulfillmentOrders")):
        if not _can_leave(entry):
            continue
        rows = _rows_of(entry, left if wanted else None)
        if rows:
            place = number_of(((entry.get("assignedLocation") or {}).get("location") or {}).get("id"))
            groups.setdefault(place, []).append(
                {"fulfillmentOrderId": entry["id"], "fulfillmentOrderLineItems": rows}
            )
    short = [line for line, quantity in left.items() if quantity > 0]
    if short and groups:
        raise Rejected(
            f"The shop waits for fewer pieces than the shipment has (order lines {', '.join(short)}).",
            code="more_than_open",
            cure="See in the shop what was shipped, cancelled or put on hold, and correct the delivery.",
        )
    if short and _on_hold(order):
        raise _nothing_to_ship(order)
    return list(groups.values())


def _rows_of(entry: Json, left: dict[str, Decimal] | None) -> list[Json]:
    rows: list[Json] = []
    for row in nodes_of(entry.get("lineItems")):
        remaining = int(row.get("remainingQuantity") or 0)
        line = number_of((row.get("lineItem") or {}).get("id"))
        quantity = remaining if left is None else min(remaining, int(left.get(line, Decimal(0))))
        if quantity > 0:
            rows.append({"id": row["id"], "quantity": quantity})
            if left is not None:
                left[line] -= quantity
    return rows[:LINES_AT_ONCE]


def _can_leave(entry: Json) -> bool:
    actions = {str(row.get("action")) for row in entry.get("supportedActions") or ()}
    return entry.get("status") in ("OPEN", "IN_PROGRESS") and "CREATE_FULFILLMENT" in actions


def _on_hold(order: Json) -> bool:
    return any(entry.get("status") == "ON_HOLD" for entry in nodes_of(order.get("fulfillmentOrders")))


def _nothing_to_ship(order: Json) -> Rejected:
    if _on_hold(order):
        return Rejected(
            "The order is on hold in the shop.",
            code="on_hold",
            cure="Release the hold in the shop, then try again.",
        )
    return Rejected(
        "The shop has nothing to ship in this order.",
        code="nothing_to_ship",
        cure="See in the shop whether the order was cancelled, or its goods are shipped by another service.",
    )
