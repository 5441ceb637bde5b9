"""The merchant's hand: what tests and the control API do to the shop without its API."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.shopify import edit_rows, fulfil_rows, product_rows, refund_rows, return_rows
from sandbox.shopify.buyers import address_row, new_customer
from sandbox.shopify.calls import Row
from sandbox.shopify.collections import new_collection
from sandbox.shopify.fields_metafields import app_namespace
from sandbox.shopify.figures import Figures, lines_of
from sandbox.shopify.money import decimal_of
from sandbox.shopify.money import price as price_text
from sandbox.shopify.state import Store, number_of

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp


# Products.


def add_product(app: "ShopifyApp", **body: Any) -> Row:
    store = app.store
    stock = body.pop("stock", body.pop("stock_quantity", 5))
    title = body.pop("title", body.pop("name", ""))
    price = body.pop("price", body.pop("regular_price", "10.00"))
    before = body.pop("compare_at_price", None)
    names = {
        "product_type": "productType",
        "description": "descriptionHtml",
        "inventory_policy": "inventoryPolicy",
    }
    fields = {names.get(k, k): v for k, v in body.items()}
    if fields.pop("gift_card", False):
        fields.update(isGiftCard=True, taxable=False, requiresShipping=False)
    if fields.get("cost") is not None:
        fields["cost"] = decimal_of(fields["cost"])
    if before is not None:
        fields["compareAtPrice"] = price_text(before, store.options.zeros())
    with store.lock:
        sku = str(fields.pop("sku", ""))
        flat = stock if isinstance(stock, int) else None
        variant = product_rows.simple_product(store, sku, title, stock=flat, price=price, **fields)
        if isinstance(stock, dict):
            for place, count in stock.items():
                store.open_level(variant["_item"], location_id(store, place), count)
        product = product_rows.product_of(store, variant)
        app.emit("products/create", product)
        return ids(store, variant)


def ids(store: Store, variant: Row) -> Row:
    return {
        "id": variant["_product"],
        "variant_id": variant["id"],
        "inventory_item_id": variant["_item"],
        "sku": variant["sku"],
        "price": variant["price"],
    }


def location_id(store: Store, name: str) -> str:
    """A location by GID, name or short code; "" is the first."""
    rows = store.rows("Location")
    for row in rows:
        if name in ("", row["id"], row["name"], row.get("_code")):
            return str(row["id"])
    raise LookupError(f"There is no location {name!r}; known: {', '.join(r['name'] for r in rows)}.")


def add_variable(
    app: "ShopifyApp", sku: str, options: dict[str, list[str]], *, price: str, stock: int, name: str = ""
) -> Row:
    with app.store.lock:
        product = product_rows.optioned_product(app.store, sku, options, title=name, stock=stock, price=price)
        app.emit("products/create", product)
        rows = [ids(app.store, v) for v in product_rows.variants_of(app.store, product)]
        return {"id": product["id"], "sku": sku, "variants": rows}


def bulk_simple(
    app: "ShopifyApp",
    count: int,
    *,
    prefix: str = "SIM",
    price: str = "10.00",
    stock: int = 5,
    start: int = 1,
) -> list[Row]:
    store = app.store
    with store.lock:
        return [
            ids(store, product_rows.simple_product(store, f"{prefix}-{n:05d}", price=price, stock=stock))
            for n in range(start, start + count)
        ]


def bulk_variable(
    app: "ShopifyApp",
    count: int,
    variations: int,
    *,
    prefix: str = "VAR",
    price: str = "10.00",
    stock: int = 5,
    start: int = 1,
) -> list[Row]:
    """`VAR-00001-01` …: ids of each variant."""
    store = app.store
    made = []
    with store.lock:
        for n in range(start, start + count):
            values = [f"{k:02d}" for k in range(1, variations + 1)]
            product = product_rows.optioned_product(
                store, f"{prefix}-{n:05d}", {"Size": values}, price=price, stock=stock
            )
            made += [ids(store, v) for v in product_rows.variants_of(store, product)]
    return made


def add_bundle(app: "ShopifyApp", sku: str, parts: dict[str, int], *, price: str) -> Row:
    store = app.store
    with store.lock:
        variant = product_rows.simple_product(store, sku, price=price, stock=None)
        for part, quantity in parts.items():
            found = store.by_sku(part)
            if found is None:
                raise ValueError(f"No variant has the SKU {part!r}.")
            variant["_components"].append(
                {"id": store.gid("ProductVariantComponent"), "variant": found["id"], "quantity": quantity}
            )
        for place in store.tables["Location"]:
            store.open_level(variant["_item"], place, 0)
        return ids(store, variant)


def add_collection(app: "ShopifyApp", title: str, skus: list[str], rules: Row | None) -> Row:
    store = app.store
    with store.lock:
        row = new_collection(store, title, _rules=rules)
        for sku in skus:
            found = store.by_sku(sku)
            if found is not None:
                row["_products"][found["_product"]] = None
        return row


def unique_metafield(app: "ShopifyApp", namespace: str, key: str, owner: str) -> Row:
    return app.store.add(
        "MetafieldDefinition",
        name=key,
        namespace=app_namespace(namespace),
        key=key,
        ownerType=owner,
        description=None,
        type={"name": "id", "category": "TEXT"},
        capabilities={"uniqueValues": {"eligible": True, "enabled": True}},
    )


def set_price(app: "ShopifyApp", sku: str, price: str, compare_at: str | None) -> None:
    store = app.store
    with store.lock:
        row = store.by_sku(sku)
        if row is None:
            raise LookupError(f"No variant has the SKU {sku!r}.")
        places = store.options.zeros()
        row["price"] = price_text(price, places)
        row["compareAtPrice"] = None if compare_at is None else price_text(compare_at, places)
        store.touch(row)
        product = product_rows.product_of(store, row)
        store.touch(product)
    app.emit("products/update", product)


def set_stock(app: "ShopifyApp", sku: str, quantity: int, location: str) -> None:
    store = app.store
    with store.lock:
        row = store.by_sku(sku)
        if row is None:
            raise LookupError(f"No variant has the SKU {sku!r}.")
        place = location_id(store, location)
        level = store.level(row["_item"], place) or store.open_level(row["_item"], place)
        level["_q"]["available"] = quantity
        store.settle_level(level, "available")
    app.emit("inventory_levels/update", level)


def stock_by_location(store: Store, variant: Row) -> dict[str, int]:
    names = {gid: row["name"] for gid, row in store.tables["Location"].items()}
    return {
        names[p]: r["_q"]["available"]
        for p, r in store.levels.get(variant["_item"], {}).items()
        if r["isActive"]
    }


def stock_of(store: Store, sku: str, location: str) -> int:
    with store.lock:
        row = store.by_sku(sku)
        if row is None:
            raise LookupError(f"No variant has the SKU {sku!r}.")
        if not location:
            return product_rows.available_of(store, row)
        level = store.level(row["_item"], location_id(store, location))
        return int(level["_q"]["available"]) if level else 0


# Parties.


def add_company(
    app: "ShopifyApp",
    name: str,
    *,
    email: str = "buyer@company.example",
    external_id: str | None = None,
    tax_id: str | None = None,
    tax_exempt: bool = False,
    address: Row | None = None,
    location: str = "Head office",
) -> Row:
    store = app.store
    with store.lock:
        company = store.add(
            "Company", name=name, externalId=external_id, note=None, customerSince=store.now()
        )
        lines = {
            "firstName": "Khalid",
            "lastName": "Al-Harbi",
            "address1": "Olaya Street 7",
            "address2": None,
            "city": "Riyadh",
            "country": "Saudi Arabia",
            "countryCode": "SA",
            "phone": "+966500000007",
            "province": None,
            "zip": "12211",
            "zoneCode": None,
            "companyName": name,
            **(address or {}),
        }
        row = store.add("CompanyAddress", **lines)
        place = store.add(
            "CompanyLocation",
            name=location,
            externalId=None if external_id is None else f"{external_id}-1",
            note=None,
            phone=None,
            locale="ar",
            currency=store.options.currency,
            taxRegistrationId=tax_id,
            taxExemptions=[],
            buyerExperienceConfiguration=None,
            billingAddress=row,
            shippingAddress=row,
            _company=company["id"],
            _tax_exempt=tax_exempt,
        )
        customer = new_customer(store, firstName="Khalid", lastName="Al-Harbi", email=email)
        customer["_addresses"] = [
            address_row(store, {**_address_of(lines), "company": name}),
        ]
        contact = store.add(
            "CompanyContact", title="Buyer", locale="ar", _company=company["id"], _customer=customer["id"]
        )
        return {"company": company, "location": place, "contact": contact, "customer": customer}


def _address_of(lines: Row) -> Row:
    kept = ("firstName", "lastName", "address1", "address2", "city", "zip", "phone")
    return {**{k: lines[k] for k in kept}, "countryCodeV2": lines["countryCode"]}


# Orders.


def order_row(store: Store, order_id: str | int) -> Row:
    for row in store.tables["Order"].values():
        if order_id in (row["id"], row["name"], row["legacyResourceId"], number_of(row["id"])):
            return row
    raise LookupError(f"There is no order {order_id!r}.")


def totals(store: Store, order: Row) -> dict[str, Decimal]:
    """Figures in shop money: as placed and now."""
    figures = Figures(store, order)
    return {
        "total": figures.total(),
        "subtotal": figures.subtotal(),
        "tax": figures.tax(),
        "shipping": figures.shipping_total(),
        "discounts": figures.discounts(),
        "current_total": figures.current_total(),
        "current_subtotal": figures.current_subtotal(),
        "current_tax": figures.current_tax(),
        "current_shipping": figures.current_shipping(),
        "received": figures.received(),
        "refunded": figures.refunded(),
        "outstanding": figures.outstanding(),
    }


def shown(store: Store, order: Row) -> Row:
    with store.lock:
        figures = Figures(store, order)
        lines = [
            {
                "id": line["id"],
                "sku": line["sku"],
                "title": line["title"],
                "quantity": line["quantity"],
                "current_quantity": line["currentQuantity"],
                "price": line["_price"],
            }
            for line in lines_of(store, order)
        ]
        return {
            "id": order["id"],
            "number": number_of(order["id"]),
            "name": order["name"],
            "note": order["note"],
            "tags": list(order["tags"]),
            "created_at": order["createdAt"],
            "updated_at": order["updatedAt"],
            "cancelled_at": order["cancelledAt"],
            "closed_at": order["closedAt"],
            "financial_status": figures.financial_status(),
            "fulfillment_status": figures.fulfillment_status(),
            "return_status": figures.return_status(),
            "lines": lines,
            "refunds": list(order["_refunds"]),
            "fulfillments": list(order["_fulfillments"]),
            "transactions": [store.tables["OrderTransaction"][gid] for gid in order["_transactions"]],
            "totals": totals(store, order),
        }


def _line(store: Store, order: Row, sku: str) -> Row:
    for line in lines_of(store, order):
        if sku in (line["sku"], line["id"], line["title"]):
            return line
    raise LookupError(f"Order {order['name']} has no line {sku!r}.")


def refund(
    app: "ShopifyApp",
    order: Row,
    *,
    lines: dict[str, int] | None = None,
    shipping: Any = None,
    amount: Any = None,
    restock: str = "NO_RESTOCK",
    location: str = "",
    note: str | None = None,
    money: bool = True,
) -> Row:
    """The merchant refunds: all current lines and shipping unless told otherwise by lines or amount."""
    store = app.store
    with store.lock:
        whole = lines is None and amount is None and shipping is None
        counts = {line["id"]: line["currentQuantity"] for line in lines_of(store, order) if not line["_tip"]}
        chosen = {k: v for k, v in counts.items() if v} if whole else lines or {}
        rows = [
            {
                "line": _line(store, order, sku),
                "quantity": quantity,
                "restock": restock,
                "location": location_id(store, location) if restock != "NO_RESTOCK" else None,
            }
            for sku, quantity in chosen.items()
        ]
        wanted = None if whole or shipping is True else decimal_of(shipping or 0)
        parts = refund_rows.shipping_refund(store, order, wanted) if wanted is None or wanted else []
        worth = refund_rows.calculated(store, order, rows, parts, Decimal(0))
        given = worth if amount is None else decimal_of(amount)
        back = refund_rows.money_back(store, order, given) if money and given else None
        return refund_rows.make_refund(app, order, lines=rows, shipping=parts, money=back, note=note)


def edit(
    app: "ShopifyApp", order: Row, quantities: dict[str, int], add: list[Row], *, restock: bool = True
) -> Row:
    store = app.store
    with store.lock:
        additions: list[tuple[str, int]] = []
        removals: list[tuple[str, int]] = []
        for sku, quantity in quantities.items():
            line = _line(store, order, sku)
            change = edit_rows.set_line_quantity(app, order, line, quantity, restock=restock)
            if change:
                (additions if change > 0 else removals).append((line["id"], abs(change)))
        for given in add:
            line = edit_rows.add_line(app, order, given)
            additions.append((line["id"], line["quantity"]))
        edit_rows.commit_edit(app, order, additions, removals)
        return order


def cancel(
    app: "ShopifyApp", order: Row, *, reason: str = "CUSTOMER", restock: bool = True, refund: bool = True
) -> Row:
    with app.store.lock:
        edit_rows.cancel_order(app, order, reason=reason, restock=restock, refund=refund)
        return order


def fulfill(
    app: "ShopifyApp",
    order: Row,
    *,
    lines: dict[str, int] | None = None,
    number: str = "",
    company: str | None = None,
    url: str | None = None,
) -> Row:
    store = app.store
    tracking = {"company": company, "number": number or None, "url": url}
    with store.lock:
        made = None
        for gid in list(order["_fulfillment_orders"]):
            head = store.tables["FulfillmentOrder"][gid]
            if head["status"] not in ("OPEN", "IN_PROGRESS"):
                continue
            parts = []
            for part in fulfil_rows.parts_of(store, head):
                sku = store.tables["LineItem"][part["_line"]]["sku"]
                count = (
                    part["remainingQuantity"]
                    if lines is None
                    else min(lines.get(sku, 0), part["remainingQuantity"])
                )
                if count:
                    parts.append((part, count))
            if parts:
                made = fulfil_rows.make_fulfillment(app, [(head, parts)], tracking)
        if made is None:
            raise LookupError(f"Order {order['name']} has nothing left to ship.")
        return made


def open_return(app: "ShopifyApp", order: Row, lines: dict[str, int], *, request: bool = False) -> Row:
    store = app.store
    with store.lock:
        rows = []
        for sku, quantity in lines.items():
            line = _line(store, order, sku)
            source = next(r for r in store.rows("FulfillmentLineItem") if r["_line"] == line["id"])
            rows.append({"fulfillment_line": source, "quantity": quantity})
        return return_rows.make_return(app, order, rows, status="REQUESTED" if request else "OPEN")
