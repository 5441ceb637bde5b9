"""Bodies of webhooks about orders: orders, refunds, payments, parcels."""

from datetime import datetime
from decimal import Decimal

from sandbox.shopify.calls import Row
from sandbox.shopify.figures import (
    Figures,
    allocated,
    lines_of,
    refunds_of,
    shipping_discounted,
    shipping_of,
    till_of,
    unfulfilled,
)
from sandbox.shopify.money import ZERO, Till
from sandbox.shopify.state import Store, number_of


def local(store: Store, moment: str | None) -> str | None:
    """Times stand in the shop's zone, with its offset."""
    if moment is None:
        return None
    parsed = datetime.fromisoformat(moment.replace("Z", "+00:00"))
    return parsed.astimezone(store.clock.zone).isoformat()


def _fixed(amount: Decimal, places: int) -> str:
    return f"{amount:.{places}f}"


class _Writer:
    def __init__(self, till: Till) -> None:
        self.till = till

    def text(self, amount: Decimal) -> str:
        return _fixed(amount, self.till.places)

    def set(self, amount: Decimal) -> Row:
        bag = self.till.bag(amount)
        shop, other = bag["shopMoney"], bag["presentmentMoney"]
        return {
            "shop_money": {"amount": self.text(amount), "currency_code": shop["currencyCode"]},
            "presentment_money": {
                "amount": _fixed(Decimal(other["amount"]), self.till.other_places),
                "currency_code": other["currencyCode"],
            },
        }

    def taxes(self, rows: list[Row]) -> list[Row]:
        return [
            {
                "channel_liable": False,
                "price": self.text(t["amount"]),
                "price_set": self.set(t["amount"]),
                "rate": float(t["rate"]),
                "title": t["title"],
            }
            for t in rows
        ]

    def allocations(self, row: Row) -> list[Row]:
        return [
            {
                "amount": self.text(a["amount"]),
                "amount_set": self.set(a["amount"]),
                "discount_application_index": a["index"],
            }
            for a in row["_allocations"]
        ]


_FINANCIAL = {"EXPIRED": "authorized"}
_SHIPPED = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial", "RESTOCKED": "restocked"}


def order_payload(store: Store, order: Row) -> Row:
    figures = Figures(store, order)
    write = _Writer(till_of(store, order))
    status = figures.financial_status()
    amounts = {
        "total_price": figures.total(),
        "subtotal_price": figures.subtotal(),
        "total_tax": figures.tax(),
        "total_discounts": figures.discounts(),
        "total_line_items_price": sum((r["_price"] * r["quantity"] for r in figures.goods), ZERO),
        "current_total_price": figures.current_total(),
        "current_subtotal_price": figures.current_subtotal(),
        "current_total_tax": figures.current_tax(),
        "current_total_discounts": figures.current_discounts(),
    }
    body: Row = {
        "id": number_of(order["id"]),
        "admin_graphql_api_id": order["id"],
        "name": order["name"],
        "number": order["number"] - 1000,
        "order_number": order["number"],
        "confirmed": True,
        "test": order["test"],
        "email": order["email"],
        "contact_email": order["email"],
        "phone": order["phone"],
        "created_at": local(store, order["createdAt"]),
        "updated_at": local(store, order["updatedAt"]),
        "processed_at": local(store, order["processedAt"]),
        "cancelled_at": local(store, order["cancelledAt"]),
        "closed_at": local(store, order["closedAt"]),
        "cancel_reason": order["cancelReason"] and order["cancelReason"].lower(),
        "financial_status": _FINANCIAL.get(status, status.lower()),
        "fulfillment_status": _SHIPPED.get(figures.fulfillment_status()),
        "currency": order["_currency"],
        "presentment_currency": order["_presentment"],
        "taxes_included": order["taxesIncluded"],
        "tax_exempt": order["taxExempt"],
        "note": order["note"],
        "note_attributes": [{"name": a["key"], "value": a["value"]} for a in order["customAttributes"]],
        "tags": ", ".join(order["tags"]),
        "po_number": order["poNumber"],
        "source_name": order["sourceName"],
        "customer_locale": order["customerLocale"],
        "payment_gateway_names": order["_gateways"],
        "total_tip_received": write.text(figures.tip()),
        "total_outstanding": write.text(figures.outstanding()),
    }
    for name, amount in amounts.items():
        body[name] = write.text(amount)
        body[f"{name}_set"] = write.set(amount)
    body["total_shipping_price_set"] = write.set(figures.shipping_total())
    duties = figures.duties()
    body["original_total_duties_set"] = write.set(duties) if duties else None
    body["current_total_duties_set"] = write.set(figures.current_duties()) if duties else None
    body["tax_lines"] = write.taxes([t for r in (*figures.goods, *figures.shipping) for t in r["_taxes"]])
    body["discount_codes"] = _codes(order, figures, write)
    body["discount_applications"] = [_application(d, write) for d in order["_discounts"]]
    body["line_items"] = [line_payload(store, r, write) for r in lines_of(store, order)]
    body["shipping_lines"] = [_shipping(r, write) for r in shipping_of(store, order)]
    body["billing_address"] = address_payload(order["_billing"])
    body["shipping_address"] = address_payload(order["_shipping"])
    customer = store.find(order["_customer"])
    body["customer"] = customer_payload(store, customer) if customer else None
    company = order["_company"]
    body["company"] = company and {
        "id": number_of(company["company"]["id"]),
        "location_id": number_of(company["location"]["id"]),
    }
    body["refunds"] = [refund_payload(store, r) for r in refunds_of(store, order)]
    body["fulfillments"] = [
        fulfillment_payload(store, store.tables["Fulfillment"][gid]) for gid in order["_fulfillments"]
    ]
    body["returns"] = [{"id": number_of(gid), "admin_graphql_api_id": gid} for gid in order["_returns"]]
    return body


def _codes(order: Row, figures: Figures, write: _Writer) -> list[Row]:
    shown = []
    for row in order["_discounts"]:
        if row["__typename"] != "DiscountCodeApplication":
            continue
        amount = sum(
            (
                a["amount"]
                for r in (*figures.goods, *figures.shipping)
                for a in r["_allocations"]
                if a["index"] == row["index"]
            ),
            ZERO,
        )
        kind = "percentage" if row["_percent"] is not None else "fixed_amount"
        if row["targetType"] == "SHIPPING_LINE":
            kind = "shipping"
        shown.append({"code": row["code"], "amount": write.text(amount), "type": kind})
    return shown


def _application(row: Row, write: _Writer) -> Row:
    kind = row["__typename"].removesuffix("Application")
    percent = row["_percent"] is not None
    body = {
        "target_type": row["targetType"].lower(),
        "type": {
            "DiscountCode": "discount_code",
            "AutomaticDiscount": "automatic",
            "ManualDiscount": "manual",
            "ScriptDiscount": "script",
        }[kind],
        "value": str(row["_percent"]) if percent else write.text(row["_amount"]),
        "value_type": "percentage" if percent else "fixed_amount",
        "allocation_method": row["allocationMethod"].lower(),
        "target_selection": row["targetSelection"].lower(),
    }
    body["code" if kind == "DiscountCode" else "title"] = row["code"]
    return body


def line_payload(store: Store, line: Row, write: _Writer) -> Row:
    variant, product = store.find(line["_variant"]), store.find(line["_product"])
    left = unfulfilled(line)
    body = {
        "id": number_of(line["id"]),
        "admin_graphql_api_id": line["id"],
        "sku": line["sku"],
        "name": line["name"],
        "title": line["title"],
        "variant_title": line["variantTitle"],
        "vendor": line["vendor"],
        "quantity": line["quantity"],
        "current_quantity": line["currentQuantity"],
        "fulfillable_quantity": 0 if line["_tip"] else left,
        "fulfillment_status": None if not line["_fulfilled"] else ("partial" if left else "fulfilled"),
        "price": write.text(line["_price"]),
        "price_set": write.set(line["_price"]),
        "total_discount": write.text(allocated(line)),
        "total_discount_set": write.set(allocated(line)),
        "discount_allocations": write.allocations(line),
        "tax_lines": write.taxes(line["_taxes"]),
        "duties": [
            {"id": number_of(d["id"]), "shop_money": write.set(d["amount"])["shop_money"]}
            for d in line["_duties"]
        ],
        "product_id": number_of(product["id"]) if product else None,
        "variant_id": number_of(variant["id"]) if variant else None,
        "product_exists": product is not None,
        "properties": [{"name": a["key"], "value": a["value"]} for a in line["customAttributes"]],
        "requires_shipping": line["requiresShipping"],
        "taxable": line["taxable"],
        "gift_card": line["isGiftCard"],
        "grams": 0,
    }
    if line["_tip"]:
        body["tip"] = {"payment_gateway": "shopify_payments", "payment_method": "visa"}
    return body


def _shipping(row: Row, write: _Writer) -> Row:
    cut = shipping_discounted(row)
    return {
        "id": number_of(row["id"]),
        "title": row["title"],
        "code": row["code"],
        "source": row["source"],
        "carrier_identifier": row["carrierIdentifier"],
        "price": write.text(row["_price"]),
        "price_set": write.set(row["_price"]),
        "discounted_price": write.text(cut),
        "discounted_price_set": write.set(cut),
        "tax_lines": write.taxes(row["_taxes"]),
        "discount_allocations": write.allocations(row),
        "is_removed": row["isRemoved"],
    }


def address_payload(row: Row | None) -> Row | None:
    if row is None:
        return None
    return {
        "first_name": row["firstName"],
        "last_name": row["lastName"],
        "name": " ".join(p for p in (row["firstName"], row["lastName"]) if p),
        "company": row["company"],
        "address1": row["address1"],
        "address2": row["address2"],
        "zip": row["zip"],
        "city": row["city"],
        "province": row["province"],
        "province_code": row["provinceCode"],
        "country": row["countryCodeV2"],
        "country_code": row["countryCodeV2"],
        "phone": row["phone"],
    }


def customer_payload(store: Store, row: Row) -> Row:
    return {
        "id": number_of(row["id"]),
        "admin_graphql_api_id": row["id"],
        "email": row["email"],
        "phone": row["phone"],
        "first_name": row["firstName"],
        "last_name": row["lastName"],
        "note": row["note"],
        "tags": ", ".join(row["tags"]),
        "tax_exempt": row["taxExempt"],
        "created_at": local(store, row["createdAt"]),
        "updated_at": local(store, row["updatedAt"]),
        "default_address": address_payload(row["_addresses"][0]) if row["_addresses"] else None,
    }


def refund_payload(store: Store, row: Row) -> Row:
    order = store.tables["Order"][row["_order"]]
    write = _Writer(till_of(store, order))
    return {
        "id": number_of(row["id"]),
        "admin_graphql_api_id": row["id"],
        "order_id": number_of(order["id"]),
        "created_at": local(store, row["createdAt"]),
        "processed_at": local(store, row["processedAt"]),
        "note": row["note"],
        "restock": any(r["restocked"] for r in row["_lines"]),
        "refund_line_items": [
            {
                "id": number_of(r["id"]),
                "line_item_id": number_of(r["_line"]),
                "quantity": r["quantity"],
                "restock_type": r["restockType"].lower(),
                "location_id": number_of(r["_location"]) if r["_location"] else None,
                "subtotal": float(r["subtotal"]),
                "subtotal_set": write.set(r["subtotal"]),
                "total_tax": float(r["tax"]),
                "total_tax_set": write.set(r["tax"]),
            }
            for r in row["_lines"]
        ],
        "order_adjustments": [
            {
                "id": number_of(a["id"]),
                "order_id": number_of(order["id"]),
                "kind": "refund_discrepancy",
                "reason": "Refund discrepancy",
                "amount": write.text(a["amount"]),
                "amount_set": write.set(a["amount"]),
                "tax_amount": write.text(ZERO),
            }
            for a in row["_adjustments"]
        ],
        "transactions": [
            transaction_payload(store, store.tables["OrderTransaction"][t]) for t in row["_transactions"]
        ],
    }


def transaction_payload(store: Store, row: Row) -> Row:
    order = store.tables["Order"][row["_order"]]
    write = _Writer(till_of(store, order))
    return {
        "id": number_of(row["id"]),
        "admin_graphql_api_id": row["id"],
        "order_id": number_of(order["id"]),
        "kind": row["kind"].lower(),
        "status": row["status"].lower(),
        "gateway": row["gateway"],
        "amount": write.text(row["_amount"]),
        "currency": order["_currency"],
        "parent_id": number_of(row["_parent"]) if row["_parent"] else None,
        "created_at": local(store, row["createdAt"]),
    }


def fulfillment_payload(store: Store, row: Row) -> Row:
    order = store.tables["Order"][row["_order"]]
    write = _Writer(till_of(store, order))
    tracking = row["_tracking"]
    lines = [store.tables["FulfillmentLineItem"][gid] for gid in row["_lines"]]
    return {
        "id": number_of(row["id"]),
        "admin_graphql_api_id": row["id"],
        "order_id": number_of(order["id"]),
        "name": row["name"],
        "status": row["status"].lower(),
        "created_at": local(store, row["createdAt"]),
        "updated_at": local(store, row["updatedAt"]),
        "location_id": number_of(row["_location"]),
        "tracking_company": tracking[0]["company"] if tracking else None,
        "tracking_number": tracking[0]["number"] if tracking else None,
        "tracking_numbers": [t["number"] for t in tracking if t["number"]],
        "tracking_url": tracking[0]["url"] if tracking else None,
        "tracking_urls": [t["url"] for t in tracking if t["url"]],
        "line_items": [
            {**line_payload(store, store.tables["LineItem"][r["_line"]], write), "quantity": r["quantity"]}
            for r in lines
        ],
    }
