"""What the documents of a return will say: the shop's own amounts, each at its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO, allocate, currency_quantum, round_money
from erp.inputs import ChargeInput, ReturnLineInput, TaxPart
from erp.models import DocumentCharge, SalesOrder, SalesOrderLine, Warehouse
from erp.models.columns import plain
from erp.models.sales import ChargeKind as ErpChargeKind
from erp.services.tax_parts import parts_of, share_parts
from orders.models import ReturnOrder, ReturnOrderLine
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.shares import Shares, add, as_parts, code_and_rate, scale, shares_of
from platforms.types import RemoteTax
from sites.choices import RestockPolicy, TotalDifferencePolicy
from sites.models import Site


@dataclass(frozen=True, slots=True)
class ReturnChoices:
    """What staff decide for one return; None and False leave it to the site.

    keep_difference: what the shop held back of the lines' amounts is a fee that it keeps.
    """

    restock: bool | None = None
    warehouse: Warehouse | None = None
    keep_difference: bool = False


@dataclass(slots=True)
class ReturnPlan:
    """Lines are goods with a quantity; everything else is a charge. All positive, but for a fee that is kept."""

    lines: list[ReturnLineInput] = field(default_factory=list)
    charges: list[ChargeInput] = field(default_factory=list)
    rounding: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        lines = sum((line.net_amount + line.tax_amount for line in self.lines), ZERO)
        return lines + sum((row.net_amount + row.tax_amount for row in self.charges), ZERO) + self.rounding


def plan_return(
    row: ReturnOrder, sales_order: SalesOrder, context: ImportContext, choices: ReturnChoices
) -> ReturnPlan:
    """Map every row of the refund. Raises PermanentError with the reason why it waits."""
    plan = ReturnPlan()
    sold = {
        line.external_line_id: line for line in sales_order.lines.select_related("item", "unit", "warehouse")
    }
    charged = {row.external_line_id: row for row in sales_order.charges.select_related("service_item")}
    entries = list(row.lines.select_related("item"))
    currency = sales_order.currency
    for entry in entries:
        if entry.kind == "line" and entry.quantity > 0:
            plan.lines.append(_goods(entry, sold.get(entry.order_line_id), context, choices, currency))
        elif entry.net or entry.tax:
            plan.charges.append(
                _charge(
                    entry, sold.get(entry.order_line_id), charged.get(entry.order_line_id), context, currency
                )
            )
    _place_rest(plan, row, sales_order, context, choices, rows=len(entries))
    return plan


def restocks(row: ReturnOrder, context: ImportContext, choices: ReturnChoices) -> bool:
    """Whether returned goods go back to stock. A shop that does not say has not restocked."""
    if choices.restock is not None:
        return choices.restock
    policy = context.site.restock_policy
    return policy == RestockPolicy.ALWAYS or (policy == RestockPolicy.AS_SHOP and bool(row.restock))


def wants_historic_orders(site: Site) -> bool:
    """Whether the site fetches orders of returns that it never imported."""
    return bool(site.create_invoice_for_returns_if_invoice_not_found and site.capabilities.read_orders)


def _goods(
    entry: ReturnOrderLine,
    sold: SalesOrderLine | None,
    context: ImportContext,
    choices: ReturnChoices,
    currency: str,
) -> ReturnLineInput:
    item = sold.item if sold else entry.item
    if item is None:
        raise PermanentError(
            f"'{entry.sku or entry.name}' is not linked to an item.",
            code=HoldCode.UNKNOWN_SKU,
            item=entry.sku,
        )
    tax = tax_of_row(entry, sold, currency)
    return ReturnLineInput(
        order_line=sold,
        item=item,
        quantity=entry.quantity,
        net_amount=entry.net,
        tax_amount=entry.tax,
        restock_warehouse=choices.warehouse or context.site.restock_warehouse,
        external_line_id=entry.order_line_id,
        description=entry.name[:500],
        tax_code=tax.code,
        tax_rate=tax.rate,
        tax_parts=tax.parts,
    )


def _charge(
    entry: ReturnOrderLine,
    sold: SalesOrderLine | None,
    charged: DocumentCharge | None,
    context: ImportContext,
    currency: str,
) -> ChargeInput:
    """Shipping, a fee, or money back for a line without goods; tax code and item as it was sold."""
    tax = tax_of_row(entry, sold or charged, currency)
    kind, item = ErpChargeKind.REFUND, None
    if entry.kind == "shipping":
        kind, item = ErpChargeKind.SHIPPING, context.site.refund_shipping_item
    elif entry.kind == "fee":
        kind, item = ErpChargeKind.FEE, None if charged else context.site.fee_item
    return ChargeInput(
        kind=str(kind),
        description=entry.name[:500] or str(kind.label),
        net_amount=entry.net,
        tax_amount=entry.tax,
        service_item=item or (charged.service_item if charged else None),
        external_line_id=entry.order_line_id,
        tax_code=tax.code,
        tax_rate=tax.rate,
        tax_parts=tax.parts,
    )


def told_taxes(entry: ReturnOrderLine) -> list[RemoteTax]:
    """The tax per rate as the shop told it of a row; empty when it did not."""
    return [
        RemoteTax("", str(tax["name"]), Decimal(tax["rate"]) if tax["rate"] else None, Decimal(tax["amount"]))
        for tax in entry.taxes
    ]


@dataclass(frozen=True, slots=True)
class RowTax:
    """Code, rate and the parts per rate of a returned row: as the shop tells them, else as it was sold."""

    code: str
    rate: Decimal | None
    parts: Sequence[TaxPart]


def tax_of_row(
    entry: ReturnOrderLine, source: SalesOrderLine | DocumentCharge | None, currency: str
) -> RowTax:
    told = told_taxes(entry)
    code, rate = code_and_rate(told)
    parts: Sequence[TaxPart] = as_parts(shares_of(told, entry.tax, currency)) if told else ()
    if source is None:
        return RowTax(code, rate, parts)
    if not told and source.tax_parts:
        parts = parts_of(share_parts(source.tax_parts, entry.tax, currency))
    return RowTax(source.tax_code or code, rate if rate is not None else source.tax_rate, parts)


# ---------------------------------------------------------------- what no line explains


def _place_rest(
    plan: ReturnPlan,
    row: ReturnOrder,
    sales_order: SalesOrder,
    context: ImportContext,
    choices: ReturnChoices,
    *,
    rows: int,
) -> None:
    """The refund's total less its lines: rounding, an amount without goods, or a fee that the shop kept."""
    rest = row.total - plan.total
    if not rest:
        return
    if rows and abs(rest) <= currency_quantum(row.currency or sales_order.currency) * rows:
        plan.rounding = rest  # the shop rounded once over all rows
    elif rows and _is_tolerated(rest, context):
        _round(plan, rest, context)
    elif rest > 0:
        plan.charges += _amounts(row, rest, sales_order)
    elif choices.keep_difference:
        plan.charges.append(_kept(rest, plan, row, context))
    else:
        raise PermanentError(
            f"The lines of the refund are {plain(plan.total)}, the shop gave back {plain(row.total)} "
            f"({rest.normalize():+f}).",
            code=HoldCode.REFUND_BELOW_LINES,
        )


def _is_tolerated(rest: Decimal, context: ImportContext) -> bool:
    site = context.site
    return (
        site.total_difference_policy == TotalDifferencePolicy.ROUNDING and abs(rest) <= site.total_tolerance
    )


def _round(plan: ReturnPlan, rest: Decimal, context: ImportContext) -> None:
    item = context.site.rounding_item
    if item is None:
        plan.rounding = rest
    else:
        label = str(ErpChargeKind.ROUNDING.label)
        plan.charges.append(ChargeInput(str(ErpChargeKind.ROUNDING), label, rest, ZERO, service_item=item))


def _amounts(row: ReturnOrder, gross: Decimal, sales_order: SalesOrder) -> list[ChargeInput]:
    """An amount without goods: split over the rates of the order in the proportion of what was sold at each."""
    groups = _sold_by_rate(sales_order)
    parts = allocate(gross, [max(ZERO, group.net + group.tax) for group in groups], sales_order.currency)
    charges = []
    for group, part in zip(groups, parts, strict=True):
        whole = group.net + group.tax
        tax = round_money(part * group.tax / whole, sales_order.currency) if whole > 0 else ZERO
        if part:
            charges.append(_amount(row, part, tax, group, sales_order.currency))
    return charges


@dataclass(slots=True)
class _Sold:
    """What an order sold at one code and rate (several rates of one row count together)."""

    code: str
    rate: Decimal | None
    net: Decimal = ZERO
    tax: Decimal = ZERO
    shares: Shares = field(default_factory=dict)


def _sold_by_rate(sales_order: SalesOrder) -> list[_Sold]:
    """The rates of an order; the discount of the whole order is taken off in proportion. At least one."""
    groups: dict[tuple[str, Decimal | None], _Sold] = {}
    rows: list[SalesOrderLine | DocumentCharge] = [*sales_order.lines.all(), *sales_order.charges.all()]
    for row in rows:
        group = groups.setdefault((row.tax_code, row.tax_rate), _Sold(row.tax_code, row.tax_rate))
        group.net += row.net_amount
        group.tax += row.tax_amount
        add(group.shares, {(part.code, part.rate): part.amount for part in parts_of(row.tax_parts)})
    found = list(groups.values()) or [_Sold("", None)]
    nets = allocate(sales_order.discount_net, [group.net for group in found], sales_order.currency)
    taxes = allocate(sales_order.discount_tax, [group.tax for group in found], sales_order.currency)
    for group, net, tax in zip(found, nets, taxes, strict=True):
        group.net -= net
        group.tax -= tax
    return found


def _amount(row: ReturnOrder, gross: Decimal, tax: Decimal, group: _Sold, currency: str) -> ChargeInput:
    return ChargeInput(
        kind=str(ErpChargeKind.REFUND),
        description=row.reason[:500] or str(ErpChargeKind.REFUND.label),
        net_amount=gross - tax,
        tax_amount=tax,
        tax_code=group.code,
        tax_rate=group.rate,
        tax_parts=as_parts(scale(group.shares, tax, currency)) if group.shares else (),
    )


def _kept(rest: Decimal, plan: ReturnPlan, row: ReturnOrder, context: ImportContext) -> ChargeInput:
    """A fee that the shop held back: taken off the credit, its tax in the proportion of the lines."""
    tax_total = sum((line.tax_amount for line in plan.lines), ZERO) + sum(
        (charge.tax_amount for charge in plan.charges), ZERO
    )
    tax = round_money(rest * tax_total / plan.total, row.currency) if plan.total else ZERO
    first = plan.lines[0] if plan.lines else None
    return ChargeInput(
        kind=str(ErpChargeKind.FEE),
        description=str(_("Kept by the shop")),
        net_amount=rest - tax,
        tax_amount=tax,
        service_item=context.site.fee_item,
        tax_code=first.tax_code if first else "",
        tax_rate=first.tax_rate if first else None,
    )
