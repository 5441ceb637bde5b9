"""Totals of documents: sums of the amounts they were given, and the proof that they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import HUNDRED, ZERO, allocate, round_money
from erp.errors import TotalMismatch
from erp.inputs import ChargeInput, LineInput
from erp.models import (
    DocumentCharge,
    InvoiceTax,
    ItemType,
    SalesInvoice,
    SalesOrder,
    SalesReturn,
)
from erp.models.columns import as_amount, as_quantity, plain
from erp.models.sales_amounts import AmountDocument, AmountLine
from erp.services.tax_parts import parts_json, parts_of

MoneyDocument = SalesOrder | SalesInvoice | SalesReturn


def set_totals(
    document: AmountDocument, lines: Iterable[AmountLine], charges: Iterable[DocumentCharge]
) -> None:
    """Fill the sums of a header from its lines and charges; discount and rounding stand on it already."""
    lines, charges = list(lines), list(charges)
    document.discount_net = as_amount(document.discount_net)
    document.discount_tax = as_amount(document.discount_tax)
    document.rounding = as_amount(document.rounding)
    document.lines_net = sum((line.net_amount for line in lines), ZERO)
    document.charges_net = sum((charge.net_amount for charge in charges), ZERO)
    document.tax_total = (
        sum((line.tax_amount for line in lines), ZERO)
        + sum((charge.tax_amount for charge in charges), ZERO)
        - document.discount_tax
    )
    document.grand_total = (
        document.lines_net
        + document.charges_net
        - document.discount_net
        + document.tax_total
        + document.rounding
    )


def assert_totals(document: MoneyDocument) -> None:
    """Read the parts anew and compare. Raises TotalMismatch with every figure that goes into the sum."""
    check_totals(document, document.lines.all(), document.charges.all())


def check_totals(
    document: MoneyDocument, parts: Iterable[AmountLine], charged: Iterable[DocumentCharge]
) -> None:
    """Compare a document with its parts as this transaction has read or written them. Raises TotalMismatch."""
    lines = sum((line.gross_amount for line in parts), ZERO)
    charges = sum((charge.gross_amount for charge in charged), ZERO)
    parts_total = lines - document.discount_gross + charges + document.rounding
    if parts_total != document.grand_total:
        raise TotalMismatch(
            f"Document {document}: lines {plain(lines)} − discount {plain(document.discount_gross)} + charges {plain(charges)} "
            f"+ rounding {plain(document.rounding)} = {plain(parts_total)}, but the grand total is {plain(document.grand_total)}.",
            item=str(document),
            details={
                "lines": str(lines),
                "discount": str(document.discount_gross),
                "charges": str(charges),
                "rounding": str(document.rounding),
                "grand_total": str(document.grand_total),
            },
        )


def fill_line(line: AmountLine, data: LineInput, *, line_no: int) -> None:
    """Copy the given amounts to a line, rounded to what its columns hold."""
    if data.quantity <= 0:
        raise PermanentError(
            f"Line {line_no} ({data.item.code}) has quantity {data.quantity}.",
            code="bad_quantity",
            cure="A line needs a quantity above zero; take goods back by a return.",
            item=data.item.code,
        )
    if data.item.item_type == ItemType.TEMPLATE:
        raise PermanentError(
            f"Line {line_no}: {data.item.code} is a template and cannot be sold itself.",
            code="not_sellable",
            cure="Link the shop's variant to one of the variants of this item.",
            item=data.item.code,
        )
    subtotal, discount = as_amount(data.subtotal_net), as_amount(data.discount_net)
    line.line_no = line_no
    line.item = data.item
    line.description = data.description[:500]
    line.quantity = as_quantity(data.quantity)
    line.unit = data.unit
    line.unit_price = as_amount(data.unit_price)
    line.subtotal_net = subtotal
    line.discount_amount = discount
    line.discount_percent = _percent(discount, subtotal)
    line.net_amount = as_amount(data.net_amount)
    line.tax_code = data.tax_code
    line.tax_rate = data.tax_rate
    line.tax_amount = as_amount(data.tax_amount)
    line.tax_parts = parts_json(data.tax_parts, line.tax_amount)
    line.gross_amount = line.net_amount + line.tax_amount
    line.external_line_id = data.external_line_id


def _percent(part: Decimal, whole: Decimal) -> Decimal:
    """part of whole in percent, 0 where that makes no sense or does not fit the column."""
    percent = as_quantity(part / whole * HUNDRED) if whole else ZERO
    return percent if abs(percent) < 1000 else ZERO


def build_charge(data: ChargeInput, *, line_no: int) -> DocumentCharge:
    """A charge with the given amounts; the caller sets the document it belongs to."""
    net, tax = as_amount(data.net_amount), as_amount(data.tax_amount)
    return DocumentCharge(
        line_no=line_no,
        kind=data.kind,
        service_item=data.service_item,
        description=data.description[:500],
        net_amount=net,
        tax_code=data.tax_code,
        tax_rate=data.tax_rate,
        tax_amount=tax,
        tax_parts=parts_json(data.tax_parts, tax),
        gross_amount=net + tax,
        external_line_id=data.external_line_id,
    )


@dataclass(slots=True)
class _Rate:
    taxable: Decimal = ZERO
    tax: Decimal = ZERO


_Key = tuple[str, Decimal | None]


def _taxes_of(row: AmountLine | DocumentCharge) -> list[tuple[_Key, Decimal]]:
    if row.tax_parts:
        return [
            ((part.code, None if part.rate is None else as_quantity(part.rate)), part.amount)
            for part in parts_of(row.tax_parts)
        ]
    rate = None if row.tax_rate is None else as_quantity(row.tax_rate)
    return [((row.tax_code, rate), row.tax_amount)]


def _discount_taxes(
    document: AmountDocument, rates: Mapping[_Key, _Rate], keys: Sequence[_Key]
) -> list[Decimal]:
    """Tax of the header discount per rate: as the document says it, else in proportion."""
    told = {
        (part.code, None if part.rate is None else as_quantity(part.rate)): part.amount
        for part in parts_of(document.discount_tax_parts)
    }
    if told and set(told) <= set(keys):
        return [told.get(key, ZERO) for key in keys]
    return allocate(document.discount_tax, [max(ZERO, rates[key].tax) for key in keys], document.currency)


def _discount_nets(document: AmountDocument, bases: Sequence[Decimal], whole: Decimal) -> list[Decimal]:
    """What the header discount takes off the base of each rate; off all of them where they lie on the same rows."""
    if sum(bases, ZERO) <= whole or whole <= 0:
        return allocate(document.discount_net, list(bases), document.currency)
    return [round_money(document.discount_net * base / whole, document.currency) for base in bases]


def tax_breakdown(
    document: AmountDocument, lines: Sequence[AmountLine], charges: Sequence[DocumentCharge]
) -> list[InvoiceTax]:
    """Taxable amount and tax per rate; the header discount is taken off in proportion. Taxes sum to the header's;
    taxable amounts too, but where a row bears several rates it counts for each."""
    rates: dict[_Key, _Rate] = {}
    parts: list[AmountLine | DocumentCharge] = [*lines, *charges]
    for row in parts:
        for key, tax in _taxes_of(row):
            entry = rates.setdefault(key, _Rate())
            entry.taxable += row.net_amount
            entry.tax += tax
    if not rates:
        return []
    keys = sorted(rates, key=lambda key: (key[0], key[1] or ZERO))
    nets = _discount_nets(
        document,
        [max(ZERO, rates[key].taxable) for key in keys],
        sum((row.net_amount for row in parts), ZERO),
    )
    taxes = _discount_taxes(document, rates, keys)
    return [
        InvoiceTax(
            line_no=index,
            tax_code=key[0],
            rate=key[1],
            taxable_amount=rates[key].taxable - net,
            tax_amount=rates[key].tax - tax,
        )
        for index, (key, net, tax) in enumerate(zip(keys, nets, taxes, strict=True), start=1)
    ]
