"""Sales orders and invoices as the database holds them, many at once, for the proof of totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ecomsync.common.money import ZERO
from erp.models import DocumentCharge, SalesInvoice, SalesInvoiceLine, SalesOrder, SalesOrderLine
from erp.models.columns import as_quantity
from erp.models.sales import ChargeKind as ErpChargeKind
from erp.services.tax_parts import parts_of

#: Tax by the name of its rate.
RateSum = dict[str, Decimal]

_CHARGE_OF: Mapping[str, str] = {
    ErpChargeKind.SHIPPING: "shipping",
    ErpChargeKind.DISCOUNT: "discount",
    ErpChargeKind.ROUNDING: "rounding",
    ErpChargeKind.TIP: "tips",
    ErpChargeKind.DUTY: "duties",
}


def charge_component(kind: str) -> str:
    """The row of the proof that a charge of a document counts in."""
    return _CHARGE_OF.get(kind, "fees")


def rate_name(rate: Decimal | None) -> str:
    """How a rate is written in a component's name: '15', '7.7', '' when it is not told."""
    return "" if rate is None else f"{as_quantity(rate).normalize():f}"


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A line (subtotal and discount) or a charge (component) of a document, its tax per rate name."""

    net: Decimal
    tax: Decimal
    rates: Mapping[str, Decimal]
    subtotal: Decimal = ZERO
    discount: Decimal = ZERO
    component: str = ""


@dataclass(slots=True)
class SavedDocument:
    """A sales order or invoice as the database holds it; the totals stand as they are stored."""

    discount_net: Decimal
    discount_tax: Decimal
    rounding: Decimal
    tax_total: Decimal
    grand_total: Decimal
    discount_rates: Mapping[str, Decimal] = field(default_factory=dict)
    lines: list[SavedRow] = field(default_factory=list)
    charges: list[SavedRow] = field(default_factory=list)


def read_saved(sales_orders: Iterable[int]) -> dict[int, SavedDocument]:
    """Sales orders as they were saved, by id: three statements for any number of them."""
    return _read(sales_orders, SalesOrder, SalesOrderLine, "order_id", "sales_order_id")


def read_saved_invoices(invoices: Iterable[int]) -> dict[int, SavedDocument]:
    """Invoices as they were saved, by id."""
    return _read(invoices, SalesInvoice, SalesInvoiceLine, "invoice_id", "invoice_id")


def _read(
    ids: Iterable[int],
    document: type[SalesOrder | SalesInvoice],
    line: type[SalesOrderLine | SalesInvoiceLine],
    line_key: str,
    charge_key: str,
) -> dict[int, SavedDocument]:
    wanted = list(ids)
    header = ("discount_net", "discount_tax", "rounding", "tax_total", "grand_total", "discount_tax_parts")
    found = {
        pk: SavedDocument(net, tax, rounding, taxes, grand, _stored_rates(parts, None, tax))
        for pk, net, tax, rounding, taxes, grand, parts in document._default_manager.filter(
            pk__in=wanted
        ).values_list("pk", *header)
    }
    amounts = ("net_amount", "tax_amount", "tax_parts", "tax_rate")
    lines = line._default_manager.filter(**{f"{line_key}__in": wanted}).order_by()
    for key, net, tax, parts, rate, subtotal, discount in lines.values_list(
        line_key, *amounts, "subtotal_net", "discount_amount"
    ):
        found[key].lines.append(SavedRow(net, tax, _stored_rates(parts, rate, tax), subtotal, discount))
    charges = DocumentCharge.objects.filter(**{f"{charge_key}__in": wanted}).order_by()
    for key, net, tax, parts, rate, kind in charges.values_list(charge_key, *amounts, "kind"):
        component = charge_component(kind)
        found[key].charges.append(SavedRow(net, tax, _stored_rates(parts, rate, tax), component=component))
    return found


def _stored_rates(parts: list[dict[str, str]], rate: Decimal | None, tax: Decimal) -> RateSum:
    if not parts:
        return {rate_name(rate): tax} if tax or rate is not None else {}
    found: RateSum = {}
    for part in parts_of(parts):
        name = rate_name(part.rate)
        found[name] = found.get(name, ZERO) + part.amount
    return found
