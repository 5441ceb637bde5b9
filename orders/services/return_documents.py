"""ERP documents of a return: the sales return, its receipt in the warehouse, the credit note."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import models

from ecomsync.common.errors import PermanentError
from ecomsync.common.money import ZERO, round_money
from erp.inputs import ChargeInput, ReturnLineInput, ReturnTerms
from erp.models import Item, SalesInvoice, SalesOrder, SalesReturn
from erp.models.sales import ChargeKind as ErpChargeKind
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.returns import create_sales_return, credit_return, receive_return
from erp.states import ISSUED_STATES, DocumentType
from orders.models import ReturnOrder, ReturnOrderLine
from orders.reasons import HoldCode
from orders.services.context import ImportContext
from sites.choices import RestockPolicy, ReturnPolicy


@dataclass(slots=True)
class ReturnDocuments:
    sales_return: SalesReturn
    credit_note: SalesInvoice | None = None
    invoice: SalesInvoice | None = None

    def pairs(self) -> list[tuple[str, models.Model]]:
        found: list[tuple[str, models.Model | None]] = [
            (DocumentType.INVOICE, self.invoice),
            (DocumentType.RETURN, self.sales_return),
            (DocumentType.CREDIT_NOTE, self.credit_note),
        ]
        return [(str(kind), document) for kind, document in found if document is not None]


def make_return_documents(*, row: ReturnOrder, context: ImportContext, policy: str) -> ReturnDocuments:
    """A sales return, and for the policy 'credit note' also its receipt and credit note.

    Call in a transaction; refusals of the ERP are raised. Amounts are the shop's: the documents sum to its total.
    """
    order = row.order
    sales_order = order.sales_order if order else None
    if sales_order is None:
        raise PermanentError(
            "The order of this return is not in the ERP.", code=HoldCode.RETURN_WITHOUT_ORDER
        )
    site = context.site
    invoice = _invoice(sales_order, context) if policy == ReturnPolicy.CREDIT_NOTE else None
    rows = list(row.lines.select_related("item"))
    lines = [_line(entry, sales_order, context) for entry in rows if _is_goods(entry)]
    charges = [_charge(entry, context) for entry in rows if not _is_goods(entry) and (entry.net or entry.tax)]
    rest = row.total - sum((entry.net + entry.tax for entry in rows), ZERO)
    if rest:
        charges.append(_amount(row, rest, sales_order))
    sales_return, _created = create_sales_return(
        channel=site.code,
        external_number=row.remote_id,
        customer=sales_order.customer,
        lines=lines,
        charges=charges,
        order=sales_order,
        reason=row.reason,
        currency=row.currency or sales_order.currency,
        terms=ReturnTerms(return_date=row.created_remote, external_id=row.remote_id),
    )
    made = ReturnDocuments(sales_return, invoice=invoice)
    if policy == ReturnPolicy.CREDIT_NOTE:
        entries = site.generate_accounting_entries
        if lines:
            receive_return(sales_return=sales_return, restock=restocks(row, context), post_entries=entries)
        made.credit_note = credit_return(sales_return=sales_return, post_entries=entries)
        if made.credit_note.grand_total != row.total:
            raise PermanentError(
                f"The credit note is {made.credit_note.grand_total}, the shop gave back {row.total}.",
                code=HoldCode.TOTAL_MISMATCH,
            )
    return made


def restocks(row: ReturnOrder, context: ImportContext) -> bool:
    """Whether returned goods can be sold again. A shop that does not say has not restocked."""
    policy = context.site.restock_policy
    return policy == RestockPolicy.ALWAYS or (policy == RestockPolicy.AS_SHOP and bool(row.restock))


def _invoice(sales_order: SalesOrder, context: ImportContext) -> SalesInvoice | None:
    """Make the missing invoice where the site wants one; None when it is there already."""
    if sales_order.invoices.filter(kind="invoice", state__in=ISSUED_STATES).exists():
        return None
    if not context.site.create_invoice_for_returns_if_invoice_not_found:
        raise PermanentError(
            f"Order {sales_order} has no invoice to credit.", code=HoldCode.INVOICE_NOT_FOUND
        )
    invoice = create_invoice(order=sales_order)
    return issue_invoice(invoice=invoice, post_entries=context.site.generate_accounting_entries)


def _is_goods(entry: ReturnOrderLine) -> bool:
    return entry.kind == "line" and entry.quantity > 0


def _line(entry: ReturnOrderLine, sales_order: SalesOrder, context: ImportContext) -> ReturnLineInput:
    sold = None
    if entry.order_line_id:
        sold = sales_order.lines.select_related("item").filter(external_line_id=entry.order_line_id).first()
    item = sold.item if sold else entry.item
    if item is None:
        raise PermanentError(
            f"'{entry.sku or entry.name}' is not linked to an item.",
            code=HoldCode.UNKNOWN_SKU,
            item=entry.sku,
        )
    return ReturnLineInput(
        order_line=sold,
        item=item,
        quantity=entry.quantity,
        net_amount=entry.net,
        tax_amount=entry.tax,
        restock_warehouse=context.site.restock_warehouse,
        external_line_id=entry.order_line_id,
        description=entry.name[:500],
    )


def _charge(entry: ReturnOrderLine, context: ImportContext) -> ChargeInput:
    """Shipping, a fee, or money back for a line without goods."""
    items: dict[str, tuple[str, Item | None]] = {
        "shipping": (ErpChargeKind.SHIPPING, context.site.refund_shipping_item),
        "fee": (ErpChargeKind.FEE, context.site.fee_item),
    }
    kind, item = items.get(entry.kind, (ErpChargeKind.REFUND, None))
    return ChargeInput(
        kind=str(kind),
        description=entry.name[:500],
        net_amount=entry.net,
        tax_amount=entry.tax,
        service_item=item,
        external_line_id=entry.order_line_id,
    )


def _amount(row: ReturnOrder, gross: Decimal, sales_order: SalesOrder) -> ChargeInput:
    """An amount that no line explains: its tax in the proportion of the whole order."""
    total = sales_order.grand_total
    tax = round_money(gross * sales_order.tax_total / total, row.currency) if total else ZERO
    return ChargeInput(
        kind=str(ErpChargeKind.REFUND),
        description=row.reason[:500] or str(ErpChargeKind.REFUND.label),
        net_amount=gross - tax,
        tax_amount=tax,
    )
