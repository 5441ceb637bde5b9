"""Actions of a site that take long: each becomes a run with progress and a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from activity.models import Run
from ecomsync.common.admin import BaseAdmin, ReportTable, chip, object_action
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.stored_text import in_reader_language
from platforms.types import CheckReport
from sites.admin.action_forms import (
    ForceForm,
    FromDateForm,
    ItemForm,
    MaybeFromDateForm,
    OrderNumbersForm,
    PreviewForm,
    RepairForm,
)
from sites.admin.criteria_report import criteria_tables
from sites.kick import publish_runs
from sites.labels import step_label
from sites.models import Site
from sites.runs import ACTIONS, CONNECT, PUSH, refusal, request_run
from sites.services.check import check_site
from sites.services.connect import begin_by_address

READ = "ecomsites.read_sales"
ORDERS, PUSHES, CONNECTION = _("Orders"), _("Send to the shop"), _("Connection")
TONES = {"ok": "ok", "warn": "warn", "fail": "bad", "skip": "mute"}
STATE_LABELS = {"ok": _("ok"), "warn": _("warning"), "fail": _("failed"), "skip": _("left out")}


def can_do(action: str) -> Callable[[Site], bool]:
    """Whether the platform of a site has what the action needs; a broken platform has nothing."""
    needs = ACTIONS[action].needs

    def visible(site: Site) -> bool:
        try:
            return not needs or bool(getattr(site.capabilities, needs))
        except ConfigurationError:
            return False

    return visible


def _connects(site: Site) -> bool:
    try:
        return site.capabilities.connect_by_browser or site.capabilities.connect_by_address
    except ConfigurationError:
        return False


def report_table(report: CheckReport) -> ReportTable:
    """The steps of a connection test."""
    rows = [
        (
            chip(STATE_LABELS.get(step.state, step.state), TONES.get(step.state, "mute")),
            step_label(step.name),
            in_reader_language(step.message),
            in_reader_language(step.cure),
        )
        for step in report.steps
    ]
    return ReportTable(columns=("", _("Step"), _("Result"), _("What to do")), rows=rows)


def shop_table(site: Site) -> ReportTable:
    """What the shop told of itself."""
    told = site.shop_info
    facts = [
        (_("Name"), told.get("name")),
        (_("Version"), told.get("version")),
        (_("Currency"), told.get("currency")),
        (_("Time zone"), told.get("time_zone")),
        (_("Payment methods"), ", ".join(str(pair[0]) for pair in told.get("payment_methods", []))),
        (_("Shipping methods"), ", ".join(str(pair[0]) for pair in told.get("shipping_methods", []))),
        (_("Order statuses"), ", ".join(str(pair[0]) for pair in told.get("statuses", []))),
    ]
    return ReportTable(
        title=_("What the shop told"), rows=[(label, value) for label, value in facts if value]
    )


def _ticked(form: Any, name: str) -> dict[str, bool]:
    """The parameter of a tick box; left out when it is not ticked."""
    return {name: True} if form is not None and form.cleaned_data[name] else {}


class RunActions(BaseAdmin):
    """Mixed into the site admin; the methods are listed in `object_actions` there."""

    def start(
        self,
        request: HttpRequest,
        queryset: QuerySet[Site],
        action: str,
        params: Mapping[str, Any] | None = None,
    ) -> Run | None:
        """Ask for the action on each site. One site: its run page; several: how many were started, which not."""
        runs: list[Run] = []
        for site in queryset:
            reason = refusal(site, action)
            if reason:
                messages.warning(request, f"{site.code}: {reason}")
                continue
            runs.append(request_run(site=site, action=action, params=params, user=request.user))
        if runs:
            transaction.on_commit(publish_runs)
        if len(runs) == 1:
            return runs[0]
        if runs:
            text = ngettext("%(count)s run was started.", "%(count)s runs were started.", len(runs))
            messages.success(request, text % {"count": len(runs)})
        return None

    # -- connection -------------------------------------------------------
    @object_action(label=_("Test Connection"), permission=CONNECT, tone="primary")
    def test_connection(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        sites = list(queryset[:2])
        if len(sites) != 1:
            return self.start(request, queryset, "test_connection")
        site = sites[0]
        report = check_site(site=site)
        if report.is_ok:
            messages.success(request, gettext("The connection works."))
        else:
            messages.error(
                request, gettext("The connection does not work yet. The failed steps say what to do.")
            )
        tables = [report_table(report), *([shop_table(site)] if report.info is not None else [])]
        return self.report_response(request, title=_("Test Connection"), tables=tables, row=site)

    @object_action(
        label=_("Connect"),
        permission=CONNECT,
        group=CONNECTION,
        on_list=False,
        visible=_connects,
        hint=_("The shop makes keys and hands them over; nothing is copied by hand."),
    )
    def connect(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> HttpResponse:
        """A page with a link: browsers do not let a pressed button lead to another site (form-action)."""
        site = queryset.get()
        if site.capabilities.connect_by_address:
            return self._connect_by_address(request, site)
        intro = format_html(
            '{} <a class="button default" href="{}">{}</a>',
            gettext(
                "You will be asked by %(shop)s whether ecomsync may read and write. Approve there; you come back here by "
                "yourself, and the connection is tested."
            )
            % {"shop": site.url},
            reverse("sites:connect_start", args=[site.pk]),
            gettext("Go to the shop"),
        )
        answer: HttpResponse = self.report_response(
            request, title=_("Connect"), intro=intro, tables=(), row=site
        )
        return answer

    def _connect_by_address(self, request: HttpRequest, site: Site) -> HttpResponse:
        callback_url, return_url = begin_by_address(site=site, user=request.user)
        table = ReportTable(
            title=_("Addresses to be entered in the shop"),
            columns=(_("Field"), _("Address")),
            rows=[(_("Callback URL"), callback_url), (_("Identity link URL"), return_url)],
        )
        intro = gettext(
            "Make an integration in the shop's admin with these two addresses and the rights that ‘Test Connection’ names, "
            "then activate it: the shop hands its keys over by itself. The addresses are good for 15 minutes and once."
        )
        answer: HttpResponse = self.report_response(
            request, title=_("Connect"), intro=intro, tables=[table], row=site
        )
        return answer

    @object_action(
        label=_("Register Webhooks"),
        permission=CONNECT,
        group=CONNECTION,
        visible=can_do("register_webhooks"),
    )
    def register_webhooks(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        wanted = queryset.filter(webhook_integration_enabled=True)
        for site in queryset.exclude(pk__in=wanted.values("pk")):
            messages.warning(
                request,
                gettext("%(site)s: switch ‘webhook integration enabled’ on first.") % {"site": site.code},
            )
        return self.start(request, wanted, "register_webhooks")

    # -- orders -----------------------------------------------------------
    @object_action(label=_("Read Sales"), permission=READ, tone="primary", visible=can_do("read_sales"))
    def read_sales(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "read_sales")

    @object_action(
        label=_("Read Sales From Date"),
        permission=READ,
        form=FromDateForm,
        group=ORDERS,
        visible=can_do("read_sales_from_date"),
    )
    def read_sales_from_date(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        params = {"from": form.cleaned_data["start"].isoformat()}
        return self.start(request, queryset, "read_sales_from_date", params)

    @object_action(
        label=_("Read Returns"),
        permission=READ,
        form=MaybeFromDateForm,
        group=ORDERS,
        visible=can_do("read_returns"),
    )
    def read_returns(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        start = form.cleaned_data["start"]
        return self.start(request, queryset, "read_returns", {"from": start.isoformat() if start else ""})

    @object_action(
        label=_("ReRead Selected Orders"),
        permission=READ,
        form=OrderNumbersForm,
        group=ORDERS,
        visible=can_do("reread_orders"),
    )
    def reread_orders(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "compare_orders", {"numbers": form.cleaned_data["numbers"]})

    @object_action(
        label=_("Preview orders by number"),
        permission=READ,
        form=OrderNumbersForm,
        group=ORDERS,
        hint=_("Also orders that were never read: what an import would write is shown, nothing is written."),
        visible=can_do("compare_orders"),
    )
    def preview_by_number(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "compare_orders", {"numbers": form.cleaned_data["numbers"]})

    @object_action(
        label=_("Try held orders again"),
        permission=READ,
        group=ORDERS,
        hint=_("From the payloads we keep; the shop is not asked."),
        confirm=_("All held orders and returns of the site will be tried again."),
        visible=can_do("release_orders"),
    )
    def release_orders(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "release_orders", {"all": True})

    @object_action(
        label=_("Reconcile orders"),
        permission=READ,
        group=ORDERS,
        form=RepairForm,
        visible=can_do("reconcile_orders"),
    )
    def reconcile_orders(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "reconcile_orders", _ticked(form, "repair"))

    # -- to the shop ------------------------------------------------------
    @object_action(
        label=_("Update All Qtys"),
        permission=PUSH,
        group=PUSHES,
        form=ForceForm,
        visible=can_do("update_all_qtys"),
        confirm=_(
            "All quantities of the shop will be computed and sent again. Older waiting requests are replaced."
        ),
    )
    def update_all_qtys(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "update_all_qtys", _ticked(form, "force"))

    @object_action(
        label=_("Update All Prices"),
        permission=PUSH,
        group=PUSHES,
        form=ForceForm,
        visible=can_do("update_all_prices"),
        confirm=_(
            "All prices of the shop will be computed and sent again. Older waiting requests are replaced."
        ),
    )
    def update_all_prices(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "update_all_prices", _ticked(form, "force"))

    @object_action(label=_("Link Items"), permission=PUSH, group=PUSHES, visible=can_do("link_items"))
    def link_items(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "link_items")

    @object_action(
        label=_("Send Items"),
        permission=PUSH,
        group=PUSHES,
        visible=can_do("send_items"),
        confirm=_("All items that the criteria admit will be sent to the shop."),
    )
    def send_items(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "send_items")

    @object_action(
        label=_("Send Categories"), permission=PUSH, group=PUSHES, visible=can_do("send_categories")
    )
    def send_categories(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "send_categories")

    @object_action(
        label=_("Fetch Categories"), permission=PUSH, group=PUSHES, visible=can_do("fetch_categories")
    )
    def fetch_categories(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "fetch_categories")

    @object_action(
        label=_("Send Customers"),
        permission=PUSH,
        group=PUSHES,
        form=ForceForm,
        visible=can_do("send_customers"),
        confirm=_("The customers of the ERP that the shop does not know as they are will be sent."),
    )
    def send_customers(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "send_customers", _ticked(form, "force"))

    @object_action(
        label=_("Reconcile"), permission=PUSH, group=PUSHES, form=RepairForm, visible=can_do("reconcile")
    )
    def reconcile(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, "reconcile", _ticked(form, "repair"))

    @object_action(label=_("Preview"), permission=PUSH, group=PUSHES, form=PreviewForm)
    def preview(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> Any:
        return self.start(request, queryset, form.cleaned_data["kind"])

    @object_action(
        label=_("Test criteria against item"),
        permission="view",
        group=PUSHES,
        form=ItemForm,
        on_list=False,
        hint=_("Says why an item is in or out."),
    )
    def test_criteria(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> HttpResponse:
        site = queryset.get()
        item, warehouse = form.cleaned_data["item"], form.cleaned_data["warehouse"]
        tables = criteria_tables(site, item, warehouse.strip().upper())
        answer: HttpResponse = self.report_response(
            request, title=_("Test criteria against item"), intro=str(item), tables=tables, row=site
        )
        return answer
