"""Which invoice a return is credited against, and with what: several invoices of one order share it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Sum

from ecomsync.common.money import ZERO, round_money
from erp.models import (
    DocumentCharge,
    InvoiceKind,
    SalesInvoice,
    SalesInvoiceLine,
    SalesReturn,
    SalesReturnLine,
)
from erp.models.columns import as_quantity
from erp.models.sales import ChargeKind
from erp.services.credit_notes import CHARGE_COPY, LINE_COPY, creditable_amount
from erp.services.tax_parts import share_parts
from erp.services.waived import waived_share
from erp.states import ISSUED_STATES, InvoiceState


@dataclass(slots=True)
class Part:
    """A returned quantity or a charge, or a share of one. A charge has the quantity 0."""

    row: SalesReturnLine | DocumentCharge
    quantity: Decimal
    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax


@dataclass(slots=True)
class CreditShare:
    """What one credit note takes back. `invoice` is None where the order has none: a free credit note."""

    invoice: SalesInvoice | None
    parts: list[Part] = field(default_factory=list)
    rounding: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return sum((part.gross for part in self.parts), self.rounding)

    def invoice_lines(self, currency: str) -> list[SalesInvoiceLine]:
        return [
            _line(part, currency)
            for part in self.parts
            if isinstance(part.row, SalesReturnLine) and part.quantity
        ]

    def document_charges(self, currency: str) -> list[DocumentCharge]:
        rows = [_charge(part, currency) for part in self.parts if not part.quantity]
        for line_no, row in enumerate(rows, start=1):
            row.line_no = line_no
        return rows


def credit_shares(sales_return: SalesReturn) -> list[CreditShare]:
    """The credit notes that a return needs; none when nothing of it was invoiced.

    One invoice takes it all where it can: that of the return, else the newest that has the goods and enough money
    left. Otherwise each line goes to the invoices it stands on, charges to theirs, and money that an invoice has no
    more room for to the others; if there is no room at all, issuing the note tells by how much.
    """
    parts = _parts(sales_return)
    if not parts:
        return []
    if sales_return.invoice is not None:
        return [CreditShare(sales_return.invoice, parts, sales_return.rounding)]
    invoices = _invoices(sales_return)
    if not invoices:
        return [CreditShare(None, parts, sales_return.rounding)]
    room = {invoice.pk: creditable_amount(invoice) for invoice in invoices}
    goods = _open_goods(invoices)
    whole = _one_for_all(invoices, parts, room, goods, sales_return.rounding)
    if whole is not None:
        return [CreditShare(whole, parts, sales_return.rounding)]
    shares = _split(invoices, parts, room, goods, sales_return)
    return [share for share in shares if share.parts]


def _parts(sales_return: SalesReturn) -> list[Part]:
    parts = []
    for row in sales_return.lines.all():
        net, tax = waived_share(row, sales_return.currency)
        if row.quantity > row.waived_qty:
            parts.append(Part(row, row.quantity - row.waived_qty, row.net_amount - net, row.tax_amount - tax))
    charges = sales_return.charges.all()
    return parts + [Part(charge, ZERO, charge.net_amount, charge.tax_amount) for charge in charges]


def _invoices(sales_return: SalesReturn) -> list[SalesInvoice]:
    """Issued invoices of the order, newest first."""
    if sales_return.order is None:
        return []
    rows = sales_return.order.invoices.filter(kind=InvoiceKind.INVOICE, state__in=ISSUED_STATES)
    return list(rows.order_by("-id"))


def _open_goods(invoices: Sequence[SalesInvoice]) -> dict[tuple[int, int], Decimal]:
    """(invoice, order line) -> quantity invoiced and not credited yet."""
    keys = [invoice.pk for invoice in invoices]
    sold = SalesInvoiceLine.objects.filter(invoice__in=keys, order_line__isnull=False).order_by()
    found: dict[tuple[int, int], Decimal] = {}
    for invoice, line, total in sold.values_list("invoice", "order_line").annotate(total=Sum("quantity")):
        found[invoice, line] = as_quantity(total)
    credited = (
        SalesInvoiceLine.objects.filter(invoice__original_invoice__in=keys, order_line__isnull=False)
        .exclude(invoice__state=InvoiceState.CANCELLED)
        .order_by()
    )
    rows = credited.values_list("invoice__original_invoice", "order_line").annotate(total=Sum("quantity"))
    for invoice, line, total in rows:
        found[invoice, line] = found.get((invoice, line), ZERO) - as_quantity(total)
    return found


def _one_for_all(
    invoices: Sequence[SalesInvoice],
    parts: Sequence[Part],
    room: Mapping[int, Decimal],
    goods: Mapping[tuple[int, int], Decimal],
    rounding: Decimal,
) -> SalesInvoice | None:
    if len(invoices) == 1:
        return invoices[0]
    total = sum((part.gross for part in parts), rounding)
    wanted: dict[int, Decimal] = {}
    for part in parts:
        line = _order_line(part)
        if line is not None:
            wanted[line] = wanted.get(line, ZERO) + part.quantity
    for invoice in invoices:
        has_goods = all(goods.get((invoice.pk, line), ZERO) >= quantity for line, quantity in wanted.items())
        if has_goods and room[invoice.pk] >= total:
            return invoice
    return None


def _split(
    invoices: Sequence[SalesInvoice],
    parts: Iterable[Part],
    room: Mapping[int, Decimal],
    goods: dict[tuple[int, int], Decimal],
    sales_return: SalesReturn,
) -> list[CreditShare]:
    shares = {invoice.pk: CreditShare(invoice) for invoice in invoices}
    roomiest = max(invoices, key=lambda invoice: room[invoice.pk])
    charged = _charged_on(invoices)
    for part in parts:
        line = _order_line(part)
        if line is None:
            row = part.row
            home = charged.get(row.external_line_id) if isinstance(row, DocumentCharge) else None
            shares[home or roomiest.pk].parts.append(part)
            continue
        for key, piece in _by_invoice(part, line, invoices, goods, roomiest, sales_return.currency):
            shares[key].parts.append(piece)
    shares[roomiest.pk].rounding = sales_return.rounding
    _level(list(shares.values()), room, sales_return.currency)
    return list(shares.values())


def _by_invoice(
    part: Part,
    line: int,
    invoices: Sequence[SalesInvoice],
    goods: dict[tuple[int, int], Decimal],
    roomiest: SalesInvoice,
    currency: str,
) -> list[tuple[int, Part]]:
    """The part cut along the invoices that bear its goods; amounts in proportion, the last piece takes the rest."""
    quantities: dict[int, Decimal] = {}
    left = part.quantity
    for invoice in invoices:
        piece = min(left, max(ZERO, goods.get((invoice.pk, line), ZERO)))
        if piece > 0:
            quantities[invoice.pk] = piece
            goods[invoice.pk, line] -= piece
            left -= piece
    if left:
        quantities[roomiest.pk] = quantities.get(roomiest.pk, ZERO) + left
    pieces = []
    net, tax, rest = part.net, part.tax, part.quantity
    for key, quantity in quantities.items():
        share = (net, tax)
        if quantity != rest:
            share = (
                round_money(net * quantity / rest, currency),
                round_money(tax * quantity / rest, currency),
            )
        pieces.append((key, Part(part.row, quantity, *share)))
        net, tax, rest = net - share[0], tax - share[1], rest - quantity
    return pieces


def _charged_on(invoices: Sequence[SalesInvoice]) -> dict[str, int]:
    """Shop's id of a charge -> the invoice that bears it."""
    rows = DocumentCharge.objects.filter(invoice__in=invoices).exclude(external_line_id="")
    return dict(rows.values_list("external_line_id", "invoice"))


def _level(shares: Sequence[CreditShare], room: Mapping[int, Decimal], currency: str) -> None:
    """Money beyond what an invoice has left moves to those with room, as a charge; the goods stay on their note."""
    spare = {share.invoice.pk: room[share.invoice.pk] - share.total for share in shares if share.invoice}
    for share in shares:
        assert share.invoice is not None  # made of invoices
        for part in sorted(share.parts, key=lambda entry: -entry.gross):
            for other in shares:
                assert other.invoice is not None
                over = -spare[share.invoice.pk]
                amount = min(over, part.gross, max(ZERO, spare[other.invoice.pk]))
                if over <= 0 or amount <= 0:
                    continue
                other.parts.append(_cut_off(part, amount, currency))
                spare[share.invoice.pk] += amount
                spare[other.invoice.pk] -= amount


def _cut_off(part: Part, amount: Decimal, currency: str) -> Part:
    tax = round_money(amount * part.tax / part.gross, currency) if part.tax else ZERO
    tax = min(tax, part.tax)
    piece = Part(part.row, ZERO, amount - tax, tax)
    part.net -= piece.net
    part.tax -= piece.tax
    return piece


def _order_line(part: Part) -> int | None:
    return part.row.order_line_id if isinstance(part.row, SalesReturnLine) else None


def _line(part: Part, currency: str) -> SalesInvoiceLine:
    row = SalesInvoiceLine(**{name: getattr(part.row, name) for name in LINE_COPY})
    if (row.quantity, row.net_amount, row.tax_amount) != (part.quantity, part.net, part.tax):
        row.quantity = part.quantity
        row.net_amount = row.subtotal_net = part.net
        row.tax_amount, row.gross_amount = part.tax, part.gross
        row.tax_parts = share_parts(part.row.tax_parts, part.tax, currency)
        row.discount_amount = row.discount_percent = ZERO
    return row


def _charge(part: Part, currency: str) -> DocumentCharge:
    row = part.row
    parts = share_parts(row.tax_parts, part.tax, currency)
    if isinstance(row, SalesReturnLine):
        return DocumentCharge(
            kind=ChargeKind.REFUND,
            description=row.description,
            tax_code=row.tax_code,
            tax_rate=row.tax_rate,
            external_line_id=row.external_line_id,
            net_amount=part.net,
            tax_amount=part.tax,
            gross_amount=part.gross,
            tax_parts=parts,
        )
    copy = DocumentCharge(**{name: getattr(row, name) for name in CHARGE_COPY})
    copy.net_amount, copy.tax_amount, copy.gross_amount = part.net, part.tax, part.gross
    copy.tax_parts = parts
    return copy
