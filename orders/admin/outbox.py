"""Messages to the shop: read-only, can go again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ecomsync.common.admin import ReadOnlyAdmin, code_text, link, link_to, object_action, time_ago
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from orders.admin.message_texts import message_chip, message_facts, message_result, message_text
from orders.models import OrderOutbox
from orders.services.push_outbox import CANCELLABLE, can_go_again, cancel_messages, retry_messages
from orders.settings_links import settings_link
from orders.states import OutboxState


@admin.register(OrderOutbox)
class OrderOutboxAdmin(ReadOnlyAdmin):
    """What was told to the shops, or will be."""

    status_counts = "state"
    list_display = (
        "order_link", "kind", "content", "state_shown", "attempts", "problem", "calls", "changed",
    )  # fmt: skip
    list_filter = ("state", "kind", "order__site", "error_code", "created_at")
    search_fields = ("order__number", "order__remote_id", "dedupe_key", "error_message")
    list_select_related = ("order__site",)
    show_full_result_count = False
    object_actions = ("retry", "cancel")
    fields = (
        "order", "kind", "state", "attempts", "not_before", "first_attempt_at", "last_attempt_at",
        "completed_at", "error_class", "error_code", "error_message", "trace_id", "created_at",
    )  # fmt: skip

    @admin.display(description=_("order"))
    def order_link(self, row: OrderOutbox) -> SafeString:
        return link_to(row.order)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: OrderOutbox) -> SafeString:
        return message_chip(row)

    @admin.display(description=_("content"))
    def content(self, row: OrderOutbox) -> SafeString:
        return message_text(row)

    def object_chip(self, obj: OrderOutbox) -> object:
        return message_chip(obj)

    def object_panels(self, request: HttpRequest, obj: OrderOutbox) -> Sequence[dict[str, Any]]:
        panels: list[dict[str, Any]] = []
        if obj.error_code and obj.state != OutboxState.DONE:
            where = settings_link(obj.error_code, site_id=obj.order.site_id)
            facts = [(_("Cause and cure"), message_result(obj))]
            if where:
                facts.append((_("Where"), link(where, _("Open the setting"))))
            panels.append({"title": _("Needs attention"), "tone": "warn", "wide": True, "facts": facts})
        return [*panels, {"title": _("Message"), "facts": message_facts(obj), "wide": True}]

    @admin.display(description=_("cause"), ordering="error_code")
    def problem(self, row: OrderOutbox) -> object:
        if not row.error_code:
            return "–"
        return remedy_for(row.error_code, title=in_reader_language(row.error_message)[:80]).title

    @admin.display(description=_("related requests"))
    def calls(self, row: OrderOutbox) -> SafeString:
        if not row.trace_id:
            return SafeString("–")
        try:
            address = reverse("admin:activity_apicall_changelist") + f"?trace_id__exact={row.trace_id}"
        except NoReverseMatch:
            return code_text(row.trace_id[:8])
        return link(address, row.trace_id[:8])

    @admin.display(description=_("changed"), ordering="updated_at")
    def changed(self, row: OrderOutbox) -> SafeString:
        return time_ago(row.updated_at)

    @object_action(
        label=_("Retry Selected Lines"),
        permission="orders.import_order",
        visible=can_go_again,
        hint=_("Failed and cancelled messages go again, and those that met a dry run."),
    )
    def retry(self, request: HttpRequest, queryset: QuerySet[OrderOutbox], form: Any = None) -> None:
        count = retry_messages(queryset)
        text = ngettext("%(count)s message goes again.", "%(count)s messages go again.", count)
        messages.info(request, text % {"count": count})

    @object_action(
        label=_("Cancel message"),
        permission="orders.import_order",
        tone="danger",
        visible=lambda row: row.state in CANCELLABLE,
        confirm=_("Cancel? The shop is never told; what waits behind it in the same order goes on."),
    )
    def cancel(self, request: HttpRequest, queryset: QuerySet[OrderOutbox], form: Any = None) -> None:
        count = cancel_messages(queryset)
        text = ngettext("%(count)s message is cancelled.", "%(count)s messages are cancelled.", count)
        messages.info(request, text % {"count": count})
