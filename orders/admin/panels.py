"""The panels of an order's page."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from activity.admin.common import SEES_ALL, shown_json, shown_text
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
from erp.states import DocumentType
from orders.admin.message_texts import message_chip, message_result, message_text
from orders.admin.timeline import DOCUMENT_PAGES, timeline_of
from orders.labels import (
    CAUSES,
    CHARGES,
    DECISIONS,
    EXPLANATIONS,
    HOW,
    STATE_REASONS,
    component_label,
    label_of,
)
from orders.models import Order, OrderHold
from orders.reasons import settings_link

Panel = dict[str, Any]


def order_panels(request: HttpRequest, order: Order) -> list[Panel]:
    """All panels, most needed first; those without content are left out."""
    panels = [
        holds_panel(order),
        _facts(request, order),
        _amounts(order),
        _proof(order),
        _documents(order),
        _lines(order),
        _charges(order),
        _messages(order),
        _returns(order),
        _timeline(request, order),
        _decisions(request, order),
        _raw(request, order),
    ]
    return [panel for panel in panels if panel]


def holds_panel(order: Order) -> Panel:
    """Why it waits, what to do, and where."""
    rows = [_hold_row(order, hold) for hold in order.holds.filter(released_at=None)]
    if order.state_reason:
        rows.append((label_of(STATE_REASONS, order.state_reason), "", "", "", time_ago(order.updated_at)))
    if not rows:
        return {}
    columns = (_("Reason"), _("Concerns"), _("What to do"), _("Where"), _("Since"))
    return {
        "title": _("Needs attention"),
        "wide": True,
        "tone": "warn",
        "table": ReportTable("", columns, rows),
    }


def _hold_row(order: Order, hold: OrderHold) -> tuple[object, ...]:
    told = in_reader_language(str(hold.params.get("message", "")))
    remedy = remedy_for(hold.code, title=told)
    concerns = " · ".join(part for part in (hold.subject, told) if part)
    where = settings_link(hold.code, site_id=order.site_id, subject=hold.subject, params=hold.params)
    return (
        remedy.title,
        concerns,
        remedy.cure,
        link(where, _("Open the setting")) if where else "",
        time_ago(hold.created_at),
    )


def _facts(request: HttpRequest, order: Order) -> Panel:
    address = order.shipping_address or order.billing_address
    name = order.customer_company or order.customer_name
    facts = [
        (_("Site"), link_to(order.site)),
        (_("Shop number"), code_text(order.number)),
        (_("Shop status"), order.status_remote),
        (_("Payment"), order.get_financial_status_display()),
        (_("Payment code"), code_text(order.payment_code)),
        (_("Shipping code"), code_text(order.shipping_code)),
        (_("Buyer"), shown_text(request, name) if name else "–"),
        (_("E-mail"), code_text(shown_text(request, order.customer_email))),
        (_("Tax number"), code_text(order.customer_tax_number)),
        (
            _("Delivered to"),
            ", ".join(part for part in (address.get("city", ""), address.get("country", "")) if part),
        ),
        (_("Customer"), link_to(order.erp_customer)),
        (_("Ordered"), time_ago(order.created_remote)),
        (_("Changed in the shop"), time_ago(order.updated_remote)),
        (_("Imported"), time_ago(order.imported_at)),
        (_("Next try"), time_ago(order.heal_at) if order.heal_at else ""),
    ]
    return {
        "title": capfirst(order._meta.verbose_name),
        "facts": [(label, value) for label, value in facts if value not in ("", None)],
    }


def _amounts(order: Order) -> Panel:
    figures = [
        (_("Goods before discounts"), order.lines_net),
        (_("Discounts"), -order.discount_net),
        (_("Shipping"), order.shipping_net),
        (_("Fees"), order.fees_net),
        (_("Tax"), order.tax_total),
        (_("Grand total"), order.grand_total),
        (_("Refunded"), order.refunded_total),
    ]
    facts = [
        (label, amount_html(value, order.currency))
        for label, value in figures
        if value or label == _("Grand total")
    ]
    return {"title": _("Amounts of the shop"), "facts": facts}


def _proof(order: Order) -> Panel:
    """Shop and documents by component; what differs with its probable cause and its cure."""
    if not order.proof:
        return {}
    table = proof_table(order.proof, order.currency)
    return {
        "title": _("Proof of totals"),
        "wide": True,
        "tone": "ok" if order.proof_ok else "bad",
        "table": table,
    }


def proof_table(proof: Iterable[dict[str, Any]], currency: str, title: str = "") -> ReportTable:
    """The rows of a proof; the columns of the invoice and of causes only where there are any."""
    proof = list(proof)
    invoiced = any(row.get("invoice") is not None for row in proof)
    explained = any(row.get("cause") and not row["ok"] for row in proof)
    columns = [_("Component"), _("Shop"), _("ERP"), _("Invoice"), _("Difference"), ""]
    columns += [_("Probable cause"), _("What to do")]
    shown = [index for index in range(len(columns)) if (invoiced or index != 3) and (explained or index < 6)]
    rows = [_proof_row(row, currency) for row in proof]
    return ReportTable(
        title,
        tuple(columns[index] for index in shown),
        [tuple(row[index] for index in shown) for row in rows],
    )


def _proof_row(row: dict[str, Any], currency: str) -> tuple[object, ...]:
    difference = Decimal(row["difference"])
    verdict = chip(_("equal"), "ok")
    cause: tuple[object, object] = ("", "")
    if not row["ok"]:
        verdict = chip(_("differs"), "bad")
        cause = CAUSES.get(row.get("cause", ""), ("", ""))
    elif row.get("explained"):
        verdict = chip(label_of(EXPLANATIONS, row["explained"]), "info")
    invoice = row.get("invoice")
    return (
        component_label(row["component"]),
        amount_html(Decimal(row["shop"]), currency),
        amount_html(Decimal(row["erp"]), currency),
        "–" if invoice is None else amount_html(Decimal(invoice), currency),
        amount_html(difference, currency) if difference else "–",
        verdict,
        *cause,
    )


def _documents(order: Order) -> Panel:
    rows = []
    for row in order.documents.all():
        page = change_url(DOCUMENT_PAGES.get(DocumentType(row.document_type), ""), row.object_id)
        label = DocumentType(row.document_type).label
        rows.append((label, link(page, row.number or f"#{row.object_id}"), time_ago(row.created_at)))
    if not rows:
        return {}
    columns = (_("Document"), _("Number"), _("Made"))
    return {"title": _("Documents"), "table": ReportTable("", columns, rows)}


def _lines(order: Order) -> Panel:
    rows = [
        (
            line.line_no,
            code_text(line.sku),
            line.name[:120],
            link_to(line.item) if line.item else chip(_("unknown"), "bad"),
            format_quantity(line.quantity),
            amount_html(line.subtotal_net, order.currency),
            amount_html(line.subtotal_net - line.net, order.currency),
            amount_html(line.tax, order.currency),
            amount_html(line.net + line.tax, order.currency),
        )
        for line in order.lines.select_related("item")
    ]
    columns = (
        "", _("SKU"), _("Name"), _("Item"), _("Quantity"), _("Net"), _("Discount"), _("Tax"), _("Total"),
    )  # fmt: skip
    return {"title": _("Lines"), "wide": True, "table": ReportTable("", columns, rows)}


def _charges(order: Order) -> Panel:
    currency = order.currency
    rows: list[tuple[object, ...]] = [
        (
            label_of(CHARGES, charge.kind),
            charge.title or charge.code,
            amount_html(charge.net, currency),
            amount_html(charge.tax, currency),
        )
        for charge in order.charges.all()
    ]
    rows += [
        (
            label_of(CHARGES, entry.kind),
            entry.title or entry.code,
            amount_html(-entry.net, currency),
            amount_html(-entry.tax, currency),
        )
        for entry in order.discounts.all()
    ]
    rows += [
        (
            _("payment"),
            entry.title or entry.code,
            amount_html(entry.amount, entry.currency),
            time_ago(entry.paid_at),
        )
        for entry in order.payments.all()
    ]
    if not rows:
        return {}
    columns = (_("Kind"), _("Title"), _("Amount"), _("Tax / paid"))
    return {"title": _("Charges, discounts and payments"), "table": ReportTable("", columns, rows)}


def _messages(order: Order) -> Panel:
    rows = [
        (
            link_to(row, row.get_kind_display()),
            message_text(row),
            message_chip(row),
            message_result(row),
            time_ago(row.completed_at or row.last_attempt_at or row.created_at),
        )
        for row in order.outbox.order_by("id")
    ]
    if not rows:
        return {}
    columns = (_("Message"), _("Content"), _("State"), _("Result"), _("When"))
    return {"title": _("Told to the shop"), "wide": True, "table": ReportTable("", columns, rows)}


def _returns(order: Order) -> Panel:
    rows = [
        (
            link_to(row, row.number),
            amount_html(row.total, row.currency),
            state_chip(row),
            link_to(row.credit_note),
        )
        for row in order.returns.select_related("site", "credit_note")
    ]
    if not rows:
        return {}
    columns = (_("Return"), _("Total"), _("State"), _("Credit note"))
    return {"title": _("Returns"), "table": ReportTable("", columns, rows)}


def _timeline(request: HttpRequest, order: Order) -> Panel:
    rows = [
        (time_exact(moment.at), moment.badge, moment.text, moment.detail)
        for moment in timeline_of(order, request)
    ]
    columns = (_("When"), "", _("What"), "")
    return {"title": _("Timeline"), "wide": True, "table": ReportTable("", columns, rows)}


def _decisions(request: HttpRequest, order: Order) -> Panel:
    rows = [
        (
            label_of(DECISIONS, row["what"]),
            code_text(shown_text(request, str(row["source"]))),
            code_text(row["target"]),
            label_of(HOW, row.get("why", "")),
        )
        for row in _dicts(order.decisions)
    ]
    if not rows:
        return {}
    columns = (_("What"), _("In the shop"), _("In the ERP"), _("How"))
    return {"title": _("Mapping decisions"), "wide": True, "table": ReportTable("", columns, rows)}


def _dicts(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [row for row in rows if isinstance(row, dict) and "what" in row]


def _raw(request: HttpRequest, order: Order) -> Panel:
    if not order.raw:
        return {}
    note = "" if request.user.has_perm(SEES_ALL) else _("Personal data is masked for you.")
    return {
        "title": _("Payload of the shop"),
        "wide": True,
        "text": shown_json(request, order.raw),
        "note": note,
    }
