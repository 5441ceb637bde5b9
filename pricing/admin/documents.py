"""The price update document in the admin: lines, guards, and its way from draft to processed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from import_export.admin import ImportExportMixin

from ecomsync.common.admin import (
    BaseAdmin,
    OrderedTabularInline,
    chip,
    code_text,
    object_action,
    show_error,
    state_chip,
    time_ago,
)
from ecomsync.common.errors import EcomsyncError
from pricing.admin.resources import PriceUpdaterDocResource
from pricing.models import DocState, PriceUpdaterDoc, PriceUpdaterLine
from pricing.services import documents
from pricing.services.collect_lines import collect_lines
from pricing.services.guards import check_guards
from pricing.services.process import follow, process, retry_failed
from sync_queues.kick import kick

APPROVE = "pricing.approve_priceupdaterdoc"
PROCESS = "pricing.process_priceupdaterdoc"
LINE_TONES = {"sent": "ok", "unchanged": "ok", "queued": "info", "failed": "bad", "skipped": "mute"}


class PriceUpdaterLineInline(OrderedTabularInline):
    """Lines may be changed while the document is a draft."""

    model = PriceUpdaterLine
    verbose_name_plural = _("Details")
    autocomplete_fields = ("item",)
    per_page = 50
    classes = ("tab-lines",)
    fields = (
        "item", "old_price", "shop_price", "new_price", "special_price", "special_from", "special_to", "currency",
        "min_quantity", "difference_percent", "warning", "confirmed", "status_chip", "error", "sent_at",
    )  # fmt: skip
    machine_fields = (
        "old_price", "shop_price", "difference_percent", "warning", "status_chip", "error", "sent_at",
    )  # fmt: skip

    @admin.display(description=_("status"))
    def status_chip(self, row: PriceUpdaterLine) -> SafeString:
        return chip(row.get_status_display(), LINE_TONES.get(row.status, "mute"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.machine_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceUpdaterLine]:
        return super().get_queryset(request).select_related("item")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_editable) and bool(super().has_change_permission(request, obj))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_editable) and bool(super().has_add_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_editable) and bool(super().has_delete_permission(request, obj))


def in_state(*states: str) -> Callable[[Any], bool]:
    return lambda row: row.state in states


@admin.register(PriceUpdaterDoc)
class PriceUpdaterDocAdmin(ImportExportMixin, BaseAdmin):  # type: ignore[misc]
    """Magento Price Update Document."""

    resource_classes = (PriceUpdaterDocResource,)
    skip_admin_log = True  # the rows are lines; the log would name documents by the lines' numbers
    list_display = (
        "title",
        "status",
        "issue_date",
        "site_codes",
        "price_list",
        "lines",
        "failed",
        "effective",
        "changed",
    )
    list_filter = ("state", "sites", "price_list", "price_classification")
    search_fields = ("number", "remarks", "details__sku", "details__item__code")
    list_select_related = ("price_list",)
    date_hierarchy = "issue_date"
    status_counts = "state"
    filter_horizontal = ("sites",)
    autocomplete_fields = (
        "price_list", "customer", "customer_group", "tax_plan", "delivery_method", "legal_entity", "branch",
        "department", "sector",
    )  # fmt: skip
    inlines = (PriceUpdaterLineInline,)
    object_actions = (
        "collect",
        "check_lines",
        "submit",
        "approve",
        "process",
        "retry",
        "send_back",
        "cancel",
    )
    tabs = (
        ("lines", _("Details")),
        ("document", _("Document")),
        ("rule", _("Rule and guards")),
        ("context", _("Customer and delivery")),
        ("organisation", _("Organisation")),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("issue_date", "value_date"), "sites", ("price_list", "currency", "exchange_rate"),
                    ("price_classification", "prices_include_tax", "tax_plan"), ("effective_from", "effective_to"),
                    "remarks",
                ),
                "classes": ("tab-document",),
            },
        ),
        (
            _("Rule and guards"),
            {
                "fields": (
                    ("collect_mode", "collect_since"), "collect_criteria", ("discount_percent", "discount_amount"),
                    "discount_to_special", "max_change_percent", "four_eyes",
                ),
                "classes": ("tab-rule",),
            },
        ),
        (
            _("Customer and delivery"),
            {
                "fields": (
                    ("customer", "customer_group"), ("billing_address", "shipping_address"), "location",
                    ("delivery_method", "delivery_date"),
                ),
                "classes": ("tab-context",),
            },
        ),
        (
            _("Organisation"),
            {"fields": (("legal_entity", "branch"), ("department", "sector")), "classes": ("tab-organisation",)},
        ),
    )  # fmt: skip

    def get_tabs(self, request: HttpRequest, obj: Any | None) -> Sequence[tuple[str, Any]]:
        """A new document begins with its head: sites and price list come before lines."""
        return self.tabs if obj is not None else (self.tabs[1], self.tabs[0], *self.tabs[2:])

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceUpdaterDoc]:
        rows: QuerySet[PriceUpdaterDoc] = super().get_queryset(request).prefetch_related("sites")
        return rows.annotate(
            number_of_lines=Count("details", distinct=True),
            number_failed=Count("details", filter=Q(details__status="failed"), distinct=True),
        )

    def get_export_data(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any
    ) -> Any:
        """The file holds the lines of the documents that were asked for."""
        lines = PriceUpdaterLine.objects.filter(document__in=queryset.values("pk")).order_by(
            "document_id", "line_no"
        )
        return super().get_export_data(file_format, request, lines, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.is_editable) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only drafts without a number; what was submitted stays as a record."""
        return (obj is None or (obj.is_editable and not obj.number)) and bool(
            super().has_delete_permission(request, obj)
        )

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        """The lines are brought up to date before they are shown."""
        document = self.get_object(request, object_id)
        if document is not None and request.method == "GET":
            follow(document=document)
        return super().change_view(request, object_id, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Differences and guards follow the lines at once."""
        super().save_related(request, form, formsets, change)
        check_guards(form.instance)

    @admin.display(description=_("document"), ordering="number")
    def title(self, row: PriceUpdaterDoc) -> SafeString:
        return code_text(str(row))

    @admin.display(description=_("state"), ordering="state")
    def status(self, row: PriceUpdaterDoc) -> SafeString:
        return state_chip(row)

    @admin.display(description=_("sites"))
    def site_codes(self, row: PriceUpdaterDoc) -> str:
        return ", ".join(site.code for site in row.sites.all())

    @admin.display(description=_("lines"), ordering="number_of_lines")
    def lines(self, row: Any) -> int:
        return int(row.number_of_lines)

    @admin.display(description=_("failed"), ordering="number_failed")
    def failed(self, row: Any) -> SafeString | str:
        return chip(row.number_failed, "bad") if row.number_failed else "–"

    @admin.display(description=_("effective from"), ordering="effective_from")
    def effective(self, row: PriceUpdaterDoc) -> SafeString:
        return time_ago(row.effective_from)

    @admin.display(description=_("updated at"), ordering="updated_at")
    def changed(self, row: PriceUpdaterDoc) -> SafeString:
        return time_ago(row.updated_at)

    def object_panels(self, request: HttpRequest, obj: PriceUpdaterDoc) -> Sequence[dict[str, Any]]:
        counted = dict(obj.details.order_by().values_list("status").annotate(number=Count("pk")))
        labels = dict(PriceUpdaterLine._meta.get_field("status").flatchoices)
        facts = [(labels.get(status, status), number) for status, number in counted.items()]
        stopped = obj.details.exclude(warning="").filter(confirmed=False).count()
        people = [
            (_("Submitted by"), f"{obj.submitted_by or '–'}"),
            (_("Submitted at"), time_ago(obj.submitted_at)),
            (_("Approved by"), f"{obj.approved_by or '–'}"),
            (_("Approved at"), time_ago(obj.approved_at)),
            (_("Processed at"), time_ago(obj.processed_at)),
        ]
        shown = [*facts, (_("Stopped by a guard"), chip(stopped, "warn"))] if stopped else facts
        return ({"title": _("Lines"), "facts": shown}, {"title": _("Way"), "facts": people})

    @object_action(label=_("Collect Lines"), visible=in_state(DocState.DRAFT), tone="primary")
    def collect(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        number = sum(collect_lines(document=row) for row in queryset)
        text = ngettext("%(count)s line was added.", "%(count)s lines were added.", number)
        messages.success(request, text % {"count": number})

    @object_action(
        label=_("Check Guards"), permission="view", visible=in_state(DocState.DRAFT, DocState.SUBMITTED)
    )
    def check_lines(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> None:
        stopped = [line for row in queryset for line in check_guards(row)]
        if not stopped:
            messages.success(request, _("No guard stops a line."))
        for line in stopped[:10]:
            messages.warning(request, f"{line.sku}: {line.warning}")

    @object_action(label=_("Submit"), visible=in_state(DocState.DRAFT), tone="primary")
    def submit(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        self._each(request, queryset, documents.submit, _("%(document)s was submitted."))

    @object_action(
        label=_("Approve"), permission=APPROVE, visible=in_state(DocState.SUBMITTED), tone="primary"
    )
    def approve(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        self._each(request, queryset, documents.approve, _("%(document)s was approved."))

    @object_action(
        label=_("Process"),
        permission=PROCESS,
        visible=in_state(DocState.APPROVED),
        tone="primary",
        confirm=_("Write the new prices to the ERP and send them to the shops?"),
    )
    def process(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        self._each(request, queryset, process, _("%(document)s is being processed."))
        for site_id in set(queryset.values_list("sites", flat=True)):
            if site_id:
                kick(site_id, "price")

    @object_action(
        label=_("Price Retry Selected Lines"),
        permission=PROCESS,
        visible=in_state(DocState.PARTLY_FAILED),
        tone="primary",
        hint=_("Sends the failed lines again."),
    )
    def retry(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        number = sum(retry_failed(document=row, user=request.user) for row in queryset)
        text = ngettext("%(count)s request goes again.", "%(count)s requests go again.", number)
        messages.success(request, text % {"count": number})

    @object_action(label=_("Send Back"), permission=APPROVE, visible=in_state(DocState.SUBMITTED))
    def send_back(
        self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None
    ) -> None:
        self._each(request, queryset, documents.send_back, _("%(document)s is a draft again."))

    @object_action(
        label=_("Cancel"),
        visible=in_state(DocState.DRAFT, DocState.SUBMITTED, DocState.APPROVED),
        tone="danger",
        confirm=_("Cancel the chosen documents? Their prices will not be sent."),
    )
    def cancel(self, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None = None) -> None:
        self._each(request, queryset, documents.cancel, _("%(document)s was cancelled."))

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Any], step: Callable[..., Any], told: Any
    ) -> None:
        """One document refused does not hold up the others."""
        for row in queryset:
            try:
                done = step(document=row, user=request.user)
            except EcomsyncError as error:
                show_error(request, error, prefix=str(row))
            else:
                messages.success(request, told % {"document": done})
