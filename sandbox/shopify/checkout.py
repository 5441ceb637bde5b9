"""The buyer's side: orders placed with discounts, gift cards, tips, duties, companies and payments of every kind."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.shopify.calls import Row
from sandbox.shopify.figures import Figures, discounted, shipping_discounted, tax_of
from sandbox.shopify.money import ZERO, decimal_of, rounded, spread
from sandbox.shopify.product_rows import product_of
from sandbox.shopify.state import Store, number_of
from sandbox.shopify.stock import commit_line

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp

ADDRESS: Row = {
    "firstName": "Sara",
    "lastName": "Al-Otaibi",
    "company": None,
    "address1": "King Fahd Road 12",
    "address2": None,
    "zip": "11564",
    "city": "Riyadh",
    "provinceCode": None,
    "countryCodeV2": "SA",
    "phone": "+966500000001",
}
#: Payments by hand: nothing is received until somebody says so.
MANUAL = {"Cash on Delivery (COD)", "Bank Deposit", "Money Order", "manual"}
_DEFAULT = object()


def place_order(
    app: "ShopifyApp",
    lines: list[Row],
    *,
    discounts: list[Row | str] | None = None,
    shipping: Row | list[Row] | None = None,
    payment: str | list[Row] = "shopify_payments",
    paid: str = "",
    customer: Row | object | None = _DEFAULT,
    shipping_address: Row | object | None = _DEFAULT,
    billing_address: Row | object | None = _DEFAULT,
    company: Row | None = None,
    currency: str = "",
    rate: Decimal | None = None,
    prices_include_tax: bool | None = None,
    tax_rate: Any = None,
    tax_exempt: bool = False,
    tip: Any = 0,
    tip_as_line: bool = True,
    duties: Any = None,
    fees: list[Row] | None = None,
    note: str | None = None,
    tags: list[str] | None = None,
    attributes: dict[str, str] | None = None,
    po_number: str | None = None,
    terms: str = "",
    source: str = "web",
    email: str | None = "sara@example.com",
    test: bool = False,
    created: str = "",
    location: str = "",
) -> Row:
    """Places an order as a buyer does and returns its row.

    lines: `{"sku" | "variant" | "title", "quantity", "price"?, "tax_rate"?, "properties"?, "gift_card"?, "group"?,
    "duty"?}`; a SKU that the shop does not have becomes a custom line at `price`.
    discounts: `{"code" | "automatic" | "manual" | "script": text, "percent" | "amount": value, "skus"?: which lines
    only, "shipping"?: on shipping}`; a text is a code that `add_discount` made known.
    shipping: `{"title", "price", "code"?, "tax_rate"?}` or several.
    payment: a gateway, or rows `{"gateway", "amount"?, "kind"?, "status"?}` (the last takes what is left).
    paid: "" = by gateway (manual ones stay pending), or `paid`, `pending`, `authorized`, `partially`, `expired`.
    customer: a row of fields, None for a guest. company: `{"company": row, "location": row, "contact"?: row}`.
    currency: presentment currency; rate: units of it for one of the shop's. created: an earlier moment, UTC.
    """
    store, options = app.store, app.options
    with store.lock:
        order = _new_order(store, created)
        included = options.prices_include_tax if prices_include_tax is None else prices_include_tax
        presentment = currency or options.currency
        given = rate if rate is not None else options.presentment.get(presentment, Decimal(1))
        order.update(
            _currency=options.currency,
            _presentment=presentment,
            _rate=Decimal(1) if presentment == options.currency else given,
            taxesIncluded=included,
            taxExempt=tax_exempt,
            note=note,
            tags=sorted(tags or []),
            customAttributes=[{"key": k, "value": v} for k, v in (attributes or {}).items()],
            poNumber=po_number,
            sourceName=source,
            test=test,
            email=email,
            _company=company,
        )
        _address(store, order, "_shipping", ADDRESS if shipping_address is _DEFAULT else shipping_address)
        _address(
            store, order, "_billing", order["_shipping"] if billing_address is _DEFAULT else billing_address
        )
        _customer(store, order, {} if customer is _DEFAULT else customer)
        standard = options.tax_rate if tax_rate is None else decimal_of(tax_rate)
        for line in lines:
            _add_line(store, order, line, ZERO if tax_exempt else standard)
        for row in [shipping] if isinstance(shipping, dict) else shipping or []:
            add_shipping(store, order, row, ZERO if tax_exempt else standard)
        for discount in discounts or []:
            _apply_discount(store, order, discount)
        for line in order["_lines"]:
            settle_taxes(store, order, store.tables["LineItem"][line])
        for line in order["_shipping_lines"]:
            settle_taxes(store, order, store.tables["ShippingLine"][line])
        _add_duties(store, order, duties, standard)
        for fee in fees or []:
            _add_fee(store, order, fee, standard)
        _add_tip(store, order, decimal_of(tip), as_line=tip_as_line)
        order["_original_total"] = Figures(store, order).total()
        _terms(store, order, terms)
        _pay(store, order, payment, paid)
        _allocate(store, order, location)
        _announce(app, order)
        return order


def _new_order(store: Store, created: str) -> Row:
    number = store.next_order
    store.next_order += 1
    order = store.add("Order", name=f"#{number}", number=number)
    moment = store.stamp(store.clock.parse(created, gmt=True)) if created else order["createdAt"]
    order.update(
        createdAt=moment,
        updatedAt=moment,
        processedAt=moment,
        confirmationNumber=store.token(9).upper(),
        cancelledAt=None,
        cancelReason=None,
        cancellation=None,
        closedAt=None,
        phone=None,
        customerLocale="ar-SA",
        dutiesIncluded=False,
        estimatedTaxes=False,
        edited=False,
        clientIp="203.0.113.9",
        _customer=None,
        _terms=None,
        _discounts=[],
        _lines=[],
        _shipping_lines=[],
        _transactions=[],
        _refunds=[],
        _returns=[],
        _fulfillments=[],
        _fulfillment_orders=[],
        _fees=[],
        _tip=ZERO,
        _voided=False,
        _original_total=ZERO,
    )
    return order


def address_row(store: Store, given: Row) -> Row:
    row = {
        "id": f"gid://shopify/MailingAddress/{store.number()}?model_name=Address",
        **dict.fromkeys(("firstName", "lastName", "company", "address1", "address2", "zip", "city", "phone")),
        "provinceCode": None,
        "province": None,
        "countryCodeV2": None,
        "latitude": None,
        "longitude": None,
        **given,
    }
    if given.get("countryCode"):
        row["countryCodeV2"] = given["countryCode"]
    return row


def _address(store: Store, order: Row, field: str, given: Any) -> None:
    order[field] = address_row(store, given) if given else None


def _customer(store: Store, order: Row, given: Any) -> None:
    if given is None:
        return
    if given.get("id"):
        order["_customer"] = given["id"]
        order["email"] = store.tables["Customer"][given["id"]]["email"]
        return
    address = order["_billing"] or order["_shipping"] or {}
    fields = {
        "firstName": address.get("firstName"),
        "lastName": address.get("lastName"),
        "email": order["email"],
        "phone": None,
        **given,
    }
    found = next((c for c in store.rows("Customer") if c["email"] and c["email"] == fields["email"]), None)
    row = found or new_customer(store, **fields)
    if found is None and address:
        row["_addresses"] = [address]
    order["_customer"] = row["id"]
    order["email"] = row["email"]


def new_customer(store: Store, **fields: Any) -> Row:
    row = store.add(
        "Customer",
        firstName=None,
        lastName=None,
        email=None,
        phone=None,
        note=None,
        tags=[],
        locale="ar",
        taxExempt=False,
        taxExemptions=[],
        state="DISABLED",
        verifiedEmail=True,
        _addresses=[],
    )
    row.update(fields)
    return row


def _add_line(store: Store, order: Row, given: Row, standard: Decimal) -> Row:
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


def _apply_discount(store: Store, order: Row, given: Row | str) -> None:
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


def _add_duties(store: Store, order: Row, duties: Any, standard: Decimal) -> None:
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


def _add_fee(store: Store, order: Row, given: Row, standard: Decimal) -> None:
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


def _add_tip(store: Store, order: Row, amount: Decimal, *, as_line: bool) -> None:
    order["_tip"] = amount
    if amount and as_line:
        line = blank_line(store, order, "Tip", 1, amount)
        line["_tip"] = True


# Payment.


def _terms(store: Store, order: Row, terms: str) -> None:
    """`NET 30`, `RECEIPT`, `FULFILLMENT`: paid later."""
    if not terms:
        return
    kind, _, days = terms.partition(" ")
    created = store.clock.parse(order["createdAt"])
    due = store.stamp(created + int(days or 0) * 86400)
    order["_terms"] = {
        "id": store.gid("PaymentTerms"),
        "paymentTermsName": f"Net {days}" if days else terms.capitalize(),
        "translatedName": f"Net {days}" if days else terms.capitalize(),
        "paymentTermsType": kind,
        "dueInDays": int(days) if days else None,
        "_due": due,
        "_issued": order["createdAt"],
        "_schedule": store.gid("PaymentSchedule"),
    }


def add_transaction(
    store: Store,
    order: Row,
    kind: str,
    amount: Decimal,
    gateway: str,
    *,
    status: str = "SUCCESS",
    **fields: Any,
) -> Row:
    row = store.add(
        "OrderTransaction",
        kind=kind,
        status=status,
        gateway=gateway,
        formattedGateway=FORMATTED.get(gateway, gateway),
        paymentId=f"{order['name']}.{len(order['_transactions']) + 1}",
        processedAt=order["createdAt"] if not order["_transactions"] else store.now(),
        errorCode=None if status != "FAILURE" else "CARD_DECLINED",
        manualPaymentGateway=gateway in MANUAL,
        test=order["test"],
        receiptJson=None,
        authorizationExpiresAt=None,
        settlementCurrency=None,
        settlementCurrencyRate=None,
        accountNumber=None,
        fees=[],
        _order=order["id"],
        _amount=amount,
        _parent=None,
        _final=False,
    )
    row.update(fields)
    order["_transactions"].append(row["id"])
    return row


FORMATTED = {
    "shopify_payments": "Shopify Payments",
    "gift_card": "Gift Card",
    "manual": "Manual",
    "mada": "mada",
}


def _pay(store: Store, order: Row, payment: str | list[Row], paid: str) -> None:
    total = Figures(store, order).total()
    rows = [{"gateway": payment}] if isinstance(payment, str) else payment
    order["_gateways"] = list(dict.fromkeys(str(r["gateway"]) for r in rows)) if total or rows[1:] else []
    left = total
    for row in rows:
        amount = min(left, decimal_of(row["amount"])) if row.get("amount") is not None else left
        if not amount and total:
            continue
        if not total:
            return
        _pay_one(store, order, row, amount, paid)
        left -= amount if row.get("status", "SUCCESS") == "SUCCESS" else ZERO


def _pay_one(store: Store, order: Row, row: Row, amount: Decimal, paid: str) -> None:
    gateway = str(row["gateway"])
    if gateway == "gift_card":
        add_transaction(store, order, "SALE", amount, gateway)
        return
    state = paid or ("pending" if gateway in MANUAL or order["_terms"] else "paid")
    if order["_terms"] and not paid:
        return
    status = str(row.get("status", "PENDING" if state == "pending" else "SUCCESS"))
    if state in ("authorized", "expired"):
        made = add_transaction(store, order, "AUTHORIZATION", amount, gateway, status=status)
        days = -1 if state == "expired" else 7
        made["authorizationExpiresAt"] = store.stamp(store.clock.now() + days * 86400)
        return
    if state == "partially":
        amount = rounded(amount / 2, store.options.zeros(order["_currency"]))
    add_transaction(store, order, str(row.get("kind", "SALE")), amount, gateway, status=status)


# Fulfilment orders.


def _allocate(store: Store, order: Row, location: str) -> None:
    """Lines that ship go to a location that has them, else to the first; each gets a fulfilment order."""
    by_place: dict[str, list[Row]] = {}
    for gid in order["_lines"]:
        line = store.tables["LineItem"][gid]
        if line["_tip"] or (line["isGiftCard"] and not line["requiresShipping"]):
            continue
        place = commit_line(store, line, location)
        by_place.setdefault(place, []).append(line)
    for place, lines in by_place.items():
        open_fulfillment_order(store, order, place, lines)


def open_fulfillment_order(store: Store, order: Row, place: str, lines: list[Row]) -> Row:
    row = store.add(
        "FulfillmentOrder",
        status="OPEN",
        requestStatus="UNSUBMITTED",
        fulfillAt=order["createdAt"],
        fulfillBy=None,
        orderId=order["id"],
        orderName=order["name"],
        orderProcessedAt=order["processedAt"],
        _order=order["id"],
        _location=place,
        _holds=[],
        _lines=[],
        _fulfillments=[],
    )
    for line in lines:
        part = store.add(
            "FulfillmentOrderLineItem",
            _line=line["id"],
            _fulfillment_order=row["id"],
            totalQuantity=line["currentQuantity"],
            remainingQuantity=line["currentQuantity"],
        )
        row["_lines"].append(part["id"])
    order["_fulfillment_orders"].append(row["id"])
    return row


def _announce(app: "ShopifyApp", order: Row) -> None:
    app.emit("orders/create", order)
    if Figures(app.store, order).financial_status() == "PAID":
        app.emit("orders/paid", order)
    for gid in order["_transactions"]:
        app.emit("order_transactions/create", app.store.tables["OrderTransaction"][gid])
    for gid in order["_lines"]:
        for place in app.store.tables["LineItem"][gid]["_committed"]:
            variant = app.store.find(app.store.tables["LineItem"][gid]["_variant"])
            level = app.store.level(variant["_item"], place) if variant else None
            if level:
                app.emit("inventory_levels/update", level)


def order_number(order: Row) -> int:
    return number_of(order["id"])
