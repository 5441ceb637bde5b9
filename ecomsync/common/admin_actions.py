"""Actions that work alike as a button on an object's page and as a bulk action of its list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise

Text = str | Promise
Confirm = Text | bool | Callable[[HttpRequest, "QuerySet[Any]"], Text]

ATTRIBUTE = "object_action_spec"
CONFIRMED = "_confirmed"


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What the decorator was told. `permission` is a short word ('change') or a full one ('sites.read_sales')."""

    name: str
    label: Text
    permission: str
    confirm: Confirm | None = None
    form: type[forms.Form] | None = None
    visible: Callable[[Any], bool] | None = None
    tone: str = ""
    hint: Text = ""
    group: Text = ""
    on_object: bool = True
    on_list: bool = True

    def allowed(self, request: HttpRequest, opts: models.options.Options[Any]) -> bool:
        """Whether the user may: also for machine-written rows, where nobody may edit."""
        full = self.permission
        if "." not in full:
            full = f"{opts.app_label}.{full}_{opts.model_name}"
        return bool(request.user.has_perm(full))

    def question(self, request: HttpRequest, queryset: QuerySet[Any]) -> Text:
        """What the page in between asks; "" when nothing is asked."""
        if callable(self.confirm):
            return self.confirm(request, queryset)
        return "" if self.confirm in (None, True, False) else self.confirm  # type: ignore[return-value]

    @property
    def asks(self) -> bool:
        return bool(self.confirm) or self.form is not None


class ActionForm(forms.Form):
    """For actions that ask for something: knows the request and the chosen rows."""

    def __init__(
        self,
        *args: Any,
        request: HttpRequest | None = None,
        queryset: QuerySet[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.queryset = queryset


def object_action(
    *,
    label: Text,
    permission: str = "change",
    confirm: Confirm | None = None,
    form: type[forms.Form] | None = None,
    visible: Callable[[Any], bool] | None = None,
    tone: str = "",
    hint: Text = "",
    group: Text = "",
    on_object: bool = True,
    on_list: bool = True,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark an admin method `(self, request, queryset, form) -> HttpResponse | Run | None` as an action.

    The method may return a response, or anything with `get_absolute_url` (a Run) to go to its page, or nothing.
    permission: 'view', 'change', 'delete' … of the model, or a full 'app.codename'. confirm: asks first (a text,
    or a callable that returns the text with its counts). form: asks for what is needed. visible: whether the
    action suits an object; unsuited ones get no button, and are left out of a bulk run. tone: 'primary' or
    'danger'. group: actions with the same group share a menu on the object page.
    Name the methods in `object_actions` of a `BaseAdmin`.
    """

    def mark(method: Callable[..., Any]) -> Callable[..., Any]:
        spec = ActionSpec(
            name=method.__name__,
            label=label,
            permission=permission,
            confirm=confirm,
            form=form,
            visible=visible,
            tone=tone,
            hint=hint,
            group=group,
            on_object=on_object,
            on_list=on_list,
        )
        setattr(method, ATTRIBUTE, spec)
        return method

    return mark


def spec_of(method: Callable[..., Any]) -> ActionSpec:
    """The specification of a marked method; a clear error for one that is not."""
    spec = getattr(method, ATTRIBUTE, None)
    if not isinstance(spec, ActionSpec):
        raise TypeError(f"{method!r} is listed in object_actions and lacks @object_action.")
    return spec


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table of a report page: cells may be text or safe HTML (chips, links)."""

    title: Text = ""
    columns: Sequence[Text] = ()
    rows: Sequence[Sequence[object]] = field(default_factory=tuple)
    empty: Text = ""
