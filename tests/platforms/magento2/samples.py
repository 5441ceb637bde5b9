"""The order of the fact sheet (§16), and small changes of it."""

from __future__ import annotations

import copy
from typing import Any

ORDER: dict[str, Any] = {
    "entity_id": 501,
    "increment_id": "000000501",
    "state": "processing",
    "status": "processing",
    "store_id": 1,
    "store_name": "Main\nStore\nEnglish",
    "created_at": "2024-05-01 09:12:44",
    "updated_at": "2024-05-01 09:13:02",
    "base_currency_code": "EUR",
    "order_currency_code": "EUR",
    "base_to_order_rate": 1,
    "customer_is_guest": 0,
    "customer_id": 77,
    "customer_group_id": 1,
    "customer_email": "ana@example.com",
    "customer_firstname": "Ana",
    "customer_lastname": "Weber",
    "coupon_code": "MAY5",
    "applied_rule_ids": "12",
    "discount_description": "MAY5",
    "subtotal": 50,
    "subtotal_incl_tax": 59.5,
    "discount_amount": -5,
    "shipping_amount": 4.9,
    "shipping_tax_amount": 0.93,
    "shipping_incl_tax": 5.83,
    "shipping_description": "Flat Rate - Fixed",
    "tax_amount": 9.48,
    "grand_total": 59.38,
    "total_paid": 59.38,
    "total_due": 0,
    "total_qty_ordered": 2,
    "total_item_count": 1,
    "items": [
        {
            "item_id": 11,
            "order_id": 501,
            "product_id": 301,
            "product_type": "configurable",
            "sku": "SHIRT-RED-M",
            "name": "Shirt",
            "qty_ordered": 2,
            "qty_invoiced": 2,
            "qty_shipped": 0,
            "qty_canceled": 0,
            "qty_refunded": 0,
            "price": 25,
            "price_incl_tax": 29.75,
            "original_price": 25,
            "tax_percent": 19,
            "tax_amount": 8.55,
            "discount_percent": 10,
            "discount_amount": 5,
            "discount_tax_compensation_amount": 0,
            "row_total": 45,
            "row_total_incl_tax": 53.55,
            "product_option": {
                "extension_attributes": {
                    "configurable_item_options": [
                        {"option_id": "93", "option_value": 49},
                        {"option_id": "144", "option_value": 168},
                    ]
                }
            },
        },
        {
            "item_id": 12,
            "order_id": 501,
            "parent_item_id": 11,
            "product_id": 305,
            "product_type": "simple",
            "sku": "SHIRT-RED-M",
            "name": "Shirt-Red-M",
            "qty_ordered": 2,
            "price": 0,
            "tax_amount": 0,
            "discount_amount": 0,
            "row_total": 0,
            "row_total_incl_tax": 0,
            "parent_item": {"item_id": 11, "sku": "SHIRT-RED-M"},
        },
    ],
    "billing_address": {
        "address_type": "billing",
        "entity_id": 1002,
        "parent_id": 501,
        "firstname": "Ana",
        "lastname": "Weber",
        "company": "Weber KG",
        "vat_id": "DE123456789",
        "street": ["Hauptstr. 5", "2. OG"],
        "city": "Berlin",
        "region": "Berlin",
        "region_code": "BER",
        "region_id": 82,
        "postcode": "10115",
        "country_id": "DE",
        "telephone": "+49301234",
        "email": "ana@example.com",
    },
    "payment": {
        "entity_id": 501,
        "method": "banktransfer",
        "amount_ordered": 59.38,
        "amount_paid": 59.38,
        "additional_information": ["Bank Transfer Payment"],
        "account_status": None,
        "cc_last4": None,
    },
    "status_histories": [],
    "extension_attributes": {
        "shipping_assignments": [
            {
                "shipping": {
                    "address": {
                        "address_type": "shipping",
                        "firstname": "Ana",
                        "lastname": "Weber",
                        "street": ["Hauptstr. 5"],
                        "city": "Berlin",
                        "postcode": "10115",
                        "country_id": "DE",
                        "telephone": "+49301234",
                    },
                    "method": "flatrate_flatrate",
                    "total": {
                        "shipping_amount": 4.9,
                        "shipping_tax_amount": 0.93,
                        "shipping_incl_tax": 5.83,
                    },
                },
                "items": [],
            }
        ],
        "payment_additional_info": [{"key": "method_title", "value": "Bank Transfer Payment"}],
        "applied_taxes": [
            {"code": "DE-19", "title": "VAT 19", "percent": 19, "amount": 9.48, "base_amount": 9.48}
        ],
        "item_applied_taxes": [
            {
                "type": "product",
                "item_id": 11,
                "applied_taxes": [{"code": "DE-19", "title": "VAT 19", "percent": 19, "amount": 8.55}],
            },
            {
                "type": "shipping",
                "applied_taxes": [{"code": "DE-19", "title": "VAT 19", "percent": 19, "amount": 0.93}],
            },
        ],
        "converting_from_quote": True,
    },
}


def order(**changes: Any) -> dict[str, Any]:
    """The order with members of its top level replaced; None takes one away."""
    found = copy.deepcopy(ORDER)
    for name, value in changes.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def item(item_id: int, sku: str, quantity: float, price: float, **more: Any) -> dict[str, Any]:
    """One item without tax, net of nothing."""
    return {
        "item_id": item_id,
        "product_id": item_id + 1000,
        "product_type": "simple",
        "sku": sku,
        "name": sku.title(),
        "qty_ordered": quantity,
        "price": price,
        "price_incl_tax": price,
        "tax_percent": 0,
        "tax_amount": 0,
        "discount_amount": 0,
        "row_total": round(price * quantity, 4),
        **more,
    }


def plain_order(items: list[dict[str, Any]], total: float, **changes: Any) -> dict[str, Any]:
    """An order of these items alone: no tax, no shipping, no discount."""
    bare: dict[str, Any] = {
        "items": items,
        "grand_total": total,
        "total_paid": total,
        "subtotal": total,
        "tax_amount": 0,
        "discount_amount": 0,
        "shipping_amount": 0,
        "shipping_tax_amount": 0,
        "coupon_code": None,
        "discount_description": None,
        "extension_attributes": {},
    }
    return order(**{**bare, **changes})
