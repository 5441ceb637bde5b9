"""The problem list as a table for spreadsheets, in the reader's language."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from activity.masking import mask_text
from activity.models import SiteError
from ecomsync.common.stored_text import in_reader_language

#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: Tells spreadsheets that the file is UTF-8, without which Arabic is garbled.
CSV_MARK = "\ufeff"


class Echo:
    """A file that hands back what is written to it, line by line."""

    def write(self, text: str) -> str:
        return text


def problems_csv(rows: QuerySet[SiteError]) -> StreamingHttpResponse:
    """Streamed, so that any number of problems may be chosen."""
    language = get_language() or "en"
    response = StreamingHttpResponse(_lines(rows, language), content_type="text/csv; charset=utf-8")
    name = f"problems-{timezone.localtime():%Y%m%d-%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(rows: QuerySet[SiteError], language: str) -> Iterator[str]:
    writer: Any = csv.writer(Echo())
    with override(language):
        head = (
            _("Problem"), _("Message"), _("What to do"), _("State"), _("Site"), _("Record"), _("Error code"),
            _("Times seen"), _("First seen"), _("Last seen"), _("Assigned to"), _("Comment"),
        )  # fmt: skip
    yield CSV_MARK + writer.writerow(head)
    for row in rows.select_related("assigned_to").iterator(chunk_size=500):
        with override(language):
            yield writer.writerow([safe_cell(value) for value in _cells(row)])


def _cells(row: SiteError) -> list[object]:
    remedy = row.remedy
    return [
        remedy.title,
        mask_text(in_reader_language(row.message)),
        remedy.cure,
        row.get_state_display(),
        row.site_code,
        mask_text(in_reader_language(row.subject_label)),
        row.code,
        row.count,
        timezone.localtime(row.first_seen).strftime("%Y-%m-%d %H:%M"),
        timezone.localtime(row.last_seen).strftime("%Y-%m-%d %H:%M"),
        row.assigned_to.get_username() if row.assigned_to else "",
        mask_text(row.comment),
    ]


def safe_cell(value: object) -> str:
    """Text that no spreadsheet runs."""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
