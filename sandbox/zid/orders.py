"""An order as the API prints it: long texts, fractions for tax, dates without zone, lists that turn into objects."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sandbox.zid.answers import Json, long_text, plain_time
from sandbox.zid.state import Store

ZERO = Decimal(0)
STATUSES: tuple[tuple[str, str, str], ...] = (
    ("new", "New", "جديد"),
    ("preparing", "Preparing", "جاري التجهيز"),
    ("ready", "Ready", "جاهز"),
    ("indelivery", "In Delivery", "جاري التوصيل"),
    ("delivered", "Delivered", "تم التوصيل"),
    ("cancelled", "Cancelled", "ملغي"),
    ("reverse_in_progress", "Reverse in progress", "جاري الاسترجاع"),
    ("partially_reversed", "Partially reversed", "مسترجع جزئيًا"),
    ("reversed", "Reversed", "مسترجع"),
    ("initial", "Initial", "مبدئي"),
)
LABELS = {code: english for code, english, _ in STATUSES}
SETTABLE = ("new", "preparing", "ready", "indelivery", "delivered", "cancelled")
_PAYMENT_NAMES = {
    "credit_card": "Credit Card",
    "zid_cod": "Cash On Delivery",
    "zid_bank_transfer": "Bank Transfer",
    "tabby": "Tabby",
    "stc_pay": "STC Pay",
}
_COUNTRIES = {"SA": "Saudi Arabia", "KW": "Kuwait", "AE": "United Arab Emirates"}


def tiny_json(store: Store, order: Json) -> Json:
    """`payload_type=tiny`: what a list needs."""
    return {
        "id": order["id"],
        "code": order["code"],
        "order_status": {"name": LABELS.get(order["status"], order["status"]), "code": order["status"]},
        "order_total": long_text(order["_total"]),
        "currency_code": order["_currency"],
        "payment_status": order["payment_status"],
        "created_at": plain_time(order["_created"]),
        "updated_at": plain_time(order["_updated"]),
    }


def simple_json(store: Store, order: Json) -> Json:
    """`payload_type=simple`, used when none is asked for: no lines."""
    who = order["_buyer"]
    return tiny_json(store, order) | {
        "invoice_number": order["id"],
        "store_id": store.options.store_id,
        "customer": {"id": order["_customer"], "name": _full_name(who), "mobile": who["mobile"]},
        "source_code": order["_source"],
    }


def order_json(store: Store, order: Json) -> Json:
    """`payload_type=default` and the view."""
    who, code = order["_buyer"], order["status"]
    shown = tiny_json(store, order)
    shown |= {
        "invoice_number": order["id"],
        "store_id": store.options.store_id,
        "store_name": store.options.name,
        "order_url": f"https://demo.zid.store/o/{order['code']}/inv",
        "display_status": {"id": 1, "code": code, "color": "#3498db", "name": LABELS.get(code, code)},
        "customer": _customer(store, order),
        "is_guest_customer": order["_guest"],
        "has_different_consignee": order["_consignee"] is not None,
        "consignee": _consignee(order),
        "is_gift_order": False,
        "order_total_string": f"{order['_total']:.2f} {order['_currency']}",
        "transaction_amount": float(order["_total"]),
        "transaction_reference": order["_transaction"] if order["payment_status"] == "paid" else None,
        "source": {"catalog": "Catalog", "md": "Dashboard"}.get(order["_source"], order["_source"]),
        "source_code": order["_source"],
        "issue_date": _issue_date(store, order["_created"]),
        "requires_shipping": True,
        "shipping": _shipping(order, who),
        "payment": _payment(order),
        "cod_confirmed": False,
        "customer_note": order["_note"],
        "coupon": order["_coupon"],
        "currency": {
            "order_currency": {
                "id": 4,
                "code": order["_currency"],
                "exchange_rate": float(order["_exchange_rate"]),
            },
            "order_store_currency": {"id": 4, "code": store.options.currency, "exchange_rate": None},
        },
        "products": [_line(order, line) for line in order["_lines"]],
        "products_count": len(order["_lines"]),
        "products_sum_total_string": f"{order['_total']:.2f} {order['_currency']}",
        "histories": [
            {k: v for k, v in row.items() if k != "_created"} | {"created_at": plain_time(row["_created"])}
            for row in order["_histories"]
        ],
        # Without dashes here, with dashes in the list of locations.
        "inventory_address": {"id": order["_location"].replace("-", ""), "name": "", "type": "PHYSICAL"},
        "tags": [],
        "delivered_at": plain_time(order["_delivered"]),
        "invoice_link": f"https://demo.zid.store/o/{order['code']}/inv",
        "weight": "0.5",
    }
    return shown


def _full_name(who: Json) -> str:
    return f"{who['first_name']} {who['last_name']}".strip()


def _customer(store: Store, order: Json) -> Json:
    who, business = order["_buyer"], order["_business"]
    return {
        "id": order["_customer"],
        "name": _full_name(who),
        "verified": 0 if order["_guest"] else 1,
        "email": who["email"],
        "mobile": who["mobile"],
        "note": "",
        "type": "business" if business else "individual",
        "business_name": business["name"] if business else None,
        "tax_number": business["tax_number"] if business else None,
        "commercial_registration": None,
    }


def _consignee(order: Json) -> Json | None:
    who = order["_consignee"]
    return (
        None if who is None else {"name": who.get("name", ""), "mobile": who.get("mobile", ""), "email": None}
    )


def _shipping(order: Json, who: Json) -> Json:
    country = str(who["country"])
    return {
        "method": {
            "id": 432_480,
            "name": order["_method"],
            "code": order["_method"].lower(),
            "estimated_delivery_time": "1 - 3",
            "icon": None,
            "is_system_option": False,
            "waybill": order["_waybill"],
            "had_errors_while_fetching_waybill": False,
            "waybill_tracking_id": order["_tracking"]["number"],
            "tracking": dict(order["_tracking"]),
            "courier": None,
            "return_shipment": None,
            "packages_count": 1,
        },
        "address": {
            "formatted_address": f"{who['street']}, {who['city']}",
            "street": who["street"],
            "district": who["district"],
            "lat": 24.69,
            "lng": 46.68,
            "short_address": None,
            "meta": {"postcode": who["postcode"], "building_number": "12"},
            "city": {"id": 1, "name": who["city"]},
            "country": {"id": 184, "name": _COUNTRIES.get(country, country), "code": country},
        },
    }


def _payment(order: Json) -> Json:
    code = order["_payment"]
    return {
        "method": {
            "name": _PAYMENT_NAMES.get(code, code),
            "code": code,
            "type": code,
            "transaction_status": None,
            "transaction_bank": None,
        },
        "invoice": [
            {
                "code": code,
                "value": long_text(value),
                "value_string": f"{value:.2f} {order['_currency']}",
                "title": title,
            }
            for code, value, title in order["_invoice"]
        ],
    }


def _line(order: Json, line: Json) -> Json:
    rate, quantity = line["rate"], line["quantity"]
    usual, sale = line["net"], line["net_sale"]
    unit = (usual if sale is None else sale) + line["net_addition"]
    off = sum((entry["amount"] for entry in line["discounts"].values()), ZERO)
    factor = 1 + rate if order["_including"] else Decimal(1)
    net = unit * quantity - off
    return {
        "id": line["product_id"],
        "order_product_id": line["order_product_id"],
        "parent_id": line["parent_id"],
        "parent_name": None,
        "name": line["name"],
        "sku": line["sku"],
        "barcode": line["barcode"],
        "quantity": quantity,
        "weight": {"value": 0.5, "unit": "kg"},
        "is_taxable": bool(rate),
        "is_discounted": bool(line["discounts"]),
        # A list when empty and an object when not.
        "discounts": {
            name: {k: float(v) for k, v in entry.items()} for name, entry in line["discounts"].items()
        }
        or [],
        "net_price": float(usual),
        "gross_price": float(usual * (1 + rate)),
        "net_sale_price": None if sale is None else float(sale),
        "gross_sale_price": None if sale is None else float(sale * (1 + rate)),
        "net_additions_price": float(line["net_addition"]) if line["net_addition"] else None,
        "gross_additions_price": float(line["net_addition"] * (1 + rate)) if line["net_addition"] else None,
        "tax_percentage": float(rate),
        "tax_amount": long_text(net * rate / quantity if quantity else ZERO),
        "price": float(unit * factor),
        "total": float(unit * quantity * factor),
        "discounted_total": float(net * factor),
        "options": line["options"],
        "custom_fields": [],
        "inventory_allocations": [],
    }


def _issue_date(store: Store, stamp: int) -> str:
    """The store's own time with Arabic am and pm."""
    offset = datetime.fromtimestamp(stamp, store.clock.zone).utcoffset() or timedelta(0)
    local = datetime.fromtimestamp(stamp, UTC) + offset
    return f"{local:%d-%m-%Y | %I:%M} {'ص' if local.hour < 12 else 'م'}"
