"""The Shipment Tracking plugin's routes (`wc-shipment-tracking/v3`, and `wc-ast/v3` of its rival)."""

from urllib.parse import quote

from sandbox.php import slugify
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import Call, Result, links
from sandbox.woocommerce.order_write import change_status
from sandbox.woocommerce.orders import find_order
from sandbox.woocommerce.rows import Json, Order
from sandbox.woocommerce.validate import Field, I, M, S, Schema

PROVIDERS: dict[str, dict[str, str]] = {
    "Saudi Arabia": {
        "Aramex": "https://www.aramex.com/track/results?ShipmentNumber=%1$s",
        "SMSA": "https://www.smsaexpress.com/trackingdetails?tracknumbers=%1$s",
        "SPL": "https://splonline.com.sa/en/shipmentdetails/?tid=%1$s",
    },
    "Global": {
        "DHL": "https://www.dhl.com/track?tracking-id=%1$s",
        "FedEx": "https://www.fedex.com/fedextrack/?trknbr=%1$s",
    },
}
TRACKING_BODY: Schema = {
    "tracking_provider": S,
    "custom_tracking_provider": S,
    "custom_tracking_link": S,
    "tracking_number": Field("string", required=True),
    "date_shipped": S,
    "status_shipped": I,
    "replace_tracking": M,
    "sku": S,
    "qty": M,
}


def _link(row: Json) -> str:
    template = row["custom_tracking_link"]
    for region in PROVIDERS.values():
        for name, url in region.items():
            if slugify(name) == slugify(row["tracking_provider"]):
                template = url
    return str(template).replace("%1$s", quote(row["tracking_number"]))


def tracking_json(call: Call, order: Order, row: Json) -> Json:
    route = f"/orders/{order.id}/shipment-trackings"
    return {
        "tracking_id": row["tracking_id"],
        "tracking_provider": row["tracking_provider"] or row["custom_tracking_provider"],
        "tracking_link": _link(row),
        "tracking_number": row["tracking_number"],
        "date_shipped": row["date_shipped"],
        **{name: row[name] for name in ("sku", "qty") if name in row},
        "_links": links(call, route, row["tracking_id"], "GET,DELETE", f"/orders/{order.id}"),
    }


def list_trackings(call: Call) -> Result:
    order = find_order(call, position=0)
    return Result([tracking_json(call, order, row) for row in order.trackings])


def providers(call: Call) -> Result:
    return Result(PROVIDERS)


def create_tracking(call: Call) -> Result:
    store = call.store
    order = find_order(call, position=0)
    if not call.text("tracking_provider") and not call.text("custom_tracking_provider"):
        raise RestError("woocommerce_rest_invalid_shipment_tracking", "Tracking provider is required.", 400)
    row = {
        "tracking_id": store.token(32),
        "tracking_provider": call.text("tracking_provider"),
        "custom_tracking_provider": call.text("custom_tracking_provider"),
        "custom_tracking_link": call.text("custom_tracking_link"),
        "tracking_number": call.text("tracking_number"),
        "date_shipped": call.text("date_shipped") or store.clock.local_day(store.clock.now()),
    }
    if store.options.tracking_plugin == "ast":
        row |= {name: call.text(name) for name in ("sku", "qty") if call.text(name)}
    if store.options.tracking_plugin == "ast" and call.flag("replace_tracking"):
        order.trackings.clear()
    order.trackings.append(row)
    order.modified = store.clock.now()
    call.emit("order.updated", order.id)
    if store.options.tracking_plugin == "ast" and call.number("status_shipped") == 1:
        change_status(store, call.emit, order, "completed")
    return Result(tracking_json(call, order, row), 201)


def _find(call: Call) -> tuple[Order, Json]:
    order = find_order(call, position=0)
    row = next((r for r in order.trackings if r["tracking_id"] == call.ids[1]), None)
    if row is None:
        raise RestError(
            "woocommerce_rest_order_shipment_tracking_invalid_id", "Invalid shipment tracking ID.", 404
        )
    return order, row


def get_tracking(call: Call) -> Result:
    return Result(tracking_json(call, *_find(call)))


def delete_tracking(call: Call) -> Result:
    order, row = _find(call)
    shown = tracking_json(call, order, row)
    order.trackings.remove(row)
    return Result(shown)
