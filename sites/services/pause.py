"""Pause and resume: by staff, or by a shop that refuses our keys."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from activity.services import clear_alerts, raise_alert, record_event, report_error, resolve_errors
from ecomsync.common.errors import BadCredentials, EcomsyncError
from sites.models import Site

BY_STAFF = "by_staff"
APP_REMOVED = "app_removed"
#: Problems on the way to the shop: one good answer ends them.
PASSING_CODES = (
    "network", "timeout", "rate_limited", "circuit_open", "shop_unavailable", "not_json", "unexpected_answer"
)  # fmt: skip


def pause_site(
    *, site_id: int, reason: str, code: str = BY_STAFF, user: AbstractBaseUser | AnonymousUser | None = None
) -> bool:
    """Stop all flows of a site. False when it was paused already: the first reason stays."""
    with transaction.atomic():
        now = timezone.now()
        changed = Site.objects.filter(pk=site_id, paused=False).update(
            paused=True, pause_reason=reason[:500], pause_code=code[:60], paused_at=now, updated_at=now
        )
        if changed:
            site = Site.objects.get(pk=site_id)
            record_event(
                kind="site.paused",
                site_code=site.code,
                subject=site,
                message=reason,
                level="warning",
                actor=user,
            )
    return bool(changed)


def resume_site(*, site_id: int, user: AbstractBaseUser | AnonymousUser | None = None) -> bool:
    """Let a site work again and close the problem that paused it. False when it was not paused."""
    with transaction.atomic():
        site = Site.objects.select_for_update().get(pk=site_id)
        if not site.paused:
            return False
        code = site.pause_code
        site.paused, site.pause_reason, site.pause_code, site.paused_at = False, "", "", None
        site.save(update_fields=["paused", "pause_reason", "pause_code", "paused_at", "updated_at"])
        if code and code != BY_STAFF:
            resolve_errors(site_code=site.code, code=code, subject=site)
            clear_alerts(site_code=site.code, code=code)
        record_event(kind="site.resumed", site_code=site.code, subject=site, actor=user)
    return True


def note_error(site: Site, error: EcomsyncError) -> bool:
    """Write an error of the whole site down. Bad credentials pause it, with one alert. True when it was paused now."""
    link = reverse("admin:ecomsites_site_change", args=[site.pk])
    paused = isinstance(error, BadCredentials) and pause_site(
        site_id=site.pk, reason=str(error), code=error.code
    )
    with transaction.atomic():
        report_error(site_code=site.code, error=error, subject=site, link=link)
        if paused:
            raise_alert(site_code=site.code, code=error.code, message=f"{site.code}: {error}")
    return paused


def note_recovery(site: Site, *codes: str) -> int:
    """Close problems of the whole site whose cause is gone. Resumes a site that its keys had paused."""
    if site.paused and site.pause_code in codes and site.pause_code != BY_STAFF:
        resume_site(site_id=site.pk)
        site.refresh_from_db(fields=["paused", "pause_reason", "pause_code", "paused_at"])
    return resolve_errors(site_code=site.code, code=list(codes), subject=site)
