"""Public hosts that take webhooks for us."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import BaseAdmin, chip, time_ago
from ecomsync.common.fields import KeepSecretsMixin
from ecomsync.common.stored_text import in_reader_language
from sites.models import WebhookGateway


class WebhookGatewayForm(KeepSecretsMixin):
    class Meta:
        model = WebhookGateway
        exclude = ()


@admin.register(WebhookGateway)
class WebhookGatewayAdmin(BaseAdmin):
    form = WebhookGatewayForm
    list_display = ("code", "name1", "name2", "url", "health", "fetched", "active")
    search_fields = ("code", "name1", "name2", "url")
    list_filter = ("active",)
    fields = (
        ("code", "active"), ("name1", "name2"), "url", "client_id", "client_secret", "remarks", "health", "fetched",
    )  # fmt: skip
    readonly_fields = ("health", "fetched")

    @admin.display(description=_("state"))
    def health(self, row: WebhookGateway) -> SafeString | str:
        if row.failures:
            return chip(in_reader_language(row.last_error)[:200] or _("failing"), "bad")
        return chip(_("working"), "ok") if row.last_pulled_at else chip(_("never fetched"), "mute")

    @admin.display(description=_("last fetched at"), ordering="last_pulled_at")
    def fetched(self, row: WebhookGateway) -> SafeString:
        return time_ago(row.last_pulled_at)

    def save_model(self, request: HttpRequest, obj: WebhookGateway, form: Any, change: bool) -> None:
        """The gateway hears of our sites anew, and a failure of the old settings is no failure of the new ones."""
        obj.sites_hash, obj.failures, obj.last_error = "", 0, ""
        super().save_model(request, obj, form, change)
