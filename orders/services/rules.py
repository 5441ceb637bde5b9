"""Which documents an order becomes: the site's document generation lines, first match or continue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erp.models import NumberSeries, PaymentTerms, PriceList, SalesPerson, Warehouse
from orders.reasons import HoldCode
from orders.services.context import ImportContext, Rule
from orders.services.plan import OrderPlan
from platforms.types import ChargeKind, RemoteOrder


@dataclass(slots=True)
class Wanted:
    """The matching lines together: documents add up, terms come from the first line that names them."""

    names: list[str] = field(default_factory=list)
    reservation: bool = False
    sales_order: bool = False
    delivery: bool = False
    invoice: bool = False
    receipt: bool = False
    auto_confirm: bool = False
    series: dict[str, NumberSeries] = field(default_factory=dict)
    warehouse: Warehouse | None = None
    price_list: PriceList | None = None
    salesperson: SalesPerson | None = None
    payment_terms: PaymentTerms | None = None

    @property
    def any_document(self) -> bool:
        """A sales order carries all the others, so each of them makes one."""
        return self.reservation or self.sales_order or self.delivery or self.invoice or self.receipt

    def add(self, rule: Rule) -> None:
        line = rule.line
        self.names.append(line.name or f"{line.line_no}")
        self.reservation |= line.create_reservation
        self.sales_order |= line.create_sales_order
        self.delivery |= line.create_delivery
        self.invoice |= line.create_invoice
        self.receipt |= line.create_receipt
        self.auto_confirm |= line.auto_confirm
        if line.number_series is not None:
            self.series.setdefault(line.number_series.document_type, line.number_series)
        self.warehouse = self.warehouse or line.warehouse
        self.price_list = self.price_list or line.price_list
        self.salesperson = self.salesperson or line.salesperson
        self.payment_terms = self.payment_terms or line.payment_terms


def choose_documents(plan: OrderPlan, context: ImportContext, *, customer_group: str = "") -> Wanted | None:
    """The documents of this order. None with a hold when no line fits, or the criteria of one cannot be read."""
    facts = order_facts(plan.remote, customer_group=customer_group)
    wanted = Wanted()
    for rule in context.rules():
        if rule.condition is None:
            plan.hold(
                HoldCode.INVALID_RULE, subject=rule.line.name or str(rule.line.line_no), message=rule.fault
            )
            return None
        if rule.condition.matches(facts):
            wanted.add(rule)
            if rule.line.stop_after_match:
                break
    if not wanted.names:
        plan.hold(HoldCode.NO_DOCUMENT_RULE)
        return None
    plan.decide("documents", plan.remote.number, ", ".join(wanted.names))
    return wanted


def order_facts(remote: RemoteOrder, *, customer_group: str = "") -> Mapping[str, Any]:
    """The values that criteria over an order may name (`sites.criteria.ORDER_FIELDS`)."""
    shipping = [charge for charge in remote.charges if charge.kind is ChargeKind.SHIPPING]
    return {
        "total": remote.totals.grand_total,
        "currency": remote.currency,
        "country": remote.shipping.country or remote.billing.country,
        "city": remote.shipping.city or remote.billing.city,
        "payment_method": remote.payments[0].code if remote.payments else "",
        "payment_status": remote.financial_status.value,
        "shipping_method": shipping[0].code if shipping else "",
        "status": remote.status,
        "is_guest": remote.customer.is_guest,
        "has_tax_number": bool(remote.customer.tax_number),
        "customer_group": customer_group,
        "coupon": [entry.code for entry in remote.discounts],
        "tag": list(remote.tags),
        "lines_count": len(remote.lines),
        "created_via": str(remote.raw.get("created_via", "")),
    }
