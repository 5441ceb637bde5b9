"""The differences between orders and the shop on one page; what is ticked there is taken over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from activity.admin.common import SEES_ALL
from activity.masking import mask_text, mask_value
from activity.models import Run
from activity.services import record_event
from ecomsync.common.admin import ReportTable, amount_html, chip, code_text, format_quantity, link_to
from ecomsync.common.stored_text import in_reader_language
from orders.admin.preview import preview_tables
from orders.labels import COMPARED, FIGURES, OUTCOME_TONES, label_of
from orders.models import Order, OrderComparison
from orders.services.compare import PERSONAL
from orders.services.preview import Preview
from orders.states import ImportOutcome
from platforms.types import FinancialStatus, OrderPhase
from sites.kick import publish_runs
from sites.models import Site
from sites.runs import refusal, request_run

PERMISSION = "ecomsites.read_sales"
PER_PAGE = 25
_MONEY = frozenset(
    {"lines_net", "discount_net", "shipping_net", "shipping_tax", "fees_net", "fees_tax", "tax_total",
     "grand_total", "refunded_total", "net", "tax", "discount", "amount"}
)  # fmt: skip
_CHANGES = {"added": "ok", "removed": "bad", "changed": "warn"}


def comparison_view(model_admin: Any, request: HttpRequest, run_id: int) -> HttpResponse:
    """GET shows, POST takes over what was ticked (or all that differ)."""
    run = Run.objects.filter(pk=run_id, action="compare_orders").first()
    if run is None:
        raise Http404
    if not model_admin.has_view_or_change_permission(request):
        raise PermissionDenied
    if request.method == "POST":
        return take_over(request, run)
    rows = OrderComparison.objects.filter(run=run).select_related("order", "order__site")
    page = Paginator(rows.order_by("-differs", "id"), PER_PAGE).get_page(request.GET.get("page", 1))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Orders beside the shop"),
        "subtitle": run.site_code,
        "opts": model_admin.opts,
        "run": run,
        "page": page,
        "entries": [entry(request, row) for row in page],
        "can_apply": request.user.has_perm(PERMISSION),
        "open_count": rows.filter(asked_at=None, differs=True).exclude(raw_hash="").count(),
        "back_url": reverse("admin:orders_order_changelist"),
    }
    return TemplateResponse(request, "admin/orders/order/comparison.html", context)


def take_over(request: HttpRequest, run: Run) -> HttpResponse:
    """Ask for the confirmed versions; a version that changed since then is not taken."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    back = HttpResponseRedirect(reverse("admin:orders_order_comparison", args=[run.pk]))
    site = Site.objects.filter(code=run.site_code).first()
    problem = refusal(site, "reread_orders") if site is not None else _("There is no such site any more.")
    rows = OrderComparison.objects.filter(run=run, asked_at=None).exclude(raw_hash="")
    rows = rows.filter(differs=True) if "all" in request.POST else rows.filter(pk__in=_keys(request))
    chosen = list(rows.select_related("order"))
    if problem or site is None or not chosen:
        messages.error(request, str(problem or _("Nothing was chosen.")))
        return back
    expected = {row.remote_id: row.raw_hash for row in chosen}
    started = request_run(site=site, action="reread_orders", params={"expected": expected}, user=request.user)
    OrderComparison.objects.filter(pk__in=[row.pk for row in chosen]).update(asked_at=timezone.now())
    for row in chosen:
        if row.order is not None:
            record_event(kind="order.reread", site_code=site.code, subject=row.order, actor=request.user)
    publish_runs()
    return HttpResponseRedirect(started.get_absolute_url())


def _keys(request: HttpRequest) -> list[int]:
    return [int(key) for key in request.POST.getlist("chosen") if key.isdigit()]


def entry(request: HttpRequest, row: OrderComparison) -> dict[str, Any]:
    """One order of the page."""
    sees_all = request.user.has_perm(SEES_ALL)
    content = row.content or {}
    difference = content.get("difference") or {}
    preview = Preview(**content["preview"]) if content.get("preview") else None
    currency = preview.currency if preview else ""
    tables = [
        *difference_tables(difference, currency, sees_all=sees_all),
        *(preview_tables(preview, mask=not sees_all) if preview else ()),
    ]
    changes = len(difference.get("fields", ())) + len(difference.get("rows", ()))
    return {
        "row": row,
        "order": link_to(row.order, f"#{row.number or row.remote_id}")
        if row.order
        else code_text(f"#{row.number or row.remote_id}"),
        "state": _state(row, changes),
        "outcome": chip(ImportOutcome(row.outcome).label, OUTCOME_TONES.get(row.outcome, "mute"))
        if row.outcome
        else "",
        "error": in_reader_language(row.error),
        "tables": tables,
        "can_choose": bool(row.raw_hash) and row.asked_at is None,
        "checked": row.differs,
        "message": in_reader_language(mask_text(preview.message) if not sees_all else preview.message)
        if preview
        else "",
    }


def _state(row: OrderComparison, changes: int) -> object:
    if row.asked_at is not None:
        return chip(_("confirmed"), "ok")
    if row.error:
        return chip(_("cannot be read"), "bad")
    if row.content.get("is_new"):
        return chip(_("never read before"), "info")
    if not changes:
        return chip(_("no difference"), "mute")
    return chip(_("differences: %(count)s") % {"count": changes}, "warn")


def difference_tables(difference: dict[str, Any], currency: str, *, sees_all: bool) -> list[ReportTable]:
    """Old and new side by side; nothing for equal orders."""
    tables = []
    fields = [
        (
            _label(entry["name"]),
            _value(entry["name"], entry["old"], currency, sees_all),
            _value(entry["name"], entry["new"], currency, sees_all),
        )
        for entry in difference.get("fields", ())
    ]
    if fields:
        columns = (_("Field"), _("With us"), _("In the shop now"))
        tables.append(ReportTable(_("What changed in the shop"), columns, fields))
    rows = [
        (
            chip(label_of(COMPARED, entry["change"]), _CHANGES.get(entry["change"], "mute")),
            label_of(COMPARED, entry["kind"]),
            entry["label"],
            _figures(entry["old"], currency),
            _figures(entry["new"], currency),
        )
        for entry in difference.get("rows", ())
    ]
    if rows:
        wide = ("", _("Kind"), _("Title"), _("With us"), _("In the shop now"))
        tables.append(ReportTable(_("Lines, charges and payments"), wide, rows))
    return tables


def _label(name: str) -> str:
    address, _dot, part = name.partition(".")
    label = str(getattr(Order._meta.get_field(address), "verbose_name", address))
    return f"{label} · {label_of(COMPARED, part)}" if part else label


def _value(name: str, value: str, currency: str, sees_all: bool) -> object:
    if not value:
        return "–"
    if name in _MONEY:
        return amount_html(_decimal(value), currency)
    if name == "phase" and value in set(OrderPhase):
        return dict(Order._meta.get_field("phase").flatchoices).get(value, value)
    if name == "financial_status" and value in set(FinancialStatus):
        return dict(Order._meta.get_field("financial_status").flatchoices).get(value, value)
    return code_text(mask_value(value) if name in PERSONAL and not sees_all else value)


def _figures(figures: dict[str, str], currency: str) -> object:
    """'quantity 2 · net 20.00 SAR'."""
    parts = []
    for name, value in figures.items():
        shown: object = value
        if name in _MONEY:
            shown = amount_html(_decimal(value), currency)
        elif name == "quantity":
            shown = format_quantity(_decimal(value))
        else:
            shown = label_of(COMPARED, value)
        parts.append((label_of(FIGURES, name), shown))
    return format_html_join(" · ", "<span>{}: <bdi>{}</bdi></span>", parts) if parts else "–"


def _decimal(value: str) -> Decimal:
    return Decimal(value)
