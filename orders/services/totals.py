"""The proof of totals: each component of the shop against the documents as saved, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import override

from ecomsync.common.money import ZERO
from erp.models import SalesInvoice, SalesOrder
from erp.models.sales import ChargeKind as ErpChargeKind
from orders.labels import DIFFERENCE, component_label, in_english
from orders.reasons import HoldCode
from orders.services.carry import carry_rounding
from orders.services.causes import cause_of
from orders.services.figures import COMPONENTS, RATE, Figures, Placements, document_figures, shop_figures
from orders.services.plan import OrderPlan, PlannedCharge
from orders.services.saved_documents import read_saved, read_saved_invoices
from platforms.types import RemoteOrder
from sites.choices import TotalDifferencePolicy
from sites.models import Site

__all__ = [
    "ProofRow",
    "balance",
    "beside_invoice",
    "compare",
    "invoice_figures",
    "mismatch_of",
    "saved_figures",
    "shop_figures",
    "told",
]

#: Rows that are left out where neither side has anything to say.
_OPTIONAL = frozenset(
    {
        "line_discounts",
        "coupons",
        "header_discounts",
        "gift_cards",
        "store_credit",
        "rewards",
        "fees",
        "tips",
        "duties",
        "fees_tax",
        "rounding",
    }
)


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One component on both sides, and on the invoice where one was made.

    `explained` tells why a difference is none, `cause` what it probably comes from.
    """

    component: str
    shop: Decimal
    erp: Decimal
    explained: str = ""
    cause: str = ""
    invoice: Decimal | None = None

    @property
    def difference(self) -> Decimal:
        """The documents less the shop; the invoice's where the sales order is right."""
        if self.erp == self.shop and self.invoice is not None:
            return self.invoice - self.shop
        return self.erp - self.shop

    @property
    def ok(self) -> bool:
        return not self.difference or bool(self.explained)

    def as_json(self) -> dict[str, Any]:
        row = {
            "component": self.component,
            "shop": str(self.shop),
            "erp": str(self.erp),
            "difference": str(self.difference),
            "ok": self.ok,
            "explained": self.explained,
            "cause": self.cause,
        }
        return row if self.invoice is None else {**row, "invoice": str(self.invoice)}

    def told(self) -> str:
        """The difference as a sentence in plain English, which pages put into the reader's language."""
        erp = self.erp if self.erp != self.shop or self.invoice is None else self.invoice
        said = in_english(
            DIFFERENCE, shop=f"{self.shop:f}", erp=f"{erp:f}", difference=f"{self.difference:+f}"
        )
        with override("en"):
            return f"{component_label(self.component)}: {said}"


def saved_figures(sales_order: SalesOrder, placements: Placements | None = None) -> Figures:
    """The components of a sales order, read anew from the database; its stored totals stand as they are."""
    return document_figures(read_saved([sales_order.pk])[sales_order.pk], placements)


def compare(
    remote: RemoteOrder, shop: Figures, erp: Figures, *, own_rounding: Decimal = ZERO
) -> list[ProofRow]:
    """The proof. `own_rounding` is what the site's tolerance let us add to the shop's own rounding."""
    rows = []
    for name in _names(shop, erp):
        ours, theirs = erp.get(name, ZERO), shop.get(name, ZERO)
        difference = ours - theirs
        explained = cause = ""
        if difference:
            if own_rounding and name != "grand_total" and abs(difference) <= abs(own_rounding):
                explained = "rounding_line"
            else:
                cause = cause_of(name, difference, remote, shop)
        rows.append(ProofRow(name, theirs, ours, explained, cause))
    return rows


def _names(shop: Figures, erp: Figures) -> list[str]:
    """The components with something to say; without rates of the shop the documents' rates are not compared."""
    found = [name for name in COMPONENTS if name not in _OPTIONAL or shop.get(name) or erp.get(name)]
    rates = {name for name in shop if name.startswith(RATE)}
    if rates:
        rates |= {name for name in erp if name.startswith(RATE)}
    place = found.index("tax_total")
    return [*found[:place], *sorted(rates, key=_rate_order), *found[place:]]


def _rate_order(name: str) -> Decimal:
    return Decimal(name.removeprefix(RATE) or -1)


def mismatch_of(rows: Sequence[ProofRow]) -> list[ProofRow]:
    """The rows that differ without an explanation; empty when all is proved."""
    return [row for row in rows if not row.ok]


def invoice_figures(invoice: SalesInvoice, placements: Placements | None = None) -> Figures:
    """The components of an invoice, read anew from the database."""
    return document_figures(read_saved_invoices([invoice.pk])[invoice.pk], placements)


def beside_invoice(rows: Sequence[ProofRow], figures: Figures) -> list[ProofRow]:
    """The same rows with the invoice as saved beside them, component by component."""
    found = []
    for row in rows:
        invoiced = figures.get(row.component, ZERO)
        cause = row.cause or ("document_differs" if invoiced != row.erp else "")
        explained = row.explained if invoiced == row.erp else ""
        found.append(replace(row, invoice=invoiced, cause=cause, explained=explained))
    return found


def balance(plan: OrderPlan, site: Site) -> list[ProofRow]:
    """Carry the shop's own rounding, and what the site's tolerance allows; then compare the plan with the shop.

    A difference beyond that is left standing and held.
    """
    remote = plan.remote
    shop = shop_figures(remote)
    plan.rounding = shop["rounding"]
    planned = carry_rounding(plan, shop)
    difference = shop["grand_total"] - planned["grand_total"]
    allowed = site.total_difference_policy == TotalDifferencePolicy.ROUNDING
    if difference and allowed and abs(difference) <= site.total_tolerance:
        _add_own_rounding(plan, site, difference)
        planned = {
            **planned,
            "rounding": planned["rounding"] + difference,
            "grand_total": planned["grand_total"] + difference,
        }
    rows = compare(remote, shop, planned, own_rounding=plan.own_rounding)
    wrong = mismatch_of(rows)
    if wrong:
        plan.hold(
            HoldCode.TOTAL_MISMATCH,
            message=told(wrong),
            components=[row.component for row in wrong],
            difference=str(difference),
        )
    return rows


def told(wrong: Sequence[ProofRow]) -> str:
    """The differences in one text; pages take it apart at the dots."""
    return " · ".join(row.told() for row in wrong)


def _add_own_rounding(plan: OrderPlan, site: Site, difference: Decimal) -> None:
    plan.own_rounding = difference
    if site.rounding_item is not None:
        charge = PlannedCharge("rounding", ErpChargeKind.ROUNDING, "", difference)
        charge.service_item = site.rounding_item
        plan.charges.append(charge)
    else:
        plan.rounding += difference
    plan.decide("rounding", str(difference), site.rounding_item.code if site.rounding_item else "header")
