"""All documents of an order together: what they ask for, and the proof over their sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.db.models import QuerySet

from ecomsync.common.money import ZERO
from erp.models import SalesOrder, SalesReturn
from erp.states import ReturnState
from orders.services.figures import DISCOUNTS, RATE, Figures, Placements, document_figures, shop_figures
from orders.services.plan import OrderPlan
from orders.services.saved_documents import SavedDocument, SavedRow, charge_component, rate_name, read_saved
from orders.services.totals import ProofRow, compare

#: Between the shop's id of an order and the running number in the number of a return that an edit made.
EDIT_MARK = ":edit:"


def edit_returns(sales_order: SalesOrder) -> QuerySet[SalesReturn]:
    """Returns of what the shop took out of an order after it was posted; refunds of the shop are others."""
    found = sales_order.sales_returns.filter(external_number__contains=EDIT_MARK)
    return found.exclude(state=ReturnState.REJECTED).order_by("id")


def chain_figures(sales_order: SalesOrder, placements: Placements | None = None) -> Figures:
    """The components of the sales order less those of its returns by edits, as saved."""
    document = read_saved([sales_order.pk])[sales_order.pk]
    for sales_return in edit_returns(sales_order).prefetch_related("lines", "charges"):
        _take_off(document, sales_return)
    return document_figures(document, placements)


def _take_off(document: SavedDocument, sales_return: SalesReturn) -> None:
    """A return counts as rows with the opposite sign."""
    document.tax_total -= sales_return.tax_total
    document.grand_total -= sales_return.grand_total
    for row in sales_return.lines.all():
        rates = {rate_name(row.tax_rate): -row.tax_amount} if row.tax_amount else {}
        net = -row.net_amount
        document.lines.append(SavedRow(net, -row.tax_amount, rates, subtotal=net))
    for charge in sales_return.charges.all():
        rates = {rate_name(charge.tax_rate): -charge.tax_amount} if charge.tax_amount else {}
        component = charge_component(charge.kind)
        document.charges.append(SavedRow(-charge.net_amount, -charge.tax_amount, rates, component=component))


def prove_chain(plan: OrderPlan, sales_order: SalesOrder) -> list[ProofRow]:
    """Compare the shop with all documents of the order.

    What was corrected bears its money after discounts and at one rate a row: goods before discounts, discounts and
    taxes per rate are then explained by goods after discounts and the tax in total being equal.
    """
    figures = chain_figures(sales_order, plan.placements)
    rows = compare(plan.remote, shop_figures(plan.remote), figures, own_rounding=plan.own_rounding)
    if not (sales_order.revisions.exists() or edit_returns(sales_order).exists()):
        return rows
    equal = {row.component for row in rows if row.ok}
    return [_explained(row, equal) for row in rows]


def _explained(row: ProofRow, equal: set[str]) -> ProofRow:
    bound = "tax_total" if row.component.startswith(RATE) else "goods_net"
    corrected = row.component.startswith(RATE) or row.component in ("goods", *DISCOUNTS)
    if row.ok or not corrected or bound not in equal:
        return row
    return replace(row, explained="corrected", cause="")


def owed_by(sales_order: SalesOrder) -> Decimal:
    """What the buyer owes for the order: its total less what edits took off."""
    returned: Sequence[Decimal] = list(edit_returns(sales_order).values_list("grand_total", flat=True))
    return sales_order.grand_total - sum(returned, ZERO)
