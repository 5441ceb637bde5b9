"""The rows of an order as the checkout makes them: goods, shipping, discounts, duties, fees, tips."""

from decimal import Decimal
from typing import Any

from sandbox.shopify.calls import Row
from sandbox.shopify.figures import discounted, shipping_discounted, tax_of
from sandbox.shopify.money import ZERO, decimal_of, rounded, spread
from sandbox.shopify.product_rows import product_of
from sandbox.shopify.state import Store


def add_order_line(store: Store, order: Row, given: Row, standard: Decimal) -> Row:
    variant = store.by_sku(str(given["sku"])) if given.get("sku") else store.find(given.get("variant"))
    rate = decimal_of(given["tax_rate"]) if given.get("tax_rate") is not None and standard else standard
    if given.get("gift_card"):
        rate = ZERO
    price = decimal_of(given["price"]) if given.get("price") is not None else None
    if variant is not None:
        product = product_of(store, variant)
        title, title_of = product["title"], variant["title"]
        price = price if price is not None else Decimal(variant["price"])
        rate = rate if variant["taxable"] else ZERO
        fields = {
            "sku": variant["sku"],
            "vendor": product["vendor"],
            "variantTitle": None if title_of == "Default Title" else title_of,
            "requiresShipping": store.tables["InventoryItem"][variant["_item"]]["requiresShipping"],
            "isGiftCard": product["isGiftCard"],
            "_product": product["id"],
            "_variant": variant["id"],
        }
    else:
        title = str(given.get("title") or given.get("sku") or "Custom item")
        fields = {"sku": given.get("sku"), "vendor": None, "variantTitle": None, "requiresShipping": True}
        fields |= {"isGiftCard": bool(given.get("gift_card")), "_product": None, "_variant": None}
    if fields["isGiftCard"]:
        rate, fields["requiresShipping"] = ZERO, False
    line = blank_line(store, order, title, int(given.get("quantity", 1)), price or ZERO)
    line.update(fields)
    line["name"] = f"{title} - {line['variantTitle']}" if line["variantTitle"] else title
    line["taxable"] = rate > 0 or bool(variant and variant["taxable"])
    line["_rates"] = [{"title": store.options.tax_title, "rate": rate}] if rate else []
    line["customAttributes"] = [{"key": k, "value": v} for k, v in (given.get("properties") or {}).items()]
    line["_group"] = given.get("group")
    if line["_group"]:
        order["_groups"].setdefault(line["_group"], store.gid("LineItemGroup"))
    line["_duty"] = given.get("duty")
    return line


def blank_line(store: Store, order: Row, title: str, quantity: int, price: Decimal) -> Row:
    line = store.add("LineItem", title=title, name=title, quantity=quantity, currentQuantity=quantity)
    line.update(
        sku=None,
        vendor=None,
        variantTitle=None,
        requiresShipping=False,
        taxable=False,
        isGiftCard=False,
        customAttributes=[],
        _order=order["id"],
        _price=price,
        _product=None,
        _variant=None,
        _allocations=[],
        _rates=[],
        _taxes=[],
        _duties=[],
        _duty=None,
        _group=None,
        _tip=False,
        _fulfilled=0,
        _returned=0,
        _refunded=0,
        _committed={},
    )
    order["_lines"].append(line["id"])
    return line


def add_shipping(store: Store, order: Row, given: Row, standard: Decimal) -> Row:
    rate = decimal_of(given["tax_rate"]) if given.get("tax_rate") is not None and standard else standard
    title = str(given.get("title", "Standard"))
    row = store.add(
        "ShippingLine",
        title=title,
        code=given.get("code", title),
        source=given.get("source", "shopify"),
        carrierIdentifier=None,
        custom=False,
        deliveryCategory=None,
        phone=None,
        shippingRateHandle=None,
        isRemoved=False,
        _price=decimal_of(given.get("price", 0)),
        _allocations=[],
        _rates=[{"title": store.options.tax_title, "rate": rate}] if rate else [],
        _taxes=[],
        _refunded=ZERO,
        _refunded_tax=ZERO,
    )
    order["_shipping_lines"].append(row["id"])
    return row


def settle_taxes(store: Store, order: Row, row: Row) -> None:
    """Tax lines from the discounted amount and the rates."""
    whole = shipping_discounted(row) if "isRemoved" in row else discounted(row)
    places = store.options.zeros(order["_currency"])
    row["_taxes"] = [
        {
            "title": r["title"],
            "rate": r["rate"],
            "amount": tax_of(whole, r["rate"], included=order["taxesIncluded"], places=places),
        }
        for r in row["_rates"]
    ]


# Discounts.


def apply_discount(store: Store, order: Row, given: Row | str) -> None:
    if isinstance(given, str):
        known = store.discounts.get(given)
        if known is None:
            raise ValueError(f"No discount has the code {given!r}: add_discount() makes one.")
        given = {"code": given, **known}
    kind = next(k for k in ("code", "automatic", "manual", "script") if k in given)
    percent = given.get("percent")
    index = len(order["_discounts"])
    on_shipping = bool(given.get("shipping"))
    only = given.get("skus")
    method = "EACH" if on_shipping or only else "ACROSS"
    row = {
        "__typename": {
            "code": "DiscountCodeApplication",
            "automatic": "AutomaticDiscountApplication",
            "manual": "ManualDiscountApplication",
            "script": "ScriptDiscountApplication",
        }[kind],
        "index": index,
        "allocationMethod": given.get("method", method),
        "targetSelection": "ENTITLED" if only else "ALL",
        "targetType": "SHIPPING_LINE" if on_shipping else "LINE_ITEM",
        "title": given[kind],
        "description": given.get("description", given[kind]),
        "code": given[kind],
        "_percent": None if percent is None else decimal_of(percent),
        "_amount": decimal_of(given.get("amount", 0)),
    }
    order["_discounts"].append(row)
    targets = _targets(store, order, row, only)
    for target, amount in zip(targets, _amounts(store, order, row, targets), strict=True):
        if amount:
            target["_allocations"].append({"amount": amount, "index": index})


def _targets(store: Store, order: Row, row: Row, only: list[str] | None) -> list[Row]:
    if row["targetType"] == "SHIPPING_LINE":
        return [store.tables["ShippingLine"][gid] for gid in order["_shipping_lines"]]
    lines = [store.tables["LineItem"][gid] for gid in order["_lines"]]
    return [r for r in lines if not r["isGiftCard"] and (not only or r["sku"] in only)]


def _amounts(store: Store, order: Row, row: Row, targets: list[Row]) -> list[Decimal]:
    places = store.options.zeros(order["_currency"])
    left = [shipping_discounted(t) if "isRemoved" in t else discounted(t) for t in targets]
    if row["_percent"] is not None:
        whole = rounded(sum(left, ZERO) * row["_percent"] / 100, places)
    else:
        whole = min(row["_amount"], sum(left, ZERO))
    return spread(whole, left, places)


# Duties, fees, tips.


def add_duties(store: Store, order: Row, duties: Any, standard: Decimal) -> None:
    """duties: an amount over all lines; or each line's own `duty`."""
    lines = [store.tables["LineItem"][gid] for gid in order["_lines"]]
    places = store.options.zeros(order["_currency"])
    amounts = [decimal_of(line["_duty"]) for line in lines]
    if duties is not None:
        amounts = spread(decimal_of(duties), [discounted(line) for line in lines], places)
    for line, amount in zip(lines, amounts, strict=True):
        if amount:
            taxes = []
            if standard and not order["taxesIncluded"]:
                tax = tax_of(amount, standard, included=False, places=places)
                taxes = [{"title": store.options.tax_title, "rate": standard, "amount": tax}]
            line["_duties"].append({"id": store.gid("Duty"), "amount": amount, "taxes": taxes})


def add_fee(store: Store, order: Row, given: Row, standard: Decimal) -> None:
    places = store.options.zeros(order["_currency"])
    amount = decimal_of(given["amount"])
    rate = decimal_of(given.get("tax_rate", 0))
    taxes = []
    if rate and standard:
        tax = tax_of(amount, rate, included=order["taxesIncluded"], places=places)
        taxes = [{"title": store.options.tax_title, "rate": rate, "amount": tax}]
    order["_fees"].append(
        {"id": store.gid("AdditionalFee"), "name": given["name"], "amount": amount, "taxes": taxes}
    )


def add_tip(store: Store, order: Row, amount: Decimal, *, as_line: bool) -> None:
    order["_tip"] = amount
    if amount and as_line:
        line = blank_line(store, order, "Tip", 1, amount)
        line["_tip"] = True
