"""A site that its keys had paused is tried again by itself, with growing pauses; what staff paused stays paused.

Every try may count against us in the shop, so they are few: the pause between two tries is as long as the site has
been paused already, and a site that was paused again and again begins with a longer one.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime, timedelta

from django.utils import timezone

from activity.models import Event
from sites.models import Site
from sites.services.check import check_site
from sites.services.pause import BY_STAFF, resume_site
from sites.services.renew import can_renew
from sites.services.tokens import refresh_token

logger = logging.getLogger(__name__)

FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
#: Pauses of one site within this time count as one trouble that goes on.
SAME_TROUBLE = timedelta(hours=24)


def probe_paused_sites(*, now: datetime | None = None) -> list[str]:
    """Try those whose turn it is. Returns the codes of the sites that work again."""
    moment = now or timezone.now()
    sites = list(_paused_by_their_keys())
    pauses = _pauses([site.code for site in sites], moment)
    resumed = []
    for site in sites:
        if _due_at(site, pauses[site.code]) > moment or not _claim(site, moment):
            continue
        try:
            if _probe(site):
                resumed.append(site.code)
        except Exception:  # outer loop of a worker: one broken site must not stop the others
            logger.exception("Site %s could not be tried", site.code, extra={"site": site.code})
    return resumed


def next_probe_at(site: Site) -> datetime | None:
    """When a paused site is tried next by itself; None when it never is."""
    if not site.active or not site.paused or site.pause_code in ("", BY_STAFF):
        return None
    return _due_at(site, _pauses([site.code], timezone.now())[site.code])


def _paused_by_their_keys() -> list[Site]:
    paused = Site.objects.filter(active=True, paused=True, paused_at__isnull=False)
    return list(paused.exclude(pause_code__in=("", BY_STAFF)).order_by("paused_at"))


def _pauses(codes: list[str], now: datetime) -> Counter[str]:
    """How often each was paused of late; one statement."""
    if not codes:
        return Counter()
    rows = Event.objects.filter(kind="site.paused", site_code__in=codes, created_at__gt=now - SAME_TROUBLE)
    return Counter(rows.values_list("site_code", flat=True))


def _due_at(site: Site, pauses: int) -> datetime:
    assert site.paused_at is not None
    first = FIRST_WAIT * 2.0 ** min(max(pauses - 1, 0), 10)
    tried = site.last_check_at if site.last_check_at and site.last_check_at > site.paused_at else None
    wait = first if tried is None else max(first, tried - site.paused_at)
    return (tried or site.paused_at) + min(wait, LONGEST_WAIT)


def _claim(site: Site, now: datetime) -> bool:
    """Of several workers one tries; it is the one who notes the moment."""
    same = Site.objects.filter(pk=site.pk, paused=True, last_check_at=site.last_check_at)
    return bool(same.update(last_check_at=now))


def _probe(site: Site) -> bool:
    """A new token where the platform has them, then a test of the connection, which resumes the site if all is well."""
    code = site.pause_code
    if can_renew(site):
        refresh_token(site=site)
        site.refresh_from_db()
    is_well = not site.paused or check_site(site=site).is_ok
    site.refresh_from_db()
    if is_well and site.pause_code == code:  # whatever code it was, the keys work
        resume_site(site_id=site.pk)
    return is_well
