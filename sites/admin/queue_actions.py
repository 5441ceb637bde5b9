"""Quick actions of a site: queue rows, problems, tokens, pause, settings files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ecomsync.common.admin import BaseAdmin, object_action
from ecomsync.common.errors import ConfigurationError
from sites.admin.action_forms import PauseForm, SiteTypeForm, TokenForm
from sites.models import Site
from sites.panels import has_orders
from sites.runs import CONNECT, IMMEDIATE, REQUESTS, load
from sites.services.change_type import change_site_type
from sites.services.pause import pause_site, resume_site
from sites.services.tokens import request_token
from sites.services.transfer import export_text

QUEUES, CLEANING, SETTINGS = _("Retry"), _("Clean up"), _("Settings")
PAUSE, TRANSFER = "ecomsites.pause_site", "ecomsites.transfer_settings"


def counted(name: str) -> Callable[[HttpRequest, QuerySet[Site]], str | Promise]:
    """The question before a queue action, with the number of rows it would touch."""

    def question(request: HttpRequest, queryset: QuerySet[Site]) -> str | Promise:
        action = IMMEDIATE[name]
        function = load(action.path)
        count = sum(function(site=site, dry_run=True, **action.arguments) for site in queryset)
        return str(action.question) % {"count": count}

    return question


def queue_action(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    action = IMMEDIATE[name]
    return object_action(
        label=action.label,
        permission=REQUESTS,
        confirm=counted(name),
        tone="danger" if action.danger else "",
        group=CLEANING if action.danger else QUEUES,
    )


def _has_token(site: Site) -> bool:
    try:
        return site.capabilities.request_token
    except ConfigurationError:
        return False


def _has_trials(site: Site) -> bool:
    try:
        return bool(site.adapter_class.trials(site.platform_options))
    except ConfigurationError:
        return False


class QueueActions(BaseAdmin):
    """Mixed into the site admin."""

    def act_on_queue(self, request: HttpRequest, queryset: QuerySet[Site], name: str) -> None:
        action = IMMEDIATE[name]
        function = load(action.path)
        count = sum(
            function(site=site, dry_run=False, user=request.user, **action.arguments) for site in queryset
        )
        text = ngettext("%(action)s: %(count)s row.", "%(action)s: %(count)s rows.", count)
        messages.success(request, text % {"action": action.label, "count": count})

    @queue_action("retry_lines")
    def retry_lines(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        self.act_on_queue(request, queryset, "retry_lines")

    @queue_action("price_retry_lines")
    def price_retry_lines(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        self.act_on_queue(request, queryset, "price_retry_lines")

    @queue_action("item_retry_lines")
    def item_retry_lines(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        self.act_on_queue(request, queryset, "item_retry_lines")

    @queue_action("delete_finished_requests")
    def delete_finished_requests(
        self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None
    ) -> None:
        self.act_on_queue(request, queryset, "delete_finished_requests")

    @queue_action("delete_finished_price_requests")
    def delete_finished_price_requests(
        self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None
    ) -> None:
        self.act_on_queue(request, queryset, "delete_finished_price_requests")

    @queue_action("delete_finished_item_requests")
    def delete_finished_item_requests(
        self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None
    ) -> None:
        self.act_on_queue(request, queryset, "delete_finished_item_requests")

    @queue_action("delete_item_entries")
    def delete_item_entries(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        self.act_on_queue(request, queryset, "delete_item_entries")

    @queue_action("delete_requests")
    def delete_requests(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        self.act_on_queue(request, queryset, "delete_requests")

    @queue_action("delete_error")
    def delete_error(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        self.act_on_queue(request, queryset, "delete_error")

    # -- tokens -----------------------------------------------------------
    @object_action(
        label=_("Request Token"),
        permission=CONNECT,
        form=TokenForm,
        visible=lambda site: _has_token(site) and not site.capabilities.named_token_action,
        on_list=False,
    )
    def request_token(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        self._request_token(request, queryset, form)

    @object_action(
        label=_("Read Salla Access Token"),
        permission=CONNECT,
        form=TokenForm,
        visible=lambda site: _has_token(site) and site.capabilities.named_token_action,
        on_list=False,
    )
    def read_salla_token(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        self._request_token(request, queryset, form)

    def _request_token(self, request: HttpRequest, queryset: QuerySet[Site], form: Any) -> None:
        site = request_token(site=queryset.get(), code=form.cleaned_data["code"])
        text = gettext("The token was stored.")
        if site.token_expires_at:
            shown = timezone.localtime(site.token_expires_at).strftime("%Y-%m-%d %H:%M")
            text = gettext("The token was stored. It lapses on %(time)s and is renewed before.") % {
                "time": shown
            }
        messages.success(request, text)

    # -- pause and settings -------------------------------------------------
    @object_action(
        label=_("Pause"),
        permission=PAUSE,
        form=PauseForm,
        visible=lambda site: not site.paused,
        group=SETTINGS,
    )
    def pause(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        reason = form.cleaned_data["reason"]
        count = sum(pause_site(site_id=site.pk, reason=reason, user=request.user) for site in queryset)
        text = ngettext("%(count)s site was paused.", "%(count)s sites were paused.", count)
        messages.success(request, text % {"count": count})

    @object_action(label=_("Resume"), permission=PAUSE, tone="primary", visible=lambda site: site.paused)
    def resume(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        count = sum(resume_site(site_id=site.pk, user=request.user) for site in queryset)
        text = ngettext("%(count)s site works again.", "%(count)s sites work again.", count)
        messages.success(request, text % {"count": count})

    @object_action(label=_("Export Settings"), permission=TRANSFER, group=SETTINGS)
    def export_settings(
        self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None
    ) -> HttpResponse:
        sites = list(queryset)
        stamp = timezone.localtime().strftime("%Y%m%d-%H%M")
        if len(sites) == 1:
            name = f"{sites[0].code.lower().replace(' ', '-').replace('/', '-')}-{stamp}.json"
            return _download(export_text(site=sites[0]).encode(), name, "application/json")
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for site in sites:
                packed.writestr(f"{site.code.lower().replace('/', '-')}.json", export_text(site=site))
        return _download(archive.getvalue(), f"sites-{stamp}.zip", "application/zip")

    @object_action(label=_("Import Settings"), permission=TRANSFER, group=SETTINGS, on_list=False)
    def import_settings(
        self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:ecomsites_site_import", args=[queryset.get().pk]))

    @object_action(
        label=_("Try an Operation"),
        permission="ecomsites.manage_connection",
        group=SETTINGS,
        visible=lambda site: _has_trials(site),
        on_list=False,
        hint=_("Shows the request of one operation, the answer of the shop and what it is read as."),
    )
    def try_operation(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:ecomsites_site_try", args=[queryset.get().pk]))

    @object_action(
        label=_("Change Site Type"),
        permission="change",
        form=SiteTypeForm,
        visible=lambda site: not has_orders(site),
        group=SETTINGS,
        on_list=False,
        hint=_("Possible until the first order is read. Switches that the new platform lacks go off."),
    )
    def change_type(self, request: HttpRequest, queryset: QuerySet[Site], form: Any = None) -> None:
        switched = change_site_type(
            site=queryset.get(), site_type=form.cleaned_data["site_type"], user=request.user
        )
        messages.success(
            request, gettext("The site type was changed. Enter the credentials of the new platform.")
        )
        if switched:
            text = gettext("Switched off, since the new platform cannot do it: %(settings)s.")
            messages.warning(request, text % {"settings": ", ".join(str(name) for name in switched)})


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
