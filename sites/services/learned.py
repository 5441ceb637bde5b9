"""What an adapter found out about the shop, kept for the next one, and what it met, told to staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from django.db import transaction
from django.urls import reverse

from activity.models import SiteError
from activity.services import clear_alerts, close_rows, raise_alert, report_error
from platforms.base import PlatformAdapter
from platforms.types import Finding
from sites.models import Site

KEY = "learned"


def learned_of(site: Site) -> Mapping[str, Any]:
    """What is known of the shop at the site's present address."""
    kept = site.shop_info.get(KEY) or {}
    return kept.get("values", {}) if kept.get("url") == site.url else {}


class Keeper:
    """Keeps what one adapter finds out, at once or at its end, so that the end of this process does not lose it.

    What others found out meanwhile stays: only what changed since the adapter was opened, or since it was kept last, is
    written. So what was kept on the way and is over at the end (a job, say) is gone then.
    """

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self._site = site
        self._adapter = adapter
        # All that is known: what an adapter that looks afresh does not find again is not so any more.
        self._before = deepcopy(dict(learned_of(site)))

    def keep(self) -> None:
        """What was found out until now. Writes only what is new."""
        now, present = deepcopy(dict(self._adapter.learned)), learned_of(self._site)
        if _joined(present, self._before, now) != dict(present):
            _keep(self._site, self._before, now)
        self._before = now

    def close(self) -> None:
        """Called when the work with the adapter is done: staff are told what it met, too."""
        self.keep()
        if self._adapter.findings:
            _tell(self._site, self._adapter.findings)


def _joined(present: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in now.items() if name not in before or before[name] != value}
    kept = {name: value for name, value in present.items() if name in now or name not in before}
    return {**kept, **changed}


def _keep(site: Site, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    with transaction.atomic():
        row = Site.objects.select_for_update().only("pk", "url", "shop_info").get(pk=site.pk)
        row.url = site.url
        values = _joined(learned_of(row), before, now)
        row.shop_info = {**row.shop_info, KEY: {"url": site.url, "values": values}}
        Site.objects.filter(pk=row.pk).update(shop_info=row.shop_info)
    site.shop_info = row.shop_info


def _tell(site: Site, findings: Sequence[Finding]) -> None:
    link = reverse("admin:ecomsites_site_change", args=[site.pk])
    with transaction.atomic():
        for finding in findings:
            report_error(
                site_code=site.code,
                code=finding.code,
                message=finding.message,
                cure=finding.cure,
                subject=site,
                link=link,
                details={"finding": True},
            )
            raise_alert(
                site_code=site.code,
                code=finding.code,
                message=f"{finding.message} {finding.cure}".strip(),
                level="warning",
            )


def close_findings(site: Site, *, but: Sequence[str]) -> int:
    """A test of the connection met none of these any more: their problems and alerts close. Returns how many."""
    rows = SiteError.objects.filter(
        site_code=site.code, state=SiteError.State.OPEN, details__finding=True
    ).exclude(code__in=but)
    for code in set(rows.values_list("code", flat=True)):
        clear_alerts(site_code=site.code, code=code)
    return close_rows(rows, by="")
