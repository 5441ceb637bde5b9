"""The store itself, branches, payment methods, languages, customers, taxes, and webhooks."""

from urllib.parse import urlsplit

from sandbox.messages import Response
from sandbox.salla.answers import ApiError, Json, paged, success
from sandbox.salla.call import Call, Route, need

EVENTS = (
    "order.created", "order.updated", "order.status.updated", "order.cancelled", "order.refunded", "order.deleted",
    "order.products.updated", "order.payment.updated", "order.coupon.updated", "order.total.price.updated",
    "order.shipping.address.updated", "order.shipment.creating", "order.shipment.created", "order.shipment.cancelled",
    "product.created", "product.updated", "product.deleted", "product.available", "product.quantity.low",
    "shipment.created", "shipment.updated", "shipment.cancelled", "customer.created", "customer.updated",
    "category.created", "category.updated", "brand.created", "store.branch.created", "store.branch.updated",
    "invoice.created", "abandoned.cart", "coupon.applied", "review.added",
)  # fmt: skip


def info(call: Call) -> Response:
    options = call.store.options
    return success(
        {
            "id": options.merchant,
            "name": options.name,
            "entity": "company",
            "email": "owner@example.test",
            "plan": options.plan,
            "type": "demo",
            "status": "active",
            "verified": True,
            "currency": options.currency,
            "domain": options.domain,
            "licenses": {"tax_number": "310122393500003", "commercial_number": "1010000000"},
            "social": {},
        }
    )


def branches(call: Call) -> Response:
    return paged(list(call.store.branches.values()), call.query)


def methods(call: Call) -> Response:
    return success(call.store.payment_methods)


def languages(call: Call) -> Response:
    return success(
        [
            {"id": 1, "name": "العربية", "iso_code": "ar", "is_default": True},
            {"id": 2, "name": "English", "iso_code": "en", "is_default": False},
        ]
    )


def taxes(call: Call) -> Response:
    return success([{"id": 1, "tax": call.store.options.tax_rate, "status": "active", "country": "SA"}])


def customers(call: Call) -> Response:
    rows = [{k: v for k, v in row.items() if not k.startswith("_")} for row in call.store.customers.values()]
    word = call.query.get("keyword", "")
    return paged(
        [row for row in rows if word in f"{row['mobile']} {row['email']} {row['first_name']}"], call.query
    )


# ---------------------------------------------------------------- webhooks


def _hook_json(row: Json) -> Json:
    """What subscribe answers; the list shows the security beside it."""
    return {k: v for k, v in row.items() if k != "security"}


def subscribe(call: Call) -> Response:
    """One event per call. The same event and URL again updates; strategy and secret are not taken here."""
    store, body = call.store, call.body()
    missing = {name: "is required" for name in ("name", "event", "url") if not body.get(name)}
    if missing:
        raise ApiError(422, fields=missing)
    if body["event"] not in EVENTS:
        raise ApiError(422, fields={"event": "الحدث غير معروف"})
    _check_url(str(body["url"]))
    same = (r for r in store.hooks.values() if (r["event"], r["url"]) == (body["event"], body["url"]))
    row: Json = next(same, {}) or {
        "id": store.next_id("hook", 2001),
        "type": "manual",
        "security": {"strategy": "none", "secret": None},
    }
    row |= {
        "name": body["name"],
        "event": body["event"],
        "url": body["url"],
        "version": int(body.get("version") or 2),
        "rule": body.get("rule") or "",
        "headers": body.get("headers") or [],
    }
    store.hooks[row["id"]] = row
    return success(_hook_json(row))


def _check_url(url: str) -> None:
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.startswith("test."):
        raise ApiError(422, fields={"url": "العنوان غير مقبول"})


def change_hook(call: Call) -> Response:
    row, body = need(call.store.hooks.get(call.number)), call.body()
    if "security_strategy" in body:
        if body["security_strategy"] not in ("signature", "token"):
            raise ApiError(422, fields={"security_strategy": "is not known"})
        row["security"] = {"strategy": body["security_strategy"], "secret": body.get("secret")}
    for name in ("name", "rule", "headers", "url"):
        if name in body:
            row[name] = body[name]
    return success(row)


def hooks(call: Call) -> Response:
    return paged(list(call.store.hooks.values()), call.query)


def events(call: Call) -> Response:
    return success([{"id": n, "label": name, "event": name} for n, name in enumerate(EVENTS, 1)])


def unsubscribe(call: Call) -> Response:
    """By url all hooks of that address go."""
    store, query = call.store, call.query
    if query.get("id"):
        need(store.hooks.pop(int(query["id"]), None))
    elif query.get("url"):
        store.hooks = {n: row for n, row in store.hooks.items() if row["url"] != query["url"]}
    else:
        raise ApiError(422, fields={"id": "is required"})
    return success({"message": "تم إلغاء الاشتراك", "code": 202}, 202)


ROUTES = [
    Route("GET", "/store/info", info, "settings"),
    Route("GET", "/branches", branches, "branches"),
    Route("GET", "/payment/methods", methods, "payments"),
    Route("GET", "/languages", languages, ""),
    Route("GET", "/taxes", taxes, "taxes"),
    Route("GET", "/customers", customers, "customers"),
    Route("GET", "/webhooks", hooks, "webhooks"),
    Route("GET", "/webhooks/events", events, "webhooks"),
    Route("POST", "/webhooks/subscribe", subscribe, "webhooks"),
    Route("PUT", "/webhooks/{id}", change_hook, "webhooks"),
    Route("DELETE", "/webhooks/unsubscribe", unsubscribe, "webhooks"),
]
