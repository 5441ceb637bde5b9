"""Alerts: what a person must learn at once. The same alert is raised once and counted until acknowledged."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from activity.models import Alert
from activity.services.subjects import clean_text


def raise_alert(
    *,
    code: str,
    message: str,
    site_code: str = "",
    level: str = "critical",
    details: dict[str, Any] | None = None,
) -> Alert:
    """Raise the alert, or count it again while nobody has acknowledged it.

    The mail is written by `activity.services.alert_mail`, so that a slow mail server never holds up the work.
    """
    found = {"message": clean_text(message), "level": level, "details": details or {}}
    alert = _raise_again(site_code, code, found)
    while alert is None:
        try:
            with transaction.atomic():
                alert = Alert.objects.create(site_code=site_code, code=code[:64], **found)
        except IntegrityError:
            alert = _raise_again(site_code, code, found)
    return alert


def _raise_again(site_code: str, code: str, found: dict[str, Any]) -> Alert | None:
    rows = Alert.objects.filter(site_code=site_code, code=code[:64], acknowledged_at=None)
    if not rows.update(count=F("count") + 1, last_raised_at=timezone.now(), **found):
        return None
    return rows.first()


def acknowledge_rows(rows: QuerySet[Alert], *, by: str) -> int:
    """Mark alerts as seen; the next one of the same kind is raised anew."""
    return rows.filter(acknowledged_at=None).update(acknowledged_at=timezone.now(), acknowledged_by=by[:150])


def clear_alerts(*, code: str, site_code: str = "") -> int:
    """The reason is gone: close the alert without a person."""
    return acknowledge_rows(Alert.objects.filter(site_code=site_code, code=code), by="")
