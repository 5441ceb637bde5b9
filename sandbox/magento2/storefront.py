"""The buyer's side: orders placed at the checkout."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.magento2 import stock, totals
from sandbox.magento2.cart import add_lines, standard_rate
from sandbox.magento2.documents import capture_all, ship_all
from sandbox.magento2.order_flow import cancel, history, hold, put_state
from sandbox.magento2.order_rows import Order
from sandbox.magento2.rows import CartRule, Customer, Json
from sandbox.magento2.state import Store

if TYPE_CHECKING:
    from sandbox.magento2.app import Magento2App

_RIYADH: Json = {
    "firstname": "Sara",
    "lastname": "Al-Otaibi",
    "street": ["King Fahd Road 12"],
    "city": "Riyadh",
    "region": "Riyadh",
    "region_code": "RI",
    "postcode": "11564",
    "country_id": "SA",
    "telephone": "+966500000001",
    "email": "sara@example.com",
}
TITLES = {
    "checkmo": "Check / Money order",
    "banktransfer": "Bank Transfer Payment",
    "cashondelivery": "Cash On Delivery",
    "purchaseorder": "Purchase Order",
    "free": "No Payment Information Required",
    "paypal_express": "PayPal Express Checkout",
    "braintree": "Credit Card (Braintree)",
    "adyen_cc": "Credit Card",
    "moyasar": "Mada, Visa, Mastercard",
}
OFFLINE = frozenset({"checkmo", "banktransfer", "cashondelivery", "purchaseorder", "free"})
_OTHER_NAMES = {
    "first_name": "firstname",
    "last_name": "lastname",
    "phone": "telephone",
    "state": "region",
    "country": "country_id",
}


def place_order(
    app: "Magento2App",
    lines: list[Json],
    *,
    coupons: list[str] | None = None,
    shipping: Json | None = None,
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
    store: str = "default",
    gift_cards: dict[str, str] | None = None,
    store_credit: str = "",
    rewards: str = "",
    gift_wrap: str = "",
    surcharge: str = "",
    po_number: str = "",
    created_gmt: str = "",
) -> Order:
    """Places an order as a buyer does and returns it.

    lines: `{"sku", "quantity", "price"?, "name"?, "tax_percent"?, "weee"?}` (weee: a fixed tax of the row); the SKU of a configurable's child makes
    the pair of parent and child, a bundle's its parts, a grouped one's its members; a SKU that the shop does
    not have becomes a line at `price`, as of a product that was deleted since.
    shipping: `{"method", "title", "total", "taxable"?}`; total with tax when the order's prices include it.
    customer: id of a registered one, or `{"email", …}` to register; None is a guest.
    gift_cards: code -> amount; store_credit, rewards: amounts paid with them; gift_wrap: amount of the wrapping;
    surcharge: a module's fee that stands in the grand total and nowhere else.
    status: where the order ends (`pending_payment`, `payment_review`, `complete`, `canceled`, `holded` …);
    otherwise what the payment method leads to. store: code of the store view. created_gmt: an earlier moment.
    """
    tables = app.store
    with tables.lock:
        order = _new(app, store, currency, created_gmt, prices_include_tax)
        _who(tables, order, customer, billing, shipping_address, company, vat_number)
        order.note = customer_note or None
        add_lines(tables, order, lines)
        rules = [_rule(tables, code) for code in coupons or []]
        totals.discount(tables, order, rules)
        _note_coupons(order, rules)
        totals.tax_items(tables, order)
        _shipping(app, order, shipping)
        _extras(tables, order, gift_cards, store_credit, rewards, gift_wrap, surcharge)
        totals.total(tables, order)
        _payment(order, payment_method, payment_method_title, po_number)
        tables.orders[order.id] = order
        _ask_hooks(app, order)
        _reserve(tables, order)
        _settle(app, order, status)
        return order


def _new(app: "Magento2App", code: str, currency: str, created: str, includes: bool | None) -> Order:
    store, options = app.store, app.options
    view = store.view_by_code(code)
    if view is None:
        raise ValueError(f"No store view has the code {code!r}.")
    prefix = "" if view.id == 1 else str(view.id)
    number = store.next_id(f"order_number_{view.id}")
    order = Order(store.next_id("order", 101), f"{prefix}{number:09d}", view.id)
    order.created = order.updated = app.clock.parse(created, gmt=True) if created else app.clock.now()
    order.base_currency = options.currency
    order.currency = currency or options.currency
    if order.currency != order.base_currency:
        order.rate = Decimal(options.currency_rates[order.currency])
    order.includes_tax = options.prices_include_tax if includes is None else includes
    order.quote_id = store.next_id("quote", 900)
    website = store.websites[view.website_id]
    order.stock_id = stock.stock_of_website(store, website.code).id
    return order


def _address(store: Store, order: Order, kind: str, fields: Json) -> Json:
    address: Json = {"address_type": kind, "entity_id": store.next_id("address"), "parent_id": order.id}
    for name, value in fields.items():
        if name in ("address_1", "address_2"):
            if value:
                address.setdefault("street", []).append(value)
            continue
        address[_OTHER_NAMES.get(name, name)] = value
    if isinstance(address.get("street"), str):
        address["street"] = [address["street"]]
    return address


def _who(
    store: Store,
    order: Order,
    customer: Json | int | None,
    billing: Json | None,
    shipping_address: Json | None,
    company: str,
    vat_number: str,
) -> None:
    given = dict(billing or {})
    if "address_1" in given:
        given.setdefault("street", [given.pop("address_1"), *filter(None, [given.pop("address_2", "")])])
    address = _address(store, order, "billing", {**_RIYADH, **_named(given)})
    if company:
        address["company"] = company
    if vat_number:
        address["vat_id"] = order.taxvat = vat_number
    order.billing = address
    same = {k: v for k, v in address.items() if k not in ("address_type", "entity_id", "parent_id")}
    order.shipping = _address(store, order, "shipping", {**same, **(shipping_address or {})})
    order.email = str(address["email"])
    order.firstname, order.lastname = str(address["firstname"]), str(address["lastname"])
    if customer is not None:
        known = _customer(store, order, customer)
        order.customer_id, order.customer_group_id = known.id, known.group_id


def _named(fields: Json) -> Json:
    return {_OTHER_NAMES.get(name, name): value for name, value in fields.items()}


def _customer(store: Store, order: Order, wanted: Json | int) -> Customer:
    if isinstance(wanted, int):
        return store.customers[wanted]
    email = str(wanted.get("email") or order.email)
    for known in store.customers.values():
        if known.email.lower() == email.lower():
            return known
    made = Customer(store.next_id("customer", 70), email, order.firstname, order.lastname)
    made.group_id = int(wanted.get("group_id", 1))
    made.created = made.updated = order.created
    made.extra = {"taxvat": order.taxvat} if order.taxvat else {}
    keep = (
        "firstname",
        "lastname",
        "street",
        "city",
        "postcode",
        "country_id",
        "telephone",
        "company",
        "vat_id",
    )
    region = {
        "region": order.billing.get("region"),
        "region_code": order.billing.get("region_code"),
        "region_id": 0,
    }
    address = {k: order.billing[k] for k in keep if order.billing.get(k)}
    made.addresses = [
        {
            "id": store.next_id("customer_address"),
            "customer_id": made.id,
            "region": region,
            "region_id": 0,
            **address,
            "default_shipping": True,
            "default_billing": True,
        }
    ]
    store.customers[made.id] = made
    return made


def _rule(store: Store, code: str) -> CartRule:
    found = next((r for r in store.rules.values() if r.code.lower() == code.lower()), None)
    if found is None:
        raise ValueError(f"No cart rule has the coupon {code!r}.")
    found.uses += 1
    return found


def _note_coupons(order: Order, rules: list[CartRule]) -> None:
    if rules:
        order.coupon_code = rules[0].code
        order.rule_ids = ",".join(str(rule.id) for rule in rules)
        order.discount_description = ", ".join(rule.name or rule.code for rule in rules)


def _shipping(app: "Magento2App", order: Order, row: Json | None) -> None:
    if order.is_virtual:
        order.shipping = None
        order.method = ""
        return
    row = row or {}
    order.method = str(row.get("method") or row.get("method_id") or "flatrate_flatrate")
    order.shipping_description = str(row.get("title", "Flat Rate - Fixed"))
    percent = standard_rate(app.store) if row.get("taxable", True) else Decimal(0)
    totals.ship(app.store, order, app.store.money(Decimal(str(row.get("total", "0"))) * order.rate), percent)


def _extras(
    store: Store,
    order: Order,
    cards: dict[str, str] | None,
    credit: str,
    rewards: str,
    wrap: str,
    surcharge: str,
) -> None:
    for code, amount in (cards or {}).items():
        order.gift_cards.append({"id": store.next_id("gift_card"), "code": code, "amount": Decimal(amount)})
    named: dict[str, Any] = {
        "gift_cards": sum((c["amount"] for c in order.gift_cards), Decimal(0)) or "",
        "customer_balance": credit,
        "reward": rewards,
        "gw": wrap,
        "surcharge": surcharge,
    }
    order.extras = {name: Decimal(amount) for name, amount in named.items() if amount != ""}


def _payment(order: Order, method: str, title: str | None, po_number: str) -> None:
    if order.grand_total <= 0 and method not in OFFLINE:
        method, title = "free", None
    shown = title if title is not None else TITLES.get(method, method)
    order.payment = {"method": method, "title": shown, "po_number": po_number or None, "last_trans_id": None}


def _reserve(store: Store, order: Order) -> None:
    for item in order.items:
        if order.children(item) or item.product_id not in store.products or item.is_virtual:
            continue
        if store.options.msi:
            stock.reserve(store, item.sku, -item.ordered, order.stock_id, "order_placed", order.id)
        else:
            stock.take(store, item.sku, item.ordered)


def _ask_hooks(app: "Magento2App", order: Order) -> None:
    """Hooks that are required run before the order is certain; when one fails, there is no order."""
    try:
        app.events.must_allow("order_placed", order.id)
    except ValueError:
        del app.store.orders[order.id]
        raise


def _settle(app: "Magento2App", order: Order, status: str) -> None:
    store = app.store
    placed = order.created
    if status in ("pending_payment", "payment_review"):
        put_state(store, order, status, status)
    else:
        if order.payment["method"] not in OFFLINE and status != "pending":
            order.payment["last_trans_id"] = f"txn_{store.token(12)}"
            capture_all(app, order)
            history(
                store,
                order,
                f"Captured amount online. Transaction ID: {order.payment['last_trans_id']}",
                "invoice",
            )
        if status and status != order.status:
            finish_as(app, order, status)
    if placed < app.clock.now() - 60:
        _backdate(store, order, placed)
    app.happened("order_placed", order.id)
    app.happened("order", order.id)


def _backdate(store: Store, order: Order, moment: int) -> None:
    """Orders placed at an earlier moment moved through their states back then."""
    order.updated = moment + 2
    for row in order.histories:
        row["created_at"] = store.moment(moment + 1)
    for table in (store.invoices, store.shipments):
        for document in table.values():
            if document.order_id == order.id:
                document.created = document.updated = moment + 1


def cancel_unpaid(app: "Magento2App", minutes: int = 480) -> list[int]:
    """What cron does: orders that waited too long for their payment are cancelled; returns their numbers."""
    store, gone = app.store, []
    with store.lock:
        for order in store.orders.values():
            if order.state == "pending_payment" and store.clock.now() - order.created >= minutes * 60:
                cancel(app, order)
                gone.append(order.id)
                app.happened("order", order.id)
    return gone


def buy(app: "Magento2App", sku: str, quantity: int = 1) -> Order:
    """A sale of one product, paid by card."""
    if app.store.by_sku(sku) is None:
        raise ValueError(f"No product has the SKU {sku!r}.")
    return place_order(app, [{"sku": sku, "quantity": quantity}])


def finish_as(app: "Magento2App", order: Order, status: str) -> None:
    """Brings an order to a status by the documents that lead there."""
    if status == "canceled":
        cancel(app, order)
    elif status == "holded":
        hold(app, order)
    elif status == "complete":
        capture_all(app, order)
        ship_all(app, order)
    elif status == "processing":
        capture_all(app, order)
    elif status in app.store.statuses:
        put_state(app.store, order, app.store.statuses[status], status)
    else:
        raise ValueError(f"Unknown status {status!r}.")
