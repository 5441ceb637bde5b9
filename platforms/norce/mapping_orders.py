"""Norce's order -> RemoteOrder: both as it is pushed to the receiver and as Query shows it. Pure functions.

The reference of the order (`ClientOrderRef`) is its id: it is what the receiver, the events and the calls back share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import InvalidPayload
from ecomsync.common.money import HUNDRED, ZERO, allocate, currency_quantum
from platforms.norce.errors import PLATFORM
from platforms.norce.fields import field, moment, number, rows, text
from platforms.norce.mapping_payments import financial_status, payments_of, settled
from platforms.norce.mapping_people import PARTIES, address_of, customer_of, party_of
from platforms.norce.options import NorceOptions
from platforms.norce.order_money import Line, Money, money_of, reading_that_fits
from platforms.norce.order_states import phase_of, status_of
from platforms.types import (
    ChargeKind,
    DiscountKind,
    RemoteCharge,
    RemoteDiscount,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteTax,
    RemoteTotals,
)

_SHIPPING = frozenset({"freight", "freightstructure"})
_CHARGES = {
    "invoice": ChargeKind.PAYMENT_FEE,
    "packingfee": ChargeKind.FEE,
    "environmentalfee": ChargeKind.FEE,
}
_ROUNDING = "centrounding"
_TYPE_NUMBERS = {
    "1": "erpstandard", "3": "freight", "8": "structure", "9": "invoice", "11": "service", "14": "standard",
    "20": "environmentalfee", "21": "packingfee", "34": _ROUNDING, "36": "freightstructure", "37": "managedstructure",
}  # fmt: skip


def order_from_json(payload: Mapping[str, Any], options: NorceOptions) -> RemoteOrder:
    """Read one order. Raises InvalidPayload naming what is wrong."""
    try:
        return _order(payload, options)
    except ValueError as error:
        raise _invalid(f"Order {text(payload, 'ClientOrderRef') or '?'} cannot be read: {error}.") from error


def _order(payload: Mapping[str, Any], options: NorceOptions) -> RemoteOrder:
    reference, currency = text(payload, "ClientOrderRef"), text(payload, "CurrencyCode").upper()
    items = field(payload, "Items")
    missing = [
        name
        for name, there in (
            ("ClientOrderRef", reference),
            ("CurrencyCode", currency),
            ("Items", isinstance(items, list)),
        )
        if not there
    ]
    if missing:
        raise _invalid(f"Order {reference or '?'} cannot be read: it has no {', '.join(missing)}.")
    created = moment(field(payload, "SubmitDate", "OrderDate", "Created"))
    if created is None:
        raise _invalid(f"Order {reference} cannot be read: it has no SubmitDate.")
    quantum = currency_quantum(currency)
    payments = payments_of(payload, currency, options)
    figures = _Figures(payload, quantum, sum((p.amount for p in payments), ZERO) if payments else None)
    lines = _lines(figures, currency)
    charges = _charges(payload, figures)
    discounts = _discounts(payload, figures)
    status = status_of(payload)
    totals = _totals(figures, lines, charges, payments)
    buyer, payer, ship_to = (party_of(payload, *names) for names in PARTIES)
    billing = address_of(payer or buyer)
    return RemoteOrder(
        remote_id=reference,
        number=reference,
        created_at=created,
        updated_at=moment(field(payload, "Updated")) or created,
        status=status,
        phase=phase_of(payload, status),
        financial_status=financial_status(payments, status, totals.grand_total),
        currency=currency,
        prices_include_tax=False,
        customer=customer_of(buyer or payer),
        billing=billing,
        shipping=address_of(ship_to) if ship_to else billing,
        lines=lines,
        charges=charges,
        discounts=discounts,
        taxes=_taxes([*lines, *charges]),
        payments=settled(payments, status),
        totals=totals,
        note=text(payload, "CustomerOrderComment"),
        tags=_tags(payload),
        raw=payload,
    )


class _Figures:
    """The lines with their money, and what stands beside them."""

    def __init__(self, payload: Mapping[str, Any], quantum: Decimal, paid: Decimal | None) -> None:
        self.quantum = quantum
        self.items = rows(payload, "Items")
        self.fees = rows(payload, "Fees")
        read = [_figures(item) for item in self.items]
        fees = sum((_fee_net(fee) + _fee_tax(fee, quantum) for fee in self.fees), ZERO)
        header = sum((number(one, "Amount") for one in rows(payload, "Discounts")), ZERO)
        besides = [ZERO, header] if header else [ZERO]
        target = None if paid is None else paid - fees
        self.reading, self.beside = reading_that_fits(read, target, besides, quantum)
        self.money = [money_of(line, self.reading, quantum) for line in read]
        self.read = read


def _figures(item: Mapping[str, Any]) -> Line:
    rate = field(item, "VatRate")
    price = number(item, "UnitPrice")
    original = number(item, "UnitPriceOriginal")
    vat = number(item, "UnitVat")
    percent = None if rate is None else _percent(number(item, "VatRate"))
    original_vat = number(item, "UnitPriceOriginalVat")
    if original > price and not original_vat:
        original_vat = original * vat / price if price else original * (percent or ZERO) / HUNDRED
    return Line(
        quantity=quantity_of(item),
        price=price,
        vat=vat,
        original=original,
        original_vat=original_vat,
        discount=number(item, "Discount"),
        rate=percent,
    )


def quantity_of(item: Mapping[str, Any]) -> Decimal:
    """`Quantity2` has the decimals, where it is told."""
    return number(item, "Quantity2") or number(item, "Quantity")


def _percent(rate: Decimal) -> Decimal:
    """25 is 25 %, and so is 0.25: the feed writes fractions."""
    return rate * HUNDRED if ZERO < rate <= 1 else rate


# ---------------------------------------------------------------- lines and charges


def type_of(item: Mapping[str, Any]) -> str:
    told = text(item, "Type", "TypeId").lower()
    return _TYPE_NUMBERS.get(told, told)


def is_charge(item: Mapping[str, Any]) -> bool:
    group = text(item, "TypeGroup").lower()
    return group in ("fee", "addedfee") or type_of(item) in (*_SHIPPING, *_CHARGES, _ROUNDING)


def _lines(figures: _Figures, currency: str) -> tuple[RemoteOrderLine, ...]:
    """What is sold. Of a structure the parts leave the shelf: they bear its money, where they have none of their own."""
    parts: dict[str, list[int]] = {}
    for place, item in enumerate(figures.items):
        parent = text(item, "ParentLineNo")
        if parent not in ("", "0") and not is_charge(item):
            parts.setdefault(parent, []).append(place)
    money = list(figures.money)
    left_out: set[int] = set()
    for place, item in enumerate(figures.items):
        children = parts.get(text(item, "LineNo"), [])
        if not children or is_charge(item):
            continue
        own = money[place]
        if all(money[child].net == 0 for child in children):
            for child, share in zip(children, _shares(figures, own, children, currency), strict=True):
                money[child] = share
            left_out.add(place)
        elif not own.net and not own.tax:
            left_out.add(place)
    return tuple(
        _line(item, figures.read[place], money[place])
        for place, item in enumerate(figures.items)
        if place not in left_out and not is_charge(item)
    )


def _shares(figures: _Figures, own: Money, children: Sequence[int], currency: str) -> list[Money]:
    """The money of a structure on its parts, by their usual prices, else by their pieces."""
    weights = [figures.read[child].original * figures.read[child].quantity for child in children]
    if not any(weights):
        weights = [figures.read[child].quantity for child in children]
    columns = (own.net, own.tax, own.before_net, own.before_tax)
    split = [allocate(total, weights, currency) for total in columns]
    return [Money(*amounts) for amounts in zip(*split, strict=True)]


def _line(item: Mapping[str, Any], read: Line, money: Money) -> RemoteOrderLine:
    part_no = text(item, "PartNo", "ErpPartNo")
    return RemoteOrderLine(
        remote_id=text(item, "LineNo"),
        sku=part_no,
        name=text(item, "Description", "Name") or part_no,
        quantity=read.quantity,
        subtotal_net=money.before_net,
        subtotal_tax=money.before_tax,
        net=money.net,
        tax=money.tax,
        taxes=_tax(money.net, money.tax, read.rate),
        product_id=part_no,
        attributes=_attributes(item),
    )


def _attributes(item: Mapping[str, Any]) -> dict[str, str]:
    """Of additional information `Code2` is the code; `Code` is wrong by design."""
    found = {text(one, "Code2"): text(one, "Value") for one in rows(item, "AdditionalInfo")}
    comment = text(item, "Comment")
    return {name: value for name, value in {**found, "Comment": comment}.items() if name and value}


def _tax(net: Decimal, tax: Decimal, rate: Decimal | None) -> tuple[RemoteTax, ...]:
    if rate is None and not tax:
        return ()
    percent = rate if rate is not None else None
    name = f"VAT {percent.normalize():f} %" if percent is not None else "VAT"
    return (RemoteTax(f"{percent.normalize():f}" if percent is not None else "", name, percent, tax),)


def _charges(payload: Mapping[str, Any], figures: _Figures) -> tuple[RemoteCharge, ...]:
    method = text(field(payload, "ShippingAdvice"), "DeliveryMethodCode") or text(
        payload, "DeliveryMethodCode"
    )
    found: list[RemoteCharge] = []
    for item, read, money in zip(figures.items, figures.read, figures.money, strict=True):
        kind = type_of(item)
        if not is_charge(item) or kind == _ROUNDING:
            continue
        shipping = kind in _SHIPPING
        code = (method if shipping else "") or text(item, "PartNo", "ErpPartNo") or kind
        found.append(
            RemoteCharge(
                text(item, "LineNo"),
                ChargeKind.SHIPPING if shipping else _CHARGES.get(kind, ChargeKind.FEE),
                code,
                text(item, "Description") or code,
                money.net,
                money.tax,
                _tax(money.net, money.tax, read.rate),
            )
        )
    for place, fee in enumerate(figures.fees, 1):
        net, tax = _fee_net(fee), _fee_tax(fee, figures.quantum)
        rate = None if field(fee, "VatRate") is None else _percent(number(fee, "VatRate"))
        code = text(fee, "Type") or "fee"
        title = text(fee, "Description") or code
        found.append(
            RemoteCharge(f"fee-{place}", ChargeKind.FEE, code, title, net, tax, _tax(net, tax, rate))
        )
    if method and not any(charge.kind is ChargeKind.SHIPPING for charge in found):
        found.append(RemoteCharge("shipping", ChargeKind.SHIPPING, method, method, ZERO, ZERO))
    return tuple(found)


def _fee_net(fee: Mapping[str, Any]) -> Decimal:
    return number(fee, "Amount")


def _fee_tax(fee: Mapping[str, Any], quantum: Decimal) -> Decimal:
    return (number(fee, "Amount") * _percent(number(fee, "VatRate")) / HUNDRED).quantize(quantum)


def _taxes(rows_of_order: Sequence[RemoteOrderLine | RemoteCharge]) -> tuple[RemoteTax, ...]:
    found: dict[str, RemoteTax] = {}
    for row in rows_of_order:
        for tax in row.taxes:
            known = found.get(tax.rate_id)
            amount = tax.amount + (known.amount if known else ZERO)
            found[tax.rate_id] = RemoteTax(tax.rate_id, tax.name, tax.rate_percent, amount)
    return tuple(found.values())


# ---------------------------------------------------------------- discounts, payments, totals


def _discounts(payload: Mapping[str, Any], figures: _Figures) -> tuple[RemoteDiscount, ...]:
    """What the lines were lowered by, per code, and what the header takes off beside them."""
    nets: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    titles: dict[str, str] = {}
    for item, money in zip(figures.items, figures.money, strict=True):
        net, tax = money.before_net - money.net, money.before_tax - money.tax
        if not net and not tax:
            continue
        promotion: Mapping[str, Any] = next(iter(rows(item, "Promotions")), {})
        code = text(promotion, "DiscountCode") or text(payload, "DiscountCode") or text(promotion, "Id")
        titles.setdefault(code, text(promotion, "Name") or code or "Discount")
        nets[code] = nets.get(code, ZERO) + net
        taxes[code] = taxes.get(code, ZERO) + tax
    found = [
        RemoteDiscount(
            code,
            DiscountKind.COUPON if code else DiscountKind.HEADER,
            net,
            taxes[code],
            in_lines=True,
            title=titles[code],
        )
        for code, net in nets.items()
    ]
    if figures.beside:
        given: Mapping[str, Any] = next(iter(rows(payload, "Discounts")), {})
        code = text(given, "Code")
        title = text(given, "Type") or code or "Discount"
        found.append(
            RemoteDiscount(code, DiscountKind.HEADER, figures.beside, ZERO, in_lines=False, title=title)
        )
    return tuple(found)


def _totals(
    figures: _Figures,
    lines: Sequence[RemoteOrderLine],
    charges: Sequence[RemoteCharge],
    payments: Sequence[RemotePayment],
) -> RemoteTotals:
    """What was paid is the total. What it differs from the rows by is rounding only within the tolerance."""
    rounding = sum(
        (m.net + m.tax for i, m in zip(figures.items, figures.money, strict=True) if type_of(i) == _ROUNDING),
        ZERO,
    )
    shipping = [charge for charge in charges if charge.kind is ChargeKind.SHIPPING]
    fees = [charge for charge in charges if charge.kind is not ChargeKind.SHIPPING]
    all_rows: list[RemoteOrderLine | RemoteCharge] = [*lines, *charges]
    due = sum((row.net + row.tax for row in all_rows), ZERO) + rounding - figures.beside
    paid = sum((payment.amount for payment in payments), ZERO) if payments else due
    if abs(paid - due) <= Decimal("0.05"):
        rounding += paid - due
    return RemoteTotals(
        lines_net=sum((line.net for line in lines), ZERO),
        lines_tax=sum((line.tax for line in lines), ZERO),
        discount_net=sum((line.discount_net for line in lines), ZERO) + figures.beside,
        discount_tax=sum((line.discount_tax for line in lines), ZERO),
        shipping_net=sum((charge.net for charge in shipping), ZERO),
        shipping_tax=sum((charge.tax for charge in shipping), ZERO),
        fees_net=sum((charge.net for charge in fees), ZERO),
        fees_tax=sum((charge.tax for charge in fees), ZERO),
        tax_total=sum((row.tax for row in all_rows), ZERO),
        grand_total=paid,
        rounding=rounding,
    )


# ---------------------------------------------------------------- people and states


def _tags(payload: Mapping[str, Any]) -> tuple[str, ...]:
    found = ["hold"] if field(payload, "DoHold") is True else []
    if field(field(payload, "ShippingAdvice"), "IsComplete") is True:
        found.append("ship complete")
    reference = text(payload, "CustomerOrderRef")
    if reference:
        found.append(f"ref: {reference}")
    return tuple(found)


def updated_at(payload: Mapping[str, Any]) -> datetime:
    """When an order was changed last, without judging the rest."""
    try:
        found = moment(field(payload, "Updated", "SubmitDate", "Created"))
    except ValueError:
        found = None
    return found or datetime.fromtimestamp(0, UTC)


def _invalid(message: str) -> InvalidPayload:
    return InvalidPayload(
        message,
        platform=PLATFORM,
        cure="Look at the order in Norce Admin; the stored payload shows what came. Read it again once it is whole.",
    )
