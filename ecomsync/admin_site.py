"""The admin site of ecomsync: the side menu of the documents, and the dashboard as its first page."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from django.apps import apps
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, get_script_prefix, path, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.module_loading import autodiscover_modules
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ecomsync.common.conf import conf
from ecomsync.dashboard import build_dashboard

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: a model by label, with its icon; `label` replaces the model's plural name."""

    model: str
    icon: str = "dot"
    label: Text = ""


@dataclass(frozen=True, slots=True)
class Section:
    label: Text
    icon: str
    entries: tuple[Entry, ...]
    parent: Text = ""


IMS = gettext_lazy("IMS")
ERP = gettext_lazy("ERP")

# Grouped by subject, not by app. Models that are not installed, or that the reader may not see, are left out.
MENU: tuple[Section, ...] = (
    Section(
        gettext_lazy("Master Files"),
        "store",
        (
            Entry("ecomsites.Site", "store"),
            Entry("linking.ItemLinker", "link"),
            Entry("linking.ItemLinkerLine", "link"),
            Entry("catalog.ProductConfig", "box"),
            Entry("catalog.CategoryConfig", "tree"),
        ),
        IMS,
    ),
    Section(
        gettext_lazy("Documents"),
        "document",
        (
            Entry("orders.Order", "cart"),
            Entry("orders.ReturnOrder", "return"),
            Entry("pricing.PriceUpdaterDoc", "tag"),
        ),
        IMS,
    ),
    Section(
        gettext_lazy("Queues"),
        "queue",
        (
            Entry("sync_queues.UpdateQtyRequest", "stack"),
            Entry("sync_queues.UpdatePriceRequest", "tag"),
            Entry("sync_queues.UpdateItemRequest", "box"),
            Entry("orders.OrderOutbox", "send"),
            Entry("webhooks.WebhookEvent", "bolt"),
        ),
        IMS,
    ),
    Section(
        gettext_lazy("Events"),
        "pulse",
        (
            Entry("activity.SiteError", "alert"),
            Entry("activity.Difference", "exchange"),
            Entry("activity.Alert", "bell"),
            Entry("activity.Run", "play"),
            Entry("activity.Event", "pulse"),
            Entry("activity.ApiCall", "exchange"),
            Entry("webhooks.WebhookCounter", "chart"),
            Entry("ecomsites.SyncCursor", "clock"),
            Entry("erp.ExternalReference", "link"),
        ),
        IMS,
    ),
    Section(
        gettext_lazy("Items and prices"),
        "box",
        (
            Entry("erp.Item", "box"),
            Entry("erp.ItemGroup", "tree"),
            Entry("erp.Brand", "tag"),
            Entry("erp.UnitOfMeasure", "ruler"),
            Entry("erp.PriceList", "tag"),
            Entry("erp.ItemPrice", "tag"),
        ),
        ERP,
    ),
    Section(
        gettext_lazy("Stock"),
        "warehouse",
        (
            Entry("erp.Warehouse", "warehouse"),
            Entry("erp.StockBalance", "stack"),
            Entry("erp.StockMovement", "exchange"),
            Entry("erp.StockReservation", "lock"),
            Entry("erp.StockCount", "document"),
            Entry("catalog.SoldInShop", "cart"),
        ),
        ERP,
    ),
    Section(
        gettext_lazy("Sales"),
        "cart",
        (
            Entry("erp.SalesOrder", "cart"),
            Entry("erp.Delivery", "truck"),
            Entry("erp.SalesInvoice", "document"),
            Entry("erp.SalesReturn", "return"),
            Entry("erp.Receipt", "coins"),
        ),
        ERP,
    ),
    Section(
        gettext_lazy("Customers and terms"),
        "people",
        (
            Entry("erp.Customer", "people"),
            Entry("erp.CustomerGroup", "people"),
            Entry("erp.SalesPerson", "person"),
            Entry("erp.PaymentMethod", "coins"),
            Entry("erp.PaymentTerms", "calendar"),
            Entry("erp.DeliveryMethod", "truck"),
            Entry("erp.TaxPlan", "percent"),
            Entry("erp.ReturnReason", "return"),
            Entry("erp.CancelReason", "alert"),
        ),
        ERP,
    ),
    Section(
        gettext_lazy("Accounting"),
        "coins",
        (
            Entry("erp.Account", "coins"),
            Entry("erp.AccountingRule", "percent"),
            Entry("erp.AccountingEntry", "document"),
            Entry("erp.AccountingEntryLine", "document"),
            Entry("erp.PeriodLock", "lock"),
            Entry("erp.Currency", "coins"),
            Entry("erp.ExchangeRate", "exchange"),
        ),
        ERP,
    ),
    Section(
        gettext_lazy("Organisation"),
        "building",
        (
            Entry("erp.LegalEntity", "building"),
            Entry("erp.Branch", "building"),
            Entry("erp.Department", "building"),
            Entry("erp.Sector", "building"),
            Entry("erp.NumberSeries", "ruler"),
        ),
        gettext_lazy("Settings"),
    ),
    Section(
        gettext_lazy("Administration"),
        "gear",
        (
            Entry("auth.User", "person"),
            Entry("auth.Group", "people"),
            Entry("ecomsites.WebhookGateway", "bolt"),
            Entry("webhooks.GatewayClient", "people"),
            Entry("auditlog.LogEntry", "history", gettext_lazy("Audit trail")),
            Entry("axes.AccessAttempt", "lock"),
            Entry("axes.AccessLog", "lock"),
            Entry("axes.AccessFailureLog", "lock"),
        ),
        gettext_lazy("Settings"),
    ),
)


class EcomsyncAdminSite(admin.AdminSite):
    site_title = gettext_lazy("ecomsync")
    site_header = gettext_lazy("ecomsync")
    index_title = gettext_lazy("Dashboard")
    site_url = None
    enable_nav_sidebar = False
    index_template = "admin/index.html"

    def __init__(self, name: str = "admin") -> None:
        self._lock = threading.RLock()
        self._is_filled = False
        self._known_addresses: dict[tuple[str, str], tuple[str, str]] = {}
        super().__init__(name)

    @property
    def _registry(self) -> dict[Any, Any]:
        """Model -> its page. Filled from the `admin` modules of all apps by whoever asks first; who asks meanwhile from
        another thread waits."""
        with self._lock:
            if not self._is_filled and apps.ready:
                self._is_filled = True  # the modules ask too
                try:
                    autodiscover_modules("admin", register_to=self)
                except BaseException:
                    self._is_filled = False
                    raise
            return self._pages

    @_registry.setter
    def _registry(self, pages: dict[Any, Any]) -> None:
        self._pages = pages

    def register(self, *args: Any, **options: Any) -> None:
        """A page registers itself without asking for the others: its module may be the first that is loaded."""
        with self._lock:
            before, self._is_filled = self._is_filled, True
            try:
                super().register(*args, **options)
            finally:
                self._is_filled = before

    def get_urls(self) -> list[Any]:
        own: list[URLPattern] = [
            path("system-properties/", self.admin_view(self.properties_view), name="system_properties"),
        ]
        return [*own, *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        if context["has_permission"]:
            context["side_menu"] = build_menu(self._models(request), request)
        return context

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Made when somebody reads it: Django puts it on every page, ours show the menu instead, and making it takes as
        long as many a page."""
        make = partial(super().get_app_list, request, app_label)
        return make() if app_label else cast(list[Any], SimpleLazyObject(make))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"dashboard": build_dashboard(request), **(extra_context or {})})

    def properties_view(self, request: HttpRequest) -> HttpResponse:
        """The documents' system properties with the value in force and where it came from."""
        context = {
            **self.each_context(request),
            "title": _("System properties"),
            "properties": [
                {"property": prop, "value": value, "is_set": is_set} for prop, value, is_set in conf.rows()
            ],
        }
        return TemplateResponse(request, "admin/ecomsync/system_properties.html", context)

    def _models(self, request: HttpRequest) -> dict[str, dict[str, Any]]:
        """Label of a model -> what its line of the menu needs, for those whose list the reader may see."""
        found = {}
        for model, page in self._registry.items():
            if not page.has_module_permission(request):
                continue
            allowed = page.get_model_perms(request)
            if allowed["view"] or allowed["change"]:
                url, add_url = self._addresses(model._meta)
                name = model._meta.verbose_name_plural
                line = {"name": name, "admin_url": url, "add_url": add_url if allowed["add"] else None}
                found[model._meta.label_lower] = line
        return found

    def _addresses(self, options: Any) -> tuple[str, str]:
        """Of the list of a model, and of its form for a new record."""
        key = (get_script_prefix(), options.label_lower)
        if key not in self._known_addresses:
            name = f"admin:{options.app_label}_{options.model_name}"
            self._known_addresses[key] = (reverse(f"{name}_changelist"), reverse(f"{name}_add"))
        return self._known_addresses[key]


def build_menu(models: dict[str, dict[str, Any]], request: HttpRequest) -> list[dict[str, Any]]:
    """The menu for a reader: groups of sections of links; what no section names goes to the last group."""
    left = dict(models)
    groups: dict[str, list[dict[str, Any]]] = {}
    for section in MENU:
        links = list(_links(section, left, request.path))
        if links:
            groups.setdefault(str(section.parent), []).append(_block(section.label, section.icon, links))
    if left:
        links = [_link(model, Entry(label), request.path) for label, model in sorted(left.items())]
        block = {
            "label": _("Other"),
            "icon": "dot",
            "links": links,
            "open": any(link["current"] for link in links),
        }
        groups.setdefault(_("Settings"), []).append(block)
    _add_properties(groups, request)
    return [{"label": label, "sections": sections} for label, sections in groups.items()]


def _block(label: Text, icon: str, links: list[dict[str, Any]]) -> dict[str, Any]:
    return {"label": label, "icon": icon, "links": links, "open": any(link["current"] for link in links)}


def _add_properties(groups: dict[str, list[dict[str, Any]]], request: HttpRequest) -> None:
    url = reverse("admin:system_properties")
    current = request.path == url
    entry = {"label": _("System properties"), "url": url, "icon": "gear", "current": current, "add_url": None}
    blocks = groups.setdefault(_("Settings"), [])
    target = next((block for block in blocks if block["icon"] == "gear"), None)
    if target is None:
        target = _block(_("Administration"), "gear", [])
        blocks.append(target)
    target["links"].append(entry)
    target["open"] = target["open"] or current


def _links(
    section: Section, models: dict[str, dict[str, Any]], current_path: str
) -> Iterator[dict[str, Any]]:
    for entry in section.entries:
        model = models.pop(entry.model.lower(), None)
        if model is not None:
            yield _link(model, entry, current_path)


def _link(model: dict[str, Any], entry: Entry, current_path: str) -> dict[str, Any]:
    return {
        "label": entry.label or capfirst(model["name"]),
        "url": model["admin_url"],
        "add_url": model.get("add_url"),
        "icon": entry.icon,
        "current": current_path.startswith(model["admin_url"]),
    }
