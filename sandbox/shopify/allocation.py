"""Which location ships what: fulfilment orders."""

from sandbox.shopify.calls import Row
from sandbox.shopify.state import Store
from sandbox.shopify.stock import commit_line


def allocate(store: Store, order: Row, location: str) -> None:
    """Lines that ship go to a location that has them, else to the first; each gets a fulfilment order."""
    by_place: dict[str, list[Row]] = {}
    for gid in order["_lines"]:
        line = store.tables["LineItem"][gid]
        if line["_tip"] or (line["isGiftCard"] and not line["requiresShipping"]):
            continue
        place = commit_line(store, line, location)
        by_place.setdefault(place, []).append(line)
    for place, lines in by_place.items():
        open_fulfillment_order(store, order, place, lines)


def open_fulfillment_order(store: Store, order: Row, place: str, lines: list[Row]) -> Row:
    row = store.add(
        "FulfillmentOrder",
        status="OPEN",
        requestStatus="UNSUBMITTED",
        fulfillAt=order["createdAt"],
        fulfillBy=None,
        orderId=order["id"],
        orderName=order["name"],
        orderProcessedAt=order["processedAt"],
        _order=order["id"],
        _location=place,
        _holds=[],
        _lines=[],
        _fulfillments=[],
    )
    for line in lines:
        part = store.add(
            "FulfillmentOrderLineItem",
            _line=line["id"],
            _fulfillment_order=row["id"],
            totalQuantity=line["currentQuantity"],
            remainingQuantity=line["currentQuantity"],
        )
        row["_lines"].append(part["id"])
    order["_fulfillment_orders"].append(row["id"])
    return row
