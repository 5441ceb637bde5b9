"""Who changed which setting of a site and of its tables, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import chip
from sites.audit import LINE_MODELS
from sites.models import Site

if TYPE_CHECKING:
    from sites.admin.site import SiteAdmin

PAGE = 50
ACTIONS = {
    0: (_("created"), "ok"),
    1: (_("changed"), "info"),
    2: (_("deleted"), "bad"),
    3: (_("seen"), "mute"),
}


def history_view(page: SiteAdmin, request: HttpRequest, site: Site) -> HttpResponse:
    """The audit trail, newest first."""
    entries = Paginator(_entries(site), PAGE).get_page(request.GET.get("page"))
    context = {
        **page.admin_site.each_context(request),
        "title": _("History"),
        "subtitle": str(site),
        "opts": page.opts,
        "original": site,
        "entries": entries,
        "rows": [_row(entry) for entry in entries],
        "back_url": reverse("admin:ecomsites_site_change", args=[site.pk]),
    }
    return TemplateResponse(request, "admin/ecomsites/site/history.html", context)


def _entries(site: Site) -> Any:
    """Of the site itself, of lines it has, and of lines that were deleted (their changes name the site)."""
    kinds = ContentType.objects.get_for_models(Site, *LINE_MODELS)
    wanted = Q(content_type=kinds[Site], object_id=site.pk)
    lines = [kinds[model] for model in LINE_MODELS]
    wanted |= Q(content_type__in=lines, changes__site__0=str(site.pk))
    wanted |= Q(content_type__in=lines, changes__site__1=str(site.pk))
    for model in LINE_MODELS:
        keys = list(model._default_manager.filter(site=site).values_list("pk", flat=True))
        if keys:
            wanted |= Q(content_type=kinds[model], object_id__in=keys)
    return (
        LogEntry.objects.filter(wanted).select_related("actor", "content_type").order_by("-timestamp", "-pk")
    )


def _row(entry: LogEntry) -> dict[str, Any]:
    label, tone = ACTIONS.get(entry.action, (entry.action, "mute"))
    model = entry.content_type.model_class()
    names = {field.name: field.verbose_name for field in model._meta.fields} if model else {}
    changes = [
        {"label": names.get(name, name), "old": pair[0], "new": pair[1]}
        for name, pair in (entry.changes or {}).items()
        if isinstance(pair, list | tuple) and len(pair) == 2 and name not in ("id", "site")
    ]
    return {
        "when": entry.timestamp,
        "who": entry.actor or _("the system"),
        "chip": chip(label, tone),
        "what": model._meta.verbose_name if model else entry.content_type,
        "name": entry.object_repr,
        "changes": changes,
    }
