"""Routes of the store itself: profile, VAT, payment methods, categories, customers, webhooks."""

from typing import Any

from sandbox.messages import Response
from sandbox.zid import hooks
from sandbox.zid.answers import ApiError, Json, answer, managers, per_page, plain_time
from sandbox.zid.call import Call, Route

ACCOUNT = "account.read"
_CURRENCIES = {"SAR": 4, "KWD": 5, "AED": 6, "USD": 1}


def profile(call: Call) -> Response:
    options = call.store.options
    currency = {
        "id": _CURRENCIES.get(options.currency, 9),
        "name": options.currency,
        "code": options.currency,
        "symbol": options.currency,
        "country": {"id": 184, "code": "SA"},
    }
    store: Json = {
        "id": options.store_id,
        "uuid": call.store.uuid,
        "title": options.name,
        "username": "demo",
        "url": "https://demo.zid.store",
        "email": "store@example.test",
        "timezone": call.store.clock.zone_name,
        "currency": currency,
        "currencies": [currency],
        "language": {"id": 1, "name": options.language, "code": options.language},
        "languages": [{"id": n, "name": code, "code": code} for n, code in enumerate(options.languages, 1)],
        "maintenance_mode": False,
        "subscription": {
            "package_name": "Growth",
            "expired_at": "2030-01-01 00:00:00",
            "is_suspended": options.suspended,
        },
    }
    user = {"id": 1, "uuid": call.store.uuid, "name": "Owner", "email": "owner@example.test", "store": store}
    return managers(user=user)


def vat(call: Call) -> Response:
    options = call.store.options
    settings = {
        "vat_activate": call.store.rate > 0,
        "is_vat_included_in_product_price": options.prices_include_tax,
        "is_shipping_fee_included_in_vat": options.shipping_taxed,
        "countries": [
            {
                "country": {"id": 184, "name": "Saudi Arabia", "iso_code_2": "SA"},
                "tax_percentage": float(call.store.rate),
            }
        ],
    }
    return managers(tax_settings=settings)


def payment_methods(call: Call) -> Response:
    names = (
        ("credit_card", "Credit Card"),
        ("zid_cod", "Cash On Delivery"),
        ("zid_bank_transfer", "Bank Transfer"),
        ("tabby", "Tabby"),
    )
    rows = [{"id": n, "name": name, "code": code, "enabled": True} for n, (code, name) in enumerate(names, 1)]
    return managers(payment_methods=rows)


# ---------------------------------------------------------------- categories


def category_json(call: Call, row: Json) -> Json:
    children = [c for c in call.store.categories.values() if c["parent_id"] == row["id"]]
    count = sum(1 for p in call.store.products.values() if row["id"] in p["_categories"])
    language = call.store.options.language
    return {
        "id": row["id"],
        "uuid": row["uuid"],
        "name": row["names"].get(language) or next(iter(row["names"].values())),
        "names": row["names"],
        "slug": row["slug"],
        "description": row["description"].get(language, ""),
        "url": f"https://demo.zid.store/categories/{row['id']}",
        "parent_id": row["parent_id"],
        "products_count": count,
        "is_published": row["is_published"],
        "sub_categories": [category_json(call, child) for child in children],
    }


def _category(call: Call) -> Json:
    found = call.store.categories.get(int(call.ids[0]) if call.ids[0].isdigit() else 0)
    if found is None:
        raise ApiError(404, "Category not found")
    return found


def categories(call: Call) -> Response:
    roots = [row for row in call.store.categories.values() if not row["parent_id"]]
    return managers(categories=[category_json(call, row) for row in roots])


def view_category(call: Call) -> Response:
    """The key is plural although it is one."""
    return managers(categories=category_json(call, _category(call)))


def add_category(call: Call) -> Response:
    body = call.record()
    row = new_category(call.store, _texts(body, "name"), parent=_parent(call, body))
    row["description"] = _texts(body, "description")
    call.app.emit("category.create", category_json(call, row))
    return managers(category=category_json(call, row))


def change_category(call: Call) -> Response:
    row, body = _category(call), call.record()
    if body.get("_method") != "put":
        raise ApiError(405)
    row["names"] |= _texts(body, "name")
    row["description"] |= _texts(body, "description")
    if "parent_id" in body:
        row["parent_id"] = _parent(call, body)
    call.app.emit("category.update", category_json(call, row))
    return managers(category=category_json(call, row))


def publish_category(call: Call) -> Response:
    row, body = _category(call), call.record()
    if body.get("is_published") not in ("0", "1"):
        raise ApiError(422, fields={"is_published": ['The field must be "0" or "1".']})
    row["is_published"] = body["is_published"] == "1"
    return managers(category=category_json(call, row))


def empty_category(call: Call) -> Response:
    row = _category(call)
    for product in call.store.products.values():
        if row["id"] in product["_categories"]:
            product["_categories"].remove(row["id"])
    return managers()


def _texts(body: Json, name: str) -> Json:
    """`name[ar]`, `name[en]` of a form."""
    return {code: body[f"{name}[{code}]"] for code in ("ar", "en") if body.get(f"{name}[{code}]")}


def _parent(call: Call, body: Json) -> int | None:
    given = str(body.get("parent_id") or "")
    if not given or given == "0":
        return None
    if not given.isdigit() or int(given) not in call.store.categories:
        raise ApiError(422, fields={"parent_id": ["The selected parent is invalid."]})
    return int(given)


def new_category(store: Any, names: Json, *, parent: int | None = None) -> Json:
    if not names:
        raise ApiError(422, fields={"name": ["The name field is required."]})
    number = store.next_id("category", 1_346_690)
    row: Json = {
        "id": number,
        "uuid": store.new_uuid(),
        "names": dict(names),
        "slug": f"c-{number}",
        "description": {},
        "parent_id": parent,
        "is_published": True,
    }
    store.categories[number] = row
    return row


# ---------------------------------------------------------------- customers


def _customer_json(call: Call, row: Json) -> Json:
    own = [order for order in call.store.orders.values() if order["_customer"] == row["id"]]
    stamp = plain_time(own[0]["_created"]) if own else plain_time(call.store.clock.now())
    paid = sum(float(order["_total"]) for order in own)
    return {
        **row,
        "order_counts": len(own),
        "order_total_payments": paid,
        "created_at": stamp,
        "updated_at": stamp,
    }


def customers(call: Call) -> Response:
    rows = list(call.store.customers.values())
    shown = [_customer_json(call, row) for row in per_page(rows, call.query)]
    return managers(customers=shown, total_customers_count=len(rows))


def get_customer(call: Call) -> Response:
    found = call.store.customers.get(int(call.ids[0]) if call.ids[0].isdigit() else 0)
    if found is None:
        raise ApiError(404, "Customer not found")
    return managers(customer=_customer_json(call, found))


# ---------------------------------------------------------------- webhooks


def list_hooks(call: Call) -> Response:
    return answer({"data": [hooks.hook_json(row) for row in call.store.hooks.values()]})


def add_hook(call: Call) -> Response:
    return answer(hooks.hook_json(hooks.create(call.store, call.record())), 201)


def delete_hooks(call: Call) -> Response:
    original = call.query.get("original_id", "")
    if not original:
        raise ApiError(422, fields={"original_id": ["The original id field is required."]})
    call.store.hooks = {k: v for k, v in call.store.hooks.items() if str(v["original_id"]) != original}
    return answer({"message": "deleted"})


ROUTES = [
    Route("GET", "/v1/managers/account/profile", profile, ACCOUNT),
    Route("GET", "/v1/managers/store/third-party/vat", vat, ACCOUNT),
    Route("GET", "/v1/managers/store/payment-methods", payment_methods, ACCOUNT),
    Route("GET", "/v1/managers/store/categories", categories, "products.read"),
    Route("GET", "/v1/managers/store/categories/{id}/view", view_category, "products.read"),
    Route("POST", "/v1/managers/store/categories/add", add_category, "products.write"),
    Route("POST", "/v1/managers/store/categories/{id}/update", change_category, "products.write"),
    Route("PUT", "/v1/managers/store/categories/{id}/publishing", publish_category, "products.write"),
    Route("DELETE", "/v1/managers/store/categories/{id}/products/delete", empty_category, "products.write"),
    Route("GET", "/v1/managers/store/customers", customers, "customers.read"),
    Route("GET", "/v1/managers/store/customers/{id}", get_customer, "customers.read"),
    Route("GET", "/v1/managers/webhooks", list_hooks, "webhooks.read"),
    Route("POST", "/v1/managers/webhooks", add_hook, "webhooks.write"),
    Route("DELETE", "/v1/managers/webhooks", delete_hooks, "webhooks.write"),
]
