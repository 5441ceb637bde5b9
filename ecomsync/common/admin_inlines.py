"""Inline tables: ordered by dragging, shown in pages when they are long, or only to be read."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.options import BaseModelAdmin
from django.core.paginator import Paginator
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.translation import pgettext_lazy


class PlainDecimalField(forms.DecimalField):
    """Shows 5, not 5.000000."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value


class HandyFieldsMixin(BaseModelAdmin):  # type: ignore[type-arg]
    """Figures without needless zeros; no crosses beside chosen records that would delete them."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.DecimalField):
            kwargs.setdefault("form_class", PlainDecimalField)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and hasattr(field.widget, "can_delete_related"):
            field.widget.can_delete_related = False
        return field


class ReadOnlyTabularInline(admin.TabularInline):  # type: ignore[type-arg]
    """Lines that are shown and never edited."""

    extra = 0
    max_num = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        return False


class OrderedInlineFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Rows without a place go to the end; the script numbers the others as they were dragged."""

    def add_fields(self, form: forms.ModelForm[Any], index: int | None) -> None:
        super().add_fields(form, index)
        if "line_no" in form.fields:
            form.fields["line_no"].required = False

    def clean(self) -> None:
        super().clean()
        kept = [
            form for form in self.forms if form not in self.deleted_forms and hasattr(form, "cleaned_data")
        ]
        last = max((form.cleaned_data.get("line_no") or 0 for form in kept), default=0)
        for form in kept:
            if form.has_changed() and not form.cleaned_data.get("line_no"):
                last += 1
                form.cleaned_data["line_no"] = form.instance.line_no = last


class PagedInlineFormSet(OrderedInlineFormSet):
    """Shows the rows of one page; what comes back is saved by the keys of its rows, whatever the page."""

    page = 1
    per_page = 0

    def get_queryset(self) -> models.QuerySet[Any]:
        if not hasattr(self, "_queryset"):
            rows = super().get_queryset()
            self._queryset = self._sent(rows) if self.is_bound else self._page_of(rows)
        return self._queryset

    def _sent(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        named = re.compile(rf"{re.escape(str(self.prefix))}-\d+-{re.escape(rows.model._meta.pk.name)}")
        keys = [value for name, value in self.data.items() if named.fullmatch(name) and str(value).isdigit()]
        return rows.filter(pk__in=keys)

    def _page_of(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        self.pager = Paginator(rows, self.per_page).get_page(self.page)
        return rows[max(self.pager.start_index() - 1, 0) : self.pager.end_index()]

    @property
    def page_parameter(self) -> str:
        return f"{self.prefix}-page"

    @property
    def rows_before(self) -> int:
        """How many rows stand before the first one shown: the script numbers on from there."""
        return (
            self.pager.start_index() - 1 if getattr(self, "pager", None) and self.pager.start_index() else 0
        )


class OrderedTabularInline(HandyFieldsMixin, admin.TabularInline):  # type: ignore[type-arg]
    """Lines in the order in which staff drag them (mouse, or arrow keys on the handle). Needs `line_no`."""

    extra = 0
    formset = OrderedInlineFormSet
    template = "admin/ecomsync/ordered_inline.html"
    ordering = ("line_no", "id")
    per_page: ClassVar[int] = 0  # rows on a page; 0: all

    class Media:
        js = ("ecomsync/ordered_inline.js",)

    def get_formset(self, request: HttpRequest, obj: Any | None = None, **kwargs: Any) -> Any:
        if not self.per_page:
            return super().get_formset(request, obj, **kwargs)
        made: Any = super().get_formset(request, obj, **{"formset": PagedInlineFormSet, **kwargs})
        asked = request.GET.get(f"{made.get_default_prefix()}-page", "")
        made.per_page, made.page = self.per_page, int(asked) if asked.isdecimal() else 1
        return made

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> list[Any]:
        fields = [name for name in super().get_fields(request, obj) if name != "line_no"]
        return ["line_no", *fields]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "line_no" and field is not None:
            field.label = pgettext_lazy("place of a row", "Order")
            field.help_text = ""
            field.widget = forms.NumberInput(attrs={"class": "line-no", "min": "0", "autocomplete": "off"})
        elif field is not None and isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 2
        return field
