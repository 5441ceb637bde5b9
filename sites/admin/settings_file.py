"""'Import Settings' in two steps: the file, then the differences to be confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import ReportTable
from sites.admin.action_forms import SettingsFileForm
from sites.models import Site
from sites.services.transfer import MAX_FILE_BYTES, ImportPlan, apply_import, plan_import, read_file

if TYPE_CHECKING:
    from sites.admin.site import SiteAdmin

SALT = "sites.settings_file"
TEMPLATE = "admin/ecomsites/site/import_settings.html"


def import_view(page: SiteAdmin, request: HttpRequest, site: Site) -> HttpResponse:
    """Without a file: asks for one. With a file: shows the differences. With the confirmed content: writes."""
    back = reverse("admin:ecomsites_site_change", args=[site.pk])
    if request.method == "POST" and "content" in request.POST:
        return _apply(request, site, back)
    form = SettingsFileForm(request.POST, request.FILES) if request.method == "POST" else SettingsFileForm()
    context: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        try:
            content = read_file(_text(form.cleaned_data["file"]))
            context = _difference(plan_import(site=site, content=content), content)
        except ValidationError as error:
            form.add_error("file", error)
    context |= {
        **page.admin_site.each_context(request),
        "title": _("Import Settings"),
        "subtitle": str(site),
        "opts": page.opts,
        "original": site,
        "form": form,
        "back_url": back,
    }
    return TemplateResponse(request, TEMPLATE, context)


def _text(file: Any) -> str:
    if file.size > MAX_FILE_BYTES:
        raise ValidationError(gettext("The file is too large to hold settings."))
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValidationError(gettext("The file is not UTF-8 text.")) from error


def _difference(plan: ImportPlan, content: dict[str, Any]) -> dict[str, Any]:
    rows = [(change.label, change.old, change.new) for change in plan.changes]
    table = ReportTable(
        columns=(_("Setting"), _("Now"), _("After the import")),
        rows=rows,
        empty=_("The file holds what is set already; nothing would change."),
    )
    can_apply = bool(rows) and not plan.problems
    return {
        "table": table,
        "problems": plan.problems,
        "content": signing.dumps(content, salt=SALT, compress=True) if can_apply else "",
    }


def _apply(request: HttpRequest, site: Site, back: str) -> HttpResponse:
    try:
        content = signing.loads(request.POST["content"], salt=SALT, max_age=3600)
        plan = apply_import(site=site, content=content, user=request.user)
    except signing.BadSignature:
        messages.error(request, gettext("The confirmation is too old. Choose the file again."))
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
    else:
        messages.success(request, gettext("%(count)s settings were imported.") % {"count": len(plan.changes)})
    return HttpResponseRedirect(back)
