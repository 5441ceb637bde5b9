"""The three addresses of 'Connect': off to the shop, the shop's own call, and the way back."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.contrib.auth.decorators import user_passes_test
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from ecomsync.common.admin import show_error
from ecomsync.common.errors import ConfigurationError, EcomsyncError, InvalidSignature
from platforms.base import Capabilities
from platforms.registry import adapter_class
from sites.kick import publish_runs
from sites.models import Site
from sites.runs import CONNECT
from sites.services.check import check_site
from sites.services.connect import accept_code, accept_grant, begin_connect, finish_connect, was_granted

MAX_BODY = 16 * 1024

staff_only = user_passes_test(lambda user: user.is_active and user.is_staff, login_url="admin:login")


def _site_page(site: Site) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("admin:ecomsites_site_change", args=[site.pk]))


def _site_of(request: HttpRequest, pk: int) -> Site:
    if not request.user.has_perm(CONNECT):
        raise PermissionDenied
    site = get_object_or_404(Site, pk=pk)
    if not _connects(site.capabilities):
        raise Http404
    return site


def _connects(can: Capabilities) -> bool:
    """Whether the shop hands its keys over by itself, in either way."""
    return can.connect_by_browser or can.connect_by_address


@never_cache
@require_GET
@staff_only
def connect_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Send staff to the shop, where they approve."""
    site = _site_of(request, pk)
    if site.capabilities.connect_by_address:  # there is no page to send anybody to
        return _site_page(site)
    try:
        return HttpResponseRedirect(begin_connect(site=site, user=request.user))
    except ConfigurationError as error:
        show_error(request, error)
        return _site_page(site)


@csrf_exempt
@require_POST
def connect_callback(request: HttpRequest, platform: str) -> HttpResponse:
    """The shop hands the keys over; exactly 200 keeps them alive there."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
            return _refuse(413, "too_large", f"At most {MAX_BODY} bytes are taken.", "Send the keys only.")
        payload = _payload_of(request)
        if not _connects(adapter_class(platform).capabilities):
            raise Http404
        accept_grant(platform=platform, payload=payload)
        transaction.on_commit(publish_runs)
    except (ValueError, RecursionError):
        return _refuse(
            400, "not_json", "The body is not JSON.", "Start 'Connect' again on the page of the site."
        )
    except InvalidSignature as error:
        return _refuse(403, error.code, error.message, error.cure)
    except ConfigurationError as error:
        status = 404 if error.code == "unknown_platform" else 400
        return _refuse(status, error.code, error.message, error.cure)
    except EcomsyncError as error:
        return _refuse(400, error.code, error.message, error.cure)
    return JsonResponse({"status": "stored"})


@never_cache
@require_GET
@staff_only
def connect_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Back from the shop: test the new keys, and say how it went."""
    site = _site_of(request, pk)
    token, approved = site.adapter_class.read_connect_return(request.GET.dict())
    if approved and site.capabilities.connect_with_code:
        try:
            site = accept_code(site=site, query=request.GET.dict())
        except EcomsyncError as error:
            show_error(request, error)
            return _site_page(site)
    told = _finish(request, site) if approved and site.capabilities.connect_by_address else True
    if not told:
        return _site_page(site)
    site.refresh_from_db()
    if not approved:
        messages.warning(
            request, _("The shop was not asked to hand over keys, or refused. Press ‘Connect’ to try again.")
        )
    elif not site.capabilities.connect_with_code and not was_granted(site=site, token=token):
        messages.error(
            request,
            _(
                "You approved, but the keys did not arrive here. The shop must be able to reach this installation "
                "at its BASE_URL; press ‘Connect’ to try again, or enter the keys by hand."
            ),
        )
    elif check_site(site=site).is_ok:
        messages.success(request, _("The shop is connected: its keys are stored and the connection works."))
    else:
        messages.error(
            request,
            _("The keys are stored, but the connection test failed. Press ‘Test Connection’ to see why."),
        )
    return _site_page(site)


def _payload_of(request: HttpRequest) -> Any:
    """JSON, or a form where the platform posts one; with the query of the address. Raises ValueError."""
    body = request.read(MAX_BODY)
    if request.content_type != "application/x-www-form-urlencoded":
        return json.loads(body)
    form = dict(parse_qsl(body.decode("utf-8"), max_num_fields=20))
    return {**form, **request.GET.dict()}


def _finish(request: HttpRequest, site: Site) -> bool:
    """Whether the keys that arrived are complete now; what is wrong is told."""
    try:
        finish_connect(site=site)
    except EcomsyncError as error:
        show_error(request, error)
        return False
    return True


def _refuse(status: int, code: str, message: str, cure: str) -> JsonResponse:
    return JsonResponse({"status": code, "message": message, "cure": cure}, status=status)
