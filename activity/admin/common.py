"""What the lists of this app share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from activity.masking import mask_body, mask_personal, mask_text
from ecomsync.common.admin import change_url, link, pretty_json
from ecomsync.common.stored_text import in_reader_language

LEVEL_TONES = {
    "debug": "mute",
    "info": "info",
    "success": "ok",
    "warning": "warn",
    "error": "bad",
    "critical": "bad",
}
SEES_ALL = "activity.view_personal_data"


class SiteCodeFilter(admin.SimpleListFilter):
    """The sites that occur, by code; one small query over an index."""

    title = _("site")
    parameter_name = "site_code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = (
            model_admin.model._default_manager.order_by("site_code")
            .values_list("site_code", flat=True)
            .distinct()
        )
        return [(code, code) for code in codes if code]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(site_code=self.value()) if self.value() else queryset


def subject_link(row: Any) -> SafeString:
    """The record a row is about, with a link when it has a page."""
    if not row.subject_type:
        return SafeString("–")
    label = mask_text(in_reader_language(row.subject_label)) or f"{row.subject_type} {row.subject_id}"
    return link(change_url(row.subject_type, row.subject_id) if row.subject_id else "", label)


def shown_json(request: HttpRequest | None, value: Any) -> SafeString:
    """JSON for this reader: personal data is masked unless they may see it."""
    if request is not None and request.user.has_perm(SEES_ALL):
        return pretty_json(value)
    return pretty_json(mask_body(value) if isinstance(value, str) and value else mask_personal(value))


def shown_text(request: HttpRequest | None, text: str) -> str:
    return text if request is not None and request.user.has_perm(SEES_ALL) else mask_text(text)
