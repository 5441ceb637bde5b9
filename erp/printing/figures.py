"""The figures of a printed invoice: rows, sums, taxes and payments, as text. Nothing is computed anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.translation import override

from ecomsync.common.money import ZERO, currency_decimals, round_money
from erp.models import ChargeKind, DocumentCharge, Item, SalesInvoice, SalesInvoiceLine, TaxPlanLine
from erp.models.columns import plain
from erp.printing import labels
from erp.printing.labels import Label, Labeller


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of the invoice; `names` are the item's names, the one of the document first."""

    number: int
    code: str
    names: tuple[str, ...]
    quantity: str
    unit: str
    unit_price: str
    discount: str
    net: str
    rate: str
    tax: str
    gross: str


@dataclass(frozen=True, slots=True)
class SumRow:
    label: Label
    amount: str
    detail: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class TaxRow:
    rate: str
    taxable: str
    tax: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PaymentRow:
    method: str
    reference: str
    date: str
    amount: str


def amount_text(amount: Decimal, currency: str) -> str:
    """With the currency's decimals, or as many as the stored amount has, so that printed parts add up."""
    exponent = amount.normalize().as_tuple().exponent
    stored = -exponent if isinstance(exponent, int) else 0
    decimals = min(max(currency_decimals(currency), stored), 4)
    return f"{amount:,.{decimals}f}"


def rate_text(rate: Decimal | None) -> str:
    return "–" if rate is None else f"{plain(rate)} %"


def subtotal_of(line: SalesInvoiceLine) -> Decimal:
    """Before line discounts, without tax; documents made without one have it in the net amount."""
    return line.subtotal_net or line.net_amount + line.discount_amount


def line_rows(
    lines: Iterable[SalesInvoiceLine], currency: str, languages: tuple[str, ...]
) -> tuple[LineRow, ...]:
    return tuple(
        LineRow(
            number=number,
            code=line.item.code,
            names=_names(line.description, line.item, languages),
            quantity=plain(line.quantity),
            unit=_unit(line, languages[0]),
            unit_price=amount_text(_unit_price(line), currency),
            discount=amount_text(subtotal_of(line) - line.net_amount, currency),
            net=amount_text(line.net_amount, currency),
            rate=rate_text(line.tax_rate),
            tax=amount_text(line.tax_amount, currency),
            gross=amount_text(line.gross_amount, currency),
        )
        for number, line in enumerate(lines, start=1)
    )


def _unit_price(line: SalesInvoiceLine) -> Decimal:
    """Of one unit without tax; a quotient, hence rounded to four decimals."""
    price = subtotal_of(line) / line.quantity if line.quantity else ZERO
    return price.quantize(Decimal("0.0001"))


def _names(description: str, item: Item, languages: tuple[str, ...]) -> tuple[str, ...]:
    own = {"ar": item.name1, "en": item.name2}
    wanted = [own[language] for language in languages]
    if len(languages) == 1:
        wanted = [description or wanted[0] or item.name1 or item.name2]
    elif description and description not in wanted:
        wanted = [description, *wanted][:2] if not all(wanted) else wanted
    return tuple(dict.fromkeys(name for name in wanted if name)) or (description or item.code,)


def _unit(line: SalesInvoiceLine, language: str) -> str:
    unit = line.unit or line.item.base_unit
    if unit is None:
        return ""
    with override(language):
        return unit.display_name or unit.code


def sum_rows(
    invoice: SalesInvoice,
    lines: Iterable[SalesInvoiceLine],
    charges: Iterable[DocumentCharge],
    label: Labeller,
    base_currency: str,
) -> tuple[SumRow, ...]:
    """From the items down to what is due; the parts add up to the grand total."""
    currency = invoice.currency
    subtotal = sum((subtotal_of(line) for line in lines), ZERO)
    line_discount = subtotal - invoice.lines_net
    rows = [SumRow(label(labels.SUBTOTAL), amount_text(subtotal, currency))]
    if line_discount:
        rows.append(SumRow(label(labels.LINE_DISCOUNTS), amount_text(-line_discount, currency)))
    if invoice.discount_net:
        rows.append(SumRow(label(labels.HEADER_DISCOUNT), amount_text(-invoice.discount_net, currency)))
    rows += [
        SumRow(
            label(ChargeKind(charge.kind).label), amount_text(charge.net_amount, currency), charge.description
        )
        for charge in charges
    ]
    net = invoice.lines_net - invoice.discount_net + invoice.charges_net
    rows.append(SumRow(label(labels.NET_TOTAL), amount_text(net, currency), strong=True))
    rows.append(SumRow(label(labels.TAX_TOTAL), amount_text(invoice.tax_total, currency)))
    if invoice.rounding:
        rows.append(SumRow(label(labels.ROUNDING), amount_text(invoice.rounding, currency)))
    rows.append(
        SumRow(
            label(labels.GRAND_TOTAL), f"{amount_text(invoice.grand_total, currency)} {currency}", strong=True
        )
    )
    if base_currency and base_currency != currency:
        tax = round_money(invoice.tax_total * invoice.exchange_rate, base_currency)
        words = label(labels.TAX_IN_BASE)
        filled = Label(
            *(text % {"currency": base_currency} if text else "" for text in (words.main, words.second))
        )
        rows.append(SumRow(filled, f"{amount_text(tax, base_currency)} {base_currency}"))
    return (*rows, *_settlement(invoice, label))


def _settlement(invoice: SalesInvoice, label: Labeller) -> list[SumRow]:
    if not (invoice.paid_amount or invoice.credited_amount):
        return []
    currency = invoice.currency
    rows = []
    if invoice.paid_amount:
        rows.append(SumRow(label(labels.PAID), amount_text(-invoice.paid_amount, currency)))
    if invoice.credited_amount:
        rows.append(SumRow(label(labels.CREDITED), amount_text(-invoice.credited_amount, currency)))
    rows.append(
        SumRow(label(labels.OPEN), f"{amount_text(invoice.balance, currency)} {currency}", strong=True)
    )
    return rows


def tax_rows(invoice: SalesInvoice) -> tuple[TaxRow, ...]:
    """The stored breakdown; at rate zero with the exemption text of the tax plan."""
    taxes = list(invoice.taxes.all())
    codes = {row.tax_code for row in taxes if row.tax_code and not row.rate}
    texts = dict(
        TaxPlanLine.objects.filter(tax_code__in=codes, rate=0)
        .exclude(exemption_text="")
        .values_list("tax_code", "exemption_text")
    )
    return tuple(
        TaxRow(
            rate_text(row.rate),
            amount_text(row.taxable_amount, invoice.currency),
            amount_text(row.tax_amount, invoice.currency),
            texts.get(row.tax_code, ""),
        )
        for row in taxes
    )


def payment_rows(invoice: SalesInvoice, language: str, zone: ZoneInfo) -> tuple[PaymentRow, ...]:
    """What was paid for it, with the payment provider's reference."""
    allocations = invoice.payments.filter(receipt__state="posted").select_related("receipt__payment_method")
    with override(language):
        return tuple(
            PaymentRow(
                method=row.receipt.payment_method.display_name or row.receipt.payment_method.code,
                reference=row.receipt.transaction_id or row.receipt.number,
                date=f"{row.receipt.paid_at.astimezone(zone):%Y-%m-%d}",
                amount=amount_text(row.amount, row.receipt.currency),
            )
            for row in allocations.order_by("id")
        )
