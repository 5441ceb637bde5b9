"""What every admin of ours builds on: actions as buttons and in lists, tabs, chips, ordered inlines.

class SiteAdmin(BaseAdmin):
    object_actions = ["test_connection"]
    tabs = [("connection", _("Connection")), ("orders", _("Orders"))]   # fieldsets and inlines: class "tab-orders"
    status_counts = "state"                                             # chips with counts above the list

    @object_action(label=_("Test Connection"), permission="sites.test_connection")
    def test_connection(self, request, queryset, form=None): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ecomsync.common.admin_actions import (
    CONFIRMED,
    ActionForm,
    ActionSpec,
    ReportTable,
    Text,
    object_action,
    spec_of,
)
from ecomsync.common.admin_display import (
    STATE_TONES,
    amount_html,
    change_url,
    chip,
    code_text,
    format_amount,
    format_quantity,
    link,
    link_to,
    pretty_json,
    state_chip,
    time_ago,
    time_exact,
    yes_no,
)
from ecomsync.common.admin_inlines import (
    HandyFieldsMixin,
    OrderedInlineFormSet,
    OrderedTabularInline,
    ReadOnlyTabularInline,
)
from ecomsync.common.errors import EcomsyncError
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language

__all__ = [
    "STATE_TONES",
    "ActionForm",
    "BaseAdmin",
    "OrderedInlineFormSet",
    "OrderedTabularInline",
    "ReadOnlyAdmin",
    "ReadOnlyTabularInline",
    "ReportTable",
    "amount_html",
    "change_url",
    "chip",
    "code_text",
    "format_amount",
    "format_quantity",
    "link",
    "link_to",
    "object_action",
    "pretty_json",
    "show_error",
    "state_chip",
    "time_ago",
    "time_exact",
    "yes_no",
]

MAX_NAMED = 10


def show_error(request: HttpRequest, error: EcomsyncError, *, prefix: str = "") -> None:
    """Tell the reader cause and cure in their language."""
    message = in_reader_language(error.message)
    remedy = remedy_for(error.code, title=message, cure=in_reader_language(error.cure))
    parts = [
        prefix,
        str(remedy.title),
        message if str(remedy.title) != message else "",
        str(remedy.cure),
    ]
    messages.error(request, " · ".join(part.rstrip(".") for part in parts if part))


class ActionsMixin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Runs the methods named in `object_actions` from the object page and from the list."""

    object_actions: ClassVar[Sequence[str]] = ()

    def action_specs(self) -> list[ActionSpec]:
        return [spec_of(getattr(self, name)) for name in self.object_actions]

    def get_urls(self) -> list[URLPattern]:
        info = (self.opts.app_label, self.opts.model_name)
        own = path(
            "<path:object_id>/do/<slug:action>/",
            self.admin_site.admin_view(self.object_action_view),
            name="{}_{}_action".format(*info),
        )
        return [own, *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        if IS_POPUP_VAR in request.GET:
            return actions
        for spec in self.action_specs():
            if spec.on_list and spec.allowed(request, self.opts):
                actions[spec.name] = (_list_action(spec), spec.name, spec.label)
        return actions

    def buttons_for(self, request: HttpRequest, row: models.Model) -> list[dict[str, Any]]:
        """The actions of the object page, grouped; those that do not suit the object are left out."""
        grouped: dict[str, list[dict[str, Any]]] = {}
        for spec in self.action_specs():
            if (
                spec.on_object
                and spec.allowed(request, self.opts)
                and (spec.visible is None or spec.visible(row))
            ):
                button = {"spec": spec, "url": self.action_url(row, spec.name)}
                grouped.setdefault(str(spec.group), []).append(button)
        return [{"label": label, "buttons": buttons} for label, buttons in grouped.items()]

    def action_url(self, row: models.Model, name: str) -> str:
        info = (self.opts.app_label, self.opts.model_name)
        return reverse("admin:{}_{}_action".format(*info), args=[quote(row.pk), name])

    def object_action_view(self, request: HttpRequest, object_id: str, action: str) -> HttpResponseBase:
        """A pressed button: checks, asks when the action asks, works, tells."""
        spec = next((spec for spec in self.action_specs() if spec.name == action and spec.on_object), None)
        row = self.get_object(request, unquote(object_id))
        if spec is None or row is None:
            raise Http404
        if not spec.allowed(request, self.opts) or not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[quote(row.pk)])
        if request.method != "POST" and not spec.asks:
            return HttpResponseRedirect(page)
        if spec.visible is not None and not spec.visible(row):
            messages.warning(
                request, _("'%(action)s' is not possible in the present state.") % {"action": spec.label}
            )
            return HttpResponseRedirect(page)
        queryset = self.get_queryset(request).filter(pk=row.pk)
        answer = self.perform(request, spec, queryset, back_url=page, row=row)
        if answer is not None:
            return answer
        still_there = self.get_queryset(request).filter(pk=row.pk).exists()
        listing = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return HttpResponseRedirect(page if still_there else listing)

    def perform(
        self,
        request: HttpRequest,
        spec: ActionSpec,
        queryset: QuerySet[Any],
        *,
        back_url: str,
        row: models.Model | None = None,
    ) -> HttpResponseBase | None:
        """Ask if needed, then call the method; errors of ours become messages with cause and cure."""
        confirmed = request.method == "POST" and CONFIRMED in request.POST
        form = self._action_form(request, spec, queryset, bound=confirmed)
        if spec.asks and (not confirmed or (form is not None and not form.is_valid())):
            return self._ask(request, spec, queryset, form, back_url=back_url, row=row)
        try:
            result = getattr(self, spec.name)(request, queryset, form)
        except EcomsyncError as error:
            show_error(request, error)
            return None
        except ValidationError as error:
            for message in error.messages:
                messages.error(request, message)
            return None
        if isinstance(result, HttpResponseBase):
            return result
        located: Callable[[], str] | None = getattr(result, "get_absolute_url", None)
        return HttpResponseRedirect(located()) if located else None

    def _action_form(
        self, request: HttpRequest, spec: ActionSpec, queryset: QuerySet[Any], *, bound: bool
    ) -> forms.Form | None:
        if spec.form is None:
            return None
        data = (request.POST, request.FILES) if bound else ()
        if issubclass(spec.form, ActionForm):
            return spec.form(*data, request=request, queryset=queryset)
        return spec.form(*data)

    def _ask(
        self,
        request: HttpRequest,
        spec: ActionSpec,
        queryset: QuerySet[Any],
        form: forms.Form | None,
        *,
        back_url: str,
        row: models.Model | None,
    ) -> HttpResponse:
        count = queryset.count()
        named = list(queryset[:MAX_NAMED]) if row is None else [row]
        context = {
            **self.admin_site.each_context(request),
            "title": spec.label,
            "subtitle": str(row) if row is not None else None,
            "opts": self.opts,
            "spec": spec,
            "form": form,
            "question": spec.question(request, queryset),
            "count": count,
            "named": named,
            "more": count - len(named),
            "original": row,
            "back_url": back_url,
            "selected": [] if row is not None else request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "media": self.media + form.media if form is not None else self.media,
        }
        return TemplateResponse(request, "admin/ecomsync/action.html", context)

    def report_response(
        self,
        request: HttpRequest,
        *,
        title: Text,
        tables: Iterable[ReportTable],
        intro: object = "",
        row: models.Model | None = None,
    ) -> HttpResponse:
        """A page with the outcome of a short action (steps of a connection test, a preview, a comparison)."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": str(row) if row is not None else None,
            "opts": self.opts,
            "original": row,
            "intro": intro,
            "tables": list(tables),
            "back_url": change_url(self.opts.label_lower, row.pk)
            if row is not None
            else reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "admin/ecomsync/report.html", context)


def _list_action(spec: ActionSpec) -> Callable[[Any, HttpRequest, QuerySet[Any]], HttpResponseBase | None]:
    def act(
        model_admin: ActionsMixin, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponseBase | None:
        suited = queryset
        if spec.visible is not None:
            rows = list(queryset)
            keys = [row.pk for row in rows if spec.visible(row)]
            left_out = len(rows) - len(keys)
            suited = model_admin.get_queryset(request).filter(pk__in=keys)
            if left_out and (not keys or not spec.asks or CONFIRMED in request.POST):
                text = ngettext(
                    "%(count)s row was left out: the action does not suit its state.",
                    "%(count)s rows were left out: the action does not suit their state.",
                    left_out,
                )
                messages.warning(request, text % {"count": left_out})
            if not keys:
                return None
        return model_admin.perform(request, spec, suited, back_url=request.get_full_path())

    act.__name__ = spec.name
    return act


class BaseAdmin(HandyFieldsMixin, ActionsMixin):
    """Object pages with an action bar and tabs; lists with status chips and counts."""

    list_per_page = 50
    save_on_top = False
    tabs: ClassVar[Sequence[tuple[str, Text]]] = ()
    status_counts: ClassVar[str] = ""
    panels_only: ClassVar[bool] = False
    change_form_template = "admin/ecomsync/change_form.html"
    change_list_template = "admin/ecomsync/change_list.html"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        sign(obj, request, is_new=not change)
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for line in formset.forms:
            if line.has_changed():
                sign(line.instance, request, is_new=line.instance.pk is None)
        super().save_formset(request, form, formset, change)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any | None = None,
    ) -> HttpResponse:
        if obj is not None and not context.get("is_popup"):
            context["action_groups"] = self.buttons_for(request, obj)
            context["status_chip"] = self.object_chip(obj)
            context["panels"] = self.object_panels(request, obj)
        context["tabs"] = self.get_tabs(request, obj)
        context["panels_only"] = self.panels_only
        return super().render_change_form(
            request, context, add=add, change=change, form_url=form_url, obj=obj
        )

    def get_tabs(self, request: HttpRequest, obj: Any | None) -> Sequence[tuple[str, Text]]:
        return self.tabs

    def object_chip(self, obj: Any) -> object:
        """The chip beside the title; by default that of `state`."""
        return state_chip(obj) if hasattr(obj, "state") and isinstance(obj.state, str) else ""

    def object_panels(self, request: HttpRequest, obj: Any) -> Sequence[dict[str, Any]]:
        """Facts above the form: dicts with 'title', and 'facts' (label, value) or 'template' and its 'context'."""
        return ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        extra = {"status_counts": self.count_by_status(request), **(extra_context or {})}
        return super().changelist_view(request, extra)

    def count_by_status(self, request: HttpRequest) -> list[dict[str, Any]]:
        """One chip per value of `status_counts` that occurs, with its number and the address that filters by it."""
        name = self.status_counts
        if not name or not self.has_view_or_change_permission(request):
            return []
        parameter = f"{name}__exact"
        chosen = request.GET.get(parameter)
        counted = dict(self.get_queryset(request).order_by().values_list(name).annotate(number=Count("pk")))
        choices = getattr(self.opts.get_field(name), "flatchoices", ()) or [
            (value, value) for value in counted
        ]
        listing = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        rows = [
            {
                "label": label,
                "count": counted[value],
                "tone": STATE_TONES.get(str(value), "mute"),
                "url": f"{listing}?{parameter}={value}",
                "chosen": str(value) == chosen,
            }
            for value, label in choices
            if counted.get(value)
        ]
        everything = {"label": _("All"), "count": sum(counted.values()), "tone": "plain", "url": listing}
        return [{**everything, "chosen": not request.GET}, *rows] if rows else []

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        if self.status_counts and lookup == f"{self.status_counts}__exact":
            return True
        return bool(super().lookup_allowed(lookup, value, request))  # type: ignore[arg-type]


def sign(obj: Any, request: HttpRequest, *, is_new: bool) -> None:
    """Who made it, and who changed it last, where the row keeps that."""
    fields = {field.name for field in obj._meta.concrete_fields}
    if is_new and "created_by" in fields:
        obj.created_by = request.user
    if "updated_by" in fields:
        obj.updated_by = request.user


class ReadOnlyAdmin(BaseAdmin):
    """Rows written by machines: to be read and acted upon, never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False
