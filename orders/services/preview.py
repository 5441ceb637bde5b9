"""Imports and returns as a rehearsal: everything is done in a transaction that is rolled back, and told.

Numbers of the series are taken inside it and given back; signals after commit, mails and wake-ups never happen; no
call to the shop is made in it, so its locks are short.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction

from erp.models import SalesOrder, SalesReturn
from erp.models.columns import plain
from orders.models import Order, ReturnOrder
from orders.reasons import Hold
from orders.services import written
from orders.services.context import ImportContext
from orders.services.import_order import import_order
from orders.services.intake import clean_text
from orders.services.result import ImportResult
from orders.services.return_plan import ReturnChoices
from orders.services.returns import import_return, post_return
from orders.states import ImportOutcome, OrderSource, ReturnState
from platforms.types import RemoteOrder, RemoteReturn
from sites.models import Site


@dataclass(slots=True)
class Preview:
    """Exactly what an import would write. Rows of text, ready to be shown; `documents` also name what stays."""

    number: str
    outcome: str
    message: str = ""
    currency: str = ""
    customer: str = ""
    new_customer: bool = False
    documents: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    stock: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    holds: list[dict[str, str]] = field(default_factory=list)
    proof: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def preview_order(
    *, site: Site, remote: RemoteOrder, context: ImportContext | None = None, source: str = OrderSource.MANUAL
) -> Preview:
    """Rehearse the import of one order: one that is new, held, changed or cancelled. Nothing is written."""
    context = context or ImportContext(site)
    with transaction.atomic():
        known = Order.objects.filter(site=site, remote_id=clean_text(remote.remote_id, 100)).first()
        before = written.look(known)
        result = import_order(site=site, remote=remote, source=source, context=context, force=True)
        found = _describe(remote, result, before)
        transaction.set_rollback(True)
    context.forget_made()  # items of the policy 'create' went with the rollback
    return found


def preview_return(*, site: Site, remote: RemoteReturn, context: ImportContext | None = None) -> Preview:
    """Rehearse a return, with its documents as the site's policy wants them. Nothing is written."""
    context = context or ImportContext(site)
    with transaction.atomic():
        order = Order.objects.filter(site=site, remote_id=clean_text(remote.order_remote_id, 100)).first()
        before = written.look(order)
        outcome = import_return(site=site, remote=remote, context=context, retry=True)
        row = ReturnOrder.objects.get(site=site, remote_id=clean_text(remote.remote_id, 100))
        found = _describe_return(row, str(outcome), before)
        transaction.set_rollback(True)
    context.forget_made()
    return found


def preview_posting(*, return_order: ReturnOrder, policy: str, choices: ReturnChoices) -> Preview:
    """Rehearse what staff would make of a return that we hold. Nothing is written."""
    with transaction.atomic():
        before = written.look(return_order.order)
        row = post_return(return_order=return_order, policy=policy, choices=choices)
        held = row.state == ReturnState.HELD
        found = _describe_return(row, str(ImportOutcome.HELD if held else ImportOutcome.UPDATED), before)
        transaction.set_rollback(True)
    return found


def _describe_return(row: ReturnOrder, outcome: str, before: written.Before) -> Preview:
    found = Preview(row.number or row.remote_id, outcome, currency=row.currency, proof=list(row.proof))
    if row.state == ReturnState.HELD:
        hold = Hold(row.hold_code, subject=row.hold_subject, message=row.hold_message)
        found.holds, found.message = [_hold_row(hold)], row.hold_code
    if row.sales_return is not None:
        found.lines = _parts(row.sales_return)
    if row.order is not None:
        _add_written(found, Order.objects.get(pk=row.order.pk), before)
    return found


def _describe(remote: RemoteOrder, result: ImportResult, before: written.Before) -> Preview:
    order = result.order
    preview = Preview(remote.number or remote.remote_id, str(result.outcome), result.message, remote.currency)
    preview.holds = [_hold_row(hold) for hold in result.holds]
    if order is None:
        return preview
    preview.proof, preview.decisions = order.proof, order.decisions
    preview.lines = _lines(order)
    _add_written(preview, order, before)
    return preview


def _add_written(preview: Preview, order: Order, before: written.Before) -> None:
    preview.customer, preview.new_customer = written.customer_of(order, before)
    preview.documents = written.documents_of(order, before)
    preview.stock = written.stock_of(order, before)
    preview.entries = written.entries_of(order, before)
    preview.messages = written.messages_of(order, before)


def _hold_row(hold: Hold) -> dict[str, str]:
    return {
        "code": hold.code,
        "subject": hold.subject,
        "message": hold.message,
    }


def _lines(order: Order) -> list[dict[str, Any]]:
    return [] if order.sales_order is None else _parts(order.sales_order)


def _parts(document: SalesOrder | SalesReturn) -> list[dict[str, Any]]:
    """Lines and charges of a document as text."""
    place = "warehouse" if isinstance(document, SalesOrder) else "restock_warehouse"
    lines = [
        {
            "item": row.item.code,
            "description": row.description,
            "quantity": plain(row.quantity),
            "net": str(row.net_amount),
            "tax": str(row.tax_amount),
            "warehouse": str(getattr(row, place) or ""),
        }
        for row in document.lines.select_related("item", place)
    ]
    charges = [
        {
            "item": charge.service_item.code if charge.service_item else "",
            "description": charge.description,
            "quantity": "",
            "net": str(charge.net_amount),
            "tax": str(charge.tax_amount),
            "warehouse": "",
        }
        for charge in document.charges.select_related("service_item")
    ]
    return lines + charges
