"""List and page of shop orders."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from activity.admin.common import SEES_ALL
from activity.masking import mask_personal, mask_text
from activity.services import record_event
from ecomsync.common.admin import (
    ReadOnlyAdmin,
    ReportTable,
    amount_html,
    chip,
    code_text,
    link_to,
    object_action,
    state_chip,
    time_ago,
)
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from orders.admin.comparison import comparison_view
from orders.admin.mapping import PERMISSION as MAP_PERMISSION
from orders.admin.mapping import first_unmapped, mapping_address, mapping_view
from orders.admin.panels import order_panels
from orders.admin.preview import preview_tables
from orders.labels import story_text
from orders.models import Order, OrderHold, OrderVersion
from orders.services.due import mark_due, waiting_orders
from orders.services.heal import heal_orders
from orders.services.holds import release_holds
from orders.services.preview import Preview, preview_order
from orders.states import ImportOutcome, OrderSource, OrderState
from sites.kick import publish_runs
from sites.models import Site
from sites.runs import refusal, request_run
from sites.services.adapters import open_adapter

#: More than so many are imported by a worker, not while the page waits.
AT_ONCE = 25
#: A preview of each stands on one page.
PREVIEWED = 10
IMPORT = "orders.import_order"


class HoldFilter(admin.SimpleListFilter):
    """Orders that wait for one reason."""

    title = _("held because")
    parameter_name = "hold"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        open_holds = OrderHold.objects.filter(released_at=None).order_by("code")
        codes = open_holds.values_list("code", flat=True).distinct()
        return [(code, str(remedy_for(code, title=code).title)) for code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        if not self.value():
            return queryset
        waiting = OrderHold.objects.filter(released_at=None, code=self.value()).values("order")
        return queryset.filter(pk__in=waiting)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Everything about one order on one page; nothing is edited, everything can be tried again."""

    panels_only = True
    status_counts = "state"
    list_display = (
        "shop_number", "site_link", "state_shown", "reasons", "buyer", "total", "status_remote", "document",
        "proved", "ordered",
    )  # fmt: skip
    list_display_links = ("shop_number",)
    list_filter = ("site", "state", HoldFilter, "financial_status", "proof_ok", "source", "created_remote")
    search_fields = (
        "number",
        "remote_id",
        "customer_email",
        "customer_name",
        "customer_company",
        "lines__sku",
    )
    list_select_related = ("site", "sales_order")
    ordering = ("-created_remote", "-id")
    show_full_result_count = False
    object_actions = (
        "map_method",
        "import_again",
        "reread_orders",
        "preview",
        "mark_reviewed",
        "download_payload",
    )

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "comparison/<int:run_id>/",
            self.admin_site.admin_view(partial(comparison_view, self)),
            name="orders_order_comparison",
        )
        mapping = path(
            "map/<int:site_id>/<slug:kind>/",
            self.admin_site.admin_view(partial(mapping_view, self)),
            name="orders_order_map_method",
        )
        version = path(
            "<int:object_id>/version/<int:version_id>/",
            self.admin_site.admin_view(self.version_view),
            name="orders_order_version",
        )
        return [own, version, mapping, *super().get_urls()]

    def version_view(self, request: HttpRequest, object_id: int, version_id: int) -> HttpResponse:
        """The payload of an earlier version, or (0) of the present one, as a file."""
        order = self.get_object(request, str(object_id))
        if order is None:
            raise Http404
        if not self.has_view_or_change_permission(request, order):
            raise PermissionDenied
        if not version_id:
            return payload_file(request, order, order.raw)
        version = OrderVersion.objects.filter(order=order, pk=version_id).first()
        if version is None:
            raise Http404
        return payload_file(request, order, version.raw, f"-{version.pk}")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        rows = super().get_queryset(request)
        listing = request.resolver_match is not None and (request.resolver_match.url_name or "").endswith(
            "changelist"
        )
        if listing:
            rows = rows.defer(
                "raw", "proof", "decisions", "billing_address", "shipping_address"
            ).prefetch_related("holds")
        return rows

    # -- columns ------------------------------------------------------------
    @admin.display(description=_("shop number"), ordering="number")
    def shop_number(self, row: Order) -> SafeString:
        return code_text(row.number or row.remote_id)

    @admin.display(description=_("site"), ordering="site__code")
    def site_link(self, row: Order) -> SafeString:
        return link_to(row.site, row.site.code)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, row: Order) -> SafeString:
        return state_chip(row)

    @admin.display(description=_("reasons"))
    def reasons(self, row: Order) -> str:
        found = [hold for hold in row.holds.all() if hold.released_at is None]
        names = dict.fromkeys(story_text(f"{hold.code} {hold.subject}".strip()) for hold in found)
        return ", ".join(names) or story_text(row.state_reason) or "–"

    @admin.display(description=_("buyer"), ordering="customer_name")
    def buyer(self, row: Order) -> str:
        return row.customer_company or row.customer_name or "–"

    @admin.display(description=_("total"), ordering="grand_total")
    def total(self, row: Order) -> SafeString:
        return amount_html(row.grand_total, row.currency)

    @admin.display(description=_("document"), ordering="sales_order__number")
    def document(self, row: Order) -> SafeString:
        return link_to(row.sales_order)

    @admin.display(description=_("proof"), ordering="proof_ok")
    def proved(self, row: Order) -> SafeString:
        if row.proof_ok is None:
            return SafeString("–")
        return chip(gettext("proved"), "ok") if row.proof_ok else chip(gettext("differs"), "bad")

    @admin.display(description=_("ordered"), ordering="created_remote")
    def ordered(self, row: Order) -> SafeString:
        return time_ago(row.created_remote)

    def object_panels(self, request: HttpRequest, obj: Order) -> list[dict[str, Any]]:
        return order_panels(request, obj)

    # -- actions ------------------------------------------------------------
    @object_action(
        label=_("Map this method"),
        permission=MAP_PERMISSION,
        tone="primary",
        on_list=False,
        visible=lambda row: first_unmapped(row) is not None,
        hint=_(
            "Says what the payment or shipping method is in the ERP, and imports all orders that wait for it."
        ),
    )
    def map_method(self, request: HttpRequest, queryset: QuerySet[Order], form: Any = None) -> HttpResponse:
        return HttpResponseRedirect(mapping_address(queryset.get()))

    @object_action(
        label=_("Import again"),
        permission=IMPORT,
        tone="primary",
        visible=lambda row: not row.is_imported and bool(row.raw),
        hint=_("From the payload we keep; the shop is not asked."),
    )
    def import_again(self, request: HttpRequest, queryset: QuerySet[Order], form: Any = None) -> None:
        if queryset.count() > AT_ONCE:
            count = mark_due(waiting_orders().filter(pk__in=queryset.values("pk")))
            transaction.on_commit(publish_runs)
            text = ngettext("%(count)s order goes again now.", "%(count)s orders go again now.", count)
            messages.info(request, text % {"count": count})
            return
        by_site: dict[int, list[Order]] = defaultdict(list)
        for order in queryset.select_related("site"):
            by_site[order.site_id].append(order)
        for orders in by_site.values():
            for order in orders:
                record_event(
                    kind="order.retried", site_code=order.site.code, subject=order, actor=request.user
                )
            for result in heal_orders(site=orders[0].site, orders=orders, source=OrderSource.MANUAL):
                _tell(request, str(result.order or ""), str(result.outcome), result.message)

    @object_action(
        label=_("ReRead Selected Orders"),
        permission="ecomsites.read_sales",
        hint=_(
            "Reads the newest version from the shop and shows what differs; you confirm what is taken over."
        ),
    )
    def reread_orders(self, request: HttpRequest, queryset: QuerySet[Order], form: Any = None) -> Any:
        by_site: dict[int, list[str]] = defaultdict(list)
        for site_id, remote_id in queryset.values_list("site_id", "remote_id"):
            by_site[site_id].append(remote_id)
        runs = []
        for site in Site.objects.filter(pk__in=by_site):
            problem = refusal(site, "compare_orders")
            if problem:
                messages.error(request, f"{site.code}: {problem}")
                continue
            params = {"remote_ids": by_site[site.pk]}
            runs.append(request_run(site=site, action="compare_orders", params=params, user=request.user))
        if runs:
            transaction.on_commit(publish_runs)
        if len(runs) == 1:
            return runs[0]
        for run in runs:
            messages.info(
                request,
                format_html(
                    '{} <a href="{}">{}</a>',
                    gettext("Reading was started: %(run)s.") % {"run": run},
                    run.get_absolute_url(),
                    gettext("Show"),
                ),
            )
        return None

    @object_action(
        label=_("Preview"),
        permission="view",
        visible=lambda row: bool(row.raw),
        hint=_("What an import of the payload we keep would write; nothing is written."),
    )
    def preview(self, request: HttpRequest, queryset: QuerySet[Order], form: Any = None) -> Any:
        orders = list(queryset.select_related("site")[: PREVIEWED + 1])
        if len(orders) > PREVIEWED:
            messages.warning(
                request, gettext("At most %(count)s orders are previewed at once.") % {"count": PREVIEWED}
            )
            return None
        tables: list[ReportTable] = []
        outcomes = []
        for order in orders:
            with open_adapter(order.site, patient=False) as adapter:
                found = preview_order(site=order.site, remote=adapter.parse_order(order.raw))
            shown = preview_tables(found, mask=not request.user.has_perm(SEES_ALL))
            if len(orders) > 1:
                shown = [replace(table, title=f"{order} · {table.title}") for table in shown]
            tables += shown
            outcomes.append(_ending(found))
        intro = gettext("Nothing was written. The import would end in: %(outcome)s.") % {
            "outcome": ", ".join(dict.fromkeys(outcomes))
        }
        return self.report_response(
            request,
            title=_("Preview of the import"),
            tables=tables,
            intro=intro,
            row=orders[0] if len(orders) == 1 else None,
        )

    @object_action(
        label=_("Mark as reviewed"),
        permission=IMPORT,
        visible=lambda row: (
            row.is_imported
            and row.state in (OrderState.IMPORTED, OrderState.HELD)
            and row.holds.filter(released_at=None).exists()
        ),
        confirm=_(
            "The difference between the shop and the documents is accepted as it is, and the flag goes."
        ),
    )
    def mark_reviewed(self, request: HttpRequest, queryset: QuerySet[Order], form: Any = None) -> None:
        for order in queryset.select_related("site"):
            with transaction.atomic():
                codes = list(order.holds.filter(released_at=None).values_list("code", flat=True))
                release_holds(order)
                order.state = OrderState.IMPORTED
                order.save(update_fields=["state", "heal_at", "updated_at"])
                record_event(
                    kind="order.reviewed",
                    site_code=order.site.code,
                    subject=order,
                    message=", ".join(codes),
                    actor=request.user,
                )
        messages.success(request, gettext("Marked as reviewed."))

    @object_action(
        label=_("Download payload"), permission="view", on_list=False, visible=lambda row: bool(row.raw)
    )
    def download_payload(
        self, request: HttpRequest, queryset: QuerySet[Order], form: Any = None
    ) -> HttpResponse:
        order = queryset.select_related("site").get()
        return payload_file(request, order, order.raw)


def payload_file(request: HttpRequest, order: Order, raw: Any, suffix: str = "") -> HttpResponse:
    """What the shop sent, as a JSON file; personal data as the reader may see it."""
    content = raw if request.user.has_perm(SEES_ALL) else mask_personal(raw)
    text = json.dumps(content, ensure_ascii=False, indent=2)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    name = "".join(char for char in f"{order.site.code}-{order.remote_id}" if char.isalnum() or char in "-_")
    response["Content-Disposition"] = f'attachment; filename="order-{name}{suffix}.json"'
    return response


def _outcome_label(outcome: str) -> str:
    return str(ImportOutcome(outcome).label)


def _ending(found: Preview) -> str:
    """What would become of the order; with the reason, where no table below gives it."""
    label = _outcome_label(found.outcome)
    if not found.message or found.holds or found.documents:
        return label
    return f"{label} ({in_reader_language(found.message).rstrip('.')})"


def _tell(request: HttpRequest, name: str, outcome: str, message: str) -> None:
    """One line per order: what became of it."""
    good = outcome in ("created", "updated", "unchanged")
    told = in_reader_language(message)
    if not request.user.has_perm(SEES_ALL):
        told = mask_text(told)
    text = f"{name}: {_outcome_label(outcome)}" + (f" · {told}" if told else "")
    (messages.success if good else messages.warning)(request, text)
