"""What the rows of an order come to, and what its total has beyond them. Pure functions.

`row_total` cannot be taken as it is: the REST layer of 2.4 takes the discount off it and stops at zero, 2.3 shows what
is stored. `grand_total = subtotal + shipping + tax + discount (negative) + compensation + extras`; the compensation is
the tax inside a discount that was given on prices with tax.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from ecomsync.common.money import HUNDRED, ZERO, currency_quantum
from platforms.magento2.payloads import ItemShape, MemoItem, OrderShape
from platforms.types import ChargeKind, DiscountKind, RemoteCharge, RemoteDiscount, RemoteTax

DIFFERENCE_CODE = "other_charges"
DIFFERENCE_TITLE = "Other charges"


@dataclass(frozen=True, slots=True)
class RowAmounts:
    """gross: before the discount; net: after it; tax: on `net`. All without tax but `tax` and `gross_tax`."""

    gross: Decimal
    gross_tax: Decimal
    net: Decimal
    tax: Decimal


def row_amounts(item: ItemShape, currency: str) -> RowAmounts:
    """The amounts of one order item."""
    gross = stored_row_total(
        item.row_total, item.discount_amount, item.price * item.qty_ordered, currency_quantum(currency)
    )
    compensation = item.discount_tax_compensation_amount
    net = gross - item.discount_amount + compensation
    return RowAmounts(gross, _gross_tax(item, gross, net, currency), net, item.tax_amount)


def _gross_tax(item: ItemShape, gross: Decimal, net: Decimal, currency: str) -> Decimal:
    """The tax as it would be without the discount."""
    if item.discount_tax_compensation_amount:
        return item.tax_amount + item.discount_tax_compensation_amount
    if not item.discount_amount or not item.tax_percent:
        return item.tax_amount
    quantum = currency_quantum(currency)
    on_net = (net * item.tax_percent / HUNDRED).quantize(quantum, rounding=ROUND_HALF_UP)
    if abs(on_net - item.tax_amount) > quantum:
        return item.tax_amount  # the shop taxes what stands before discounts
    return (gross * item.tax_percent / HUNDRED).quantize(quantum, rounding=ROUND_HALF_UP)


def stored_row_total(shown: Decimal, discount: Decimal, expected: Decimal, quantum: Decimal) -> Decimal:
    """The row total before the discount: the shown one, or the shown one with the discount, whichever is nearer to
    price times quantity. Shown as zero it may have been cut off there; then price times quantity it is."""
    if not discount:
        return shown
    nearest = min((shown, shown + discount), key=lambda candidate: abs(candidate - expected))
    if not shown and abs(nearest - expected) > quantum:
        return expected.quantize(quantum, rounding=ROUND_HALF_UP)
    return nearest


def memo_row_net(item: MemoItem, currency: str) -> Decimal:
    """What a row of a credit memo gives back, without tax."""
    gross = stored_row_total(
        item.row_total, item.discount_amount, item.price * item.qty, currency_quantum(currency)
    )
    return gross - item.discount_amount + item.discount_tax_compensation_amount


def sold_items(items: Sequence[ItemShape]) -> list[ItemShape]:
    """The items that bear the money. A configurable is two items with the same SKU, of which the parent counts; of a
    bundle the parts count where they bear the price, and the parent where the price is fixed."""
    children: dict[str, list[ItemShape]] = {}
    for item in items:
        if item.parent_item_id:
            children.setdefault(item.parent_item_id, []).append(item)
    found: list[ItemShape] = []
    for item in items:
        if item.parent_item_id and any(parent.item_id == item.parent_item_id for parent in items):
            continue
        parts = children.get(item.item_id, [])
        if item.product_type == "bundle" and any(has_money(part) for part in parts):
            found += parts
        else:
            found.append(item)
    return found


def has_money(item: ItemShape) -> bool:
    return bool(item.price or item.row_total or item.tax_amount or item.discount_amount)


@dataclass(frozen=True, slots=True)
class Extras:
    """What the total has beyond goods, shipping and tax, by name; `rounding` is what may be rounding."""

    charges: tuple[RemoteCharge, ...]
    discounts: tuple[RemoteDiscount, ...]
    rounding: Decimal


def extras_of(
    shape: OrderShape, goods: Sequence[ItemShape], rows_net: Decimal, *, book_difference: bool
) -> Extras:
    """rows_net: the nets of goods and shipping. What no field names becomes a charge or a discount of its own when
    `book_difference`; else it is left, and the proof of the order finds it."""
    charges = [*_weee(shape, goods, rows_net), *_gift_wrap(shape)]
    discounts = _tenders(shape)
    wrap_tax = sum((charge.tax for charge in charges), ZERO)
    rest = shape.grand_total - shape.tax_amount - rows_net
    rest -= sum((charge.net for charge in charges), ZERO)
    rest += sum((discount.net for discount in discounts), ZERO)
    if wrap_tax and abs(rest - wrap_tax) <= currency_quantum(shape.order_currency_code):
        rest -= wrap_tax  # a version that leaves the tax of gift wrap out of the order's tax
    cut = sum(1 for item in goods if item.qty_canceled)  # shares of rows are rounded one by one
    if abs(rest) <= currency_quantum(shape.order_currency_code) * (1 + cut):
        return Extras(tuple(charges), tuple(discounts), rest)
    if book_difference and rest > 0:
        charges.append(RemoteCharge("", ChargeKind.FEE, DIFFERENCE_CODE, DIFFERENCE_TITLE, rest, ZERO))
    elif book_difference:
        discounts.append(
            RemoteDiscount(DIFFERENCE_CODE, DiscountKind.HEADER, -rest, ZERO, False, DIFFERENCE_TITLE)
        )
    return Extras(tuple(charges), tuple(discounts), ZERO)


def _weee(shape: OrderShape, goods: Sequence[ItemShape], rows_net: Decimal) -> list[RemoteCharge]:
    """Fixed product taxes (recycling fees), where the total has them beside the rows."""
    amount = sum((item.weee_tax_applied_row_amount for item in goods), ZERO)
    quantum = currency_quantum(shape.order_currency_code)
    if not amount or shape.grand_total - shape.tax_amount - rows_net < amount - quantum - _tender_sum(shape):
        return []
    return [RemoteCharge("weee", ChargeKind.FEE, "weee", "Fixed product tax", amount, ZERO)]


def _gift_wrap(shape: OrderShape) -> list[RemoteCharge]:
    told = shape.extension_attributes
    parts = (
        ("gw", "Gift wrapping", told.gw_price, told.gw_tax_amount),
        ("gw_items", "Gift wrapping of items", told.gw_items_price, told.gw_items_tax_amount),
        ("gw_card", "Printed card", told.gw_card_price, told.gw_card_tax_amount),
    )
    return [
        RemoteCharge(code, ChargeKind.GIFT_WRAP, code, title, net, tax, _single_tax(shape, tax))
        for code, title, net, tax in parts
        if net or tax
    ]


def _single_tax(shape: OrderShape, tax: Decimal) -> tuple[RemoteTax, ...]:
    """The order's one rate; nothing where there are several, since the shop does not tell which it is."""
    rates = shape.extension_attributes.applied_taxes
    if not tax or len(rates) != 1:
        return ()
    return (RemoteTax(rates[0].code, rates[0].title or rates[0].code, rates[0].percent, tax),)


def _tenders(shape: OrderShape) -> list[RemoteDiscount]:
    """Gift cards, store credit and points, which Magento takes off the total."""
    told = shape.extension_attributes
    cards = [
        RemoteDiscount(
            card.code or "gift_card", DiscountKind.GIFT_CARD, card.amount, ZERO, False, "Gift card"
        )
        for card in told.gift_cards
        if card.amount
    ]
    rest = abs(told.gift_cards_amount) - sum((card.net for card in cards), ZERO)
    if rest and (not cards or told.gift_cards_amount):
        cards.append(RemoteDiscount("gift_card", DiscountKind.GIFT_CARD, rest, ZERO, False, "Gift card"))
    credit, points = abs(told.customer_balance_amount), abs(told.reward_currency_amount)
    if credit:
        cards.append(
            RemoteDiscount("store_credit", DiscountKind.STORE_CREDIT, credit, ZERO, False, "Store credit")
        )
    if points:
        cards.append(
            RemoteDiscount("reward_points", DiscountKind.REWARD, points, ZERO, False, "Reward points")
        )
    return cards


def _tender_sum(shape: OrderShape) -> Decimal:
    return sum((tender.net for tender in _tenders(shape)), ZERO)
