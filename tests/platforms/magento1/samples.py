"""A record as the fact sheet prints it: invented values, true shapes (OpenMage 20, read 2026-11-20)."""

from __future__ import annotations

from typing import Any

SHEET_ORDER: dict[str, Any] = {
    "increment_id": "100000123",
    "order_id": "123",
    "store_id": "1",
    "created_at": "2024-05-01 09:12:44",
    "updated_at": "2024-05-01 09:13:02",
    "state": "processing",
    "status": "processing",
    "customer_id": "77",
    "customer_is_guest": "0",
    "customer_group_id": "1",
    "customer_email": "ana@example.com",
    "customer_firstname": "Ana",
    "customer_lastname": "Weber",
    "customer_taxvat": None,
    "order_currency_code": "EUR",
    "base_currency_code": "EUR",
    "base_to_order_rate": "1.0000",
    "coupon_code": "MAY5",
    "discount_description": "MAY5",
    "applied_rule_ids": "12",
    "subtotal": "50.0000",
    "discount_amount": "-5.0000",
    "shipping_amount": "4.9000",
    "shipping_tax_amount": "0.9300",
    "tax_amount": "9.4800",
    "hidden_tax_amount": "0.0000",
    "grand_total": "59.3800",
    "total_paid": "59.3800",
    "total_qty_ordered": "2.0000",
    "shipping_method": "flatrate_flatrate",
    "shipping_description": "Flat Rate - Fixed",
    "shipping_address": {
        "address_id": "246",
        "parent_id": "123",
        "address_type": "shipping",
        "firstname": "Ana",
        "lastname": "Weber",
        "company": None,
        "street": "Hauptstr. 5\n2. OG",
        "city": "Berlin",
        "region": "Berlin",
        "region_id": "82",
        "postcode": "10115",
        "country_id": "DE",
        "telephone": "+49301234",
    },
    "billing_address": {
        "address_id": "245",
        "parent_id": "123",
        "address_type": "billing",
        "firstname": "Ana",
        "lastname": "Weber",
        "company": "Weber KG",
        "vat_id": "DE123456789",
        "street": "Hauptstr. 5\n2. OG",
        "city": "Berlin",
        "region": "Berlin",
        "region_id": "82",
        "postcode": "10115",
        "country_id": "DE",
        "telephone": "+49301234",
    },
    "items": [
        {
            "item_id": "301",
            "order_id": "123",
            "parent_item_id": None,
            "product_id": "41",
            "product_type": "configurable",
            "sku": "SHIRT-RED-M",
            "name": "Shirt",
            "qty_ordered": "2.0000",
            "qty_invoiced": "2.0000",
            "qty_shipped": "0.0000",
            "qty_canceled": "0.0000",
            "qty_refunded": "0.0000",
            "price": "25.0000",
            "price_incl_tax": "29.7500",
            "original_price": "25.0000",
            "tax_percent": "19.0000",
            "tax_amount": "8.5500",
            "discount_percent": "10.0000",
            "discount_amount": "5.0000",
            "row_total": "50.0000",
            "row_total_incl_tax": "59.5000",
        },
        {
            "item_id": "302",
            "order_id": "123",
            "parent_item_id": "301",
            "product_id": "45",
            "product_type": "simple",
            "sku": "SHIRT-RED-M",
            "name": "Shirt Red M",
            "qty_ordered": "2.0000",
            "price": "0.0000",
            "tax_amount": "0.0000",
            "discount_amount": "0.0000",
            "row_total": "0.0000",
        },
    ],
    "payment": {
        "payment_id": "123",
        "parent_id": "123",
        "method": "banktransfer",
        "amount_ordered": "59.3800",
        "cc_last4": None,
        "additional_information": [],
    },
    "status_history": [
        {
            "parent_id": "123",
            "is_customer_notified": "1",
            "status": "processing",
            "comment": None,
            "created_at": "2024-05-01 09:13:02",
        }
    ],
}


def bundle_order() -> dict[str, Any]:
    """One bundle of two P0 and one P1, whose parts have the money; all invoiced."""
    parent = {**SHEET_ORDER["items"][0], "product_type": "bundle", "sku": "BOX", "qty_ordered": "1.0000"}
    parent |= {"qty_invoiced": "1.0000", "product_options": None, "row_total_incl_tax": "0.0000"}
    parent |= dict.fromkeys(("price", "row_total", "tax_amount", "discount_amount"), "0.0000")
    part = {**parent, "parent_item_id": "301", "product_type": "simple"}
    first = {**part, "item_id": "311", "sku": "P0", "qty_ordered": "2.0000", "qty_invoiced": "2.0000"}
    first |= {"row_total": "30.0000", "tax_amount": "5.7000", "row_total_incl_tax": "35.7000"}
    second = {**part, "item_id": "312", "sku": "P1", "row_total": "20.0000", "tax_amount": "3.8000"}
    second |= {"row_total_incl_tax": "23.8000"}
    return {
        **SHEET_ORDER,
        "discount_amount": "0.0000",
        "tax_amount": "10.4300",
        "grand_total": "65.3300",
        "total_paid": "65.3300",
        "items": [parent, first, second],
    }
