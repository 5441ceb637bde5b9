"""A rehearsed import as tables."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from activity.masking import mask_text, mask_value
from ecomsync.common.admin import ReportTable, amount_html, chip, code_text, format_quantity
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from erp.models import StockMovement, StockReservation
from erp.states import DocumentType
from orders.admin.panels import proof_table
from orders.admin.timeline import state_label
from orders.labels import CHANGES, DECISIONS, HOW, label_of
from orders.services.preview import Preview
from orders.states import OutboxKind

_DOCUMENTS = dict(DocumentType.choices)
_STOCK = {
    **dict(StockReservation._meta.get_field("state").flatchoices),
    **dict(StockMovement._meta.get_field("movement_type").flatchoices),
}
_TONES = {"new": "ok", "changed": "warn", "same": "mute"}


def preview_tables(found: Preview, *, mask: bool = False) -> list[ReportTable]:
    """Exactly what would be written, and what stands in the way. mask: the reader may not see personal data."""
    tables = [_holds(found, mask), _customer(found, mask), _documents(found), _lines(found), _stock(found)]
    tables += [
        _entries(found),
        proof_table(found.proof, found.currency, _("Proof of totals")),
        _decisions(found, mask),
        _told(found, mask),
    ]
    return [table for table in tables if table.rows or table.empty]


def _text(value: str, mask: bool) -> str:
    shown = in_reader_language(value)
    return mask_text(shown) if mask else shown


def _money(value: str, currency: str = "") -> object:
    return amount_html(Decimal(value), currency) if value else ""


def _holds(found: Preview, mask: bool) -> ReportTable:
    rows = [
        (
            remedy_for(hold["code"], title=hold["message"]).title,
            _text(hold["subject"], mask),
            _text(hold["message"], mask),
            remedy_for(hold["code"]).cure,
        )
        for hold in found.holds
    ]
    columns = (_("Reason"), _("Concerns"), _("Details"), _("What to do"))
    return ReportTable(_("It would be held"), columns, rows)


def _customer(found: Preview, mask: bool) -> ReportTable:
    if not found.customer:
        return ReportTable()
    name = mask_value(found.customer) if mask else found.customer
    verdict = chip(_("new"), "ok") if found.new_customer else chip(_("known"), "mute")
    return ReportTable(_("Customer"), (), [(name, verdict)])


def _documents(found: Preview) -> ReportTable:
    rows = [
        (
            chip(label_of(CHANGES, row.get("change", "new")), _TONES.get(row.get("change", "new"), "mute")),
            label_of(_DOCUMENTS, row["type"]),
            code_text(row["number"]),
            state_label(row["type"], row["state"]),
            _money(row["total"], row["currency"]),
        )
        for row in found.documents
    ]
    columns = ("", _("Document"), _("Number"), _("State"), _("Total"))
    return ReportTable(_("Documents"), columns, rows, empty=_("No documents."))


def _lines(found: Preview) -> ReportTable:
    rows = [
        (
            code_text(row["item"]),
            row["description"],
            format_quantity(Decimal(row["quantity"])) if row["quantity"] else "",
            _money(row["net"], found.currency),
            _money(row["tax"], found.currency),
            row["warehouse"],
        )
        for row in found.lines
    ]
    columns = (_("Item"), _("Description"), _("Quantity"), _("Net"), _("Tax"), _("Warehouse"))
    return ReportTable(_("Lines and charges of the sales order"), columns, rows)


def _stock(found: Preview) -> ReportTable:
    kinds = {"reservation": _("reservation"), "movement": _("stock movement")}
    rows = [
        (
            kinds.get(row["kind"], row["kind"]),
            label_of(_STOCK, row["what"]),
            code_text(row["item"]),
            code_text(row["warehouse"]),
            format_quantity(Decimal(row["quantity"])),
        )
        for row in found.stock
    ]
    return ReportTable(_("Stock"), (_("Kind"), _("What"), _("Item"), _("Warehouse"), _("Quantity")), rows)


def _entries(found: Preview) -> ReportTable:
    rows = [
        (row["entry"], row["account"], _money(row["debit"]), _money(row["credit"])) for row in found.entries
    ]
    return ReportTable(_("Accounting entries"), (_("Entry"), _("Account"), _("Debit"), _("Credit")), rows)


def _decisions(found: Preview, mask: bool) -> ReportTable:
    rows = [
        (
            label_of(DECISIONS, row["what"]),
            code_text(_text(str(row["source"]), mask)),
            code_text(row["target"]),
            label_of(HOW, row.get("why", "")),
        )
        for row in found.decisions
        if "what" in row
    ]
    return ReportTable(_("Mapping decisions"), (_("What"), _("In the shop"), _("In the ERP"), _("How")), rows)


def _told(found: Preview, mask: bool) -> ReportTable:
    def comment(row: dict[str, Any]) -> str:
        payload = row["payload"]
        return _text(str(payload.get("comment", "")), mask) if isinstance(payload, dict) else ""

    kinds = dict(OutboxKind.choices)
    rows = [(label_of(kinds, row["kind"]), code_text(row["status"]), comment(row)) for row in found.messages]
    return ReportTable(_("Told to the shop"), (_("Message"), _("Status"), _("Comment")), rows)
