"""Fulfilments: parcels made of the lines of fulfilment orders."""

from typing import TYPE_CHECKING

from sandbox.shopify.allocation import open_fulfillment_order
from sandbox.shopify.calls import Row, refuse
from sandbox.shopify.figures import lines_of, unfulfilled
from sandbox.shopify.state import Store
from sandbox.shopify.stock import ship, unship

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

#: Carriers that the shop knows: their address is built from the number.
CARRIERS = {
    "Aramex": "https://www.aramex.com/track/results?ShipmentNumber={}",
    "DHL Express": "https://www.dhl.com/en/express/tracking.html?AWB={}",
    "FedEx": "https://www.fedex.com/fedextrack/?trknbr={}",
    "UPS": "https://www.ups.com/track?tracknum={}",
    "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    "La Poste": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "DPD": "https://www.dpd.com/tracking?parcelno={}",
    "GLS": "https://gls-group.eu/track/{}",
    "SMSA Express": "https://www.smsaexpress.com/trackingdetails?tracknumbers={}",
}


def tracking_rows(given: Row | None) -> list[Row]:
    """One row for each number; known companies give the address when none was sent."""
    info = given or {}
    company = info.get("company")
    numbers = list(info.get("numbers") or ([info["number"]] if info.get("number") else []))
    urls = list(info.get("urls") or ([info["url"]] if info.get("url") else []))
    rows = []
    for index in range(max(len(numbers), len(urls))):
        number = numbers[index] if index < len(numbers) else None
        url = urls[index] if index < len(urls) else None
        if url is None and number and company in CARRIERS:
            url = CARRIERS[company].format(number)
        rows.append({"company": company, "number": number, "url": url})
    if not rows and company:
        rows.append({"company": company, "number": None, "url": None})
    return rows


def parts_of(store: Store, head: Row) -> list[Row]:
    return [store.tables["FulfillmentOrderLineItem"][gid] for gid in head["_lines"]]


def make_fulfillment(
    app: "ShopifyApp",
    work: list[tuple[Row, list[tuple[Row, int]]]],
    tracking: Row | None,
    *,
    notify: bool = False,
) -> Row:
    """work: fulfilment orders of one order and one location, each with (its line, quantity) to ship."""
    store = app.store
    heads = [head for head, _ in work]
    order = store.tables["Order"][heads[0]["_order"]]
    place = heads[0]["_location"]
    fulfillment = store.add(
        "Fulfillment",
        name=f"{order['name']}-F{len(order['_fulfillments']) + 1}",
        status="SUCCESS",
        displayStatus="FULFILLED",
        deliveredAt=None,
        inTransitAt=None,
        estimatedDeliveryAt=None,
        _order=order["id"],
        _location=place,
        _tracking=tracking_rows(tracking),
        _lines=[],
        _events=[],
        _fulfillment_orders=[h["id"] for h in heads],
    )
    for head, parts in work:
        for part, quantity in parts:
            _ship_part(store, fulfillment, part, quantity, place)
        _settle(store, head)
        head["_fulfillments"].append(fulfillment["id"])
    order["_fulfillments"].append(fulfillment["id"])
    if not any(unfulfilled(line) for line in lines_of(store, order) if not line["_tip"]):
        order["closedAt"] = order["closedAt"] or None
    store.touch(order)
    if notify:
        store.mails.append({"to": order["email"], "about": f"shipped {fulfillment['name']}"})
    app.emit("fulfillments/create", fulfillment)
    app.emit("orders/updated", order)
    if not any(unfulfilled(line) for line in lines_of(store, order) if not line["_tip"]):
        app.emit("orders/fulfilled", order)
    return fulfillment


def _ship_part(store: Store, fulfillment: Row, part: Row, quantity: int, place: str) -> None:
    line = store.tables["LineItem"][part["_line"]]
    part["remainingQuantity"] -= quantity
    line["_fulfilled"] += quantity
    ship(store, line, place, quantity)
    row = store.add("FulfillmentLineItem", _line=line["id"], _part=part["id"], quantity=quantity)
    row["_fulfillment"] = fulfillment["id"]
    fulfillment["_lines"].append(row["id"])


def _settle(store: Store, head: Row) -> None:
    done = all(not part["remainingQuantity"] for part in parts_of(store, head))
    head["status"] = "CLOSED" if done else "IN_PROGRESS"
    store.touch(head)


def cancel_fulfillment(app: "ShopifyApp", fulfillment: Row) -> None:
    """The parcel never left: units are open again in a fulfilment order of their own."""
    store = app.store
    if fulfillment["status"] == "CANCELLED":
        raise refuse(["id"], "Fulfillment has already been cancelled.")
    order = store.tables["Order"][fulfillment["_order"]]
    fulfillment["status"] = "CANCELLED"
    fulfillment["displayStatus"] = "CANCELED"
    store.touch(fulfillment)
    lines = []
    for gid in fulfillment["_lines"]:
        row = store.tables["FulfillmentLineItem"][gid]
        line = store.tables["LineItem"][row["_line"]]
        line["_fulfilled"] -= row["quantity"]
        unship(store, line, fulfillment["_location"], row["quantity"])
        lines.append((line, row["quantity"]))
    head = open_fulfillment_order(store, order, fulfillment["_location"], [line for line, _ in lines])
    for part, (_, quantity) in zip(parts_of(store, head), lines, strict=True):
        part["totalQuantity"] = part["remainingQuantity"] = quantity
    store.touch(order)
    app.emit("fulfillments/update", fulfillment)
    app.emit("orders/updated", order)


#: Step of the parcel -> what the fulfilment shows.
STEPS = {
    "LABEL_PURCHASED": "LABEL_PURCHASED",
    "LABEL_PRINTED": "LABEL_PRINTED",
    "READY_FOR_PICKUP": "READY_FOR_PICKUP",
    "CONFIRMED": "CONFIRMED",
    "IN_TRANSIT": "IN_TRANSIT",
    "OUT_FOR_DELIVERY": "OUT_FOR_DELIVERY",
    "ATTEMPTED_DELIVERY": "ATTEMPTED_DELIVERY",
    "DELAYED": "DELAYED",
    "DELIVERED": "DELIVERED",
    "FAILURE": "FAILURE",
    "CARRIER_PICKED_UP": "CARRIER_PICKED_UP",
}
