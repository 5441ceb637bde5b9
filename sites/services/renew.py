"""A token that the shop refuses is renewed once; only when that does not help the site is paused."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from ecomsync.common.errors import BadCredentials, EcomsyncError
from sites.choices import Flow
from sites.models import Site, SyncCursor
from sites.services.pause import note_error
from sites.services.tokens import refresh_token

#: A token that is refused so soon after its renewal will not be mended by another one.
NOT_AGAIN_WITHIN = timedelta(minutes=10)


def renew_or_note(site: Site, error: EcomsyncError) -> bool:
    """What a worker does with an error of the whole site. True: the keys are new, open the shop and try again.

    Else the error is written down, and refused keys pause the site. On True the values of `site` are read anew. Must
    be called outside any transaction, since the shop is asked.
    """
    if isinstance(error, BadCredentials) and _renew(site):
        site.refresh_from_db()
        return True
    note_error(site, error)
    return False


def can_renew(site: Site) -> bool:
    """Whether the platform has tokens that are renewed, and we hold what renews this one: a refresh token, or, where
    tokens are given for the app's keys alone, those keys; a token without end was entered by hand and has neither."""
    can = site.capabilities
    by_keys = can.token_by_keys and site.token_expires_at is not None
    return can.request_token and (bool(site.refresh_token) or by_keys)


def _renew(site: Site) -> bool:
    now = timezone.now()
    stored = Site.objects.get(pk=site.pk)
    if stored.paused or not can_renew(stored):
        return False
    if stored.access_token != site.access_token:
        return True  # another worker renewed it while our call was under way
    cursor = SyncCursor.objects.filter(site=site, flow=Flow.TOKEN).first()
    if cursor is not None and cursor.claimed_until and cursor.claimed_until > now:
        return True  # another worker is at it; whoever tries again meets the new token, or the pause
    if cursor is not None and cursor.last_ok_at and cursor.last_ok_at > now - NOT_AGAIN_WITHIN:
        return False
    return refresh_token(site=stored)
