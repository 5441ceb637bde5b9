"""Access tokens: asked for by staff, refreshed by themselves before they lapse."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from activity.services import record_event
from ecomsync.common.errors import EcomsyncError
from platforms.types import Token
from sites.choices import Flow
from sites.models import Site, SyncCursor
from sites.services import cursors
from sites.services.adapters import open_adapter
from sites.services.pause import APP_REMOVED, BY_STAFF, note_error, note_recovery

LEASE = timedelta(minutes=2)
#: A renewal that failed while the site is paused is tried again after so long.
AGAIN_WHILE_PAUSED = timedelta(days=1)


def store_token(*, site_id: int, token: Token) -> Site:
    """Keep a new token. Under the row lock, so that two answers cannot mix; empty parts keep what is stored."""
    with transaction.atomic():
        site = Site.objects.select_for_update().get(pk=site_id)
        site.access_token = token.access_token
        site.refresh_token = token.refresh_token or site.refresh_token
        site.token_expires_at = token.expires_at
        site.scopes = list(token.scopes) or site.scopes
        site.authorization_code = ""
        for name, value in token.extra.items():
            site.set_secret(name, value)
        site.save(
            update_fields=[
                "access_token",
                "refresh_token",
                "token_expires_at",
                "scopes",
                "authorization_code",
                "platform_secrets",
                "updated_at",
            ]
        )
        record_event(kind="site.token", site_code=site.code, subject=site, level="success")
        note_recovery(site, "bad_credentials", APP_REMOVED)
    return site


def request_token(*, site: Site, code: str = "") -> Site:
    """'Request Token': exchange the authorization code, or whatever the platform asks for. Raises EcomsyncError."""
    with open_adapter(site, patient=False) as adapter:
        token = adapter.request_token(code=code or site.authorization_code)
    return store_token(site_id=site.pk, token=token)


def refresh_token(*, site: Site) -> bool:
    """Refresh one token. One worker at a time: the claim is a lease, since the call may take long.

    What `site` holds may be older than the claim. A refresh token that is good once would kill the installation when it
    is used again, so it is read anew; True when another worker has renewed it meanwhile.
    """
    if not cursors.begin(site, Flow.TOKEN, lease=LEASE):
        return False
    failure = ""
    try:
        present = Site.objects.get(pk=site.pk)
        if present.refresh_token != site.refresh_token or present.access_token != site.access_token:
            return True
        with open_adapter(present, patient=False) as adapter:
            token = adapter.refresh_token()
        store_token(site_id=site.pk, token=token)
    except EcomsyncError as error:
        failure = str(error)
        note_error(site, error)
    finally:
        cursors.finish(site, Flow.TOKEN, error=failure)
    return not failure


def refresh_due_tokens(*, now: datetime | None = None) -> int:
    """Refresh the tokens that lapse soon, also of sites that staff paused: one that lapses meanwhile may be beyond renewal.

    Sites whose keys the shop refuses, which pauses them too, wait for new ones. Returns how many were renewed.
    """
    moment = now or timezone.now()
    works = Q(paused=False) | Q(pause_code=BY_STAFF)
    sites = Site.objects.filter(works, active=True, token_expires_at__isnull=False)
    return sum(
        refresh_token(site=site) for site in sites.order_by("token_expires_at") if _is_due(site, moment)
    )


def _is_due(site: Site, now: datetime) -> bool:
    """Whether its token lapses soon enough, and we hold what renews it."""
    can = site.capabilities
    renewable = can.request_token and (bool(site.refresh_token) or can.token_by_keys)
    if not renewable or site.token_expires_at is None or _was_refused(site, now):
        return False
    renewed = _renewed_at(site)
    if can.renew_every and renewed is not None and renewed + timedelta(days=can.renew_every) <= now:
        return True
    return site.token_expires_at < now + _ahead(site, timedelta(minutes=can.refresh_ahead), renewed)


def _was_refused(site: Site, now: datetime) -> bool:
    """Whether a renewal failed within a day while the site was paused. Nobody waits for it, and no new pause could stop what
    would else be asked every few minutes."""
    if not site.paused:
        return False
    tried = SyncCursor.objects.filter(
        site=site, flow=Flow.TOKEN, last_started_at__gt=now - AGAIN_WHILE_PAUSED
    )
    return tried.exclude(last_error="").exists()


def _renewed_at(site: Site) -> datetime | None:
    return SyncCursor.objects.filter(site=site, flow=Flow.TOKEN).values_list("last_ok_at", flat=True).first()


def _ahead(site: Site, usual: timedelta, renewed: datetime | None) -> timedelta:
    """As its platform wants it and at least a fifth of the token's life, where we know since when it lives; never more than
    half of it, so that a short-lived token is not renewed again and again."""
    if renewed is None or site.token_expires_at is None or site.token_expires_at <= renewed:
        return usual
    life = site.token_expires_at - renewed
    return min(max(usual, life / 5), life / 2)
