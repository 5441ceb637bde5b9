"""On a gateway: who fetches events here."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import BaseAdmin, code_text, object_action, time_ago
from webhooks.models import EventState, GatewayClient


@admin.register(GatewayClient)
class GatewayClientAdmin(BaseAdmin):
    list_display = ("name", "client_id_", "sites_", "waiting", "seen", "active")
    fields = (("name", "active"), "client_id_", "sites_", "waiting", "seen")
    readonly_fields = ("client_id_", "sites_", "waiting", "seen")
    object_actions = ("new_secret",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Only a gateway has clients."""
        return settings.ROLE == "gateway" and super().has_module_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[GatewayClient]:
        events = Count(
            "sites__site__webhook_events",
            filter=Q(sites__site__webhook_events__state=EventState.PENDING),
            distinct=True,
        )
        rows: QuerySet[GatewayClient] = super().get_queryset(request)
        return rows.annotate(number=Count("sites", distinct=True), kept=events)

    @admin.display(description=_("client ID"))
    def client_id_(self, row: GatewayClient) -> SafeString | str:
        return code_text(row.client_id) if row.client_id else "–"

    @admin.display(description=_("sites"))
    def sites_(self, row: GatewayClient) -> int:
        return int(getattr(row, "number", 0))

    @admin.display(description=_("events that wait"))
    def waiting(self, row: GatewayClient) -> int:
        return int(getattr(row, "kept", 0))

    @admin.display(description=_("last seen"))
    def seen(self, row: GatewayClient) -> SafeString:
        return time_ago(row.last_seen_at)

    def save_model(self, request: HttpRequest, obj: GatewayClient, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made, secret = GatewayClient.make(obj.name)
        obj.pk, obj.client_id, obj.secret_hash = made.pk, made.client_id, made.secret_hash
        _show(request, made, secret)

    @object_action(
        label=_("New secret"),
        confirm=_("Make a new secret? The inner installation cannot fetch until it has it."),
        on_list=False,
        tone="danger",
    )
    def new_secret(
        self, request: HttpRequest, queryset: QuerySet[GatewayClient], form: object = None
    ) -> None:
        client = GatewayClient.objects.get(pk=queryset.get().pk)
        _show(request, client, client.renew_secret())


def _show(request: HttpRequest, client: GatewayClient, secret: str) -> None:
    text = _t("Client ID %(id)s, secret %(secret)s. The secret is shown this once only.")
    messages.warning(request, text % {"id": client.client_id, "secret": secret})
