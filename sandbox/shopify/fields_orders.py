"""Fields of orders: header, totals, payments, discounts, taxes."""

from collections.abc import Callable
from typing import Any

from sandbox.shopify.calls import Call, FieldError, Row, resolves
from sandbox.shopify.connections import connection, filtered, searched
from sandbox.shopify.fields_products import identified
from sandbox.shopify.fields_shop import horizon, names_are_public, visible_order
from sandbox.shopify.figures import (
    Figures,
    lines_of,
)
from sandbox.shopify.money import money
from sandbox.shopify.search import Fields
from sandbox.shopify.state import number_of


def order_fields(call: Call) -> Fields:
    store = call.store

    def figures(row: Row) -> Figures:
        return Figures(store, row)

    def state(row: Row) -> list[str]:
        if row["cancelledAt"]:
            return ["cancelled", "any"]
        return (
            ["closed", "any", "not_cancelled"]
            if row["closedAt"]
            else ["open", "any", "not_closed", "not_cancelled"]
        )

    return {
        "default": ("text", lambda r: [r["name"], r["email"]]),
        "id": ("id", lambda r: r["id"]),
        "name": ("text", lambda r: r["name"]),
        "status": ("word", lambda r: [*state(r), *(["not_closed"] if not r["closedAt"] else [])]),
        "financial_status": ("word", lambda r: figures(r).financial_status()),
        "fulfillment_status": ("word", lambda r: _shipping_words(figures(r).fulfillment_status())),
        "return_status": ("word", lambda r: figures(r).return_status()),
        "created_at": ("time", lambda r: r["createdAt"]),
        "updated_at": ("time", lambda r: r["updatedAt"]),
        "processed_at": ("time", lambda r: r["processedAt"]),
        "tag": ("word", lambda r: r["tags"]),
        "email": ("word", lambda r: r["email"]),
        "sku": ("word", lambda r: [line["sku"] for line in lines_of(store, r) if line["sku"]]),
        "gateway": ("word", lambda r: r["_gateways"]),
        "source_name": ("word", lambda r: r["sourceName"]),
        "test": ("bool", lambda r: r["test"]),
        "customer_id": ("id", lambda r: r["_customer"]),
        "discount_code": ("word", lambda r: _codes(r)),
        "po_number": ("word", lambda r: r["poNumber"]),
        "location_id": ("id", lambda r: _places(call, r)),
        "fulfillment_location_id": ("id", lambda r: _places(call, r)),
        "metafields": ("word", lambda r: _metafields(call, r)),
    }


def _shipping_words(status: str) -> list[str]:
    word = {"FULFILLED": "shipped", "PARTIALLY_FULFILLED": "partial", "UNFULFILLED": "unshipped"}.get(status)
    return [status, *([word] if word else []), *(["unfulfilled"] if status != "FULFILLED" else [])]


def _places(call: Call, order: Row) -> list[str]:
    return [call.store.tables["FulfillmentOrder"][gid]["_location"] for gid in order["_fulfillment_orders"]]


def _metafields(call: Call, row: Row) -> dict[str, str]:
    return {f"{ns}.{k}": m["value"] for (ns, k), m in call.store.metafields.get(row["id"], {}).items()}


ORDER_SORTS: dict[str, Callable[[Row], Any]] = {
    "CREATED_AT": lambda r: r["createdAt"],
    "UPDATED_AT": lambda r: r["updatedAt"],
    "PROCESSED_AT": lambda r: r["processedAt"],
    "ORDER_NUMBER": lambda r: r["number"],
    "ID": lambda r: number_of(r["id"]),
}


def visible_orders(call: Call) -> list[Row]:
    rows = call.store.rows("Order")
    if "read_all_orders" not in call.scopes:
        since = horizon(call)
        rows = [r for r in rows if r["createdAt"] >= since]
    return rows


@resolves("QueryRoot.orders", scope="read_orders")
def orders(call: Call, row: Row, args: Row) -> Row:
    sorts = {**ORDER_SORTS, "TOTAL_PRICE": lambda r: Figures(call.store, r).total()}
    return searched(call, visible_orders(call), args, order_fields(call), sorts, default="PROCESSED_AT")


@resolves("QueryRoot.ordersCount", scope="read_orders")
def orders_count(call: Call, row: Row, args: Row) -> Row:
    found = filtered(call, visible_orders(call), args.get("query"), order_fields(call))
    limit = args.get("limit")
    count = len(found) if not limit else min(len(found), limit)
    return {"count": count, "precision": "EXACT" if count == len(found) else "AT_LEAST"}


@resolves("QueryRoot.order", scope="read_orders")
def order(call: Call, row: Row, args: Row) -> Row | None:
    return visible_order(call, args["id"])


@resolves("QueryRoot.orderByIdentifier", scope="read_orders")
def order_by_identifier(call: Call, row: Row, args: Row) -> Row | None:
    found = identified(call, "Order", args["identifier"])
    return visible_order(call, found["id"]) if found else None


# Header.


@resolves("Order.closed")
def closed(call: Call, row: Row, args: Row) -> bool:
    return row["closedAt"] is not None


@resolves("Order.confirmed", "Order.fulfillable", "Order.restockable", "Order.merchantEditable")
def always(call: Call, row: Row, args: Row) -> bool:
    return True


@resolves("Order.currencyCode")
def currency(call: Call, row: Row, args: Row) -> str:
    return str(row["_currency"])


@resolves("Order.presentmentCurrencyCode")
def presentment(call: Call, row: Row, args: Row) -> str:
    return str(row["_presentment"])


@resolves("Order.app")
def order_app(call: Call, row: Row, args: Row) -> Row:
    return {"id": "gid://shopify/App/580111", "name": "Online Store"}


@resolves("Order.paymentGatewayNames")
def gateways(call: Call, row: Row, args: Row) -> list[str]:
    return list(row["_gateways"])


def _codes(row: Row) -> list[str]:
    return [d["code"] for d in row["_discounts"] if d["__typename"] == "DiscountCodeApplication"]


@resolves("Order.discountCodes")
def discount_codes(call: Call, row: Row, args: Row) -> list[str]:
    return _codes(row)


@resolves("Order.discountCode")
def discount_code(call: Call, row: Row, args: Row) -> str | None:
    return next(iter(_codes(row)), None)


@resolves("Order.customer")
def order_customer(call: Call, row: Row, args: Row) -> Row | None:
    if "read_customers" not in call.scopes and row["_customer"]:
        raise FieldError(
            "Access denied for customer field. Required access: `read_customers` access scope.",
            "ACCESS_DENIED",
            documentation="https://shopify.dev/api/usage/access-scopes",
            requiredAccess="`read_customers` access scope.",
        )
    if row["_customer"]:
        names_are_public(call, "Customer")
    return call.store.find(row["_customer"], "Customer")


@resolves("Order.email")
def order_email(call: Call, row: Row, args: Row) -> str | None:
    if not call.options.protected_customer_data:
        return None
    found: str | None = row["email"]
    return found


@resolves("Order.shippingAddress", "Order.displayAddress")
def shipping_address(call: Call, row: Row, args: Row) -> Row | None:
    return _address(call, row["_shipping"])


@resolves("Order.billingAddress")
def billing_address(call: Call, row: Row, args: Row) -> Row | None:
    return _address(call, row["_billing"])


def _address(call: Call, found: Row | None) -> Row | None:
    if found is None or call.options.protected_customer_data:
        return found
    hidden = dict.fromkeys(
        ("firstName", "lastName", "address1", "address2", "phone", "latitude", "longitude")
    )
    return {**found, **hidden}


@resolves("Order.billingAddressMatchesShippingAddress")
def same_address(call: Call, row: Row, args: Row) -> bool:
    return bool(row["_billing"] == row["_shipping"])


@resolves("Order.purchasingEntity")
def purchasing_entity(call: Call, row: Row, args: Row) -> Row | None:
    if row["_company"]:
        return {
            "__typename": "PurchasingCompany",
            "company": call.store.find(row["_company"]["company"]["id"]),
            "location": call.store.find(row["_company"]["location"]["id"]),
            "contact": call.store.find((row["_company"].get("contact") or {}).get("id")),
        }
    found = call.store.find(row["_customer"])
    return {**found, "__typename": "Customer"} if found else None


@resolves("Order.paymentTerms")
def payment_terms(call: Call, row: Row, args: Row) -> Row | None:
    terms = row["_terms"]
    if terms is None:
        return None
    now = call.now()
    open_now = Figures(call.store, row).outstanding() > 0
    overdue = open_now and terms["_due"] < now
    return {**terms, "due": overdue, "overdue": overdue, "_order": row}


@resolves("PaymentTerms.paymentSchedules")
def payment_schedules(call: Call, row: Row, args: Row) -> Row:
    figures = Figures(call.store, row["_order"])
    code = row["_order"]["_currency"]
    schedule = {
        "id": row["_schedule"],
        "dueAt": row["_due"],
        "issuedAt": row["_issued"],
        "completedAt": None,
        "amount": money(figures.total(), code),
        "balanceDue": money(figures.outstanding(), code),
        "totalBalance": money(figures.outstanding(), code),
        "due": row["due"],
    }
    return connection([schedule], args)


@resolves("Order.statusPageUrl")
def status_page(call: Call, row: Row, args: Row) -> str:
    return f"https://{call.options.domain}/1/orders/{number_of(row['id'])}/authenticate?key=sandbox"


@resolves("Order.retailLocation", "Order.physicalLocation")
def retail_location(call: Call, row: Row, args: Row) -> Row | None:
    return (
        call.store.find(_places(call, row)[0]) if row["sourceName"] == "pos" and _places(call, row) else None
    )


@resolves("Order.publication")
def order_publication(call: Call, row: Row, args: Row) -> Row | None:
    return next(iter(call.store.rows("Publication")), None)


@resolves("Order.subtotalLineItemsQuantity")
def quantity(call: Call, row: Row, args: Row) -> int:
    return sum(line["quantity"] for line in lines_of(call.store, row) if not line["_tip"])


@resolves("Order.currentSubtotalLineItemsQuantity")
def current_quantity(call: Call, row: Row, args: Row) -> int:
    return sum(line["currentQuantity"] for line in lines_of(call.store, row) if not line["_tip"])


@resolves("Order.requiresShipping")
def requires_shipping(call: Call, row: Row, args: Row) -> bool:
    return any(line["requiresShipping"] for line in lines_of(call.store, row))


@resolves("Order.totalWeight", "Order.currentTotalWeight")
def weight(call: Call, row: Row, args: Row) -> str:
    return "0"
