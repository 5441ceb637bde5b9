"""Routes of orders, of what happens to them, and of reverse orders."""

from datetime import datetime

from sandbox.messages import Response
from sandbox.zid import reverse, storefront
from sandbox.zid.answers import NOTHING, ApiError, Json, answer, managers, per_page
from sandbox.zid.call import Call, Route
from sandbox.zid.orders import SETTABLE, order_json, simple_json, tiny_json

READ, WRITE = "orders.read", "orders.write"
BASE = "/v1/managers/store/orders"
BACK = "/v1/managers/store/reverse-orders"
_SHAPES = {"default": order_json, "simple": simple_json, "tiny": tiny_json, "pos": simple_json}
MOST_COMMENTS, COMMENT_LENGTH = 20, 100


def _order(call: Call) -> Json:
    found = call.store.orders.get(int(call.ids[0]) if call.ids[0].isdigit() else 0)
    if found is None:
        raise ApiError(404, "Order not found")
    return found


def _listed(call: Call) -> list[Json]:
    query = call.query
    rows = list(call.store.orders.values())
    if query.get("order_status"):
        rows = [row for row in rows if row["status"].lower() == query["order_status"].lower()]
    if query.get("payment_status"):
        rows = [row for row in rows if row["payment_status"] == query["payment_status"]]
    if query.get("payment_method"):
        rows = [row for row in rows if row["_payment"] == query["payment_method"]]
    if query.get("customer_id"):
        rows = [row for row in rows if str(row["_customer"]) == query["customer_id"]]
    day_of = call.store.clock.local_day
    if query.get("date_from"):
        first = _day(query["date_from"], "date_from")
        rows = [row for row in rows if day_of(row["_created"]) >= first]
    if query.get("date_to"):
        last = _day(query["date_to"], "date_to")
        rows = [row for row in rows if day_of(row["_created"]) <= last]
    rows.sort(key=lambda row: (row["_created"], row["id"]), reverse=query.get("sort_by", "desc") != "asc")
    return rows


def _day(text: str, name: str) -> str:
    try:
        return datetime.strptime(text, "%Y-%m-%d").strftime("%Y-%m-%d")  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise ApiError(422, fields={name: ["The date does not match the format Y-m-d."]}) from None


def list_orders(call: Call) -> Response:
    """`status: object` is normal; only `payload_type=default` has lines; there is no link to the next page."""
    rows = _listed(call)
    shape = _SHAPES.get(call.query.get("payload_type", "simple"), simple_json)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["status"]] = counts.get(row["status"], 0) + 1
    return managers(
        orders=[shape(call.store, row) for row in per_page(rows, call.query)],
        grand_total=len(rows),
        total_order_count=len(rows),
        total_order_count_per_status=counts,
        tax_settings=[],
    )


def view_order(call: Call) -> Response:
    return managers(order=order_json(call.store, _order(call)))


def change_status(call: Call) -> Response:
    """The status, and the tracking that travels with it."""
    order, body = _order(call), call.record()
    status = str(body.get("order_status", ""))
    if status not in SETTABLE:
        raise ApiError(422, fields={"order_status": ["The selected order status is invalid."]})
    if order["status"] in ("cancelled", "reversed") and status != order["status"]:
        raise ApiError(422, "The status of this order cannot be changed.", code="ORDER_STATUS_LOCKED")
    if body.get("tracking_number"):
        order["_tracking"] |= {"number": str(body["tracking_number"])}
    if body.get("tracking_url"):
        order["_tracking"] |= {"url": str(body["tracking_url"])}
    if body.get("waybill_url"):
        order["_waybill"] = str(body["waybill_url"])
    if body.get("inventory_address_id"):
        order["_location"] = str(body["inventory_address_id"])
    storefront.set_status(call.store, order, status, call.app.emit, by="app")
    return managers(order=order_json(call.store, order))


def add_comment(call: Call) -> Response:
    order, text = _order(call), str(call.record().get("comment", ""))
    if not 1 <= len(text) <= COMMENT_LENGTH:
        raise ApiError(
            422, fields={"comment": [f"The comment may not be greater than {COMMENT_LENGTH} characters."]}
        )
    if sum(1 for row in order["_histories"] if row["comment"]) >= MOST_COMMENTS:
        raise ApiError(422, fields={"comment": ["The order has the most comments already."]})
    storefront.history(call.store, order, text, "app")
    storefront.touch(call.store, order)
    return managers(order=order_json(call.store, order))


def credit_notes(call: Call) -> Response:
    payload = {"credit_notes": reverse.credit_notes_json(_order(call)), "returned_items": []}
    return answer({"code": "SUCCESS_LIST", "message": None, "payload": payload})


def custom_statuses(call: Call) -> Response:
    payload = [
        {"id": n, "status": code, "code": code, "is_customizable": code == "preparing", "sub_statuses": []}
        for n, code in enumerate(SETTABLE, 1)
    ]
    return answer({"code": "SUCCESS_LIST", "message": None, "payload": payload})


def add_draft(call: Call) -> Response:
    """A draft order of the dashboard: priced by the catalogue."""
    body = call.record()
    lines = [{"sku": row["sku"], "quantity": row["quantity"]} for row in body.get("products") or ()]
    unknown = [row["sku"] for row in lines if row["sku"] not in call.store.skus]
    if not lines or unknown:
        raise ApiError(
            422, fields={"products": [f"Unknown: {', '.join(unknown)}" if unknown else "required"]}
        )
    name, _, rest = str(body.get("customer", {}).get("full_name", "")).partition(" ")
    order = storefront.place_order(
        call.store, call.app.emit, lines, buyer={"first_name": name, "last_name": rest}, source="md",
        payment_status="pending",
    )  # fmt: skip
    return managers(order=order_json(call.store, order))


# ---------------------------------------------------------------- reverse orders


def add_reverse(call: Call) -> Response:
    made = reverse.create(call.store, call.record(), call.app.emit)
    return answer(
        {
            "order_reverse": {"id": made["id"], "order_id": made["order_id"], "status": made["status"]},
            "message": NOTHING,
        }
    )


def waybill(call: Call) -> Response:
    body = call.record()
    if int(body.get("order_id") or 0) not in call.store.orders:
        raise ApiError(404, "Order not found")
    return answer({"waybill": {"url": f"https://demo.zid.store/waybills/{body['order_id']}.pdf"}})


def reasons(call: Call) -> Response:
    return answer({"order_reverse_reasons": call.store.reasons})


def add_reason(call: Call) -> Response:
    name = str(call.record().get("name", "")).strip()
    if not name:
        raise ApiError(422, fields={"name": ["The name field is required."]})
    made = {"id": len(call.store.reasons) + 1, "name": name}
    call.store.reasons.append(made)
    return answer({"order_reverse_reason": made})


def refund(call: Call) -> Response:
    return answer({"refund": reverse.refund(call.store, call.record(), call.app.emit)})


def totals(call: Call) -> Response:
    return answer({"totals": reverse.totals(call.store, call.record())})


ROUTES = [
    Route("GET", BASE, list_orders, READ),
    Route("GET", f"{BASE}/custom-statuses", custom_statuses, READ),
    Route("GET", f"{BASE}/{{id}}/view", view_order, READ),
    Route("POST", f"{BASE}/{{id}}/change-order-status", change_status, WRITE),
    Route("POST", f"{BASE}/{{id}}/add-order-comment", add_comment, WRITE),
    Route("GET", f"{BASE}/{{id}}/credit-notes", credit_notes, READ),
    Route("POST", "/v1/managers/store/drafts", add_draft, WRITE),
    Route("POST", BACK, add_reverse, WRITE),
    Route("POST", f"{BACK}/waybill", waybill, WRITE),
    Route("GET", f"{BACK}/reasons", reasons, READ),
    Route("POST", f"{BACK}/reasons", add_reason, WRITE),
    Route("POST", f"{BACK}/refund", refund, WRITE),
    Route("POST", "/v1/managers/reverse-credit-note/totals", totals, READ),
]
