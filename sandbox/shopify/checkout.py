"""The buyer's side: orders placed with discounts, gift cards, tips, duties, companies and payments of every kind."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.shopify.allocation import allocate
from sandbox.shopify.buyers import set_address, set_customer
from sandbox.shopify.calls import Row
from sandbox.shopify.figures import Figures
from sandbox.shopify.money import ZERO, decimal_of
from sandbox.shopify.order_lines import (
    add_duties,
    add_fee,
    add_order_line,
    add_shipping,
    add_tip,
    apply_discount,
    settle_taxes,
)
from sandbox.shopify.payments import pay_order, set_terms
from sandbox.shopify.state import Store

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
    rate: Any = None,
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
        given = decimal_of(rate) if rate is not None else options.presentment.get(presentment, Decimal(1))
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
        set_address(store, order, "_shipping", ADDRESS if shipping_address is _DEFAULT else shipping_address)
        set_address(
            store, order, "_billing", order["_shipping"] if billing_address is _DEFAULT else billing_address
        )
        set_customer(store, order, {} if customer is _DEFAULT else customer)
        standard = options.tax_rate if tax_rate is None else decimal_of(tax_rate)
        for line in lines:
            add_order_line(store, order, line, ZERO if tax_exempt else standard)
        for row in [shipping] if isinstance(shipping, dict) else shipping or []:
            add_shipping(store, order, row, ZERO if tax_exempt else standard)
        for discount in discounts or []:
            apply_discount(store, order, discount)
        for line in order["_lines"]:
            settle_taxes(store, order, store.tables["LineItem"][line])
        for line in order["_shipping_lines"]:
            settle_taxes(store, order, store.tables["ShippingLine"][line])
        add_duties(store, order, duties, standard)
        for fee in fees or []:
            add_fee(store, order, fee, standard)
        add_tip(store, order, decimal_of(tip), as_line=tip_as_line)
        order["_original_total"] = Figures(store, order).total()
        set_terms(store, order, terms)
        pay_order(store, order, payment, paid)
        allocate(store, order, location)
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
        _groups={},
        _tip=ZERO,
        _voided=False,
        _original_total=ZERO,
    )
    return order


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
