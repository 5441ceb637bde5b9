"""ERP documents of a return: the sales return, its receipt in the warehouse, credit notes, money back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import models

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO, currency_quantum
from erp.inputs import ReturnTerms
from erp.models import InvoiceKind, Receipt, SalesInvoice, SalesOrder, SalesOrderLine, SalesReturn
from erp.models.columns import plain
from erp.services.credit_notes import creditable_amount
from erp.services.credit_shares import credit_shares
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.returns import check_quantities, create_sales_return, credit_return, receive_return
from erp.services.sales_orders import cancel_sales_order
from erp.states import ISSUED_STATES, DeliveryState, DocumentType, InvoiceState, SalesOrderState
from orders.models import ReturnOrder
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from orders.services.return_plan import ReturnChoices, ReturnPlan, plan_return, restocks
from orders.services.return_proof import prove_return
from orders.services.return_receipts import create_refund_receipts, credit_notes_of
from orders.services.totals import ProofRow, mismatch_of
from orders.states import ReturnState
from sites.choices import ReturnPolicy

_UNCONFIRMED = (SalesOrderState.DRAFT, SalesOrderState.ON_HOLD)


class ReturnProofFailed(PermanentError):
    """The saved documents do not say what the shop says; everything is rolled back."""

    default_code = HoldCode.TOTAL_MISMATCH

    def __init__(self, rows: Sequence[ProofRow]) -> None:
        super().__init__("; ".join(row.told() for row in mismatch_of(rows)))
        self.rows = list(rows)


@dataclass(slots=True)
class ReturnDocuments:
    """What was made of one return. Without a sales return the sales order was cancelled whole, or was so before."""

    sales_return: SalesReturn | None = None
    credit_notes: list[SalesInvoice] = field(default_factory=list)
    invoice: SalesInvoice | None = None
    receipts: list[Receipt] = field(default_factory=list)
    proof: list[ProofRow] = field(default_factory=list)

    def pairs(self) -> list[tuple[str, models.Model]]:
        found: list[tuple[str, models.Model | None]] = [
            (DocumentType.INVOICE, self.invoice),
            (DocumentType.RETURN, self.sales_return),
            *((DocumentType.CREDIT_NOTE, note) for note in self.credit_notes),
            *((DocumentType.RECEIPT, receipt) for receipt in self.receipts),
        ]
        return [(str(kind), document) for kind, document in found if document is not None]


def make_return_documents(
    *, row: ReturnOrder, context: ImportContext, policy: str, choices: ReturnChoices
) -> ReturnDocuments:
    """A sales return; for the policy 'credit note' also its receipt in the warehouse, credit notes and money back.

    Call in a transaction; refusals are raised and the caller rolls back. Amounts are the shop's: the documents are
    proved against it. An order refunded whole before anything was delivered or invoiced is cancelled instead.
    """
    sales_order = lock_order(row)
    made = ReturnDocuments()
    if sales_order.state == SalesOrderState.CANCELLED:
        made.receipts = create_refund_receipts(row=row, sales_order=sales_order, notes=(), context=context)
        return made
    if _is_cancellation(row, sales_order, context, policy):
        cancel_sales_order(order=sales_order, reason=f"Refunded in the shop: {row.reason}".rstrip(": "))
        made.receipts = create_refund_receipts(row=row, sales_order=sales_order, notes=(), context=context)
        return made
    if sales_order.state in _UNCONFIRMED:
        raise PermanentError(
            f"Sales order {sales_order} is {sales_order.state}; only part of it is refunded.",
            code=HoldCode.ORDER_NOT_CONFIRMED,
        )
    plan = plan_return(row, sales_order, context, choices)
    check_quantities(plan.lines)
    waive = False
    if policy == ReturnPolicy.CREDIT_NOTE:
        made.invoice, waive = _cover(row, sales_order, plan, context)
    made.sales_return = _create(row, sales_order, plan, context)
    if policy == ReturnPolicy.CREDIT_NOTE:
        made.credit_notes = _credit(row, made.sales_return, context, choices, waive=waive)
    made.receipts = create_refund_receipts(
        row=row, sales_order=sales_order, notes=made.credit_notes, context=context
    )
    made.proof = prove_return(row=row, sales_return=made.sales_return, notes=made.credit_notes)
    if mismatch_of(made.proof):
        raise ReturnProofFailed(made.proof)
    return made


def lock_order(row: ReturnOrder) -> SalesOrder:
    """The sales order, locked, so that returns of one order come one after the other; checks what can be refunded.

    Raises PermanentError.
    """
    order = row.order
    if order is None or order.sales_order_id is None:
        raise PermanentError(
            f"Order {row.order_remote_id} of this return is not in the ERP.",
            code=HoldCode.RETURN_WITHOUT_ORDER,
        )
    sales_order = SalesOrder.objects.select_for_update().get(pk=order.sales_order_id)
    if row.currency and row.currency != sales_order.currency:
        raise PermanentError(
            f"The refund is in {row.currency}, the order in {sales_order.currency}.",
            code=HoldCode.REFUND_CURRENCY,
        )
    before = refunded_before(row)
    if before + row.total > sales_order.grand_total:
        raise PermanentError(
            f"{plain(row.total)} refunded now and {plain(before)} before are more than the order's "
            f"{plain(sales_order.grand_total)}.",
            code=HoldCode.REFUND_EXCEEDS_ORDER,
        )
    return sales_order


def refunded_before(row: ReturnOrder) -> Decimal:
    """What other returns of the order gave back."""
    others = ReturnOrder.objects.filter(order=row.order, state=ReturnState.POSTED).exclude(pk=row.pk)
    return sum(others.values_list("total", flat=True), ZERO)


def _is_cancellation(row: ReturnOrder, sales_order: SalesOrder, context: ImportContext, policy: str) -> bool:
    """Refunded whole with nothing delivered and nothing invoiced; where the site wants an invoice, that comes first."""
    if refunded_before(row) + row.total != sales_order.grand_total:
        return False
    wants_invoice = (
        policy == ReturnPolicy.CREDIT_NOTE and context.site.create_invoice_for_returns_if_invoice_not_found
    )
    if wants_invoice and sales_order.state not in _UNCONFIRMED:
        return False
    shipped = sales_order.deliveries.filter(state=DeliveryState.SHIPPED).exists()
    return not shipped and not sales_order.invoices.exclude(state=InvoiceState.CANCELLED).exists()


def _create(
    row: ReturnOrder, sales_order: SalesOrder, plan: ReturnPlan, context: ImportContext
) -> SalesReturn:
    sales_return, _created = create_sales_return(
        channel=context.site.code,
        external_number=row.remote_id,
        customer=sales_order.customer,
        lines=plan.lines,
        charges=plan.charges,
        order=sales_order,
        reason=row.reason,
        currency=row.currency or sales_order.currency,
        terms=ReturnTerms(return_date=row.created_remote, external_id=row.remote_id, rounding=plan.rounding),
    )
    return sales_return


def _credit(
    row: ReturnOrder,
    sales_return: SalesReturn,
    context: ImportContext,
    choices: ReturnChoices,
    *,
    waive: bool,
) -> list[SalesInvoice]:
    """Receive the goods and credit what was invoiced of them; nothing to credit is no fault here."""
    entries = context.site.generate_accounting_entries
    if sales_return.lines.exists():
        receive_return(
            sales_return=sales_return,
            restock=restocks(row, context, choices),
            waive=waive,
            post_entries=entries,
        )
    if not credit_shares(sales_return):
        return []
    credit_return(sales_return=sales_return, post_entries=entries)
    row.sales_return = sales_return
    return credit_notes_of(row)


# ---------------------------------------------------------------- the invoice that is to be credited


def _cover(
    row: ReturnOrder, sales_order: SalesOrder, plan: ReturnPlan, context: ImportContext
) -> tuple[SalesInvoice | None, bool]:
    """(the missing invoice, whether to take goods off the order instead).

    Raises PermanentError (invoice_not_found) where neither can be: money without goods needs an invoice to stand on.
    """
    invoices = sales_order.invoices.filter(kind=InvoiceKind.INVOICE)
    issued = list(invoices.filter(state__in=ISSUED_STATES))
    room = sum((creditable_amount(invoice) for invoice in issued), ZERO)
    missing = _not_invoiced(plan)
    if not missing and plan.total <= room:
        return None, False
    drafts = list(invoices.filter(state=InvoiceState.DRAFT).order_by("id"))
    if context.site.create_invoice_for_returns_if_invoice_not_found:
        invoice = drafts[0] if drafts else create_invoice(order=sales_order)
        entries = context.site.generate_accounting_entries
        return issue_invoice(invoice=invoice, post_entries=entries), False
    if not drafts and _can_waive(sales_order, plan, missing, room):
        return None, True
    raise PermanentError(
        f"Order {sales_order} has no invoice to credit {plain(plan.total)} {sales_order.currency} on.",
        code=HoldCode.INVOICE_NOT_FOUND,
    )


def _not_invoiced(plan: ReturnPlan) -> dict[int, tuple[SalesOrderLine, Decimal]]:
    """Order line id -> the line, and what comes back of it beyond what is invoiced."""
    returned: dict[int, Decimal] = {}
    lines: dict[int, SalesOrderLine] = {}
    for given in plan.lines:
        if given.order_line is not None:
            lines[given.order_line.pk] = given.order_line
            returned[given.order_line.pk] = returned.get(given.order_line.pk, ZERO) + given.quantity
    return {
        pk: (line, returned[pk] - max(ZERO, line.open_to_credit))
        for pk, line in lines.items()
        if returned[pk] > max(ZERO, line.open_to_credit)
    }


def _can_waive(
    sales_order: SalesOrder,
    plan: ReturnPlan,
    missing: dict[int, tuple[SalesOrderLine, Decimal]],
    room: Decimal,
) -> bool:
    """Goods at just the price they were sold for can be taken off what will be invoiced; anything else cannot."""
    if not missing or sales_order.discount_net or sales_order.discount_tax:
        return False
    quantum = currency_quantum(sales_order.currency)
    waived = ZERO
    for given in plan.lines:
        line = given.order_line
        if line is None:
            return False
        share = given.quantity / line.quantity
        near = all(
            abs(ours - theirs * share) <= quantum * max(Decimal(1), given.quantity)
            for ours, theirs in (
                (given.net_amount, line.net_amount),
                (given.tax_amount, line.tax_amount),
            )
        )
        if not near:
            return False
        if line.pk in missing:
            part = min(given.quantity, missing[line.pk][1]) / given.quantity
            waived += (given.net_amount + given.tax_amount) * part
    return plan.total - waived <= room + quantum * len(plan.lines)
