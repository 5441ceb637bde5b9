"""ERP documents of many new orders at once: the same as `generate_documents` makes, one kind after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from erp.models import Customer
from erp.services import accounting
from erp.services.deliveries import Shipment, create_deliveries, ship_deliveries
from erp.services.invoices import InvoiceParts, InvoiceWish, create_invoices, issue_invoices
from erp.services.order_parts import OrderParts
from erp.services.receipts import HeldDocuments, ReceiptInput, create_receipts
from erp.services.sales_orders import Confirmation, confirm_sales_orders, create_sales_orders
from erp.states import DocumentType
from orders.models import Order
from orders.services.context import ImportContext
from orders.services.documents import (
    Documents,
    ProofFailed,
    confirms,
    is_confirmed,
    prove_figures,
    prove_invoice,
    prove_payments,
    reserves,
    sales_order_input,
)
from orders.services.figures import document_figures
from orders.services.payments import first_receipts, paid_amount
from orders.services.plan import OrderPlan
from orders.services.rules import Wanted
from orders.services.saved_documents import read_saved, read_saved_invoices


class NotCommon(Exception):
    """Some orders of a batch need the way of a single order; nothing of the batch may stay."""

    def __init__(self, remote_ids: Iterable[str]) -> None:
        self.remote_ids = frozenset(remote_ids)
        super().__init__(", ".join(sorted(self.remote_ids)))


@dataclass(slots=True)
class DocumentJob:
    """An order to be given its documents, and what was made of it."""

    order: Order
    plan: OrderPlan
    wanted: Wanted
    customer: Customer
    parts: OrderParts | None = None
    invoice: InvoiceParts | None = None
    made: Documents | None = None
    entries: list[Any] = field(default_factory=list)

    @property
    def documents(self) -> Documents:
        assert self.made is not None  # set by the first step
        return self.made

    @property
    def order_parts(self) -> OrderParts:
        assert self.parts is not None  # set by the first step
        return self.parts


def generate_together(jobs: Sequence[DocumentJob], context: ImportContext) -> None:
    """Create, prove and carry forward the documents of all jobs, in a constant number of statements.

    Call inside a transaction. Raises NotCommon for orders whose proof fails or whose documents exist, or the refusal
    of the ERP (which need not say whose it is): the caller rolls back and takes another way.
    """
    _make_orders(jobs, context)
    _confirm(jobs, context)
    _deliver(jobs, context)
    _invoice(jobs, context)
    _receive(jobs, context)
    _prove_payments(jobs)
    if context.site.generate_accounting_entries:
        accounting.post_documents([document for job in jobs for document in job.entries])


def _make_orders(jobs: Sequence[DocumentJob], context: ImportContext) -> None:
    inputs = [
        sales_order_input(
            order=job.order, plan=job.plan, wanted=job.wanted, customer=job.customer, context=context
        )
        for job in jobs
    ]
    made = create_sales_orders(inputs=inputs)
    for job, parts in zip(jobs, made, strict=True):
        job.parts = parts
    _refuse(job for job in jobs if not job.order_parts.is_new)
    saved = read_saved([job.order_parts.order.pk for job in jobs])
    failed = []
    for job in jobs:
        try:
            figures = document_figures(saved[job.order_parts.order.pk], job.plan.placements)
            proof = prove_figures(job.plan, figures)
        except ProofFailed:
            failed.append(job)
        else:
            job.made = Documents(job.order_parts.order, proof=proof)
    _refuse(failed)


def _refuse(jobs: Iterable[DocumentJob]) -> None:
    ids = [job.plan.remote.remote_id for job in jobs]
    if ids:
        raise NotCommon(ids)


def _confirm(jobs: Sequence[DocumentJob], context: ImportContext) -> None:
    chosen = [job for job in jobs if is_confirmed(job.wanted, context.site)]
    confirm_sales_orders(
        confirmations=[
            Confirmation(
                job.order_parts,
                reserve=reserves(job.wanted, context.site),
                prepaid=paid_amount(job.plan.remote),
                delivers=job.wanted.delivery,
            )
            for job in chosen
        ]
    )
    for job in chosen:
        job.documents.confirmed = True


def _deliver(jobs: Sequence[DocumentJob], context: ImportContext) -> None:
    chosen = [job for job in jobs if job.wanted.delivery and job.order_parts.goods]
    if not chosen:
        return
    made = create_deliveries(orders=[job.order_parts for job in chosen])
    shipped = []
    for job, parts in zip(chosen, made, strict=True):
        job.documents.deliveries.append(parts.delivery)
        if confirms(job.wanted, context.site, DocumentType.DELIVERY):
            shipped.append(Shipment(parts))
            job.entries.append(parts.delivery)
    ship_deliveries(shipments=shipped)


def _invoice(jobs: Sequence[DocumentJob], context: ImportContext) -> None:
    chosen = [job for job in jobs if job.wanted.invoice]
    if not chosen:
        return
    made = create_invoices(
        wishes=[
            InvoiceWish(job.order_parts, number_series=job.wanted.series.get(DocumentType.INVOICE))
            for job in chosen
        ]
    )
    issued = []
    for job, parts in zip(chosen, made, strict=True):
        job.invoice, job.documents.invoice = parts, parts.invoice
        if confirms(job.wanted, context.site, DocumentType.INVOICE):
            issued.append(parts)
            job.entries.append(parts.invoice)
    issue_invoices(invoices=issued)
    _prove_invoices(list(zip(chosen, made, strict=True)))


def _prove_invoices(invoices: Sequence[tuple[DocumentJob, InvoiceParts]]) -> None:
    saved = read_saved_invoices([parts.invoice.pk for _, parts in invoices])
    failed = []
    for job, parts in invoices:
        figures = document_figures(saved[parts.invoice.pk], job.plan.placements)
        try:
            job.documents.proof = prove_invoice(job.documents.proof, figures)
        except ProofFailed:
            failed.append(job)
    _refuse(failed)


def _receive(jobs: Sequence[DocumentJob], context: ImportContext) -> None:
    chosen = [job for job in jobs if job.wanted.receipt]
    wanted = [(job, data) for job in chosen for data in _receipts_of(job, context)]
    held = HeldDocuments(
        orders=[job.order_parts for job in chosen],
        invoices=[job.invoice.invoice for job in chosen if job.invoice is not None],
    )
    made = create_receipts(inputs=[data for _, data in wanted], held=held)
    _refuse(job for (job, _), (_, is_new) in zip(wanted, made, strict=True) if not is_new)
    for (job, data), (receipt, _) in zip(wanted, made, strict=True):
        job.documents.receipts.append(receipt)
        if data.post:
            job.entries.append(receipt)


def _receipts_of(job: DocumentJob, context: ImportContext) -> list[ReceiptInput]:
    confirm = confirms(job.wanted, context.site, DocumentType.RECEIPT)
    issued = confirm and confirms(job.wanted, context.site, DocumentType.INVOICE)
    return first_receipts(
        order=job.order,
        plan=job.plan,
        sales_order=job.order_parts.order,
        confirm=confirm,
        invoice=job.invoice.invoice if job.invoice and issued else None,
    )


def _prove_payments(jobs: Sequence[DocumentJob]) -> None:
    failed = []
    for job in jobs:
        try:
            job.documents.proof = prove_payments(job.plan, job.wanted, job.documents)
        except ProofFailed:
            failed.append(job)
    _refuse(failed)
