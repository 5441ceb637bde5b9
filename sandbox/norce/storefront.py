"""A buyer's order, as Norce hands it to the ERP: lines without VAT, freight and fees as lines of their own."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.norce.answers import Json
from sandbox.norce.orders import order_event
from sandbox.norce.state import Emit, Store

ADDRESS: Json = {
    "first_name": "Anna",
    "last_name": "Berg",
    "line1": "Storgatan 1",
    "line2": "",
    "city": "Stockholm",
    "zip": "11122",
    "region": "",
    "country": "SE",
    "phone": "+46700000111",
    "email": "anna@example.com",
}
ZERO = Decimal(0)


def place_order(
    store: Store,
    emit: Emit,
    lines: list[Json],
    *,
    buyer: Json | None = None,
    ship_to: Json | None = None,
    customer_code: str = "",
    company: Json | None = None,
    freight: Json | str | None = None,
    fees: list[Json] | None = None,
    payment: str = "CARD",
    payments: list[Json] | None = None,
    discount_code: str = "",
    discounts: list[Json] | None = None,
    note: str = "",
    hold: bool = False,
    order_type: int = 1,
    status: str = "Created",
    currency: str = "",
    delivery_method: str = "HOME",
    created: int | None = None,
) -> Json:
    """lines: PartNo (`sku`), `quantity`, `price` (without VAT), `original` (before promotions), `discount` (told beside
    the unit price), `vat` (percent), `parts` of a structure. payments: `code`, `amount`; else one over the whole."""
    person = {**ADDRESS, **(buyer or {})}
    now = store.clock.now() if created is None else created
    with store.lock:
        number = store.next_id("order", 553201)
        order: Json = {
            "Header": {"ApplicationKey": store.options.application_key},
            "ClientOrderRef": str(number),
            "ErpOrderNo": None,
            "OrderType": order_type,
            "Source": "web",
            "SubmitDate": _date(store, now),
            "CurrencyCode": currency or store.options.currency,
            "SellTo": _party(person, customer_code, company),
            "BillTo": _party(person, customer_code, company),
            "ShipTo": _party({**person, **(ship_to or {})}, customer_code, None),
            "DoHold": hold,
            "CustomerOrderRef": "",
            "CustomerOrderComment": note,
            "DiscountCode": discount_code or None,
            "Payments": [],
            "Discounts": discounts or [],
            "Fees": [],
            "ShippingAdvice": {
                "DeliveryMethodCode": delivery_method,
                "DoSMSNotify": True,
                "PickupStore": None,
                "IsComplete": True,
            },
            "Items": [],
            "AdditionalInfo": [],
            "_id": store.next_id("order_no", 20_500_001),
            "_created": now,
            "_updated": now,
            "_status": status,
            "_captured": ZERO,
        }
        for line in lines:
            _lines(store, order, line)
        if freight:
            given = freight if isinstance(freight, dict) else {"amount": freight}
            _fee(
                store, order, {"type": "Freight", "part_no": "FREIGHT-HOME", "text": "Home delivery", **given}
            )
        for fee in fees or ():
            _fee(store, order, {"type": "PackingFee", "part_no": "FEE", "text": "Fee", **fee})
        total = _total(order) - sum((Decimal(str(d["Amount"])) for d in order["Discounts"]), ZERO)
        order["Payments"] = [
            {
                "PaymentCode": store.next_id("payment", 900_411),
                "PaymentMethodCode": paid["code"],
                "PaymentRef": f"psp-{store.token(6)}",
                "PaymentName": paid.get("name", paid["code"].title()),
                "Amount": Decimal(str(paid.get("amount", total))),
                "CurrencyCode": order["CurrencyCode"],
                "AdditionalInfo": [],
            }
            for paid in (payments if payments is not None else [{"code": payment}])
        ]
        store.orders[order["ClientOrderRef"]] = order
        emit("OrderReceivedEvent", {k: v for k, v in order_event(order).items() if k[:5] != "Order"})
    return order


def owed(order: Json) -> Decimal:
    """What the payments of an order come to, or its lines where nothing was paid yet."""
    paid = [Decimal(payment["Amount"]) for payment in order["Payments"]]
    return sum(paid, ZERO) if paid else _total(order)


def _date(store: Store, moment: int) -> str:
    if store.options.date_form == "ticks":
        return f"/Date({moment * 1000})/"
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _party(person: Json, code: str, company: Json | None) -> Json:
    address = {
        "Type": "Invoice",
        "Line1": person["line1"],
        "Line2": person["line2"],
        "CareOf": "",
        "ZipCode": person["zip"],
        "City": person["city"],
        "Region": person["region"],
        "Country": person["country"],
    }
    firm = None
    if company:
        firm = {
            "Code": company.get("code", ""),
            "Name": company["name"],
            "VatNo": company.get("vat_no", ""),
            "Phone": person["phone"],
            "Email": person["email"],
            "Addresses": [address],
        }
    return {
        "Company": firm,
        "Person": {
            "CustomerCode": code or None,
            "CompanyCode": company.get("code") if company else None,
            "FirstName": person["first_name"],
            "LastName": person["last_name"],
            "CellPhone": person["phone"],
            "Email": person["email"],
            "Address": address,
            "AdditionalInfo": [],
        },
    }


def _lines(store: Store, order: Json, line: Json) -> None:
    sku = store.skus.get(str(line["sku"]))
    parts = line.get("parts")
    price = Decimal(str(line.get("price", _price(store, str(line["sku"])))))
    made = _line(
        store,
        order,
        part_no=str(line["sku"]),
        kind="Structure" if parts else line.get("type", "ErpStandard"),
        group=line.get("group", "Physical"),
        text=line.get("name") or _name(store, sku) or str(line["sku"]),
        quantity=Decimal(str(line.get("quantity", 1))),
        price=price,
        original=Decimal(str(line.get("original", price))),
        discount=Decimal(str(line.get("discount", 0))),
        vat=Decimal(str(line.get("vat", _vat(store, sku)))),
        product_id=sku["Id"] if sku else 0,
        promotions=line.get("promotions", []),
    )
    for part in parts or ():
        own = store.skus.get(str(part["sku"]))
        _line(
            store,
            order,
            part_no=str(part["sku"]),
            kind="ErpStandard",
            group="Physical",
            text=_name(store, own) or str(part["sku"]),
            quantity=made["Quantity2"] * Decimal(str(part.get("quantity", 1))),
            price=ZERO,
            original=_price(store, str(part["sku"])),
            discount=ZERO,
            vat=Decimal(str(store.options.vat)),
            product_id=own["Id"] if own else 0,
            parent=made["LineNo"],
        )


def _fee(store: Store, order: Json, fee: Json) -> None:
    amount = Decimal(str(fee["amount"]))
    _line(
        store,
        order,
        part_no=fee["part_no"],
        kind=fee["type"],
        group=fee.get("group", "Fee"),
        text=fee["text"],
        quantity=Decimal(1),
        price=amount,
        original=amount,
        discount=ZERO,
        vat=Decimal(str(fee.get("vat", store.options.vat))),
        product_id=1,
    )


def _line(
    store: Store,
    order: Json,
    *,
    part_no: str,
    kind: str,
    group: str,
    text: str,
    quantity: Decimal,
    price: Decimal,
    original: Decimal,
    discount: Decimal,
    vat: Decimal,
    product_id: int,
    parent: int | None = None,
    promotions: list[Json] | None = None,
) -> Json:
    quantum = Decimal(1).scaleb(-store.options.decimals)
    row: Json = {
        "LineNo": len(order["Items"]) + 1,
        "ParentLineNo": parent,
        "Type": kind,
        "TypeGroup": group,
        "PartNo": part_no,
        "ErpPartNo": part_no,
        "InternalProductId": product_id,
        "Description": text,
        "Quantity": int(quantity),
        "Quantity2": quantity,
        "UnitOfMeasure": "pcs",
        "UnitPrice": price,
        "UnitPriceOriginal": original,
        "UnitPriceOriginalVat": (original * vat / 100).quantize(quantum, rounding=ROUND_HALF_UP),
        "Discount": discount,
        "UnitVat": (price * vat / 100).quantize(quantum, rounding=ROUND_HALF_UP),
        "VatRate": vat,
        "Promotions": promotions or [],
        "AdditionalInfo": [],
    }
    order["Items"].append(row)
    return row


def _total(order: Json) -> Decimal:
    """What the buyer pays; a discount that stands beside the price is taken off with its VAT."""
    total = ZERO
    for row in order["Items"]:
        unit = row["UnitPrice"] + row["UnitVat"]
        if row["Discount"]:
            unit -= (row["Discount"] * (1 + row["VatRate"] / 100)).quantize(
                Decimal("0.01"), rounding=ROUND_HALF_UP
            )
        total += unit * row["Quantity2"]
    return total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP) if total != total.to_integral() else total


def _price(store: Store, part_no: str) -> Decimal:
    record = store.prices.get((part_no, store.options.price_list, 1))
    return Decimal(record["PriceSale"]) if record and record["PriceSale"] is not None else ZERO


def _vat(store: Store, sku: Json | None) -> Any:
    rates = sku["VatRates"] if sku else []
    return rates[0]["Rate"] if rates else store.options.vat


def _name(store: Store, sku: Json | None) -> str:
    if sku is None:
        return ""
    texts = store.products[sku["_product"]]["Cultures"]
    return str(next((one["Name"] for one in texts.values() if one.get("Name")), ""))
