"""'Try an Operation': one call of a shop that is driven by its settings, shown with its answer and what it is read as."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ecomsync.common.errors import EcomsyncError
from ecomsync.common.stored_text import in_reader_language
from platforms.types import Trial, TrialCall
from sites.admin.forms import StructureField
from sites.choices import GraphQLKind
from sites.models import Site
from sites.services.adapters import open_adapter

if TYPE_CHECKING:
    from sites.admin.site import SiteAdmin

#: Before the name of a GraphQL line of the site.
LINE = "GraphQL: "
TEMPLATE = "admin/ecomsites/site/try_operation.html"


class TrialForm(forms.Form):
    operation = forms.ChoiceField(label=_("Operation"))
    values = StructureField(
        label=_("Values"),
        required=False,
        help_text=_("What the operation is given. Empty: an example is filled in."),
    )

    def __init__(self, *args: Any, names: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["operation"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(name, name) for name in names]


def trial_view(page: SiteAdmin, request: HttpRequest, site: Site) -> HttpResponse:
    """First the request is shown; it leaves only by the second button."""
    known = _known(site)
    posted = request.method == "POST"
    form = TrialForm(request.POST if posted else None, names=list(known))
    trial: Trial | None = None
    writes = False
    if posted and form.is_valid():
        name, values = form.cleaned_data["operation"], form.cleaned_data["values"]
        writes = known[name]
        if not isinstance(values, dict | None):
            form.add_error("values", _("Write an object in braces."))
        else:
            trial, values = _tried(site, name, values, send="send" in request.POST)
            form = TrialForm(initial={"operation": name, "values": values}, names=list(known))
    context: dict[str, Any] = {
        **page.admin_site.each_context(request),
        "title": _("Try an Operation"),
        "subtitle": str(site),
        "opts": page.opts,
        "original": site,
        "form": form,
        "trial": trial,
        "writes": writes,
        "can_send": trial is not None and not trial.message,
        "message": in_reader_language(trial.message) if trial else "",
        "cure": in_reader_language(trial.cure) if trial else "",
        "calls": [_shown(call) for call in trial.calls] if trial else [],
        "back_url": reverse("admin:ecomsites_site_change", args=[site.pk]),
    }
    return TemplateResponse(request, TEMPLATE, context)


def _known(site: Site) -> dict[str, bool]:
    """Operation -> whether it writes; the GraphQL lines of the site stand behind those of its settings."""
    known = dict(site.adapter_class.trials(site.platform_options))
    if site.capabilities.graphql:
        known |= {
            f"{LINE}{line.name}": line.kind == GraphQLKind.MUTATION for line in site.graphql_lines.all()
        }
    return known


def _tried(
    site: Site, name: str, values: dict[str, Any] | None, *, send: bool
) -> tuple[Trial, dict[str, Any]]:
    """A site that only tries (dry run) sends nothing that writes."""
    leaves = send and not (_known(site).get(name, True) and site.dry_run)
    line = site.graphql_lines.filter(name=name.removeprefix(LINE)).first() if name.startswith(LINE) else None
    try:
        with open_adapter(site, lane="orders", patient=False) as adapter:
            if line is not None:
                given = values or dict(line.variables)
                trial = adapter.try_graphql(line.document, given, send=leaves, result_path=line.result_path)
                return trial, given
            given = values or dict(adapter.trial_values(name))
            return adapter.try_operation(name, given, send=leaves), given
    except EcomsyncError as error:
        return Trial(message=error.message, cure=error.cure), values or {}


def _shown(call: TrialCall) -> dict[str, Any]:
    return {
        "call": call,
        "request_headers": sorted(call.request_headers.items()),
        "request_body": _indented(call.request_body),
        "response_headers": sorted(call.response_headers.items()),
        "response_body": _indented(call.response_body),
    }


def _indented(text: str) -> str:
    """JSON over several lines; anything else as it came."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except ValueError:
        return text
