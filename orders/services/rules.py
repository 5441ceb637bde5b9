"""Which documents an order becomes: the site's document generation lines, first match or continue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from erp.models import NumberSeries, PaymentTerms, PriceList, SalesPerson, Warehouse
from erp.states import DocumentType
from orders.reasons import HoldCode
from orders.services.context import ImportContext, Rule
from orders.services.plan import OrderPlan
from platforms.types import ChargeKind, RemoteOrder


@dataclass(slots=True)
class Wanted:
    """The matching lines together: documents add up; what a later line names replaces the earlier word.

    `documents`: document type -> whether it is confirmed, as the last line says that ticks it.
    """

    names: list[str] = field(default_factory=list)
    documents: dict[str, bool] = field(default_factory=dict)
    reservation: bool = False
    series: dict[str, NumberSeries] = field(default_factory=dict)
    warehouse: Warehouse | None = None
    price_list: PriceList | None = None
    salesperson: SalesPerson | None = None
    payment_terms: PaymentTerms | None = None

    @property
    def delivery(self) -> bool:
        return DocumentType.DELIVERY in self.documents

    @property
    def invoice(self) -> bool:
        return DocumentType.INVOICE in self.documents

    @property
    def receipt(self) -> bool:
        return DocumentType.RECEIPT in self.documents

    @property
    def any_document(self) -> bool:
        """A sales order carries all the others, so each of them makes one."""
        return bool(self.documents) or self.reservation

    def confirms(self, document_type: str) -> bool:
        """Whether a document goes beyond a draft; a sales order that no line ticks is as its followers are."""
        if document_type in self.documents:
            return self.documents[document_type]
        return any(self.documents.values())

    def add(self, rule: Rule) -> None:
        line = rule.line
        self.names.append(line.name or f"{line.line_no}")
        self.reservation |= line.create_reservation
        ticked = {
            DocumentType.SALES_ORDER: line.create_sales_order,
            DocumentType.DELIVERY: line.create_delivery,
            DocumentType.INVOICE: line.create_invoice,
            DocumentType.RECEIPT: line.create_receipt,
        }
        self.documents |= {str(kind): line.auto_confirm for kind, is_ticked in ticked.items() if is_ticked}
        if line.number_series is not None:
            self.series[line.number_series.document_type] = line.number_series
        self.warehouse = line.warehouse or self.warehouse
        self.price_list = line.price_list or self.price_list
        self.salesperson = line.salesperson or self.salesperson
        self.payment_terms = line.payment_terms or self.payment_terms


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
    if context.historic:
        kinds = (DocumentType.SALES_ORDER, DocumentType.DELIVERY, DocumentType.INVOICE, DocumentType.RECEIPT)
        wanted.documents, wanted.reservation = {str(kind): True for kind in kinds}, False
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
