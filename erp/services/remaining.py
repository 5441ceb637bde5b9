"""What of an order stands on no live invoice yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from ecomsync.common.money import ZERO, round_money
from erp.errors import QuantityExceeded
from erp.models import (
    DocumentCharge,
    InvoiceKind,
    SalesInvoice,
    SalesInvoiceLine,
    SalesOrder,
    SalesOrderLine,
)
from erp.models.columns import as_amount, as_quantity, plain
from erp.services.order_parts import OrderParts
from erp.services.tax_parts import share_parts
from erp.services.waived import waived_amounts
from erp.states import InvoiceState

#: Amounts of a line that are shared out between partial invoices.
SHARED = ("subtotal_net", "discount_amount", "net_amount", "tax_amount")


@dataclass(slots=True)
class EarlierInvoices:
    """What the live invoices of an order bear together. lines: order line id -> sums; charges: ids of the origins."""

    discount_net: Decimal = ZERO
    discount_tax: Decimal = ZERO
    rounding: Decimal = ZERO
    lines: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    charges: set[int] = field(default_factory=set)


def earlier_invoices(orders: Sequence[SalesOrder]) -> dict[int, EarlierInvoices]:
    """Order id -> what is invoiced; orders without a live invoice are left out. One statement when there is none."""
    live = SalesInvoice.objects.filter(
        order__in=[order.pk for order in orders], kind=InvoiceKind.INVOICE
    ).exclude(state=InvoiceState.CANCELLED)
    found: dict[int, EarlierInvoices] = {}
    order_of: dict[int, int] = {}
    for pk, order_id, net, tax, rounding in live.values_list(
        "pk", "order_id", "discount_net", "discount_tax", "rounding"
    ):
        order_of[pk] = order_id or 0
        entry = found.setdefault(order_of[pk], EarlierInvoices())
        entry.discount_net += net
        entry.discount_tax += tax
        entry.rounding += rounding
    if not found:
        return found
    sums = {f"total_{name}": Sum(name) for name in SHARED}
    lines = SalesInvoiceLine.objects.filter(invoice__in=order_of, order_line__isnull=False).order_by()
    for row in lines.values("order_line", "invoice__order").annotate(total_quantity=Sum("quantity"), **sums):
        found[row["invoice__order"]].lines[row["order_line"]] = row
    charges = DocumentCharge.objects.filter(invoice__in=order_of, origin__isnull=False)
    for invoice_id, origin_id in charges.values_list("invoice_id", "origin_id"):
        found[order_of[invoice_id or 0]].charges.add(origin_id or 0)
    return found


class Remaining:
    """What of an order stands on no live invoice yet: quantities, amounts, discount, charges."""

    def __init__(self, parts: OrderParts, earlier: EarlierInvoices) -> None:
        order = parts.order
        self.order = order
        self.lines = parts.lines
        self._charges = parts.charges
        self._earlier = earlier
        self._waived = waived_amounts(order) if any(line.waived_qty for line in parts.lines) else {}
        self.discount_net = order.discount_net - earlier.discount_net
        self.discount_tax = order.discount_tax - earlier.discount_tax
        self.rounding = order.rounding - earlier.rounding

    def quantity(self, line: SalesOrderLine) -> Decimal:
        used = self._earlier.lines.get(line.pk)
        whole = line.quantity - line.waived_qty
        return whole - as_quantity(used["total_quantity"]) if used else whole

    def amount(self, line: SalesOrderLine, name: str) -> Decimal:
        used = self._earlier.lines.get(line.pk)
        whole: Decimal = getattr(line, name) - self._waived.get(line.pk, {}).get(name, ZERO)
        return whole - as_amount(used[f"total_{name}"]) if used else whole

    def wanted(self, quantities: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
        """Order line id -> what the next invoice bears. Raises QuantityExceeded."""
        still_open = {line.pk: self.quantity(line) for line in self.lines}
        if quantities is None:
            return {pk: value for pk, value in still_open.items() if value > 0}
        wanted = {pk: as_quantity(value) for pk, value in quantities.items() if value > 0}
        for pk, value in wanted.items():
            if value > still_open.get(pk, ZERO):
                raise QuantityExceeded(
                    f"Order {self.order}, line {pk}: {plain(value)} asked, "
                    f"{plain(still_open.get(pk, ZERO))} open to invoice.",
                    item=str(self.order),
                )
        return wanted

    def is_last(self, wanted: Mapping[int, Decimal]) -> bool:
        """Whether nothing is left after an invoice over these quantities."""
        return all(self.quantity(line) == wanted.get(line.pk, ZERO) for line in self.lines)

    def invoice_line(self, line: SalesOrderLine, quantity: Decimal) -> SalesInvoiceLine:
        """The line of the next invoice, with the whole rest or a rounded share of it."""
        whole = self.quantity(line)
        share = {name: self.amount(line, name) for name in SHARED}
        if quantity != whole:
            share = {
                name: round_money(amount * quantity / whole, self.order.currency)
                for name, amount in share.items()
            }
        return SalesInvoiceLine(
            order_line=line,
            line_no=line.line_no,
            item=line.item,
            description=line.description,
            quantity=quantity,
            unit_id=line.unit_id,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            tax_code=line.tax_code,
            tax_rate=line.tax_rate,
            tax_parts=share_parts(line.tax_parts, share["tax_amount"], self.order.currency),
            gross_amount=share["net_amount"] + share["tax_amount"],
            external_line_id=line.external_line_id,
            **share,
        )

    def open_charges(self) -> list[DocumentCharge]:
        """Charges that stand on no invoice yet."""
        return [charge for charge in self._charges if charge.pk not in self._earlier.charges]

    def share_header(
        self, invoice: SalesInvoice, lines: Sequence[SalesInvoiceLine], *, is_last: bool
    ) -> None:
        """The part of header discount and rounding that this invoice bears."""
        if is_last:
            invoice.discount_net, invoice.discount_tax = self.discount_net, self.discount_tax
            invoice.rounding = self.rounding
            self._share_discount_parts(invoice)
            return
        basis = sum((self.amount(line, "net_amount") for line in self.lines), ZERO)
        share = sum((line.net_amount for line in lines), ZERO) / basis if basis else ZERO
        invoice.discount_net = round_money(self.discount_net * share, self.order.currency)
        invoice.discount_tax = round_money(self.discount_tax * share, self.order.currency)
        self._share_discount_parts(invoice)

    def _share_discount_parts(self, invoice: SalesInvoice) -> None:
        invoice.discount_tax_parts = share_parts(
            self.order.discount_tax_parts, invoice.discount_tax, self.order.currency, least=1
        )
