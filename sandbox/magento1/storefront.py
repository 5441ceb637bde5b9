"""The buyer's hand: an order with its rows, addresses, payment and totals."""

from decimal import Decimal
from typing import Any

from sandbox.magento1 import documents, stock
from sandbox.magento1.customers import new_customer
from sandbox.magento1.rows import ZERO, Json, Order, Product
from sandbox.magento1.state import Store
from sandbox.magento1.totals import Money, grand_total, row_money, spread

_ONE = Decimal(1)
BILLING: Json = {
    "firstname": "Ana", "lastname": "Weber", "company": None, "street": "Hauptstr. 5\n2. OG", "city": "Berlin",
    "region": "Berlin", "region_id": "82", "postcode": "10115", "country_id": "DE", "telephone": "+49301234",
    "email": "ana@example.com",
}  # fmt: skip
ADDRESS_COLUMNS = (
    "address_id", "parent_id", "customer_address_id", "quote_address_id", "region_id", "customer_id", "fax", "region",
    "postcode", "lastname", "street", "city", "email", "telephone", "country_id", "firstname", "address_type",
    "prefix", "middlename", "suffix", "company", "vat_id",
)  # fmt: skip


def place_order(
    store: Store,
    lines: list[Json],
    *,
    billing: Json | None = None,
    shipping: Json | None = None,
    virtual: bool = False,
    customer: Json | None = None,
    shipping_method: str = "flatrate_flatrate",
    shipping_description: str = "Flat Rate - Fixed",
    shipping_amount: str = "0",
    shipping_taxed: bool = True,
    payment_method: str = "checkmo",
    coupon: tuple[str, str, str] | None = None,
    extras: dict[str, str] | None = None,
    order_currency: str = "",
    rate: str = "1",
    vat_id: str = "",
    note: str = "",
    prices_include_tax: bool | None = None,
    state: str = "new",
    invoiced: bool = False,
    created: int | None = None,
    status: str = "",
    extra_columns: Json | None = None,
    fixed_taxes_in: str = "total",
    store_id: int = 1,
) -> Order:
    """lines: {"sku", "quantity", "price"?, "tax_percent"?, "name"?, "type"?, "children"?, "parts"?, "fixed_tax"?}
    (children: the SKU inside a bundle of one price; parts: lines inside a bundle that costs what they cost; fixed_tax:
    of the row, which the shop adds to the `subtotal`, the `tax` or just the `total`: `fixed_taxes_in`); coupon: (code, "percent"|"fixed", amount);
    extras: columns of Enterprise or of modules (`gift_cards_amount`, `fooman_surcharge_amount`, …), in the base
    currency. Two calls make two orders: the shop knows no idempotency.
    """
    options = store.options
    with_tax = options.prices_include_tax if prices_include_tax is None else prices_include_tax
    moment = store.stamp(store.clock.now() if created is None else created)
    factor = Decimal(rate)
    order_id = store.next_id("order")
    order = Order(order_id, str(100000000 * store_id + order_id), {})
    buyer = None if customer is None else _customer(store, customer)
    bundles = {id(part): line for line in lines for part in line.get("parts", ())}
    lines = [part for line in lines for part in line.get("parts") or [line]]
    moneys = _moneys(store, lines, coupon, with_tax, factor)
    order.items = [
        row
        for line, money in zip(lines, moneys, strict=True)
        for row in _item_rows(store, order, line, money, moment, factor)
    ]
    _put_bundles(store, order, lines, bundles, moment)
    order.columns = _columns(store, order, moneys, factor, moment, with_tax=with_tax)
    _add_shipping(
        store,
        order,
        Decimal(shipping_amount) * factor,
        taxed=shipping_taxed and not virtual,
        with_tax=with_tax,
    )
    for name, amount in (extras or {}).items():
        order.columns[name] = store.round(Decimal(amount) * factor)
    order.columns |= {
        "order_currency_code": order_currency or options.currency,
        "shipping_method": None if virtual else shipping_method,
        "shipping_description": None if virtual else shipping_description,
        "coupon_code": coupon[0] if coupon else None,
        "discount_description": coupon[0] if coupon else None,
        "is_virtual": "1" if virtual else "0",
        "customer_note": note or None,
        "store_id": str(store_id),
        "state": state,
        "status": status or documents.STATUS_OF[state],
        **(extra_columns or {}),
    }
    fixed = sum((row["weee_tax_applied_row_amount"] for row in order.items), ZERO)
    if fixed_taxes_in != "total":
        order.columns[{"subtotal": "subtotal", "tax": "tax_amount"}[fixed_taxes_in]] += fixed
    order.columns["grand_total"] = grand_total(order.columns) + (fixed if fixed_taxes_in == "total" else ZERO)
    _base_twins(store, order.columns, factor)
    _people(
        order, buyer, {**BILLING, **(billing or {})}, None if virtual else shipping, vat_id, virtual=virtual
    )
    _payment(store, order, payment_method)
    order.history.append(_history(order, order.columns["status"], None, moment, notified=True))
    store.add_order(order)
    for row in order.items:
        product = store.products.get(int(row["product_id"] or 0))
        if product is not None and row["product_type"] in ("simple", "virtual"):
            stock.take(store, product, row["qty_ordered"])
    if invoiced:
        documents.make_invoice(store, order, {}, moment=moment)
    return order


def _customer(store: Store, data: Json) -> Json:
    for known in store.customers.values():
        if known.columns["email"] == data["email"]:
            return known.columns
    return new_customer(store, data).columns


def _moneys(
    store: Store, lines: list[Json], coupon: tuple[str, str, str] | None, with_tax: bool, factor: Decimal
) -> list[Money]:
    prices = [store.round(_price(store, line) * factor) for line in lines]
    quantities = [Decimal(str(line.get("quantity", 1))) for line in lines]
    rows = [store.round(price * quantity) for price, quantity in zip(prices, quantities, strict=True)]
    discounts = [ZERO] * len(lines)
    if coupon and coupon[1] == "percent":
        discounts = [store.round(row * Decimal(coupon[2]) / 100) for row in rows]
    elif coupon:
        discounts = spread(min(Decimal(coupon[2]) * factor, sum(rows, ZERO)), rows, store.round)
    return [
        row_money(
            price, quantity, _percent(store, line), discount=discount, with_tax=with_tax, rounded=store.round
        )
        for line, price, quantity, discount in zip(lines, prices, quantities, discounts, strict=True)
    ]


def _price(store: Store, line: Json) -> Decimal:
    if "price" in line:
        return Decimal(str(line["price"]))
    product = store.by_sku(line["sku"])
    if product is None:
        raise LookupError(f"No product has the SKU {line['sku']!r}; give a price.")
    parent = store.products.get(product.parent_id)
    # The storefront takes the price of the configurable; the child's own is ignored.
    priced = parent if parent is not None else product
    special = priced.value("special_price")
    regular = Decimal(str(priced.value("price") or "0"))
    return min(regular, Decimal(str(special))) if special not in (None, "") else regular


def _percent(store: Store, line: Json) -> Decimal:
    if "tax_percent" in line:
        return Decimal(str(line["tax_percent"]))
    product = store.by_sku(line["sku"])
    taxed = product is None or str(product.value("tax_class_id")) == "2"
    return Decimal(store.options.tax_percent) if taxed else ZERO


def _item_rows(
    store: Store, order: Order, line: Json, money: Money, moment: str, factor: Decimal
) -> list[Json]:
    """One row; of a configurable two with the child's SKU, and the money is on the first."""
    product = store.by_sku(line["sku"])
    quantity = Decimal(str(line.get("quantity", 1)))
    percent = _percent(store, line)
    parent = store.products.get(product.parent_id) if product is not None else None
    first = _row(store, order, line, parent or product, quantity, moment)
    first |= {
        "price": money.price,
        "original_price": money.price,
        "price_incl_tax": money.price_incl_tax,
        "tax_percent": percent,
        "tax_amount": money.tax,
        "hidden_tax_amount": money.hidden_tax,
        "discount_percent": (money.discount * 100 / money.row_total).quantize(_ONE)
        if money.row_total
        else ZERO,
        "discount_amount": money.discount,
        "row_total": money.row_total,
        "row_total_incl_tax": money.row_total_incl_tax,
    }
    first["sku"] = line["sku"]
    fixed = store.round(Decimal(str(line.get("fixed_tax", 0))) * factor)
    first["weee_tax_applied_row_amount"] = fixed
    first["base_weee_tax_applied_row_amnt"] = store.round(fixed / factor)
    for name in ("price", "tax_amount", "discount_amount", "row_total", "hidden_tax_amount"):
        first[f"base_{name}"] = store.round(first[name] / factor)
    if "children" in line:
        piece = _row(
            store, order, {"sku": line["children"]}, store.by_sku(line["children"]), quantity, moment
        )
        return [first, {**piece, "parent_item_id": first["item_id"]}]
    if parent is None or product is None:
        return [first]
    child = _row(store, order, line, product, quantity, moment)
    child["parent_item_id"] = first["item_id"]
    return [first, child]


def _put_bundles(
    store: Store, order: Order, lines: list[Json], bundles: dict[int, Json], moment: str
) -> None:
    """The row without money over the parts of each bundle; parts have one row each."""
    rows = {row["item_id"]: row for row in order.items if row["parent_item_id"] is None}
    parents: dict[int, Json] = {}
    found: list[Json] = []
    places = iter(lines)
    for row in order.items:
        line = next(places) if row["item_id"] in rows else None
        bundle = bundles.get(id(line))
        if bundle is not None:
            if id(bundle) not in parents:
                pieces = Decimal(str(bundle.get("quantity", 1)))
                wrapped = {"type": "bundle", **bundle}
                parents[id(bundle)] = _row(store, order, wrapped, store.by_sku(bundle["sku"]), pieces, moment)
                found.append(parents[id(bundle)])
            row["parent_item_id"] = parents[id(bundle)]["item_id"]
        found.append(row)
    order.items = found


def _row(
    store: Store, order: Order, line: Json, product: Product | None, quantity: Decimal, moment: str
) -> Json:
    zero = dict.fromkeys(
        ("price", "original_price", "price_incl_tax", "tax_percent", "tax_amount", "hidden_tax_amount",
         "discount_percent", "discount_amount", "row_total", "row_total_incl_tax", "weee_tax_applied_amount",
         "weee_tax_applied_row_amount", "base_weee_tax_applied_row_amnt",
         "qty_invoiced", "qty_shipped", "qty_canceled", "qty_refunded", "base_price", "base_tax_amount",
         "base_discount_amount", "base_row_total", "base_hidden_tax_amount"),
        ZERO,
    )  # fmt: skip
    return {
        "item_id": str(store.next_id("order_item")),
        "order_id": str(order.id),
        "parent_item_id": None,
        "quote_item_id": None,
        "store_id": "1",
        "created_at": moment,
        "updated_at": moment,
        "product_id": str(product.id) if product is not None else None,
        "product_type": line.get("type") or (product.type if product is not None else "simple"),
        "product_options": 'a:1:{s:15:"info_buyRequest";a:1:{s:3:"qty";i:1;}}',
        "weight": "0.3000",
        "is_virtual": "0",
        "sku": line["sku"],
        "name": line.get("name") or (product.value("name") if product is not None else line["sku"]),
        "qty_ordered": quantity,
        **zero,
    }


def _columns(
    store: Store, order: Order, moneys: list[Money], factor: Decimal, moment: str, *, with_tax: bool
) -> Json:
    tops = [row for row in order.items if row["parent_item_id"] is None]
    return {
        "entity_id": str(order.id),
        "order_id": str(order.id),
        "increment_id": order.increment_id,
        "created_at": moment,
        "updated_at": moment,
        "store_name": "Main Website\nMain Store\nEnglish",
        "remote_ip": "127.0.0.1",
        "quote_id": str(order.id + 500),
        "base_currency_code": store.options.currency,
        "store_currency_code": store.options.currency,
        "global_currency_code": store.options.currency,
        "base_to_order_rate": factor,
        "store_to_order_rate": factor,
        "subtotal": sum((one.row_total for one in moneys), ZERO),
        "subtotal_incl_tax": sum((one.row_total_incl_tax for one in moneys), ZERO),
        "discount_amount": -sum((one.discount for one in moneys), ZERO),
        "tax_amount": sum((one.tax for one in moneys), ZERO),
        "hidden_tax_amount": sum((one.hidden_tax for one in moneys), ZERO),
        "shipping_hidden_tax_amount": ZERO,
        "shipping_discount_amount": ZERO,
        "total_qty_ordered": sum((row["qty_ordered"] for row in tops), ZERO),
        "total_paid": None,
        "total_due": None,
        "total_refunded": None,
        "total_canceled": None,
        "total_invoiced": None,
        "applied_rule_ids": None,
        "ext_order_id": None,
        "gift_message_id": None,
        "weight": Decimal("0.3"),
    }


def _add_shipping(store: Store, order: Order, amount: Decimal, *, taxed: bool, with_tax: bool) -> None:
    percent = Decimal(store.options.tax_percent) if taxed else ZERO
    money = row_money(amount, _ONE, percent, discount=ZERO, with_tax=with_tax, rounded=store.round)
    order.columns |= {
        "shipping_amount": money.row_total,
        "shipping_tax_amount": money.tax,
        "shipping_incl_tax": money.row_total_incl_tax,
    }
    order.columns["tax_amount"] += money.tax


def _base_twins(store: Store, columns: Json, factor: Decimal) -> None:
    for name in (
        "subtotal", "subtotal_incl_tax", "discount_amount", "tax_amount", "hidden_tax_amount", "shipping_amount",
        "shipping_tax_amount", "shipping_incl_tax", "shipping_hidden_tax_amount", "shipping_discount_amount",
        "grand_total",
    ):  # fmt: skip
        columns[f"base_{name}"] = store.round(columns[name] / factor)


def _people(
    order: Order, buyer: Json | None, billing: Json, shipping: Json | None, vat_id: str, *, virtual: bool
) -> None:
    email = buyer["email"] if buyer is not None else billing.get("email")
    order.columns |= {
        "customer_id": buyer["customer_id"] if buyer is not None else None,
        "customer_is_guest": "0" if buyer is not None else "1",
        "customer_group_id": buyer["group_id"] if buyer is not None else "0",
        "customer_email": email,
        "customer_firstname": billing["firstname"],
        "customer_lastname": billing["lastname"],
        "customer_taxvat": None,
    }
    order.billing = _address(order, billing, "billing", vat_id)
    order.shipping = {} if virtual else _address(order, shipping or billing, "shipping", "")


def _address(order: Order, given: Json, kind: str, vat_id: str) -> Json:
    row: Json = dict.fromkeys(ADDRESS_COLUMNS)
    row |= {name: value for name, value in given.items() if name in ADDRESS_COLUMNS}
    row |= {
        "address_id": str(order.id * 2 + (1 if kind == "shipping" else 0)),
        "parent_id": str(order.id),
        "address_type": kind,
        "vat_id": vat_id or given.get("vat_id"),
    }
    return row


def _payment(store: Store, order: Order, method: str) -> None:
    order.payment = {
        "payment_id": str(order.id),
        "parent_id": str(order.id),
        "method": method,
        "amount_ordered": order.columns["grand_total"],
        "base_amount_ordered": order.columns["base_grand_total"],
        "amount_paid": None,
        "cc_last4": None,
        "po_number": None,
        "last_trans_id": None,
        "additional_information": [],
    }


def _history(order: Order, status: Any, comment: Any, moment: str, *, notified: bool) -> Json:
    return {
        "parent_id": str(order.id),
        "is_customer_notified": "1" if notified else "0",
        "is_visible_on_front": "0",
        "comment": comment,
        "status": status,
        "created_at": moment,
        "entity_name": "order",
    }
