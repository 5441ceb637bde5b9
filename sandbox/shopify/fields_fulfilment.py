"""Fields of fulfilment orders and fulfilments."""

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection, searched
from sandbox.shopify.fields_lines import the_order, the_till
from sandbox.shopify.figures import (
    allocated,
    places_of,
    share,
)
from sandbox.shopify.state import number_of


@resolves("Order.fulfillmentOrders")
def fulfillment_orders(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["FulfillmentOrder"][gid] for gid in row["_fulfillment_orders"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.fulfillmentOrders", scope="read_merchant_managed_fulfillment_orders")
def all_fulfillment_orders(call: Call, row: Row, args: Row) -> Row:
    rows = [
        r for r in call.store.rows("FulfillmentOrder") if args.get("includeClosed") or r["status"] != "CLOSED"
    ]
    fields = {
        "id": ("id", lambda r: r["id"]),
        "status": ("word", lambda r: r["status"]),
        "updated_at": ("time", lambda r: r["updatedAt"]),
        "assigned_location_id": ("id", lambda r: r["_location"]),
    }
    return searched(call, rows, args, fields, {"UPDATED_AT": lambda r: r["updatedAt"]})


@resolves("QueryRoot.assignedFulfillmentOrders", scope="read_merchant_managed_fulfillment_orders")
def assigned_fulfillment_orders(call: Call, row: Row, args: Row) -> Row:
    return connection([], args)


@resolves("QueryRoot.fulfillmentOrder", scope="read_merchant_managed_fulfillment_orders")
def fulfillment_order(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "FulfillmentOrder")


@resolves("FulfillmentOrder.supportedActions")
def supported_actions(call: Call, row: Row, args: Row) -> list[Row]:
    actions = {
        "OPEN": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD", "SPLIT"),
        "IN_PROGRESS": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"),
        "SCHEDULED": ("MARK_AS_OPEN",),
        "ON_HOLD": ("RELEASE_HOLD", "HOLD", "MOVE"),
    }.get(row["status"], ())
    return [{"action": a, "externalUrl": None} for a in actions]


@resolves("FulfillmentOrder.assignedLocation")
def assigned_location(call: Call, row: Row, args: Row) -> Row:
    place = call.store.tables["Location"][row["_location"]]
    address = place["address"]
    return {
        "name": place["name"],
        "location": place,
        **{
            k: address[k] for k in ("address1", "address2", "city", "countryCode", "phone", "province", "zip")
        },
    }


@resolves("FulfillmentOrder.destination")
def destination(call: Call, row: Row, args: Row) -> Row | None:
    order = the_order(call, row)
    found = order["_shipping"]
    if found is None:
        return None
    shown = {**found, "countryCode": found["countryCodeV2"], "email": order["email"]}
    return {**shown, "id": f"gid://shopify/FulfillmentOrderDestination/{number_of(row['id'])}"}


@resolves("FulfillmentOrder.deliveryMethod")
def delivery_method(call: Call, row: Row, args: Row) -> Row | None:
    order = the_order(call, row)
    if not order["_shipping_lines"]:
        return None
    line = call.store.tables["ShippingLine"][order["_shipping_lines"][0]]
    return {
        "id": f"gid://shopify/DeliveryMethod/{number_of(row['id'])}",
        "methodType": "SHIPPING",
        "presentedName": line["title"],
        "serviceCode": line["code"],
        "sourceReference": None,
    }


@resolves("FulfillmentOrder.fulfillmentHolds")
def holds(call: Call, row: Row, args: Row) -> list[Row]:
    return list(row["_holds"])


@resolves("FulfillmentOrder.merchantRequests")
def merchant_requests(call: Call, row: Row, args: Row) -> Row:
    return connection([], args)


@resolves(
    "FulfillmentOrder.order",
    "Fulfillment.order",
    "Refund.order",
    "Return.order",
    "ReverseFulfillmentOrder.order",
)
def order_of(call: Call, row: Row, args: Row) -> Row:
    return the_order(call, row)


@resolves("FulfillmentOrder.lineItems")
def fulfillment_order_lines(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["FulfillmentOrderLineItem"][gid] for gid in row["_lines"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("FulfillmentOrder.fulfillments")
def fulfillment_order_fulfillments(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["Fulfillment"][gid] for gid in row["_fulfillments"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("FulfillmentOrderLineItem.lineItem", "FulfillmentLineItem.lineItem", "RefundLineItem.lineItem")
def line_of(call: Call, row: Row, args: Row) -> Row:
    return call.store.tables["LineItem"][row["_line"]]


@resolves("FulfillmentOrderLineItem.variant")
def part_variant(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(call.store.tables["LineItem"][row["_line"]]["_variant"])


@resolves("FulfillmentOrderLineItem.inventoryItemId")
def part_item(call: Call, row: Row, args: Row) -> str | None:
    found = part_variant(call, row, {})
    return found["_item"] if found else None


def _of_line(name: str):  # type: ignore[no-untyped-def]
    return lambda call, row, args: call.store.tables["LineItem"][row["_line"]][name]


for _field, _source in (
    ("sku", "sku"),
    ("productTitle", "title"),
    ("variantTitle", "variantTitle"),
    ("vendor", "vendor"),
    ("requiresShipping", "requiresShipping"),
):
    resolves(f"FulfillmentOrderLineItem.{_field}")(_of_line(_source))


@resolves("Order.fulfillments")
def fulfillments(call: Call, row: Row, args: Row) -> list[Row]:
    rows = [call.store.tables["Fulfillment"][gid] for gid in row["_fulfillments"]]
    return rows[: args["first"]] if args.get("first") is not None else rows


@resolves("Order.fulfillmentsCount")
def fulfillments_count(call: Call, row: Row, args: Row) -> Row:
    return {"count": len(row["_fulfillments"]), "precision": "EXACT"}


@resolves("QueryRoot.fulfillment", scope="read_fulfillments")
def fulfillment(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(args["id"], "Fulfillment")


@resolves("Fulfillment.trackingInfo")
def tracking(call: Call, row: Row, args: Row) -> list[Row]:
    rows: list[Row] = row["_tracking"]
    return rows[: args["first"]] if args.get("first") is not None else rows


@resolves("Fulfillment.location")
def fulfillment_location(call: Call, row: Row, args: Row) -> Row | None:
    return call.store.find(row["_location"])


@resolves("Fulfillment.fulfillmentLineItems")
def fulfillment_lines(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["FulfillmentLineItem"][gid] for gid in row["_lines"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Fulfillment.fulfillmentOrders")
def fulfillment_sources(call: Call, row: Row, args: Row) -> Row:
    rows = [call.store.tables["FulfillmentOrder"][gid] for gid in row["_fulfillment_orders"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("Fulfillment.events")
def fulfillment_events(call: Call, row: Row, args: Row) -> Row:
    return connection(row["_events"], args, key=lambda r: number_of(r["id"]))


@resolves("Fulfillment.totalQuantity")
def fulfillment_quantity(call: Call, row: Row, args: Row) -> int:
    return sum(call.store.tables["FulfillmentLineItem"][gid]["quantity"] for gid in row["_lines"])


@resolves("Fulfillment.requiresShipping")
def fulfillment_ships(call: Call, row: Row, args: Row) -> bool:
    return True


@resolves("FulfillmentLineItem.originalTotalSet")
def shipped_original(call: Call, row: Row, args: Row) -> Row:
    line = call.store.tables["LineItem"][row["_line"]]
    return the_till(call, line).bag(line["_price"] * row["quantity"])


@resolves("FulfillmentLineItem.discountedTotalSet")
def shipped_discounted(call: Call, row: Row, args: Row) -> Row:
    line = call.store.tables["LineItem"][row["_line"]]
    places = places_of(call.store, the_order(call, line))
    return the_till(call, line).bag(
        share(line["_price"] * line["quantity"] - allocated(line), row["quantity"], line["quantity"], places)
    )
