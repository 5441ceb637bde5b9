"""The buyer's side: orders placed at the checkout, with cart, coupons, fees, shipping and payment."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.woocommerce.order_write import calculate, change_status, decimal_of, fill_line, write_coupons
from sandbox.woocommerce.orders import new_order
from sandbox.woocommerce.rows import Charge, Customer, Json, Line, Order
from sandbox.woocommerce.state import Store, apply_meta
from sandbox.woocommerce.totals import net_price

if TYPE_CHECKING:
    from sandbox.woocommerce.app import WooApp

_RIYADH = {
    "first_name": "Sara",
    "last_name": "Al-Otaibi",
    "company": "",
    "address_1": "King Fahd Road 12",
    "address_2": "",
    "city": "Riyadh",
    "state": "",
    "postcode": "11564",
    "country": "SA",
    "email": "sara@example.com",
    "phone": "+966500000001",
}
WAITING = {"bacs": "on-hold", "cheque": "on-hold", "cod": "processing"}


def place_order(
    app: "WooApp",
    lines: list[Json],
    *,
    coupons: list[str] | None = None,
    fees: list[Json] | None = None,
    shipping: Json | list[Json] | None = None,
    payment_method: str = "moyasar",
    payment_method_title: str | None = None,
    customer: Json | int | None = None,
    billing: Json | None = None,
    shipping_address: Json | None = None,
    vat_number: str = "",
    company: str = "",
    currency: str = "",
    status: str = "",
    customer_note: str = "",
    prices_include_tax: bool | None = None,
    meta_data: list[Json] | None = None,
    vat_exempt: bool = False,
    created_gmt: str = "",
) -> Order:
    """Places an order as a buyer does and returns it.

    lines: `{"sku" | "product_id", "quantity", "price"?, "name"?, "tax_class"?}`; a SKU that the shop does not
    have becomes a line without product (`product_id` 0, `sku` null) at `price`; `price` overrides the
    catalogue and is read like catalogue prices (with tax when the order's prices include it).
    fees: `{"name", "total", "taxable"?, "tax_class"?}`, totals without tax, may be negative.
    shipping: `{"method_id", "title", "total", "instance_id"?, "taxable"?}` or a list of them.
    customer: id of a registered one, or `{"email", …}` to register; None is a guest.
    status: where the order ends; otherwise what the payment method leads to (`checkout-draft` is what
    the block checkout saves before the buyer has finished).
    created_gmt: an earlier moment, UTC.
    """
    store = app.store
    with store.lock:
        order = new_order(store)
        if created_gmt:
            order.created = order.modified = store.clock.parse(created_gmt, gmt=True)
        order.created_via = "checkout"
        if prices_include_tax is not None:
            order.prices_include_tax = prices_include_tax
        order.currency = currency or order.currency
        order.customer_note = customer_note
        order.ip, order.user_agent = "203.0.113.9", "Mozilla/5.0 (iPhone)"
        order.cart_hash = store.token(32)
        order.billing = {**_RIYADH, **({"company": company} if company else {}), **(billing or {})}
        copied = {k: v for k, v in order.billing.items() if k != "email"}
        order.shipping = {**copied, "phone": ""} if shipping_address is None else dict(shipping_address)
        order.customer_id = _customer(store, customer, order)
        _pay_with(store, order, payment_method, payment_method_title)
        if vat_number:
            order.meta.append(store.meta("_billing_vat_number", vat_number))
        if vat_exempt:
            order.meta.append(store.meta("is_vat_exempt", "yes"))
        apply_meta(store, order.meta, meta_data)
        _add_lines(store, order, lines)
        _add_charges(store, order, fees or [], shipping)
        if coupons:
            write_coupons(store, order, [{"code": code} for code in coupons])
            _count_coupons(store, order)
        calculate(store, order, coupons=bool(coupons))
        store.orders[order.id] = order
        _settle(app, order, status or _first_status(order))
        return order


def _customer(store: Store, customer: Json | int | None, order: Order) -> int:
    if customer is None:
        return 0
    if isinstance(customer, int):
        return customer
    email = str(customer.get("email") or order.billing["email"])
    for known in store.customers.values():
        if known.email.lower() == email.lower():
            return known.id
    made = Customer(store.next_id("user"), email, email.partition("@")[0], created=order.created)
    made.first_name = str(customer.get("first_name") or order.billing["first_name"])
    made.last_name = str(customer.get("last_name") or order.billing["last_name"])
    made.billing, made.shipping = dict(order.billing), dict(order.shipping)
    store.customers[made.id] = made
    return made.id


def _pay_with(store: Store, order: Order, method: str, title: str | None) -> None:
    order.payment_method = method
    known = store.gateways.get(method)
    order.payment_method_title = title if title is not None else (known["title"] if known else method)


def _add_lines(store: Store, order: Order, rows: list[Json]) -> None:
    for row in rows:
        line = Line(store.next_id("item"), quantity=int(row.get("quantity", 1)))
        product = store.by_sku(str(row["sku"])) if row.get("sku") else None
        if product is None and row.get("product_id"):
            product = store.products.get(int(row["product_id"]))
        if product is not None and row.get("price") is None:
            fill_line(store, order, line, product)
        else:
            if product is not None:
                fill_line(store, order, line, product)
            else:
                line.name = str(row.get("name") or row.get("sku") or "Custom item")
            _price_line(store, order, line, decimal_of(row.get("price") or 0), row.get("tax_class"))
        apply_meta(store, line.meta, row.get("meta_data"), "itemmeta")
        order.lines.append(line)


def _price_line(store: Store, order: Order, line: Line, price: Decimal, tax_class: Any) -> None:
    from_class = line.tax_class if tax_class is None else str(tax_class)
    line.tax_class = from_class
    including = order.prices_include_tax
    taxable = line.tax_status == "taxable"
    line.total = line.subtotal = net_price(
        store, price * line.quantity, from_class, taxable, including=including
    )


def _add_charges(store: Store, order: Order, fees: list[Json], shipping: Json | list[Json] | None) -> None:
    for row in fees:
        taxed = "taxable" if row.get("taxable", True) else "none"
        order.fee_lines.append(
            Charge(
                store.next_id("item"),
                "fee",
                str(row["name"]),
                tax_class=str(row.get("tax_class", "")),
                tax_status=taxed,
                total=decimal_of(row["total"]),
            )
        )
    rows = shipping if isinstance(shipping, list) else [shipping] if shipping else []
    for row in rows:
        taxed = "taxable" if row.get("taxable", True) else "none"
        order.shipping_lines.append(
            Charge(
                store.next_id("item"),
                "shipping",
                str(row.get("title", "Flat rate")),
                str(row.get("method_id", "flat_rate")),
                str(row.get("instance_id", "1")),
                tax_status=taxed,
                total=decimal_of(row.get("total", "0")),
            )
        )


def _count_coupons(store: Store, order: Order) -> None:
    for line in order.coupon_lines:
        for coupon in store.coupons.values():
            if coupon.code == line.code:
                coupon.usage_count += 1


def _first_status(order: Order) -> str:
    if order.total <= 0:
        return "processing"
    return WAITING.get(order.payment_method, "processing")


def _settle(app: "WooApp", order: Order, status: str) -> None:
    store, emit = app.store, app.queue.emit
    emit("order.created", order.id)
    if status in ("processing", "completed") and order.payment_method not in WAITING:
        order.transaction_id = f"ch_{store.token(14)}"
    moved = order.created
    if status == "completed":
        change_status(store, emit, order, "processing")
    change_status(store, emit, order, status)
    if moved < store.clock.now() - 60:
        _backdate(order, moved)


def _backdate(order: Order, moment: int) -> None:
    """Orders placed at an earlier moment moved through their states back then."""
    order.modified = moment + 2
    if order.paid is not None:
        order.paid = moment + 1
    if order.completed is not None:
        order.completed = order.modified = moment + 3600
    for note in order.notes:
        note["created"] = moment + 1


def buy(app: "WooApp", sku: str, quantity: int = 1) -> Order:
    """A sale of one product at the storefront, paid by card."""
    if app.store.by_sku(sku) is None:
        raise ValueError(f"No product has the SKU {sku!r}.")
    return place_order(app, [{"sku": sku, "quantity": quantity}])


def set_status(app: "WooApp", order_id: int, status: str) -> Order:
    """The shop manager changes a status by hand."""
    with app.store.lock:
        order = app.store.orders[order_id]
        change_status(app.store, app.queue.emit, order, status)
        app.queue.emit("order.updated", order.id)
        return order
