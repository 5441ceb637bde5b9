"""The arithmetic of a cart: prices with and without tax, discounts, compensation, extras."""

from decimal import Decimal

from sandbox.magento2.order_rows import Item, Order
from sandbox.magento2.rows import ZERO, CartRule, Json
from sandbox.magento2.state import Store


def price_item(store: Store, order: Order, item: Item, unit: Decimal, percent: Decimal) -> None:
    """unit: as the catalogue holds it, with tax when the order's prices include it; percent: the tax rate."""
    share = percent / 100
    item.tax_percent = percent
    if order.includes_tax:
        gross = store.money(unit * item.ordered)
        item.row_total = gross - _inside(store, gross, share)
        item.price, item.price_incl_tax = store.money(unit / (1 + share)), unit
    else:
        item.row_total = store.money(unit * item.ordered)
        item.price, item.price_incl_tax = unit, store.money(unit * (1 + share))
    item.original_price = unit


def _inside(store: Store, gross: Decimal, share: Decimal) -> Decimal:
    """The tax that an amount with tax holds."""
    return gross - store.money(gross / (1 + share))


def row_incl_tax(store: Store, order: Order, item: Item) -> Decimal:
    """As stored: with the tax of the undiscounted row."""
    if order.includes_tax:
        return store.money(item.price_incl_tax * item.ordered)
    return item.row_total + store.money(item.row_total * item.tax_percent / 100)


def discount(store: Store, order: Order, rules: list[CartRule]) -> None:
    """Each rule takes from what the ones before have left."""
    payers = [i for i in order.items if i.row_total]
    for rule in rules:
        left = {i.id: row_base(store, order, i) - i.discount_amount for i in payers}
        whole = sum(left.values(), ZERO)
        budget = min(rule.amount * order.rate, whole)
        given = ZERO
        for number, item in enumerate(payers, start=1):
            if rule.kind == "by_percent":
                part = store.money(left[item.id] * rule.amount / 100)
                item.discount_percent += rule.amount
            elif number == len(payers):
                part = budget - given
            else:
                part = store.money(budget * left[item.id] / whole) if whole else ZERO
            item.discount_amount += part
            given += part


def row_base(store: Store, order: Order, item: Item) -> Decimal:
    """What a discount is reckoned on: the row as the shopper sees it."""
    return row_incl_tax(store, order, item) if order.includes_tax else item.row_total


def tax_items(store: Store, order: Order) -> None:
    """Tax after discount. With tax in prices, the tax inside the discount is the compensation."""
    for item in order.items:
        share = item.tax_percent / 100
        if order.includes_tax:
            gross = row_incl_tax(store, order, item)
            item.tax_amount = _inside(store, gross - item.discount_amount, share)
            item.compensation = gross - item.row_total - item.tax_amount
        else:
            item.tax_amount = store.money((item.row_total - item.discount_amount) * share)
            item.compensation = ZERO
        if item.tax_percent and item.row_total:
            item.taxes = by_rate(store, item.tax_amount, item.tax_percent)


def by_rate(store: Store, amount: Decimal, percent: Decimal) -> list[Json]:
    """The taxes that an amount is made of: one, or two where the shop has a second one."""
    second = Decimal(store.options.second_tax_rate or 0)
    rates = [percent - second, second] if second and percent > second else [percent]
    rows: list[Json] = []
    left = amount
    for number, rate in enumerate(rates):
        part = left if number == len(rates) - 1 else store.money(amount * rate / percent)
        left -= part
        title = store.options.tax_title if number == 0 else "City tax"
        code = f"{store.options.country}-{title.upper().replace(' ', '-')}-{rate:f}"
        rows.append({"code": code, "title": f"{title} {rate:f}", "percent": rate, "amount": part})
    return rows


def ship(store: Store, order: Order, amount: Decimal, percent: Decimal) -> None:
    """amount: with tax when the order's prices include it."""
    share = percent / 100
    order.shipping_rate = percent
    order.shipping_taxes = []
    if order.includes_tax:
        order.shipping_tax = _inside(store, amount, share)
        order.shipping_amount = amount - order.shipping_tax
    else:
        order.shipping_amount = amount
        order.shipping_tax = store.money(amount * share)
    if order.shipping_tax:
        order.shipping_taxes = by_rate(store, order.shipping_tax, percent)


EXTRA_SIGNS = {"gift_cards": -1, "customer_balance": -1, "reward": -1, "gw": 1, "surcharge": 1}


def extras_total(order: Order) -> Decimal:
    return sum((EXTRA_SIGNS[name] * amount for name, amount in order.extras.items()), ZERO)


def total(store: Store, order: Order) -> None:
    items = order.items
    order.subtotal = sum((i.row_total for i in items), ZERO)
    order.subtotal_incl_tax = sum((row_incl_tax(store, order, i) for i in items if i.row_total), ZERO)
    order.discount = sum((i.discount_amount for i in items), ZERO) + order.shipping_discount
    order.tax = sum((i.tax_amount for i in items), ZERO) + order.shipping_tax
    order.compensation = sum((i.compensation for i in items), ZERO)
    order.grand_total = (
        order.subtotal
        - order.discount
        + order.shipping_amount
        + order.tax
        + order.compensation
        + sum((i.weee for i in items), ZERO)
        + extras_total(order)
    )
