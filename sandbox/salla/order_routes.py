"""Orders, statuses, shipments, invoices and transactions over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Any

from sandbox.messages import Response
from sandbox.salla import storefront
from sandbox.salla.answers import ApiError, Json, decimal_of, local_time, money, paged, success, told, whole
from sandbox.salla.call import Call, Route, need
from sandbox.salla.orders import items_json, order_json, shipping_json, short_json
from sandbox.salla.state import Store

SHIPMENT_STATUSES = (
    "created", "in_progress", "in_transit", "received_at_final_hub", "to_be_reattempted", "reattempted",
    "unable_to_deliver", "delivering", "delivered", "partially_delivered", "shipped", "cancelled", "lost", "damaged",
    "return_to_origin", "return_in_progress",
)  # fmt: skip
_SENT = ("shipped", "delivering", "delivered")


def listed(call: Call) -> Response:
    """Filters by creation only: there is no 'updated since'."""
    store, query = call.store, call.query
    if query.get("expanded"):
        raise ApiError(422, fields={"expanded": "is not open to this app"})
    rows = list(store.orders.values())
    statuses = {int(number) for number in call.many("status")}
    if statuses:
        rows = [row for row in rows if row["_status"] in statuses]
    methods = set(call.many("payment_method"))
    if methods:
        rows = [row for row in rows if row["payment_method"] in methods]
    if query.get("reference_id"):
        rows = [row for row in rows if row["reference_id"] == whole(query["reference_id"], "reference_id")]
    if query.get("customer_id"):
        rows = [row for row in rows if row["_customer"]["id"] == whole(query["customer_id"], "customer_id")]
    if query.get("from_date"):
        first = _day(query["from_date"], "from_date")
        rows = [row for row in rows if store.clock.local_day(row["_created"]) >= first]
    if query.get("to_date"):
        last = _day(query["to_date"], "to_date")
        rows = [row for row in rows if store.clock.local_day(row["_created"]) <= last]
    _sort(rows, query.get("sort_by", "created_at-desc"))
    pages = paged([row["id"] for row in rows], query)
    return _printed(call, pages)


def _printed(call: Call, pages: Response) -> Response:
    import json

    from sandbox.salla.answers import answer

    body = json.loads(pages.body)
    rows = [short_json(call.store, call.store.orders[number], call.language) for number in body["data"]]
    return answer({**body, "data": rows})


def _sort(rows: list[Json], text: str) -> None:
    field, _, direction = text.rpartition("-")
    keys = {"id": "id", "created_at": "_created"}
    if field not in keys or direction not in ("asc", "desc"):
        raise ApiError(422, fields={"sort_by": "is not known"})
    rows.sort(key=lambda row: (row[keys[field]], row["id"]), reverse=direction == "desc")


def _day(text: str, name: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ApiError(422, fields={name: "must be yyyy-mm-dd"}) from None


def _order(call: Call, number: Any = None) -> Json:
    wanted = call.number if number is None else whole(number, "order_id")
    return need(call.store.orders.get(wanted))  # type: ignore[no-any-return]


def read(call: Call) -> Response:
    order = _order(call)
    shown = order_json(call.store, order, call.language)
    if call.query.get("format") != "light":
        shown["items"] = items_json(call.store, order)
        shown["shipments"] = [_shipment_json(call.store, row) for row in _shipments(call.store, order)]
    return success(shown)


def items(call: Call) -> Response:
    return success(items_json(call.store, _order(call, call.query.get("order_id", ""))))


def refunded_items(call: Call) -> Response:
    """Which items, and not how many of each."""
    order = _order(call, call.query.get("order_id", ""))
    return success(
        [
            {"id": line["id"], "name": line["name"], "thumbnail": None}
            for line in order["_lines"]
            if order["_refunded"].get(line["id"])
        ]
    )


# ---------------------------------------------------------------- statuses and notes


def statuses(call: Call) -> Response:
    store, found = call.store, []
    for row in store.statuses.values():
        parent = store.statuses[row["_parent"]] if row["_parent"] else row
        found.append(
            {
                **{k: v for k, v in row.items() if not k.startswith("_")},
                "name": row["name"] if call.language == "ar" else row["_english"],
                "parent": {"id": parent["id"], "name": parent["name"]} if row["_parent"] else None,
                "original": {"id": parent["_original"], "name": parent["name"]},
            }
        )
    return success(found)


def set_status(call: Call) -> Response:
    order, body, store = _order(call), call.body(), call.store
    number = 0
    if body.get("status_id"):
        number = whole(body["status_id"], "status_id")
    elif body.get("slug"):
        slug = str(body["slug"])
        number = next((n for n, r in store.statuses.items() if r["slug"] == slug and not r["_parent"]), 0)
    if number not in store.statuses:
        raise ApiError(422, fields={"slug" if body.get("slug") else "status_id": "الحالة غير معروفة"})
    storefront.set_status(store, order, number, call.app.emit, str(body.get("note") or ""))
    return told("تم تحديث حالة الطلب")


def add_note(call: Call) -> Response:
    order, note = _order(call), call.body().get("note")
    if not note:
        raise ApiError(422, fields={"note": "is required"})
    order["_history"].append({"status": "", "note": str(note), "at": call.store.clock.now()})
    storefront.touch(call.store, order)
    return told("تمت إضافة الملاحظة")


def histories(call: Call) -> Response:
    """What happened to the order, the newest first."""
    store, order = call.store, _order(call)
    rows = [
        {
            "id": order["id"] * 100 + n,
            "status": row["status"],
            "customized": {},
            "note": row["note"],
            "created_at": local_time(store.clock, row["at"]),
        }
        for n, row in enumerate(order["_history"], 1)
    ]
    return paged(list(reversed(rows)), call.query)


# ---------------------------------------------------------------- shipments


def _shipments(store: Store, order: Json) -> list[Json]:
    return [row for row in store.shipments.values() if row["order_id"] == order["id"]]


def _shipment_json(store: Store, row: Json) -> Json:
    order = store.orders[row["order_id"]]
    return {
        **{k: v for k, v in row.items() if not k.startswith("_")},
        "created_at": local_time(store.clock, row["_created"]),
        "total": money(order["_total"], order["currency"]),
    }


def list_shipments(call: Call) -> Response:
    rows = list(call.store.shipments.values())
    if call.query.get("order_id"):
        number = whole(call.query["order_id"], "order_id")
        rows = [row for row in rows if row["order_id"] == number]
    return paged([_shipment_json(call.store, row) for row in rows], call.query)


def add_shipment(call: Call) -> Response:
    store, body = call.store, call.body()
    missing = {
        name: "is required"
        for name in ("courier_id", "shipment_type", "payment_method", "packages")
        if not body.get(name)
    }
    if missing:
        raise ApiError(422, fields=missing)
    courier = next(
        (row for row in store.companies if row["id"] == whole(body["courier_id"], "courier_id")), None
    )
    if courier is None:
        raise ApiError(422, fields={"courier_id": "شركة الشحن غير معروفة"})
    if body["shipment_type"] not in ("shipment", "return") or body["payment_method"] not in (
        "cod",
        "pre_paid",
    ):
        raise ApiError(422, fields={"shipment_type": "is not known"})
    order = _order(call, body.get("order_id"))
    made: Json = {
        "id": store.next_id("shipment", 33_001),
        "order_id": order["id"],
        "type": body["shipment_type"],
        "status": "created",
        "courier_id": courier["id"],
        "courier_name": courier["name"],
        "external_id": body.get("external_id"),
        "external_company_name": None,
        "shipping_number": None,
        "tracking_number": None,
        "tracking_link": None,
        "label": None,
        "payment_method": body["payment_method"],
        "packages": body["packages"],
        "ship_to": (shipping_json(order) or {}).get("address"),
        "_created": store.clock.now(),
    }
    store.shipments[made["id"]] = made
    storefront.touch(store, order)
    call.app.emit("shipment.created", _shipment_json(store, made))
    return success(_shipment_json(store, made), 201)


def change_shipment(call: Call) -> Response:
    row, body = need(call.store.shipments.get(call.number)), call.body()
    missing = {name: "is required" for name in ("shipment_number", "status") if not body.get(name)}
    if missing:
        raise ApiError(422, fields=missing)
    status = body["status"]
    if status not in SHIPMENT_STATUSES:
        raise ApiError(422, fields={"status": "is not known"})
    if row["status"] in _SENT and status in ("created", "in_progress"):
        raise ApiError(422, fields={"status": "cannot go back"})
    for name in ("tracking_link", "pdf_label"):
        if len(str(body.get(name) or "")) > 300:
            raise ApiError(422, fields={name: "is too long"})
    row["status"], row["shipping_number"] = status, str(body["shipment_number"])
    for name in ("tracking_number", "tracking_link", "external_company_name"):
        if name in body:
            row[name] = body[name]
    storefront.touch(call.store, call.store.orders[row["order_id"]])
    call.app.emit("shipment.updated", _shipment_json(call.store, row))
    return success(_shipment_json(call.store, row))


def companies(call: Call) -> Response:
    return success(call.store.companies)


# ---------------------------------------------------------------- invoices


def _invoice_json(store: Store, row: Json) -> Json:
    currency = store.orders[row["order_id"]]["currency"]
    return {
        **{k: v for k, v in row.items() if not k.startswith("_")},
        "date": local_time(store.clock, row["_created"])["date"][:10],
        "subtotal": money(row["_figures"].get("sub_total"), currency),
        "total": money(row["_figures"].get("total"), currency),
        "tax": {"percent": "15.00", "amount": money(row["_figures"].get("tax_value"), currency)},
        "items": [],
    }


def list_invoices(call: Call) -> Response:
    rows = list(call.store.invoices.values())
    if call.query.get("order_id"):
        number = whole(call.query["order_id"], "order_id")
        rows = [row for row in rows if row["order_id"] == number]
    return paged([_invoice_json(call.store, row) for row in rows], call.query)


def add_invoice(call: Call) -> Response:
    store, body = call.store, call.body()
    if body.get("type") != "tax_invoice":
        raise ApiError(422, fields={"type": "is not known"})
    kind = body.get("data_type")
    if kind not in ("order", "data", "url", "file"):
        raise ApiError(422, fields={"data_type": "is not known"})
    if kind != "order" and not store.options.custom_invoices:
        raise ApiError(422, fields={"data_type": "إعداد الفواتير في المتجر ليس مخصصًا"})
    if kind == "url" and not body.get("url"):
        raise ApiError(422, fields={"url": "is required"})
    order = _order(call, body.get("order_id"))
    figures = {
        name: decimal_of(body[name], name)
        for name in ("sub_total", "total", "tax_value")
        if body.get(name) is not None
    }
    made: Json = {
        "id": store.next_id("invoice", 21_001),
        "invoice_number": str(body.get("invoice_number") or store.next_id("invoice_number", 1)),
        "uuid": store.token(32),
        "order_id": order["id"],
        "type": "tax_invoice",
        "url": body.get("url"),
        "_figures": figures,
        "_created": store.clock.now(),
    }
    store.invoices[made["id"]] = made
    call.app.emit("invoice.created", {**_invoice_json(store, made), "sub_total": figures.get("sub_total")})
    return success(_invoice_json(store, made), 201)


# ---------------------------------------------------------------- transactions


def _transaction_json(row: Json) -> Json:
    can = ["refund"] if row["status"] in ("paid", "partially_refunded") else []
    return {
        "id": row["id"],
        "references": {"order_id": row["order_id"], "cart_id": 0},
        "total": money(row["total"], row["currency"]),
        "payment_method": {"name": row["payment_method"], "slug": row["payment_method"]},
        "status": {"name": row["status"], "slug": row["status"]},
        "card": {"brand": "mada", "number": "1234", "country": "SA"},
        "available_actions": can,
    }


def list_transactions(call: Call) -> Response:
    rows = list(call.store.transactions.values())
    if call.query.get("order_id"):
        number = whole(call.query["order_id"], "order_id")
        rows = [row for row in rows if row["order_id"] == number]
    return paged([_transaction_json(row) for row in rows], call.query)


def act_on_transaction(call: Call) -> Response:
    row, body = need(call.store.transactions.get(call.number)), call.body()
    if body.get("action") not in _transaction_json(row)["available_actions"]:
        raise ApiError(422, fields={"action": "is not available"})
    amount = decimal_of(body.get("amount"), "amount")
    if body.get("currency") != row["currency"] or amount <= 0 or amount > row["total"] - row["refunded"]:
        raise ApiError(422, fields={"amount": "المبلغ أكبر من المتاح"})
    row["refunded"] += amount
    row["status"] = "refunded" if row["refunded"] == row["total"] else "partially_refunded"
    storefront.touch(call.store, call.store.orders[row["order_id"]])
    return success(_transaction_json(row))


def create_order(call: Call) -> Response:
    body = call.body()
    lines = []
    for n, row in enumerate(body.get("products") or []):
        if row.get("identifier_type") != "sku" or not row.get("identifier"):
            raise ApiError(422, fields={f"products.{n}.identifier": "is required"})
        lines.append({"sku": row["identifier"], "quantity": row.get("quantity", 1)})
    if not lines:
        raise ApiError(422, fields={"products": "is required"})
    method = (body.get("payment") or {}).get("method", "cod")
    made = storefront.place_order(
        call.store, call.app.emit, lines, payment_method=method, shipping=str(Decimal(0))
    )
    return success(order_json(call.store, made, call.language), 201)


ROUTES = [
    Route("GET", "/orders", listed, "orders"),
    Route("POST", "/orders", create_order, "orders"),
    Route("GET", "/orders/statuses", statuses, "orders"),
    Route("GET", "/orders/items", items, "orders"),
    Route("GET", "/orders/items/refunded", refunded_items, "orders"),
    Route("GET", "/orders/invoices", list_invoices, "orders"),
    Route("POST", "/orders/invoices", add_invoice, "orders"),
    Route("GET", "/orders/{id}", read, "orders"),
    Route("POST", "/orders/{id}/status", set_status, "orders"),
    Route("POST", "/orders/{id}/histories", add_note, "orders"),
    Route("GET", "/orders/{id}/histories", histories, "orders"),
    Route("GET", "/shipments", list_shipments, "shipping"),
    Route("POST", "/shipments", add_shipment, "shipping"),
    Route("PUT", "/shipments/{id}", change_shipment, "shipping"),
    Route("GET", "/shipping/companies", companies, "shipping"),
    Route("GET", "/transactions", list_transactions, "transactions"),
    Route("PUT", "/transactions/{id}", act_on_transaction, "transactions"),
]
