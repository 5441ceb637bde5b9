"""What the field maps of a custom site may fill: record -> values, and record -> lists with the values of their rows."""

from __future__ import annotations

from collections.abc import Mapping

ADDRESS = (
    "first_name", "last_name", "company", "line1", "line2", "city", "region", "postal_code", "country", "phone", "email",
)  # fmt: skip
CUSTOMER = ("remote_id", "email", "first_name", "last_name", "company", "phone", "tax_number", "language")
#: Of an amount two of net, tax and gross are enough.
AMOUNT = ("net", "tax", "gross", "tax_percent", "tax_name", "tax_code")

FLAT: Mapping[str, frozenset[str]] = {
    "order": frozenset(
        {
            "remote_id", "number", "created_at", "updated_at", "status", "payment_status", "currency",
            "prices_include_tax", "total", "tax_total", "refunded_total", "note", "location_id",
            "returns",  # where the returns of an order are; each is read by the map of returns
            *(f"customer.{name}" for name in CUSTOMER),
            *(f"billing.{name}" for name in ADDRESS),
            *(f"shipping.{name}" for name in ADDRESS),
        }
    ),
    "return": frozenset(
        {"remote_id", "order_remote_id", "created_at", "total", "reason", "number", "our_key", "restock", "paid_back"}
    ),
    "product": frozenset(
        {
            "remote_id", "sku", "name", "kind", "parent_remote_id", "inventory_id", "barcode", "price", "special_price",
            "quantity", "active", "is_sellable", "manages_stock", "updated_at",
        }
    ),
    "category": frozenset({"remote_id", "name", "parent_remote_id", "description", "position"}),
    "shop": frozenset({"name", "version", "currency", "time_zone", "prices_include_tax", "weight_unit"}),
    "image": frozenset({"remote_id", "mark"}),
    "webhook": frozenset({"remote_id", "topic", "url", "active"}),
}  # fmt: skip
RETURN_LINE = frozenset({"order_line_id", "sku", "name", "quantity", "kind", *AMOUNT})
LISTS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "order": {
        "lines": frozenset(
            {
                "remote_id", "sku", "name", "quantity", "product_id", "variant_id",
                "subtotal_net", "subtotal_gross", "subtotal_tax", *AMOUNT,
            }
        ),
        "charges": frozenset({"remote_id", "kind", "code", "title", *AMOUNT}),
        "discounts": frozenset({"code", "kind", "title", "in_lines", *AMOUNT}),
        "payments": frozenset(
            {"code", "title", "amount", "currency", "paid_at", "transaction_id", "kind", "is_paid", "is_authorised"}
        ),
        "shipments": frozenset({"remote_id", "carrier", "tracking_number", "shipped_at", "line_ids", "quantities"}),
    },
    "return": {"lines": RETURN_LINE},
    "shop": {
        "statuses": frozenset({"code", "title"}),
        "payment_methods": frozenset({"code", "title"}),
        "shipping_methods": frozenset({"code", "title"}),
        "locations": frozenset({"code", "title"}),
    },
}  # fmt: skip
