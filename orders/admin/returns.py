"""List and page of shop returns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from activity.admin.common import shown_json
from ecomsync.common.admin import (
    ActionForm,
    ReadOnlyAdmin,
    ReportTable,
    amount_html,
    code_text,
    format_quantity,
    link,
    link_to,
    object_action,
    state_chip,
    time_ago,
)
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from orders.models import ReturnOrder
from orders.reasons import settings_link
from orders.services.returns import ignore_return, post_return
from orders.states import ReturnState
from sites.choices import ReturnPolicy

IMPORT = "orders.import_order"


class PolicyForm(ActionForm):
    """Which documents the return becomes."""

    policy = forms.ChoiceField(
        label=_("Make"),
        choices=[
            (ReturnPolicy.CREDIT_NOTE.value, ReturnPolicy.CREDIT_NOTE.label),
            (ReturnPolicy.RETURN_ORDER.value, ReturnPolicy.RETURN_ORDER.label),
        ],
    )


def _is_open(row: Any) -> bool:
    return bool(row.state != ReturnState.POSTED)


@admin.register(ReturnOrder)
class ReturnOrderAdmin(ReadOnlyAdmin):
    """Returns as the shop sent them, and what became of them."""

    panels_only = True
    status_counts = "state"
    list_display = (
        "shop_number",
        "site_link",
        "order_link",
        "state_shown",
        "amount",
        "reason_shown",
        "note",
        "returned",
    )
    list_display_links = ("shop_number",)
    list_filter = ("site", "state", "hold_code", "created_remote")
    search_fields = ("number", "remote_id", "order_remote_id", "order__number")
    list_select_related = ("site", "order__site", "credit_note")
    show_full_result_count = False
    object_actions = ("post", "ignore")

    @admin.display(description=_("shop number"), ordering="number")
    def shop_number(self, row: ReturnOrder) -> SafeString:
        return code_text(row.number or row.remote_id)

    @admin.display(description=_("site"), ordering="site__code")
    def site_link(self, row: ReturnOrder) -> SafeString:
        return link_to(row.site, row.site.code)

    @admin.display(description=_("order"))
    def order_link(self, row: ReturnOrder) -> SafeString:
        return link_to(row.order) if row.order else code_text(row.order_remote_id)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: ReturnOrder) -> SafeString:
        return state_chip(row)

    @admin.display(description=_("total"), ordering="total")
    def amount(self, row: ReturnOrder) -> SafeString:
        return amount_html(row.total, row.currency)

    @admin.display(description=_("held because"), ordering="hold_code")
    def reason_shown(self, row: ReturnOrder) -> str:
        return (
            str(remedy_for(row.hold_code, title=in_reader_language(row.hold_message)).title)
            if row.hold_code
            else "–"
        )

    @admin.display(description=_("credit note"))
    def note(self, row: ReturnOrder) -> SafeString:
        return link_to(row.credit_note)

    @admin.display(description=_("returned at"), ordering="created_remote")
    def returned(self, row: ReturnOrder) -> SafeString:
        return time_ago(row.created_remote)

    def object_panels(self, request: HttpRequest, obj: ReturnOrder) -> list[dict[str, Any]]:
        panels = [_hold(obj), _facts(obj), _lines(obj)]
        if obj.raw:
            panels.append(
                {"title": gettext("Payload of the shop"), "wide": True, "text": shown_json(request, obj.raw)}
            )
        return [panel for panel in panels if panel]

    @object_action(
        label=_("Make documents"), permission=IMPORT, tone="primary", form=PolicyForm, visible=_is_open
    )
    def post(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> None:
        for row in queryset:
            done = post_return(return_order=row, policy=form.cleaned_data["policy"])
            if done.state == ReturnState.POSTED:
                messages.success(request, gettext("%(row)s: posted.") % {"row": done})
            else:
                messages.warning(request, f"{done}: {in_reader_language(done.hold_message)}")

    @object_action(
        label=_("Ignore"), permission=IMPORT, visible=_is_open, confirm=_("No documents will be made of it.")
    )
    def ignore(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> None:
        count = sum(ignore_return(return_order=row) for row in queryset)
        text = ngettext("%(count)s return is ignored.", "%(count)s returns are ignored.", count)
        messages.info(request, text % {"count": count})


def _hold(row: ReturnOrder) -> dict[str, Any]:
    if not row.hold_code:
        return {}
    remedy = remedy_for(row.hold_code, title=in_reader_language(row.hold_message))
    where = settings_link(row.hold_code, site_id=row.site_id)
    cells = (
        remedy.title,
        in_reader_language(row.hold_message),
        remedy.cure,
        link(where, gettext("Open the setting")) if where else "",
    )
    columns = (gettext("Reason"), gettext("Details"), gettext("What to do"), gettext("Where"))
    return {
        "title": gettext("Needs attention"),
        "wide": True,
        "tone": "warn",
        "table": ReportTable("", columns, [cells]),
    }


def _facts(row: ReturnOrder) -> dict[str, Any]:
    facts = [
        (gettext("Site"), link_to(row.site)),
        (gettext("Order"), link_to(row.order) if row.order else code_text(row.order_remote_id)),
        (gettext("Total"), amount_html(row.total, row.currency)),
        (gettext("Reason"), row.reason or "–"),
        (gettext("Sales return"), link_to(row.sales_return)),
        (gettext("Credit note"), link_to(row.credit_note)),
        (gettext("Returned"), time_ago(row.created_remote)),
        (gettext("Posted"), time_ago(row.posted_at)),
    ]
    return {"title": gettext("Return"), "facts": facts}


def _lines(row: ReturnOrder) -> dict[str, Any]:
    rows = [
        (
            code_text(line.sku),
            line.name[:120],
            link_to(line.item),
            format_quantity(line.quantity),
            amount_html(line.net, row.currency),
            amount_html(line.tax, row.currency),
        )
        for line in row.lines.select_related("item")
    ]
    columns = (
        gettext("SKU"),
        gettext("Name"),
        gettext("Item"),
        gettext("Quantity"),
        gettext("Net"),
        gettext("Tax"),
    )
    empty = gettext("The shop names an amount and no lines.")
    return {"title": gettext("Lines"), "wide": True, "table": ReportTable("", columns, rows, empty=empty)}
