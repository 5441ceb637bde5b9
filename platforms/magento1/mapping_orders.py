"""Order records -> RemoteOrder. Pure functions.

grand_total = subtotal + shipping + tax + discount (negative) + hidden tax + what modules add. Prices with or without
tax make no difference: all rows come net of tax. Known columns of modules become charges and discounts; what remains
beyond them becomes a line of its own, but only when goods, discounts and tax add up for themselves: a missing row is
never covered up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import ZERO, currency_quantum
from platforms.magento1.cancelled_rest import without_cancelled
from platforms.magento1.fixed_tax import fixed_tax_charge, fixed_tax_of, with_fixed_tax_apart
from platforms.magento1.mapping_prices import read_price
from platforms.magento1.order_lines import Sold, line_of, sold_rows, tax_row, with_hidden_tax
from platforms.magento1.payloads import AddressShape, OrderShape, in_base_currency, read_shape
from platforms.types import (
    ChargeKind,
    DiscountKind,
    FinancialStatus,
    OrderPhase,
    RemoteAddress,
    RemoteCharge,
    RemoteCustomer,
    RemoteDiscount,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteTotals,
)

SHIPPING_ID = "shipping"
OTHER_ID = "other"
PHASES: Mapping[str, OrderPhase] = {
    "complete": OrderPhase.COMPLETE,
    "closed": OrderPhase.COMPLETE,
    "canceled": OrderPhase.CANCELLED,
}
_TENDERS = (
    ("gift_cards_amount", DiscountKind.GIFT_CARD, "Gift card"),
    ("customer_balance_amount", DiscountKind.STORE_CREDIT, "Store credit"),
    ("reward_currency_amount", DiscountKind.REWARD, "Reward points"),
)
_FEES = (
    ("fooman_surcharge", ChargeKind.PAYMENT_FEE, "Payment surcharge", "fooman_surcharge_amount", "fooman_surcharge_tax_amount"),
    ("gift_wrap_order", ChargeKind.GIFT_WRAP, "Gift wrapping", "gw_price", "gw_tax_amount"),
    ("gift_wrap_items", ChargeKind.GIFT_WRAP, "Gift wrapping of items", "gw_items_price", "gw_items_tax_amount"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rows:
    lines: tuple[RemoteOrderLine, ...]
    charges: tuple[RemoteCharge, ...]
    discounts: tuple[RemoteDiscount, ...]
    rounding: Decimal = ZERO


def order_from_json(
    payload: Mapping[str, Any], *, amounts: str = "order", keep_extras: bool = True
) -> RemoteOrder:
    """Read one `info` record. Raises InvalidPayload listing every fault.

    amounts: order (the buyer's currency) or base (the shop's); keep_extras: what no column explains becomes a line.
    """
    told = read_shape(OrderShape, in_base_currency(payload) if amounts == "base" else payload, what="Order")
    shape = without_cancelled(with_fixed_tax_apart(told, beyond=_beyond_columns(told)))
    if shape.created_at is None:
        raise InvalidPayload(
            f"Order {shape.increment_id} cannot be read: created_at is empty.",
            platform="magento1",
            item=shape.increment_id,
            cure="Open the order in the shop and save it again.",
        )
    quantum = currency_quantum(shape.order_currency_code)
    beyond = _beyond_columns(shape) - fixed_tax_of(shape)
    sold = sold_rows(with_hidden_tax(shape.items, beyond, quantum))
    rows = _settled(shape, _known_rows(shape, sold), sold, keep_extras=keep_extras)
    billing = _address(shape.billing_address, shape.customer_email)
    currency = shape.order_currency_code.upper()
    other = _other_currency(payload, currency)
    return RemoteOrder(
        remote_id=shape.increment_id,
        number=shape.increment_id,
        created_at=shape.created_at,
        updated_at=shape.updated_at or shape.created_at,
        status=shape.status,
        phase=phase_of(shape.state, shape.status),
        financial_status=_financial_status(shape),
        currency=currency,
        prices_include_tax=bool(_hidden_tax(shape)),
        customer=_customer(shape),
        billing=billing,
        shipping=_shipping_address(shape, billing),
        lines=rows.lines,
        charges=rows.charges,
        discounts=rows.discounts,
        taxes=(),
        payments=_payments(shape, currency),
        totals=_totals(shape, rows),
        note=shape.customer_note or shape.gift_message,
        presentment_currency=other[0],
        presentment_total=other[1],
        raw=payload,
    )


def phase_of(state: str, status: str) -> OrderPhase:
    """By the state: statuses are names that a shop gives. Where no state is told the status stands for it."""
    return PHASES.get(state or status, OrderPhase.OPEN)


def _beyond_columns(shape: OrderShape) -> Decimal:
    """What the total has beyond goods, discount, shipping, tax and known extras."""
    total = shape.subtotal + shape.discount_amount + shape.shipping_amount + shape.tax_amount
    total += sum(
        (getattr(shape, net_name) for _, _, _, net_name, _ in _FEES), shape.shipping_hidden_tax_amount
    )
    total -= sum((getattr(shape, name) for name, _, _ in _TENDERS), ZERO)
    return shape.grand_total - total


def _hidden_tax(shape: OrderShape) -> Decimal:
    """Only discounts on prices with tax leave some, which is the one sign of such prices in an order."""
    return sum((abs(row.hidden_tax_amount) for row in shape.items), abs(shape.shipping_hidden_tax_amount))


# ---------------------------------------------------------------- rows


def _known_rows(shape: OrderShape, sold: Sequence[Sold]) -> _Rows:
    lines = tuple(line_of(one) for one in sold)
    charges = [] if shape.is_virtual == "1" and not shape.shipping_amount else [_shipping(shape, sold)]
    for code, kind, title, net_name, tax_name in _FEES:
        net, tax = getattr(shape, net_name), getattr(shape, tax_name)
        if net or tax:
            charges.append(RemoteCharge(code, kind, code, title, net, tax))
    charges += _fixed_tax(shape, lines, charges)
    return _Rows(lines, tuple(charges), (*_coupons(shape, lines), *_tenders(shape)))


def _fixed_tax(
    shape: OrderShape, lines: Sequence[RemoteOrderLine], charges: Sequence[RemoteCharge]
) -> list[RemoteCharge]:
    """With the tax on it, where the shop takes one: what of the order's tax no other row has."""
    amount = fixed_tax_of(shape)
    if not amount:
        return []
    rows: list[RemoteOrderLine | RemoteCharge] = [*lines, *charges]
    left = shape.tax_amount - sum((row.tax for row in rows), ZERO)
    slack = currency_quantum(shape.order_currency_code) * max(1, len(rows))
    return [fixed_tax_charge(amount, left if slack < left < amount else ZERO)]


def _shipping(shape: OrderShape, sold: Sequence[Sold]) -> RemoteCharge:
    net = shape.shipping_amount - shape.shipping_discount_amount + shape.shipping_hidden_tax_amount
    tax = shape.shipping_tax_amount
    percent = _rate_of(net, tax, sold, shape.order_currency_code)
    return RemoteCharge(
        remote_id=SHIPPING_ID,
        kind=ChargeKind.SHIPPING,
        code=shape.shipping_method,
        title=shape.shipping_description or shape.shipping_method,
        net=net,
        tax=tax,
        taxes=() if percent is None else (tax_row(percent, tax),),
    )


def _rate_of(net: Decimal, tax: Decimal, sold: Sequence[Sold], currency: str) -> Decimal | None:
    """The rate of the shipping is not told: that of a line which gives just this tax; none where none does."""
    if not tax:
        return ZERO if net else None
    for percent in dict.fromkeys(one.row.tax_percent for one in sold):
        if abs(net * percent / 100 - tax) <= currency_quantum(currency):
            return percent
    return None


def _coupons(shape: OrderShape, lines: Sequence[RemoteOrderLine]) -> list[RemoteDiscount]:
    """The coupon as the lines already show it."""
    net = sum((line.discount_net for line in lines), ZERO)
    tax = sum((line.discount_tax for line in lines), ZERO)
    if not shape.coupon_code or not net:
        return []
    title = shape.discount_description or shape.coupon_code
    return [RemoteDiscount(shape.coupon_code, DiscountKind.COUPON, net, tax, in_lines=True, title=title)]


def _tenders(shape: OrderShape) -> list[RemoteDiscount]:
    """Gift cards, credit and points are taken off the total by the shop."""
    return [
        RemoteDiscount(name, kind, getattr(shape, name), ZERO, in_lines=False, title=title)
        for name, kind, title in _TENDERS
        if getattr(shape, name) > 0
    ]


def _settled(shape: OrderShape, rows: _Rows, sold: Sequence[Sold], *, keep_extras: bool) -> _Rows:
    """The rows with what the shop's total has beyond them: rounding, or a line of its own, or nothing."""
    money: list[RemoteOrderLine | RemoteCharge] = [*rows.lines, *rows.charges]
    net = sum((row.net for row in money), ZERO)
    beside = sum((one.net + one.tax for one in rows.discounts if not one.in_lines), ZERO)
    rest = shape.grand_total - net - shape.tax_amount + beside
    quantum = currency_quantum(shape.order_currency_code)
    slack = quantum * max(1, len(money) // 2)
    if abs(rest) <= slack:
        return _Rows(rows.lines, rows.charges, rows.discounts, rest)
    if not keep_extras or not _goods_add_up(shape, sold, quantum):
        return rows
    extra_tax = shape.tax_amount - sum((row.tax for row in money), ZERO)
    if rest > 0:
        tax = extra_tax if extra_tax > slack else ZERO
        fee = RemoteCharge(OTHER_ID, ChargeKind.FEE, OTHER_ID, "Other charges of the shop", rest, tax)
        return _Rows(rows.lines, (*rows.charges, fee), rows.discounts)
    credit = RemoteDiscount(
        OTHER_ID, DiscountKind.HEADER, -rest, ZERO, in_lines=False, title="Other credits of the shop"
    )
    return _Rows(rows.lines, rows.charges, (*rows.discounts, credit))


def _goods_add_up(shape: OrderShape, sold: Sequence[Sold], quantum: Decimal) -> bool:
    """Whether the rows come to the header's own subtotal and discount, so that no row is missing."""
    slack = quantum * max(1, len(sold))
    subtotal = sum((one.row.row_total for one in sold), ZERO)
    discount = sum((one.row.discount_amount for one in sold), shape.shipping_discount_amount)
    return abs(subtotal - shape.subtotal) <= slack and abs(discount + shape.discount_amount) <= slack


def _totals(shape: OrderShape, rows: _Rows) -> RemoteTotals:
    shipping = [one for one in rows.charges if one.kind is ChargeKind.SHIPPING]
    fees = [one for one in rows.charges if one.kind is not ChargeKind.SHIPPING]
    beside = [one for one in rows.discounts if not one.in_lines]
    return RemoteTotals(
        lines_net=sum((line.net for line in rows.lines), ZERO),
        lines_tax=sum((line.tax for line in rows.lines), ZERO),
        discount_net=sum((line.discount_net for line in rows.lines), sum((one.net for one in beside), ZERO)),
        discount_tax=sum((line.discount_tax for line in rows.lines), sum((one.tax for one in beside), ZERO)),
        shipping_net=sum((one.net for one in shipping), ZERO),
        shipping_tax=sum((one.tax for one in shipping), ZERO),
        fees_net=sum((one.net for one in fees), ZERO),
        fees_tax=sum((one.tax for one in fees), ZERO),
        tax_total=shape.tax_amount,
        grand_total=shape.grand_total,
        refunded_total=shape.total_refunded,
        rounding=rows.rounding,
    )


def _other_currency(payload: Mapping[str, Any], currency: str) -> tuple[str, Decimal | None]:
    """The other of the two currencies and the total in it, where they differ."""
    for code, total in (("order_currency_code", "grand_total"), ("base_currency_code", "base_grand_total")):
        told = str(payload.get(code) or "").upper()
        if told and told != currency and payload.get(total):
            return told, read_price(payload[total])
    return "", None


# ---------------------------------------------------------------- people and payment


def _address(shape: AddressShape, email: str) -> RemoteAddress:
    lines = [part.strip() for part in shape.street.splitlines() if part.strip()]
    return RemoteAddress(
        first_name=" ".join(part for part in (shape.firstname.strip(), shape.middlename.strip()) if part),
        last_name=shape.lastname.strip(),
        company=shape.company.strip(),
        line1=lines[0] if lines else "",
        line2=", ".join(lines[1:]),
        city=shape.city.strip(),
        region=shape.region.strip(),
        postal_code=shape.postcode.strip(),
        country=shape.country_id.strip().upper(),
        phone=shape.telephone.strip(),
        email=(shape.email or email).strip(),
    )


def _shipping_address(shape: OrderShape, billing: RemoteAddress) -> RemoteAddress:
    """Virtual orders have none: the billing address stands for it."""
    address = _address(shape.shipping_address, shape.customer_email)
    return billing if address.is_empty else address


def _customer(shape: OrderShape) -> RemoteCustomer:
    billing = shape.billing_address
    guest = shape.customer_is_guest == "1" or not shape.customer_id
    return RemoteCustomer(
        remote_id="" if guest else shape.customer_id,
        email=(shape.customer_email or billing.email).strip(),
        first_name=(shape.customer_firstname or billing.firstname).strip(),
        last_name=(shape.customer_lastname or billing.lastname).strip(),
        company=billing.company.strip(),
        phone=billing.telephone.strip(),
        tax_number="".join((shape.customer_taxvat or billing.vat_id).split()),
        is_guest=guest,
    )


def _payments(shape: OrderShape, currency: str) -> tuple[RemotePayment, ...]:
    """The one payment of an order; none for an order that cost nothing and names no method."""
    payment = shape.payment
    if not payment.method and not shape.grand_total:
        return ()
    paid = bool(shape.grand_total) and shape.total_paid >= shape.grand_total
    return (
        RemotePayment(
            code=payment.method,
            title=_method_title(payment.additional_information) or payment.method,
            amount=shape.grand_total,
            currency=currency,
            transaction_id=payment.last_trans_id,
            is_paid=paid,
            is_authorised=not paid and payment.amount_authorized > 0,
        ),
    )


def _method_title(information: Any) -> str:
    return str(information.get("method_title") or "") if isinstance(information, Mapping) else ""


def _financial_status(shape: OrderShape) -> FinancialStatus:
    if shape.state == "closed" or (shape.total_refunded and shape.total_refunded >= shape.grand_total):
        return FinancialStatus.REFUNDED
    if shape.total_refunded:
        return FinancialStatus.PARTLY_REFUNDED
    if shape.total_paid and shape.total_paid >= shape.grand_total:
        return FinancialStatus.PAID
    if shape.payment.amount_authorized > 0 or shape.state == "payment_review":
        return FinancialStatus.AUTHORISED
    return FinancialStatus.UNPAID
