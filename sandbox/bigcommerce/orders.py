"""Orders as V2 prints and lists them, and the few fields that may be written."""

from decimal import Decimal
from typing import Any

from sandbox.bigcommerce.answers import ApiError, Json, moment, money, rfc2822, whole
from sandbox.bigcommerce.state import Store
from sandbox.bigcommerce.storefront import LABELS, archive, discounted, set_status, touch

INLINE_LINES = 50  # as many as one page of /products has
_SORTS = ("id", "customer_id", "date_created", "date_modified", "status_id", "channel_id", "external_id")
_KEPT = (
    "id", "cart_id", "order_source", "external_source", "external_id", "external_order_id", "external_merchant_id",
    "is_deleted", "payment_provider_id", "payment_status", "payment_method", "customer_message", "staff_notes",
    "channel_id", "customer_locale", "currency_code", "default_currency_code", "order_is_digital", "customer_id",
    "is_tax_inclusive_pricing", "status_id", "billing_address",
)  # fmt: skip
_WRITABLE = {
    "status_id", "staff_notes", "customer_message", "external_order_id", "external_merchant_id", "is_deleted",
    "customer_id", "payment_method", "channel_id",
}  # fmt: skip


def order_json(store: Store, order: Json, base_url: str, include: set[str] = frozenset()) -> Json:  # type: ignore[assignment]
    number, root = order["id"], f"{base_url}/stores/{store.options.store_hash}/v2"

    def link(part: str, shown: str = "") -> Json:
        return {
            "url": f"{root}/orders/{number}/{shown or part}",
            "resource": f"/orders/{number}/{shown or part}",
        }

    lines = order["_lines"]
    found: Json = {name: order[name] for name in _KEPT}
    found |= {
        "date_created": rfc2822(order["_created"]),
        "date_modified": rfc2822(order["_modified"]),
        "date_shipped": rfc2822(order["_shipped"]),
        "status": LABELS[order["status_id"]],
        "custom_status": store.custom_labels.get(order["status_id"], LABELS[order["status_id"]]),
        "currency_exchange_rate": f"{Decimal(order['currency_exchange_rate']):.10f}",
        "store_default_currency_code": store.options.currency,
        "items_total": sum(line["quantity"] for line in lines),
        "items_shipped": sum(line["quantity_shipped"] for line in lines),
        "shipping_address_count": len(order["_addresses"]),
        "tax_provider_id": "BasicTaxProvider",
        "refunded_amount": "0.0000",  # documented: always 0
        **_header_money(order),
        "products": link("products"),
        "shipping_addresses": link("shipping_addresses", "shippingaddresses"),
        "coupons": link("coupons"),
        "consignments": link("consignments"),
        "fees": link("fees"),
    }
    if include & {"consignments", "consignments.line_items"}:
        found["consignments"] = consignments_json(
            store, order, with_lines="consignments.line_items" in include
        )
    if "fees" in include:
        found["fees"] = [fee_json(fee) for fee in order["_fees"]]
    return found


def _header_money(order: Json) -> Json:
    zero = Decimal(0)
    shipping = [sum((a[key] for a in order["_addresses"]), zero) for key in ("_ex", "_inc", "_tax")]
    found: Json = {}
    triples = {
        "shipping_cost": shipping,
        "handling_cost": order["_handling"],
        "wrapping_cost": order["_wrapping"],
    }
    for name, (ex, inc, tax) in triples.items():
        found |= {f"{name}_ex_tax": money(ex), f"{name}_inc_tax": money(inc), f"{name}_tax": money(tax)}
        found[f"base_{name}"] = money(inc if order["is_tax_inclusive_pricing"] else ex)
    for name in ("subtotal_ex_tax", "subtotal_inc_tax", "total_ex_tax", "total_inc_tax", "total_tax"):
        found[name] = money(order[name])
    found["subtotal_tax"] = money(order["subtotal_inc_tax"] - order["subtotal_ex_tax"])
    found["discount_amount"] = money(order["_discount"])
    found["coupon_discount"] = money(order["_coupon_discount"])
    found["store_credit_amount"] = money(order["store_credit_amount"])
    found["gift_certificate_amount"] = money(order["gift_certificate_amount"])
    return found


def line_json(order: Json, line: Json) -> Json:
    found = {k: v for k, v in line.items() if not k.startswith("_")}
    inc_after, _ = discounted(line, including=order["is_tax_inclusive_pricing"])
    found |= {
        "order_id": order["id"],
        "name_customer": line["name"],
        "name_merchant": line["name"],
        "brand": "",
        "weight": "0.5000",
        "is_refunded": line["quantity_refunded"] >= line["quantity"],
        "base_price": money(line["_base"]),
        "price_ex_tax": money(line["_unit_ex"]),
        "price_inc_tax": money(line["_unit_inc"]),
        "price_tax": money(line["_unit_inc"] - line["_unit_ex"]),
        "base_total": money(line["_base"] * line["quantity"]),
        "total_ex_tax": money(line["_ex"]),
        "total_inc_tax": money(line["_inc"]),
        "total_tax": money(line["_inc"] - line["_ex"]),
        "discounted_total_inc_tax": money(inc_after),
        "wrapping_cost_ex_tax": "0.0000",
        "wrapping_cost_inc_tax": "0.0000",
        "wrapping_cost_tax": "0.0000",
        "fixed_shipping_cost": "0.0000",
        "product_options": [{**o, "order_product_id": line["id"]} for o in line["product_options"]],
    }
    return found


def address_json(order: Json, address: Json) -> Json:
    lines = [line for line in order["_lines"] if line["order_address_id"] == address["id"]]
    found = {k: v for k, v in address.items() if not k.startswith("_")}
    return {
        **found,
        "order_id": order["id"],
        "items_total": sum(line["quantity"] for line in lines),
        "items_shipped": sum(line["quantity_shipped"] for line in lines),
        "base_cost": money(address["_base"]),
        "cost_ex_tax": money(address["_ex"]),
        "cost_inc_tax": money(address["_inc"]),
        "cost_tax": money(address["_tax"]),
        "cost_tax_class_id": 0,
        "base_handling_cost": "0.0000",
        "handling_cost_ex_tax": "0.0000",
        "handling_cost_inc_tax": "0.0000",
        "handling_cost_tax": "0.0000",
    }


def fee_json(fee: Json) -> Json:
    found = {k: v for k, v in fee.items() if not k.startswith("_")}
    return {
        **found,
        "cost_ex_tax": money(fee["_ex"]),
        "cost_inc_tax": money(fee["_inc"]),
        "cost_tax": money(fee["_tax"]),
    }


def consignments_json(store: Store, order: Json, *, with_lines: bool) -> Json:
    """Inlined lines are what one page of /products has: the 51st is silently missing."""
    shown = order["_lines"][:INLINE_LINES]

    def rows(keep: Any) -> list[Json]:
        lines = [line for line in shown if keep(line)]
        if with_lines:
            return [line_json(order, line) for line in lines]
        return [{"url": "", "resource": f"/orders/{order['id']}/products/{line['id']}"} for line in lines]

    shipping = [
        {**address_json(order, a), "line_items": rows(lambda line, a=a: line["order_address_id"] == a["id"])}
        for a in order["_addresses"]
    ]
    apart = [line for line in shown if not line["order_address_id"]]
    downloads = [line for line in apart if line["type"] != "giftcertificate"]
    gifts = [line for line in apart if line["type"] == "giftcertificate"]
    email = order["billing_address"]["email"]
    return {
        "pickups": [],
        "shipping": shipping,
        "downloads": [{"recipient_email": email, "line_items": rows(lambda line: line in downloads)}]
        if downloads
        else [],
        "email": {
            "gift_certificates": [{"recipient_email": email, "line_items": rows(lambda line: line in gifts)}]
            if gifts
            else []
        },
    }


def taxes_json(store: Store, order: Json, *, details: bool) -> list[Json]:
    """Per rate and class; with `details` per line, shipping and handling."""
    including = order["is_tax_inclusive_pricing"]
    rows: list[tuple[str, str, Decimal, Decimal, int]] = [
        ("item", str(line["id"]), line["_rate"], discounted(line, including=including)[1], line["_class"])
        for line in order["_lines"]
    ]
    rows += [("shipping", "", a["_rate"], a["_tax"], 0) for a in order["_addresses"] if a["_tax"]]
    beside = (("handling", "_handling"), ("gift-wrapping", "_wrapping"))
    rows += [(kind, "", store.rate, order[name][2], 0) for kind, name in beside if order[name][2]]
    address_id = order["_addresses"][0]["id"] if order["_addresses"] else 0
    found = []
    for number, (kind, line_id, rate, amount, tax_class) in enumerate(rows, 1):
        found.append(
            {
                "id": order["id"] * 1000 + number,
                "order_id": order["id"],
                "order_address_id": address_id,
                "tax_rate_id": 1,
                "tax_class_id": tax_class,
                "sales_tax_id": None,
                "name": store.options.tax_name,
                "class": "Zero rate" if tax_class == 2 else "Default Tax Class",
                "rate": money(rate * 100),
                "priority": 1,
                "priority_amount": money(order["total_tax"]),
                "line_amount": money(amount),
                "order_pickup_method_id": 0,
                "order_product_id": line_id or None,
                "line_item_type": kind,
            }
        )
    if details:
        return found
    return [
        {k: v for k, v in row.items() if k not in ("line_amount", "order_product_id", "line_item_type")}
        for row in found[:1]
    ]


# ---------------------------------------------------------------- lists and writes

_NUMBERS = {
    "min_id": lambda o, v: o["id"] >= v,
    "max_id": lambda o, v: o["id"] <= v,
    "customer_id": lambda o, v: o["customer_id"] == v,
    "status_id": lambda o, v: o["status_id"] == v,
    "channel_id": lambda o, v: o["channel_id"] == v,
}
_MOMENTS = {
    "min_date_modified": lambda o, v: o["_modified"] >= v,
    "max_date_modified": lambda o, v: o["_modified"] <= v,
    "min_date_created": lambda o, v: o["_created"] >= v,
    "max_date_created": lambda o, v: o["_created"] <= v,
}
_TEXTS = {
    "email": lambda o, v: o["billing_address"]["email"].lower() == v.lower(),
    "payment_method": lambda o, v: o["payment_method"] == v,
    "external_order_id": lambda o, v: o["external_order_id"] == v,
    "cart_id": lambda o, v: o["cart_id"] == v,
}


def listed(store: Store, query: dict[str, str]) -> list[Json]:
    """Archived orders are in no list; incomplete ones are. Raises 400 for filters that cannot be read."""
    rows = [order for order in store.orders.values() if not order["is_deleted"]]
    for name, text in query.items():
        if name in _NUMBERS:
            value = whole(text, name)
            rows = [order for order in rows if _NUMBERS[name](order, value)]
        elif name in _MOMENTS:
            when = moment(text, name)
            rows = [order for order in rows if _MOMENTS[name](order, when)]
        elif name in _TEXTS:
            rows = [order for order in rows if _TEXTS[name](order, text)]
    field, _, direction = query.get("sort", "id:asc").partition(":")
    if field not in _SORTS or direction not in ("", "asc", "desc"):
        raise ApiError(400, "The field 'sort' is invalid.")
    key = {"date_created": "_created", "date_modified": "_modified"}.get(field, field)
    rows.sort(key=lambda order: (order[key] or 0, order["id"]), reverse=direction == "desc")
    return rows


def change(store: Store, order: Json, body: Any, emit: Any) -> None:
    """PUT /v2/orders/{id}. Lines and money are left to the panel: sending them clears discounts."""
    if not isinstance(body, dict):
        raise ApiError(400, "The request body is not an object.")
    for name in body:
        if name not in _WRITABLE:
            raise ApiError(400, f"The field '{name}' is invalid.")
    if "status_id" in body and body["status_id"] not in LABELS:
        raise ApiError(400, "The field 'status_id' is invalid.")
    if len(str(body.get("staff_notes", ""))) > 65_535:
        raise ApiError(400, "The field 'staff_notes' is invalid.")
    status = body.get("status_id")
    plain = {k: v for k, v in body.items() if k not in ("status_id", "is_deleted")}
    if any(order[name] != value for name, value in plain.items()):
        order |= plain
        touch(store, order)
        emit("store/order/updated", "order", order["id"], {})
    if status is not None:
        set_status(store, order, int(status), emit)
    if body.get("is_deleted") and not order["is_deleted"]:
        archive(store, order, emit)


def statuses_json(store: Store) -> list[Json]:
    return [
        {
            "id": number,
            "name": label,
            "system_label": label,
            "custom_label": store.custom_labels.get(number, label),
            "system_description": "",
            "order": number,
        }
        for number, label in LABELS.items()
    ]


def count_json(store: Store) -> Json:
    rows = listed(store, {})
    statuses = [
        {
            **status,
            "count": sum(1 for order in rows if order["status_id"] == status["id"]),
            "sort_order": status["id"],
        }
        for status in statuses_json(store)
    ]
    return {"count": len(rows), "statuses": statuses}
