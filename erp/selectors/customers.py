"""Finding customers, and what they owe."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import DecimalField, ExpressionWrapper, F, Sum
from django.db.models.expressions import Combinable
from django.utils import timezone

from ecomsync.common.money import ZERO
from erp.models import (
    Customer,
    ExternalReference,
    InvoiceKind,
    Receipt,
    ReceiptKind,
    SalesInvoice,
    SalesOrder,
)
from erp.models.columns import as_amount
from erp.states import ISSUED_STATES, OPEN_ORDER_STATES, ReceiptState

BUCKETS = ("current", "1_30", "31_60", "61_90", "over_90")


@dataclass(frozen=True, slots=True)
class CustomerBalance:
    """What a customer owes in the base currency; `ageing` by days past due (open invoices only)."""

    balance: Decimal
    invoiced: Decimal
    credited: Decimal
    paid: Decimal
    refunded: Decimal
    ageing: dict[str, Decimal] = field(default_factory=dict)


def _in_base(name: str) -> Combinable:
    return ExpressionWrapper(
        F(name) * F("exchange_rate"), output_field=DecimalField(max_digits=24, decimal_places=10)
    )


def customer_balance(customer: Customer, *, on: dt.date | None = None) -> CustomerBalance:
    """Σ invoices − Σ credit notes − Σ payments + Σ refunds, with ageing of the open invoices."""
    today = on or timezone.localdate()
    issued = SalesInvoice.objects.filter(customer=customer, state__in=ISSUED_STATES)
    by_kind = dict(issued.order_by().values_list("kind").annotate(total=Sum(_in_base("grand_total"))))
    posted = Receipt.objects.filter(customer=customer, state=ReceiptState.POSTED)
    received = dict(posted.order_by().values_list("kind").annotate(total=Sum(_in_base("amount"))))
    invoiced = as_amount(by_kind.get(InvoiceKind.INVOICE) or ZERO)
    credited = as_amount(by_kind.get(InvoiceKind.CREDIT_NOTE) or ZERO)
    paid = as_amount(received.get(ReceiptKind.PAYMENT) or ZERO)
    refunded = as_amount(received.get(ReceiptKind.REFUND) or ZERO)
    ageing = dict.fromkeys(BUCKETS, ZERO)
    for invoice in issued.filter(kind=InvoiceKind.INVOICE):
        if invoice.balance > 0:
            ageing[_bucket(invoice, today)] += as_amount(invoice.balance * invoice.exchange_rate)
    return CustomerBalance(invoiced - credited - paid + refunded, invoiced, credited, paid, refunded, ageing)


def _bucket(invoice: SalesInvoice, today: dt.date) -> str:
    days = (today - (invoice.due_date or invoice.issue_date)).days
    for limit, name in ((0, "current"), (30, "1_30"), (60, "31_60"), (90, "61_90")):
        if days <= limit:
            return name
    return "over_90"


def customer_exposure(customer: Customer) -> Decimal:
    """What counts against the credit limit: the balance, and open orders as far as they are not invoiced."""
    open_orders = SalesOrder.objects.filter(customer=customer, state__in=OPEN_ORDER_STATES)
    ordered = open_orders.aggregate(total=Sum(_in_base("grand_total")))["total"] or ZERO
    invoiced = (
        SalesInvoice.objects.filter(
            order__in=open_orders, kind=InvoiceKind.INVOICE, state__in=ISSUED_STATES
        ).aggregate(total=Sum(_in_base("grand_total")))["total"]
        or ZERO
    )
    return customer_balance(customer).balance + as_amount(ordered) - as_amount(invoiced)


def customer_by_reference(*, system: str, external_id: str) -> Customer | None:
    """The customer that a shop knows under this id."""
    reference = ExternalReference.objects.filter(
        system=system, model_label=Customer._meta.label_lower, external_id=external_id
    ).first()
    return Customer.objects.filter(pk=reference.object_id).first() if reference else None
