"""A rehearsed import as tables."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from ecomsync.common.admin import ReportTable, amount_html, code_text
from orders.admin.panels import proof_table
from orders.labels import DECISIONS, HOW, label_of
from orders.services.preview import Preview


def preview_tables(found: Preview) -> list[ReportTable]:
    """Exactly what would be written, and what stands in the way."""
    tables = []
    if found.holds:
        rows = [(hold["title"], hold["subject"], hold["message"], hold["cure"]) for hold in found.holds]
        columns = (_("Reason"), _("Concerns"), _("Details"), _("What to do"))
        tables.append(ReportTable(_("It would be held"), columns, rows))
    documents = [
        (
            row["type"],
            row["number"] or "–",
            row["state"],
            amount_html(Decimal(row["total"]) if row["total"] else None, row["currency"]),
        )
        for row in found.documents
    ]
    columns = (_("Document"), _("Number"), _("State"), _("Total"))
    tables.append(ReportTable(_("Documents"), columns, documents, empty=_("No documents.")))
    lines = [
        (row["item"], row["description"], row["quantity"], row["net"], row["tax"], row["warehouse"])
        for row in found.lines
    ]
    line_columns = (_("Item"), _("Description"), _("Quantity"), _("Net"), _("Tax"), _("Warehouse"))
    tables.append(ReportTable(_("Lines and charges of the sales order"), line_columns, lines))
    tables.append(proof_table(found.proof, found.currency, str(_("Proof of totals"))))
    decisions = [
        (
            label_of(DECISIONS, row["what"]),
            code_text(row["source"]),
            code_text(row["target"]),
            label_of(HOW, row.get("why", "")),
        )
        for row in found.decisions
    ]
    columns = (_("What"), _("In the shop"), _("In the ERP"), _("How"))
    tables.append(ReportTable(_("Mapping decisions"), columns, decisions))
    told = [(row["kind"], row["status"], row["payload"].get("comment", "")) for row in found.messages]
    tables.append(ReportTable(_("Told to the shop"), (_("Message"), _("Status"), _("Comment")), told))
    return tables
