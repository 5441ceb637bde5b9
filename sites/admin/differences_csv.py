"""The list of differences as a table for spreadsheets, in the reader's language."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from activity.admin.problems_csv import CSV_MARK, Echo, safe_cell
from activity.masking import mask_text
from activity.models import Difference
from ecomsync.common.stored_text import in_reader_language


def differences_csv(rows: QuerySet[Difference]) -> StreamingHttpResponse:
    """Streamed, so that any number of rows may be chosen."""
    language = get_language() or "en"
    response = StreamingHttpResponse(_lines(rows, language), content_type="text/csv; charset=utf-8")
    name = f"differences-{timezone.localtime():%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(rows: QuerySet[Difference], language: str) -> Iterator[str]:
    writer: Any = csv.writer(Echo())
    with override(language):
        head = (
            _("Site"), _("Kind"), _("Problem"), _("What differs"), _("Record"), _("Key"), _("In the shop"),
            _("In the ERP"), _("State"), _("Message"), _("First seen"), _("Last seen"),
        )  # fmt: skip
    yield CSV_MARK + writer.writerow(head)
    for row in rows.iterator(chunk_size=500):
        with override(language):
            yield writer.writerow([safe_cell(value) for value in _cells(row)])


def _cells(row: Difference) -> list[object]:
    return [
        row.site_code,
        row.get_kind_display(),
        row.get_problem_display(),
        row.get_aspect_display(),
        mask_text(row.subject_label),
        row.key,
        in_reader_language(row.shop_value),
        in_reader_language(row.erp_value),
        row.get_state_display(),
        mask_text(in_reader_language(row.message)),
        timezone.localtime(row.first_seen).strftime("%Y-%m-%d %H:%M"),
        timezone.localtime(row.last_seen).strftime("%Y-%m-%d %H:%M"),
    ]
