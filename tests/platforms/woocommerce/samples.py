"""Answers of a real WooCommerce 9.9.5 (captured 2026-11-20), and one order from the documentation."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "woocommerce"


def sample(name: str) -> dict[str, Any]:
    """A captured exchange: request, status, headers, body."""
    with (FOLDER / f"{name}.json").open(encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def body(name: str) -> Any:
    return sample(name)["body"]


def sampled_orders() -> list[dict[str, Any]]:
    """Every order among the samples."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8")).get("body")
        rows = content if isinstance(content, list) else [content]
        found += [row for row in rows if isinstance(row, dict) and "line_items" in row and "billing" in row]
    return found


DOCUMENTED_ORDER: dict[str, Any] = {
    "id": 4711,
    "parent_id": 0,
    "number": "4711",
    "status": "processing",
    "currency": "EUR",
    "date_created": "2024-05-01T11:12:44",
    "date_created_gmt": "2024-05-01T09:12:44",
    "date_modified": "2024-05-01T11:13:02",
    "date_modified_gmt": "2024-05-01T09:13:02",
    "date_paid": "2024-05-01T11:13:01",
    "date_paid_gmt": "2024-05-01T09:13:01",
    "discount_total": "5.00",
    "discount_tax": "0.95",
    "shipping_total": "4.90",
    "shipping_tax": "0.93",
    "cart_tax": "8.55",
    "total": "59.38",
    "total_tax": "9.48",
    "prices_include_tax": True,
    "customer_id": 77,
    "customer_note": "",
    "transaction_id": "ch_1Ab",
    "payment_method": "stripe",
    "payment_method_title": "Credit card",
    "billing": {
        "first_name": "Ana",
        "last_name": "Weber",
        "company": "Weber KG",
        "address_1": "Hauptstr. 5",
        "address_2": "2. OG",
        "city": "Berlin",
        "state": "DE-BE",
        "postcode": "10115",
        "country": "DE",
        "email": "ana@example.com",
        "phone": "+49301234",
    },
    "shipping": {
        "first_name": "Ana",
        "last_name": "Weber",
        "company": "",
        "address_1": "Hauptstr. 5",
        "address_2": "",
        "city": "Berlin",
        "state": "DE-BE",
        "postcode": "10115",
        "country": "DE",
        "phone": "",
    },
    "meta_data": [{"id": 901, "key": "_billing_vat_number", "value": "DE123456789"}],
    "line_items": [
        {
            "id": 11,
            "name": "Shirt - Red, M",
            "parent_name": "Shirt",
            "product_id": 301,
            "variation_id": 305,
            "quantity": 2,
            "tax_class": "",
            "subtotal": "50.00",
            "subtotal_tax": "9.50",
            "total": "45.00",
            "total_tax": "8.55",
            "taxes": [{"id": 1, "total": "8.55", "subtotal": "9.5"}],
            "meta_data": [
                {"id": 81, "key": "pa_color", "value": "red", "display_key": "Color", "display_value": "Red"},
                {"id": 82, "key": "pa_size", "value": "m", "display_key": "Size", "display_value": "M"},
            ],
            "sku": "SHIRT-RED-M",
            "price": 22.5,
        },
    ],
    "tax_lines": [
        {
            "id": 14,
            "rate_code": "DE-VAT-1",
            "rate_id": 1,
            "label": "VAT",
            "compound": False,
            "tax_total": "8.55",
            "shipping_tax_total": "0.93",
            "rate_percent": 19,
            "meta_data": [],
        },
    ],
    "shipping_lines": [
        {
            "id": 12,
            "method_title": "Flat rate",
            "method_id": "flat_rate",
            "instance_id": "3",
            "total": "4.90",
            "total_tax": "0.93",
            "taxes": [{"id": 1, "total": "0.93", "subtotal": ""}],
            "meta_data": [],
        },
    ],
    "fee_lines": [],
    "coupon_lines": [{"id": 13, "code": "may5", "discount": "5", "discount_tax": "0.95", "meta_data": []}],
    "refunds": [],
}


def order(**changes: Any) -> dict[str, Any]:
    """The documented order with changes at the top level."""
    return {**copy.deepcopy(DOCUMENTED_ORDER), **changes}
