"""Bodies of webhooks: snake_case rows with numeric ids, as the older API printed them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.shopify.calls import Row
from sandbox.shopify.payload_orders import (
    customer_payload,
    fulfillment_payload,
    local,
    order_payload,
    refund_payload,
    transaction_payload,
)
from sandbox.shopify.product_rows import available_of, variants_of
from sandbox.shopify.state import Store, number_of

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp


def topic_name(topic: str) -> str:
    """`orders/updated` -> `ORDERS_UPDATED`."""
    return topic.replace("/", "_").upper()


def payload_of(app: "ShopifyApp", topic: str, row: Row, extra: Row) -> Row:
    store = app.store
    resource = topic.partition("/")[0]
    if topic.endswith("/delete"):
        return {"id": number_of(row["id"])}
    maker = _MAKERS.get(topic) or _MAKERS.get(resource)
    if maker is None:
        return {"id": number_of(row.get("id", "")), "admin_graphql_api_id": row.get("id"), **extra}
    return maker(store, row)


def product_payload(store: Store, row: Row) -> Row:
    return {
        "id": number_of(row["id"]),
        "admin_graphql_api_id": row["id"],
        "title": row["title"],
        "handle": row["handle"],
        "body_html": row["descriptionHtml"],
        "vendor": row["vendor"],
        "product_type": row["productType"],
        "status": row["status"].lower(),
        "tags": ", ".join(row["tags"]),
        "created_at": local(store, row["createdAt"]),
        "updated_at": local(store, row["updatedAt"]),
        "published_at": local(store, row["publishedAt"]),
        "options": [
            {
                "id": number_of(o["id"]),
                "name": o["name"],
                "position": o["position"],
                "values": [v["name"] for v in o["_values"]],
            }
            for o in row["_options"]
        ],
        "variants": [
            {
                "id": number_of(v["id"]),
                "admin_graphql_api_id": v["id"],
                "product_id": number_of(row["id"]),
                "title": v["title"],
                "sku": v["sku"],
                "barcode": v["barcode"],
                "price": v["price"],
                "compare_at_price": v["compareAtPrice"],
                "position": v["position"],
                "inventory_item_id": number_of(v["_item"]),
                "inventory_quantity": available_of(store, v),
                "updated_at": local(store, v["updatedAt"]),
            }
            for v in variants_of(store, row)
        ],
    }


def level_payload(store: Store, row: Row) -> Row:
    return {
        "inventory_item_id": number_of(row["_item"]),
        "location_id": number_of(row["_location"]),
        "available": row["_q"]["available"],
        "updated_at": local(store, row["updatedAt"]),
        "admin_graphql_api_id": row["id"],
    }


def item_payload(store: Store, row: Row) -> Row:
    return {
        "id": number_of(row["id"]),
        "admin_graphql_api_id": row["id"],
        "sku": row["sku"],
        "tracked": row["tracked"],
        "cost": None if row["_cost"] is None else f"{row['_cost']:.2f}",
        "created_at": local(store, row["createdAt"]),
        "updated_at": local(store, row["updatedAt"]),
    }


def edited_payload(store: Store, order: Row) -> Row:
    """orders/edited tells what changed, not the order."""
    changes: Row = order.get("_last_edit", {"additions": [], "removals": []})
    return {
        "order_edit": {
            "id": order["number"],
            "app_id": None,
            "created_at": local(store, order["updatedAt"]),
            "committed_at": local(store, order["updatedAt"]),
            "order_id": number_of(order["id"]),
            "line_items": {
                side: [{"id": number_of(i), "delta": n} for i, n in changes[side]]
                for side in ("additions", "removals")
            },
        }
    }


def return_payload(store: Store, row: Row) -> Row:
    return {
        "id": number_of(row["id"]),
        "admin_graphql_api_id": row["id"],
        "name": row["name"],
        "status": row["status"].lower(),
        "order": {"id": number_of(row["_order"]), "admin_graphql_api_id": row["_order"]},
        "total_return_line_items": row["totalQuantity"],
    }


def bulk_payload(store: Store, row: Row) -> Row:
    return {
        "admin_graphql_api_id": row["id"],
        "completed_at": local(store, row["completedAt"]),
        "created_at": local(store, row["createdAt"]),
        "error_code": row["errorCode"] and row["errorCode"].lower(),
        "status": row["status"].lower(),
        "type": row["type"].lower(),
    }


def _collection(store: Store, row: Row) -> Row:
    return {
        "id": number_of(row["id"]),
        "admin_graphql_api_id": row["id"],
        "title": row["title"],
        "handle": row["handle"],
        "updated_at": local(store, row["updatedAt"]),
    }


def _location(store: Store, row: Row) -> Row:
    shown = _collection(store, {**row, "title": "", "handle": ""})
    return {
        "id": shown["id"],
        "admin_graphql_api_id": row["id"],
        "name": row["name"],
        "active": row["isActive"],
    }


def _shop(store: Store, row: Row) -> Row:
    return {"id": 1, "name": store.options.name, "myshopify_domain": store.options.domain}


_MAKERS: dict[str, Callable[[Store, Any], Row]] = {
    "orders": order_payload,
    "orders/edited": edited_payload,
    "refunds": refund_payload,
    "returns": return_payload,
    "fulfillments": fulfillment_payload,
    "order_transactions": transaction_payload,
    "products": product_payload,
    "inventory_levels": level_payload,
    "inventory_items": item_payload,
    "customers": customer_payload,
    "collections": _collection,
    "locations": _location,
    "bulk_operations": bulk_payload,
    "app": _shop,
}
