"""The panels of a return's page, and its preview as tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from activity.admin.common import shown_json
from activity.kinds import kind_label
from activity.models import Event
from ecomsync.common.admin import (
    ReportTable,
    amount_html,
    change_url,
    chip,
    code_text,
    format_quantity,
    link,
    link_to,
    state_chip,
    time_ago,
    time_exact,
)
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from erp.models import SalesInvoice
from orders.admin.panels import proof_table
from orders.labels import CHARGES, label_of
from orders.models import ReturnOrder, ReturnOrderLine
from orders.reasons import settings_link
from orders.services.return_receipts import credit_notes_of, paid_back_amount, still_to_pay_back
from orders.states import ReturnOrigin, ReturnState

Panel = dict[str, Any]


def return_panels(request: HttpRequest, row: ReturnOrder) -> list[Panel]:
    """All panels, most needed first; those without content are left out."""
    panels = [
        _attention(row),
        _facts(row),
        _money(row),
        _documents(row),
        _proof(row),
        _lines(row),
        _exchange(row),
        _story(row),
        _raw(request, row),
    ]
    return [panel for panel in panels if panel]


def _attention(row: ReturnOrder) -> Panel:
    if not row.hold_code:
        return {}
    return {
        "title": _("Needs attention"),
        "wide": True,
        "tone": "warn",
        "table": _reason(row),
    }


def _reason(row: ReturnOrder) -> ReportTable:
    """Why it waits, what to do, and where."""
    told = in_reader_language(row.hold_message)
    remedy = remedy_for(row.hold_code, title=told)
    where = settings_link(row.hold_code, site_id=row.site_id, subject=row.hold_subject)
    cells = (remedy.title, told, remedy.cure, link(where, _("Open the setting")) if where else "")
    return ReportTable("", (_("Reason"), _("Details"), _("What to do"), _("Where")), [cells])


def _facts(row: ReturnOrder) -> Panel:
    facts = [
        (_("Site"), link_to(row.site)),
        (_("Order"), link_to(row.order) if row.order else code_text(row.order_remote_id)),
        (_("Shop number"), code_text(row.number or row.remote_id)),
        (_("Made in"), row.get_origin_display() if row.origin == ReturnOrigin.ERP else ""),
        (_("Total"), amount_html(row.total, row.currency)),
        (_("Reason"), row.reason or "–"),
        (_("Restocked in the shop"), {True: _("yes"), False: _("no")}.get(row.restock, _("not told"))),  # type: ignore[arg-type]
        (_("Returned"), time_ago(row.created_remote)),
        (_("Posted"), time_ago(row.posted_at) if row.posted_at else ""),
        (_("Deleted in the shop"), time_ago(row.withdrawn_at) if row.withdrawn_at else ""),
        (_("Next try"), time_ago(row.heal_at) if row.state == ReturnState.HELD and row.heal_at else ""),
    ]
    return {"title": _("Return"), "facts": [(label, value) for label, value in facts if value != ""]}


def _money(row: ReturnOrder) -> Panel:
    told = {
        True: chip(_("the shop paid it back"), "ok"),
        False: chip(_("not paid back by the shop"), "warn"),
        None: chip(_("the shop does not tell"), "mute"),
    }
    facts: list[tuple[object, object]] = [(_("Money"), told[row.paid_back])]
    if row.announced:
        facts.append((_("Shop"), chip(_("has given nothing for it yet"), "info")))
    facts += [
        (entry.get("title") or entry.get("code"), f"{entry.get('amount')} {row.currency}")
        for entry in row.payments
    ]
    if row.state == ReturnState.POSTED:
        owed = still_to_pay_back(row)
        facts.append((_("Paid back in the ERP"), amount_html(paid_back_amount(row), row.currency)))
        facts.append((_("Still to pay back"), amount_html(owed, row.currency) if owed else "–"))
    return {"title": _("Money back"), "facts": facts}


def _documents(row: ReturnOrder) -> Panel:
    rows: list[tuple[object, ...]] = []
    if row.sales_return is not None:
        rows.append(_document(_("Sales return"), row.sales_return, row.sales_return.grand_total))
    rows += [_document(_("Credit note"), note, note.grand_total) for note in credit_notes_of(row)]
    if row.sales_return is not None and row.withdrawn_at is not None:
        again = SalesInvoice.objects.filter(
            order=row.sales_return.order, kind="invoice", created_at__gte=row.withdrawn_at
        )
        rows += [_document(_("Invoice"), invoice, invoice.grand_total) for invoice in again]
    rows += [_document(_("Refund"), receipt, receipt.amount) for receipt in row.receipts.order_by("id")]
    if row.exchange_order is not None:
        rows.append(_document(_("Exchange"), row.exchange_order, row.exchange_order.grand_total))
    order = row.order.sales_order if row.order else None
    if not rows and row.state == ReturnState.POSTED and order is not None:
        rows.append(_document(_("Sales order"), order, order.grand_total))
    if not rows:
        return {}
    columns = (_("Document"), _("Number"), _("Total"), _("State"))
    return {"title": _("Documents"), "wide": True, "table": ReportTable("", columns, rows)}


def _document(label: str, document: Any, total: Any) -> tuple[object, ...]:
    page = change_url(document._meta.label_lower, document.pk)
    number = link(page, document.number or f"#{document.pk}")
    return label, number, amount_html(total, document.currency), state_chip(document)


def _proof(row: ReturnOrder) -> Panel:
    if not row.proof:
        return {}
    return {
        "title": _("Proof of totals"),
        "wide": True,
        "tone": "ok" if row.proof_ok else "bad",
        "table": proof_table(row.proof, row.currency),
    }


def _lines(row: ReturnOrder) -> Panel:
    rows = [
        (
            _kind(line),
            code_text(line.sku),
            line.name[:120],
            link_to(line.item) if line.item else "–",
            format_quantity(line.quantity),
            amount_html(line.net, row.currency),
            amount_html(line.tax, row.currency),
        )
        for line in row.lines.select_related("item")
    ]
    columns = (_("Kind"), _("SKU"), _("Name"), _("Item"), _("Quantity"), _("Net"), _("Tax"))
    empty = _("The shop names an amount and no lines.")
    return {"title": _("Lines"), "wide": True, "table": ReportTable("", columns, rows, empty=empty)}


def _kind(line: ReturnOrderLine) -> object:
    if line.kind != "line":
        return label_of(CHARGES, line.kind)
    return _("goods") if line.quantity else _("money for goods")


def _exchange(row: ReturnOrder) -> Panel:
    if not row.exchange_for:
        return {}
    rows = [
        (code_text(entry["sku"]), entry["name"][:120], format_quantity(Decimal(entry["quantity"])))
        for entry in row.exchange_for
    ]
    columns = (_("SKU"), _("Name"), _("Quantity"))
    return {"title": _("Goods wanted instead"), "table": ReportTable("", columns, rows)}


def _story(row: ReturnOrder) -> Panel:
    """The events of the order that are about this return."""
    about = row.order or row
    events = Event.objects.filter(
        subject_type=about._meta.label_lower, subject_id=str(about.pk), kind__startswith="return."
    ).order_by("id")[:100]
    rows = [
        (
            time_exact(event.created_at),
            kind_label(event.kind),
            in_reader_language(event.message),
            event.actor or "",
        )
        for event in events
        if event.payload.get("return") in (None, row.pk)
    ]
    if not rows:
        return {}
    columns = (_("When"), "", _("What"), _("By"))
    return {"title": _("Timeline"), "wide": True, "table": ReportTable("", columns, rows)}


def _raw(request: HttpRequest, row: ReturnOrder) -> Panel:
    if not row.raw:
        return {}
    return {"title": _("Payload of the shop"), "wide": True, "text": shown_json(request, row.raw)}
