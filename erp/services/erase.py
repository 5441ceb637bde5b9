"""Erasing the personal data of a customer. The books stay as they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from activity.services import record_event
from activity.services.erase import mask_records
from erp.errors import CustomerBusy
from erp.models import Customer, CustomerType, ExternalReference, SalesInvoice, SalesOrder
from erp.services.document_links import revoke_links
from erp.signals import customer_erasing
from erp.states import ISSUED_STATES, SalesOrderState

#: Goods or money are still owed in these.
_OPEN = (
    SalesOrderState.DRAFT,
    SalesOrderState.ON_HOLD,
    SalesOrderState.CONFIRMED,
    SalesOrderState.PARTIALLY_DELIVERED,
)
BATCH = 200


@transaction.atomic
def erase_customer(*, customer: Customer, actor: object = None) -> bool:
    """Take out of our records who the customer is; False when that was done before.

    Amounts, documents and entries stay. An issued invoice keeps the name, address and tax number that the law asks of
    it; a company keeps its name. Raises CustomerBusy while an order is open, an invoice is unpaid, or an order of the
    shop waits. What the shop itself keeps is erased there: a later change of an order would bring it back.
    """
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    if row.erased_at is not None:
        return False
    _refuse_busy(row)
    references = ExternalReference.objects.filter(model_label=Customer._meta.label_lower, object_id=row.pk)
    accounts = list(references.values_list("system", "external_id"))
    customer_erasing.send(sender=Customer, customer=row, accounts=accounts)
    _erase_documents(row)
    invoiced = SalesInvoice.objects.filter(customer=row, state__in=ISSUED_STATES).exists()
    _erase_row(row, keeps_tax_number=invoiced or row.customer_type == CustomerType.COMPANY)
    references.delete()
    row.addresses.all().delete()
    mask_records([row])
    record_event(kind="customer.erased", subject=row, level="warning", actor=actor)
    return True


def _refuse_busy(row: Customer) -> None:
    _refuse_open(SalesOrder.objects.filter(customer=row), SalesInvoice.objects.filter(customer=row), row.code)


def _refuse_open(orders: QuerySet[SalesOrder], invoices: QuerySet[SalesInvoice], who: str) -> None:
    order = orders.filter(state__in=_OPEN).first()
    if order is not None:
        raise CustomerBusy(f"Order {order} of customer {who} is {order.state}.", item=who)
    unpaid = invoices.filter(kind="invoice", state__in=ISSUED_STATES)
    invoice = unpaid.filter(grand_total__gt=F("paid_amount") + F("credited_amount")).first()
    if invoice is not None:
        raise CustomerBusy(f"Invoice {invoice} of customer {who} is not paid.", item=who)


def _erase_documents(row: Customer) -> None:
    _erase_these(SalesOrder.objects.filter(customer=row), SalesInvoice.objects.filter(customer=row))


@transaction.atomic
def erase_documents(*, sales_orders: Collection[int], who: str) -> None:
    """Take a buyer out of sales orders and their invoices that stand on a customer whom many share.

    who: how a refusal names him. Raises CustomerBusy while one of them is open or unpaid.
    """
    orders = SalesOrder.objects.filter(pk__in=sales_orders)
    invoices = SalesInvoice.objects.filter(order__in=sales_orders)
    _refuse_open(orders, invoices, who)
    _erase_these(orders, invoices)


def _erase_these(sales_orders: QuerySet[SalesOrder], sales_invoices: QuerySet[SalesInvoice]) -> None:
    orders = list(sales_orders.only("pk", "billing_address", "shipping_address"))
    for order in orders:
        order.billing_address = place_only(order.billing_address)
        order.shipping_address = place_only(order.shipping_address)
        order.note = ""
    SalesOrder.objects.bulk_update(orders, ["billing_address", "shipping_address", "note"], batch_size=BATCH)
    invoices = list(sales_invoices.only("pk", "billing_address", "state"))
    for invoice in invoices:
        kept = (
            invoice.billing_address if invoice.state in ISSUED_STATES else place_only(invoice.billing_address)
        )
        invoice.billing_address = {**kept, "phone": "", "email": ""} if kept else kept
    SalesInvoice.objects.bulk_update(invoices, ["billing_address"], batch_size=BATCH)
    for invoice in invoices:
        revoke_links(invoice=invoice)


def place_only(address: Mapping[str, Any]) -> dict[str, Any]:
    """What taxes and statistics need of an address: country and region."""
    return {key: address[key] for key in ("country", "region") if address.get(key)}


def _erase_row(row: Customer, *, keeps_tax_number: bool) -> None:
    if row.customer_type != CustomerType.COMPANY:
        row.name1, row.name2 = row.code, ""
    if not keeps_tax_number:
        row.tax_reg_no = ""
    row.email = row.phone = row.mobile = row.language = ""
    row.description1 = row.description2 = row.description3 = row.remarks = ""
    row.marketing_consent, row.active, row.erased_at = False, False, timezone.now()
    row.save()
