"""The proof of totals: each component of the shop against the documents as saved, to the cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from ecomsync.common.money import ZERO, currency_quantum
from erp.models import DocumentCharge, SalesOrder, SalesOrderLine
from erp.models.sales import ChargeKind as ErpChargeKind
from orders.reasons import HoldCode
from orders.services.plan import OrderPlan, PlannedCharge, PlannedLine
from platforms.types import RemoteOrder
from sites.choices import TotalDifferencePolicy
from sites.models import Site

#: The rows of the proof, in the order they are shown.
COMPONENTS = (
    "goods",
    "discounts",
    "goods_net",
    "goods_tax",
    "shipping",
    "shipping_tax",
    "fees",
    "fees_tax",
    "rounding",
    "tax_total",
    "grand_total",
)
#: What the shop computes by rounding once over all rows, so that a cent per row is rounding and no fault.
_ROUNDED_BY_SHOP = ("discounts", "shipping_tax", "goods_tax")

Figures = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One component on both sides. `explained` tells why a difference is none."""

    component: str
    shop: Decimal
    erp: Decimal
    explained: str = ""

    @property
    def difference(self) -> Decimal:
        return self.erp - self.shop

    @property
    def ok(self) -> bool:
        return not self.difference or bool(self.explained)

    def as_json(self) -> dict[str, Any]:
        return {
            "component": self.component,
            "shop": str(self.shop),
            "erp": str(self.erp),
            "difference": str(self.difference),
            "ok": self.ok,
            "explained": self.explained,
        }


def shop_figures(remote: RemoteOrder) -> dict[str, Decimal]:
    """The components as the shop's own totals give them.

    Negative fees are discounts, and discounts that the shop keeps beside the lines are taken off the goods, so
    that the figures do not depend on where the documents carry a discount.
    """
    totals = remote.totals
    given_back = [
        charge for charge in remote.charges if is_discount(charge.net, charge.tax, charge.kind.value)
    ]
    moved_net = sum((charge.net for charge in given_back), ZERO)
    moved_tax = sum((charge.tax for charge in given_back), ZERO)
    beside = [entry for entry in remote.discounts if not entry.in_lines]
    beside_net = sum((entry.net for entry in beside), ZERO)
    fees_tax = totals.fees_tax - moved_tax
    goods_net = totals.lines_net - beside_net + moved_net
    rows_tax = sum((line.tax for line in remote.lines), ZERO) + sum(
        (charge.tax for charge in remote.charges), ZERO
    )
    rows_tax -= sum((entry.tax for entry in beside), ZERO)
    # Rounding of the tax is in the shop's tax total already.
    rounding = ZERO if totals.tax_total - rows_tax == totals.rounding else totals.rounding
    return {
        "goods": sum((line.subtotal_net for line in remote.lines), ZERO),
        "discounts": totals.discount_net - moved_net,
        "goods_net": goods_net,
        "goods_tax": totals.tax_total - totals.shipping_tax - fees_tax,
        "shipping": totals.shipping_net,
        "shipping_tax": totals.shipping_tax,
        "fees": totals.fees_net - moved_net,
        "fees_tax": fees_tax,
        "rounding": rounding,
        "tax_total": totals.tax_total,
        "grand_total": totals.grand_total,
    }


def is_discount(net: Decimal, tax: Decimal, kind: str) -> bool:
    """A fee that gives money back is a discount of the whole order."""
    return kind != "shipping" and net + tax < 0


def planned_figures(plan: OrderPlan) -> dict[str, Decimal]:
    """The components as the documents will have them."""
    charges = [(charge.component, charge.net, charge.tax) for charge in plan.charges]
    lines = [(line.subtotal_net, line.subtotal_net - line.net, line.net, line.tax) for line in plan.lines]
    return _figures(lines, charges, plan.header_discount_net, plan.header_discount_tax, plan.rounding)


def saved_figures(sales_order: SalesOrder) -> dict[str, Decimal]:
    """The components of a sales order, read anew from the database; its stored totals stand as they are."""
    header = SalesOrder.objects.values_list(
        "discount_net", "discount_tax", "rounding", "tax_total", "grand_total"
    )
    discount_net, discount_tax, rounding, tax_total, grand_total = header.get(pk=sales_order.pk)
    lines = SalesOrderLine.objects.filter(order=sales_order).values_list(
        "subtotal_net", "discount_amount", "net_amount", "tax_amount"
    )
    rows = DocumentCharge.objects.filter(Q(sales_order=sales_order)).values_list(
        "kind", "net_amount", "tax_amount"
    )
    charges = [(_component_of(kind), net, tax) for kind, net, tax in rows]
    figures = _figures(list(lines), charges, discount_net, discount_tax, rounding)
    return {**figures, "tax_total": tax_total, "grand_total": grand_total}


def _component_of(kind: str) -> str:
    known = {
        ErpChargeKind.SHIPPING: "shipping",
        ErpChargeKind.DISCOUNT: "discount",
        ErpChargeKind.ROUNDING: "rounding",
    }
    return {str(key): value for key, value in known.items()}.get(kind, "fee")


def _figures(
    lines: Sequence[tuple[Decimal, Decimal, Decimal, Decimal]],
    charges: Sequence[tuple[str, Decimal, Decimal]],
    discount_net: Decimal,
    discount_tax: Decimal,
    rounding: Decimal,
) -> dict[str, Decimal]:
    def charged(component: str) -> tuple[Decimal, Decimal]:
        found = [(net, tax) for name, net, tax in charges if name == component]
        return sum((net for net, _ in found), ZERO), sum((tax for _, tax in found), ZERO)

    shipping, shipping_tax = charged("shipping")
    fees, fees_tax = charged("fee")
    item_net, item_tax = charged("discount")
    rounding_net, rounding_tax = charged("rounding")
    goods_net = sum((net for _, _, net, _ in lines), ZERO) - discount_net + item_net
    goods_tax = sum((tax for _, _, _, tax in lines), ZERO) - discount_tax + item_tax
    tax_total = goods_tax + shipping_tax + fees_tax + rounding_tax
    all_rounding = rounding + rounding_net + rounding_tax
    return {
        "goods": sum((subtotal for subtotal, _, _, _ in lines), ZERO),
        "discounts": sum((discount for _, discount, _, _ in lines), ZERO) + discount_net - item_net,
        "goods_net": goods_net,
        "goods_tax": goods_tax,
        "shipping": shipping,
        "shipping_tax": shipping_tax,
        "fees": fees,
        "fees_tax": fees_tax,
        "rounding": all_rounding,
        "tax_total": tax_total,
        "grand_total": goods_net + shipping + fees + goods_tax + shipping_tax + fees_tax + all_rounding,
    }


def compare(
    remote: RemoteOrder, shop: Figures, erp: Figures, *, own_rounding: Decimal = ZERO
) -> list[ProofRow]:
    """The proof. `own_rounding` is what the site's tolerance let us add to the shop's own rounding."""
    allowed = currency_quantum(remote.currency) * max(1, len(remote.lines) + len(remote.charges))
    rows = []
    for name in COMPONENTS:
        difference = abs(erp[name] - shop[name])
        explained = ""
        if difference and name in _ROUNDED_BY_SHOP and difference <= allowed:
            explained = "shop_rounding"
        if difference and own_rounding and name != "grand_total" and difference <= abs(own_rounding):
            explained = "rounding_line"
        rows.append(ProofRow(name, shop[name], erp[name], explained))
    return rows


def mismatch_of(rows: Sequence[ProofRow]) -> list[ProofRow]:
    """The rows that differ without an explanation; empty when all is proved."""
    return [row for row in rows if not row.ok]


def balance(plan: OrderPlan, site: Site) -> list[ProofRow]:
    """Carry the shop's own rounding, and what the site's tolerance allows; then compare the plan with the shop.

    A difference beyond that is left standing and held.
    """
    remote = plan.remote
    plan.rounding = remote.totals.rounding
    _carry_tax_rounding(plan)
    shop = shop_figures(remote)
    difference = shop["grand_total"] - planned_figures(plan)["grand_total"]
    allowed = site.total_difference_policy == TotalDifferencePolicy.ROUNDING
    if difference and allowed and abs(difference) <= site.total_tolerance:
        _add_own_rounding(plan, site, difference)
    rows = compare(remote, shop, planned_figures(plan), own_rounding=plan.own_rounding)
    wrong = mismatch_of(rows)
    if wrong:
        plan.hold(
            HoldCode.TOTAL_MISMATCH,
            message="; ".join(
                f"{row.component}: {row.shop} / {row.erp} ({row.difference:+})" for row in wrong
            ),
            components=[row.component for row in wrong],
            difference=str(difference),
        )
    return rows


def _carry_tax_rounding(plan: OrderPlan) -> None:
    """A shop that rounds tax once over all rows: give the cent to the row of the largest tax, so that the tax of
    the document is the tax of the shop."""
    difference = plan.remote.totals.tax_total - planned_figures(plan)["tax_total"]
    if not difference or difference != plan.rounding:
        return
    rows: list[PlannedLine | PlannedCharge] = [*plan.lines] or [*plan.charges]
    row = max(rows, key=lambda entry: entry.tax, default=None)
    if row is None or row.tax + difference < 0:
        return
    row.tax += difference
    plan.rounding -= difference
    plan.decide("tax", "shop_rounding", str(difference), "row of the largest tax")


def _add_own_rounding(plan: OrderPlan, site: Site, difference: Decimal) -> None:
    plan.own_rounding = difference
    if site.rounding_item is not None:
        plan.charges.append(
            PlannedCharge(
                "rounding", ErpChargeKind.ROUNDING, "", difference, ZERO, service_item=site.rounding_item
            )
        )
    else:
        plan.rounding += difference
    plan.decide("rounding", str(difference), site.rounding_item.code if site.rounding_item else "header")
