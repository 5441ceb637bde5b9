"""List and page of shop returns."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from activity.admin.common import SEES_ALL
from ecomsync.common.admin import (
    ReadOnlyAdmin,
    amount_html,
    code_text,
    link_to,
    object_action,
    state_chip,
    time_ago,
)
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from orders.admin.preview import preview_tables
from orders.admin.return_forms import DocumentsForm, ExchangeForm, PayBackForm
from orders.admin.return_panels import return_panels
from orders.models import ReturnOrder
from orders.services.context import ImportContext
from orders.services.exchanges import exchange_by_hand
from orders.services.preview import preview_posting
from orders.services.return_receipts import pay_back_by_hand, still_to_pay_back
from orders.services.returns import accept_posted, ignore_return, post_return
from orders.services.withdrawn_returns import reverse_documents
from orders.states import ImportOutcome, ReturnState
from sites.choices import ExchangePolicy
from sites.models import Site
from sites.runs import refusal, request_run

IMPORT = "orders.import_order"


def _is_open(row: Any) -> bool:
    return row.state not in (ReturnState.POSTED, ReturnState.WITHDRAWN)


def _is_owed(row: Any) -> bool:
    return row.state == ReturnState.POSTED and still_to_pay_back(row) > 0


def _may_exchange(row: Any) -> bool:
    allowed = row.site.exchange_policy != ExchangePolicy.IGNORE
    return row.state == ReturnState.POSTED and row.exchange_order_id is None and allowed


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
    list_filter = ("site", "state", "hold_code", "paid_back", "origin", "created_remote")
    search_fields = ("number", "remote_id", "order_remote_id", "order__number")
    list_select_related = ("site", "order__site", "credit_note")
    show_full_result_count = False
    object_actions = (
        "post", "preview", "ignore", "pay_back", "exchange", "take_back", "mark_reviewed", "read_again",
    )  # fmt: skip

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
        return return_panels(request, obj)

    @object_action(
        label=_("Make documents"),
        permission=IMPORT,
        tone="primary",
        form=DocumentsForm,
        visible=_is_open,
        hint=_("As credit note: received and credited at once. As sales return: it waits for the goods."),
    )
    def post(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> None:
        for row in queryset:
            done = post_return(return_order=row, policy=form.cleaned_data["policy"], choices=form.choices())
            if done.state == ReturnState.POSTED:
                messages.success(request, gettext("%(row)s: posted.") % {"row": done})
            else:
                messages.warning(request, f"{done}: {in_reader_language(done.hold_message)}")

    @object_action(
        label=_("Preview"),
        permission="view",
        on_list=False,
        form=DocumentsForm,
        visible=_is_open,
        hint=_("What posting it would write; nothing is written."),
    )
    def preview(
        self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None
    ) -> HttpResponse:
        row = queryset.select_related("site", "order").get()
        found = preview_posting(return_order=row, policy=form.cleaned_data["policy"], choices=form.choices())
        held = found.outcome == ImportOutcome.HELD
        intro = gettext("Nothing was written. The return would be: %(state)s.") % {
            "state": (ReturnState.HELD if held else ReturnState.POSTED).label
        }
        return self.report_response(
            request,
            title=_("Preview of the return"),
            tables=preview_tables(found, mask=not request.user.has_perm(SEES_ALL)),
            intro=intro,
            row=row,
        )

    @object_action(
        label=_("Ignore"), permission=IMPORT, visible=_is_open, confirm=_("No documents will be made of it.")
    )
    def ignore(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> None:
        count = sum(ignore_return(return_order=row) for row in queryset)
        text = ngettext("%(count)s return is ignored.", "%(count)s returns are ignored.", count)
        messages.info(request, text % {"count": count})

    @object_action(
        label=_("Read again"),
        permission=IMPORT,
        hint=_("Reads the returns of the order from the shop and tries them again."),
    )
    def read_again(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> Any:
        by_site: dict[int, list[str]] = defaultdict(list)
        for site_id, order_id in queryset.values_list("site_id", "order_remote_id"):
            by_site[site_id].append(order_id)
        runs = []
        for site in Site.objects.filter(pk__in=by_site):
            problem = refusal(site, "read_returns")
            if problem:
                messages.error(request, f"{site.code}: {problem}")
                continue
            params = {"orders": sorted(set(by_site[site.pk]))}
            runs.append(request_run(site=site, action="read_returns", params=params, user=request.user))
        if len(runs) == 1:
            return runs[0]
        for run in runs:
            messages.info(request, gettext("Reading was started: %(run)s.") % {"run": run})
        return None

    @object_action(
        label=_("Record refund"),
        permission=IMPORT,
        on_list=False,
        form=PayBackForm,
        visible=_is_owed,
        hint=_("You gave the money back yourself: a refund receipt is made."),
    )
    def pay_back(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> None:
        row = queryset.select_related("site", "order__sales_order").get()
        receipt = pay_back_by_hand(
            row=row,
            payment_method=form.cleaned_data["payment_method"],
            amount=form.cleaned_data["amount"] or still_to_pay_back(row),
            paid_at=form.cleaned_data["paid_at"],
            context=ImportContext(row.site),
        )
        messages.success(request, gettext("Receipt %(number)s is posted.") % {"number": receipt})

    @object_action(
        label=_("Exchange"),
        permission=IMPORT,
        on_list=False,
        form=ExchangeForm,
        visible=_may_exchange,
        hint=_("Makes a sales order for the goods that the buyer gets instead."),
    )
    def exchange(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> None:
        row = queryset.select_related("site").get()
        order = exchange_by_hand(row=row, context=ImportContext(row.site), goods=form.cleaned_data["goods"])
        messages.success(request, gettext("Sales order %(number)s is made.") % {"number": order})

    @object_action(
        label=_("Take back"),
        permission=IMPORT,
        tone="danger",
        on_list=False,
        visible=lambda row: row.state == ReturnState.POSTED and row.withdrawn_at is not None,
        confirm=_(
            "The shop deleted this refund: its goods leave the stock again, its money counts as received, and an "
            "invoice claims what was credited."
        ),
    )
    def take_back(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> None:
        for row in queryset:
            messages.success(
                request, gettext("%(row)s: taken back.") % {"row": reverse_documents(return_order=row)}
            )

    @object_action(
        label=_("Mark as reviewed"),
        permission=IMPORT,
        visible=lambda row: row.state == ReturnState.POSTED and bool(row.hold_code),
        confirm=_(
            "The difference between the shop and the documents is accepted as it is, and the flag goes."
        ),
    )
    def mark_reviewed(self, request: HttpRequest, queryset: QuerySet[ReturnOrder], form: Any = None) -> None:
        for row in queryset:
            accept_posted(return_order=row)
        messages.success(request, gettext("Marked as reviewed."))
