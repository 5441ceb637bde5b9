"""Orders as the API prints them."""

from decimal import Decimal

from sandbox.salla.answers import Json, local_time, money
from sandbox.salla.state import Store

ZERO = Decimal(0)


def status_json(store: Store, number: int, language: str = "ar") -> Json:
    """A sub-status shares its parent's slug; the precise one is in `customized`."""
    row = store.statuses[number]
    base = store.statuses[row["_parent"]] if row["_parent"] else row
    name = row["name"] if language == "ar" else row["_english"]
    return {
        "id": base["_original"],
        "name": base["name"] if language == "ar" else base["_english"],
        "slug": base["slug"],
        "customized": {"id": number, "name": name},
    }


def _tax_json(rate: Decimal, amount: Decimal, currency: str) -> Json:
    return {"percent": f"{rate * 100:.2f}", "amount": money(amount, currency)}


def amounts_json(store: Store, order: Json) -> Json:
    currency = order["currency"]
    found: Json = {
        "sub_total": money(order["_sub_total"], currency),
        "shipping_cost": money(order["_shipping"], currency),
        "cash_on_delivery": money(order["_cod"], currency),
        "tax": _tax_json(store.rate, order["_tax"], currency),
        "discounts": [
            {
                "title": row["title"],
                "type": row["type"],
                "code": row["code"],
                "discount": f"{row['discount']:.2f}",
                "discounted_shipping": row["discounted_shipping"],
            }
            for row in order["_discounts"]
        ],
        "total": money(order["_total"], currency),
    }
    return found


def customer_json(order: Json) -> Json:
    row, buyer = order["_customer"], order["_buyer"]
    return {
        **{k: v for k, v in row.items() if not k.startswith("_")},
        "first_name": buyer["first_name"],
        "last_name": buyer["last_name"],
        "city": buyer["city"],
        "email": buyer["email"],
    }


def shipping_json(order: Json) -> Json | None:
    if not order["_shipped"]:
        return None
    buyer = order["_buyer"]
    return {
        "id": order["id"] % 100_000,
        "app_id": None,
        "company": "Aramex",
        "receiver": {
            "name": f"{buyer['first_name']} {buyer['last_name']}".strip(),
            "email": buyer["email"],
            "phone": f"{buyer['mobile_code'].lstrip('+')}{buyer['mobile']}",
        },
        "address": {
            "country": "السعودية",
            "country_code": buyer.get("country_code", "SA"),
            "city": buyer["city"],
            "shipping_address": buyer.get("street", "شارع العليا"),
            "street_number": "12",
            "block": "العليا",
            "postal_code": "12211",
            "geo_coordinates": {"lat": 24.69, "lng": 46.68},
        },
        "shipment": {"id": 0, "pickup_id": None, "tracking_link": None, "label": []},
    }


def order_json(store: Store, order: Json, language: str = "ar") -> Json:
    """The light form: without items, shipments, branch of pickup and groups."""
    domain, base = store.options.domain, store.options.currency
    return {
        "id": order["id"],
        "reference_id": order["reference_id"],
        "cart_reference_id": order["id"] % 1_000_000,
        "urls": {"customer": f"{domain}/orders/{order['id']}", "admin": "https://s.salla.sa/orders"},
        "date": local_time(store.clock, order["_created"]),
        "updated_at": local_time(store.clock, order["_updated"]),
        "source": "store",
        "draft": order["_draft"],
        "read": False,
        "is_price_quote": order["_quote"],
        "status": status_json(store, order["_status"], language),
        "payment_method": order["payment_method"],
        "is_pending_payment": order["_pending"],
        "currency": order["currency"],
        "exchange_rate": {
            "base_currency": base,
            "exchange_currency": order["currency"],
            "rate": order["exchange_rate"],
        },
        "amounts": amounts_json(store, order),
        "total_weight": "٠٫٢٥ كجم",
        "can_cancel": True,
        "shipping": shipping_json(order),
        "customer": customer_json(order),
        "tags": [{"id": n + 1, "name": name} for n, name in enumerate(order["_tags"])],
    }


def short_json(store: Store, order: Json, language: str = "ar") -> Json:
    """A row of the list."""
    found: Json = {
        "id": order["id"],
        "reference_id": order["reference_id"],
        "total": money(order["_total"], order["currency"]),
        "date": local_time(store.clock, order["_created"]),
        "status": status_json(store, order["_status"], language),
        "can_cancel": True,
        "items": [{"name": line["name"], "quantity": line["quantity"]} for line in order["_lines"]],
    }
    if store.options.list_updated_at:
        found["updated_at"] = local_time(store.clock, order["_updated"])
    return found


def items_json(store: Store, order: Json) -> list[Json]:
    currency, options = order["currency"], store.options
    found = []
    for line in order["_lines"]:
        per_line = options.line_amounts == "line"
        shown = line["_sub"] if per_line else line["_unit"]
        amounts: Json = {
            "price_without_tax": money(shown, currency),
            "total_discount": money(line["_discount"] if options.line_discounts else ZERO, currency),
            "total": money(line["_sub"], currency),
        }
        if options.line_tax:
            amounts["tax"] = _tax_json(line["_rate"], line["_tax"], currency)
        branch = line["_branch"]
        found.append(
            {
                "id": line["id"],
                "name": line["name"],
                "sku": line["sku"],
                "quantity": line["quantity"],
                "currency": currency,
                "weight": 0.25,
                "weight_label": "٠٫٢٥ كجم",
                "amounts": amounts,
                "notes": line["notes"],
                "product": {"id": line["_product"], "type": "product", "sku": line["_parent_sku"]}
                if line["_product"]
                else None,
                "options": [
                    {
                        "id": option["id"],
                        "product_option_id": option["product_option_id"],
                        "name": option["name"],
                        "type": "radio",
                        "value": [
                            {
                                "id": option["value"]["id"],
                                "name": option["value"]["name"],
                                "price": money(option["value"]["price"], currency),
                            }
                        ],
                    }
                    for option in line["_options"]
                ],
                "images": [],
                "codes": [],
                "files": [],
                "reservations": [],
                "branches_quantity": [{"id": branch, "quantity": line["quantity"]}] if branch else [],
            }
        )
    return found
