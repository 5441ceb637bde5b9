"""The page of a site: the heart of the product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import BaseAdmin, code_text, time_ago
from ecomsync.common.errors import ConfigurationError
from ecomsync.common.fields import EncryptedTextField, SecretField, SecretInput
from ecomsync.common.stored_text import in_reader_language
from erp.states import STATES_BY_TYPE
from platforms.base import PlatformAdapter
from platforms.registry import adapter_class, platform_entries
from platforms.types import EventKind
from sites.admin.fieldsets import READ_ONLY, TABS, fieldsets_for, without_inputs
from sites.admin.forms import arabic, site_form_class
from sites.admin.history import history_view
from sites.admin.inlines import INLINES
from sites.admin.panels import check_summary, figure_chips, shop_version, site_panels, status_chip
from sites.admin.queue_actions import QueueActions
from sites.admin.run_actions import RunActions
from sites.admin.settings_file import import_view
from sites.admin.trial import trial_view
from sites.admin.widgets import pairs, statuses
from sites.choices import DocumentKind
from sites.criteria import QTY_FIELDS
from sites.models import Site
from sites.panels import backlog, has_orders
from sites.shown import INLINES_SHOWN_FOR, platform_label

ITEM_FIELDS = (
    "code", "name1", "name2", "short_description", "short_description_ar", "long_description", "long_description_ar",
    "sales_price", "special_price", "weight", "length", "width", "height", "brand.name1", "brand.name2",
    "item_group.name1", "item_group.name2", "country_of_origin", "customs_code", "active", "barcode",
    "description1", "description2", "description3", "remarks",
)  # fmt: skip


@admin.register(Site)
class SiteAdmin(RunActions, QueueActions, BaseAdmin):
    """Form after the platform, actions of the documents, facts above, history beside."""

    tabs = TABS
    change_form_template = "admin/ecomsites/site/change_form.html"
    list_display = ("code", "name", "platform", "address", "status", "waiting", "orders_read", "updated_at")
    list_display_links = ("code", "name")
    list_filter = ("active", "paused", "site_type", "dry_run")
    search_fields = ("code", "name1", "name2", "url")
    readonly_fields = READ_ONLY
    # Django would show a secret in a text area (its override for text columns), and a generated one once more in
    # a hidden input (it compares with defaults that are functions).
    formfield_overrides = {
        EncryptedTextField: {
            "form_class": SecretField,
            "widget": SecretInput,
            "show_hidden_initial": False,
        }
    }
    autocomplete_fields = (
        "default_customer",
        "discount_item",
        "rounding_item",
        "fee_item",
        "substitute_item",
        "refund_shipping_item",
    )
    object_actions = (
        "read_sales",
        "test_connection",
        "resume",
        "read_sales_from_date",
        "read_returns",
        "reread_orders",
        "preview_by_number",
        "release_orders",
        "reconcile_orders",
        "update_all_qtys",
        "update_all_prices",
        "link_items",
        "send_items",
        "send_categories",
        "fetch_categories",
        "send_customers",
        "reconcile",
        "preview",
        "test_criteria",
        "retry_lines",
        "price_retry_lines",
        "item_retry_lines",
        "delete_finished_requests",
        "delete_finished_price_requests",
        "delete_finished_item_requests",
        "delete_item_entries",
        "delete_requests",
        "delete_error",
        "connect",
        "register_webhooks",
        "request_token",
        "read_salla_token",
        "pause",
        "export_settings",
        "import_settings",
        "try_operation",
        "change_type",
    )

    # -- addresses -----------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_settings_view)
        own = path("<path:object_id>/import-settings/", view, name="ecomsites_site_import")
        view = self.admin_site.admin_view(self.try_operation_view)
        trial = path("<path:object_id>/try-operation/", view, name="ecomsites_site_try")
        return [own, trial, *super().get_urls()]

    def try_operation_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        site = self.get_object(request, object_id)
        if site is None or not site.adapter_class.trials(site.platform_options):
            raise Http404
        if not request.user.has_perm("ecomsites.manage_connection"):
            raise PermissionDenied
        return trial_view(self, request, site)

    def import_settings_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        site = self.get_object(request, object_id)
        if site is None:
            raise Http404
        if not request.user.has_perm("ecomsites.transfer_settings"):
            raise PermissionDenied
        return import_view(self, request, site)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        site = self.get_object(request, object_id)
        if site is None:
            raise Http404
        if not self.has_view_or_change_permission(request, site):
            raise PermissionDenied
        return history_view(self, request, site)

    # -- two steps to a new site ----------------------------------------------
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First the platform, then its form."""
        if request.GET.get("site_type") in platform_entries():
            return super().add_view(request, form_url, extra_context)
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Choose the site type"),
            "opts": self.opts,
            "platforms": list(_choices()),
            "back_url": reverse("admin:ecomsites_site_changelist"),
        }
        return TemplateResponse(request, "admin/ecomsites/site/choose_type.html", context)

    def response_add(
        self, request: HttpRequest, obj: Site, post_url_continue: str | None = None
    ) -> HttpResponse:
        """A new site opens again, since its tables and its connection test come next."""
        if "_popup" in request.POST or "_addanother" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, gettext("The site was saved. Press ‘Test Connection’ next."))
        return HttpResponseRedirect(reverse("admin:ecomsites_site_change", args=[obj.pk]))

    def adapter_of(self, request: HttpRequest, obj: Site | None) -> type[PlatformAdapter]:
        return adapter_class(obj.site_type if obj is not None else request.GET.get("site_type", ""))

    # -- form ------------------------------------------------------------------
    def get_form(
        self, request: HttpRequest, obj: Site | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        kwargs["form"] = site_form_class(self.adapter_of(request, obj))
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Site | None = None) -> Any:
        found = fieldsets_for(self.adapter_of(request, obj), adding=obj is None)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return without_inputs(found)

    def get_inlines(self, request: HttpRequest, obj: Site | None) -> Any:
        """A new site has no tables yet; later those that its platform can use."""
        if obj is None:
            return ()
        return [inline for name, inline in INLINES.items() if INLINES_SHOWN_FOR[name](obj.capabilities)]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        site = self.get_object(request, object_id)
        if site is not None:
            try:
                site.adapter_class  # noqa: B018 - a missing package is told before the form is built on it
            except ConfigurationError as error:
                messages.error(request, f"{site.code}: {error.message} {error.cure}")
                return HttpResponseRedirect(reverse("admin:ecomsites_site_changelist"))
            extra_context = {"offered": offered_values(site), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context.setdefault("offered", {"zones": _zones()})
        return super().render_change_form(request, context, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A site with orders is part of the books: it is made inactive, not deleted."""
        if isinstance(obj, Site) and has_orders(obj):
            return False
        return super().has_delete_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """No deleting in bulk: it would take tables, queues and links of whole shops along."""
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def object_chip(self, obj: Site) -> object:
        return status_chip(obj)

    def object_panels(self, request: HttpRequest, obj: Site) -> Sequence[dict[str, Any]]:
        return site_panels(obj)

    # -- read-only figures -------------------------------------------------------
    @admin.display(description=_("site type"))
    def platform_name(self, obj: Site) -> object:
        return platform_label(obj.adapter_class) if obj.site_type else "–"

    @admin.display(description=_("webhook URL"))
    def webhook_address(self, obj: Site) -> SafeString:
        html = '<input type="text" readonly dir="ltr" class="vTextField copyable" value="{}" aria-label="{}">'
        return format_html(html, obj.webhook_url, _("webhook URL"))

    @admin.display(description=_("shop software"))
    def shop_version(self, obj: Site) -> object:
        return shop_version(obj)

    @admin.display(description=_("prices in the shop"))
    def shop_tax_mode(self, obj: Site) -> object:
        told = obj.shop_info.get("prices_include_tax")
        return {True: _("include tax"), False: _("exclude tax")}.get(told, "–") if told is not None else "–"

    @admin.display(description=_("last connection test"))
    def last_check_shown(self, obj: Site) -> object:
        return check_summary(obj)

    # -- list ----------------------------------------------------------------------
    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Figures of all sites of the page at once."""
        listing = super().get_changelist_instance(request)
        sites = list(listing.result_list)
        figures = backlog(sites)
        for site in sites:
            site.figures = figures[site.pk]
        listing.result_list = sites
        return listing

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("cursors")

    @admin.display(description=_("name"), ordering="name2")
    def name(self, obj: Site) -> str:
        return obj.display_name or "–"

    @admin.display(description=_("site type"), ordering="site_type")
    def platform(self, obj: Site) -> str:
        entry = platform_entries().get(obj.site_type)
        if entry is None:
            return obj.site_type
        return entry.label_ar if arabic() else entry.label_en

    @admin.display(description=_("URL"), ordering="url")
    def address(self, obj: Site) -> object:
        return code_text(obj.url)

    @admin.display(description=_("status"))
    def status(self, obj: Site) -> object:
        return status_chip(obj)

    @admin.display(description=_("waiting and failed"))
    def waiting(self, obj: Site) -> object:
        return figure_chips(getattr(obj, "figures", ()))

    @admin.display(description=_("orders read"))
    def orders_read(self, obj: Site) -> object:
        cursor = next((cursor for cursor in obj.cursors.all() if cursor.flow == "orders"), None)
        return time_ago(cursor.last_ok_at if cursor else None)


def _choices() -> Any:
    """The platforms with what each can do, for the first step."""
    for entry in platform_entries().values():
        label = entry.label_ar if arabic() else entry.label_en
        try:
            can, broken = adapter_class(entry.name).capabilities, ""
        except ConfigurationError as error:
            can, broken = None, f"{error.message} {error.cure}"
        yield {"name": entry.name, "label": label, "can": can, "broken": broken}


def _zones() -> list[tuple[str, str]]:
    return [
        (zone, "")
        for zone in sorted(available_timezones())
        if "/" in zone and not zone.startswith(("Etc/", "posix/"))
    ]


def _document_states() -> list[tuple[str, str]]:
    """Each state once, with its name and the documents that have it."""
    found: dict[str, list[str]] = {}
    for kind in DocumentKind:
        for value, label in STATES_BY_TYPE[kind].choices:
            found.setdefault(str(value), [str(label)]).append(str(kind.label))
    return [(state, f"{label} · {', '.join(kinds)}") for state, (label, *kinds) in found.items()]


def offered_values(site: Site) -> dict[str, list[tuple[str, str]]]:
    """Data lists of the page: what the shop told, and the names that columns may hold."""
    can = site.capabilities
    kinds = [("*", ""), ("order.*", ""), ("product.*", ""), *((str(kind), "") for kind in EventKind)]
    return {
        "payment_methods": pairs(site, "payment_methods"),
        "shipping_methods": pairs(site, "shipping_methods"),
        "statuses": statuses(site),
        "locations": pairs(site, "locations"),
        "price_lists": pairs(site, "price_lists"),
        "product_fields": [(name, in_reader_language(label)) for name, label in can.fields_of_product],
        "item_fields": [(name, "") for name in ITEM_FIELDS],
        "criterion_fields": [(name, "") for name in QTY_FIELDS],
        "document_states": _document_states(),
        "event_kinds": kinds,
        "zones": _zones(),
    }
