"""Alerts: what a person must learn at once. The same alert is raised once and counted until acknowledged."""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from activity.models import Alert
from activity.services.subjects import clean_text
from ecomsync.common.conf import conf

logger = logging.getLogger(__name__)

MAIL_PAUSE = timedelta(hours=1)


def raise_alert(
    *,
    code: str,
    message: str,
    site_code: str = "",
    level: str = "critical",
    details: dict[str, Any] | None = None,
) -> Alert:
    """Raise the alert, or count it again while nobody has acknowledged it. Mails the configured address,
    at most once an hour for the same alert.
    """
    found = {"message": clean_text(message), "level": level, "details": details or {}}
    alert = _raise_again(site_code, code, found)
    while alert is None:
        try:
            with transaction.atomic():
                alert = Alert.objects.create(site_code=site_code, code=code[:64], **found)
        except IntegrityError:
            alert = _raise_again(site_code, code, found)
    raised_pk = alert.pk
    transaction.on_commit(lambda: notify(raised_pk))
    return alert


def _raise_again(site_code: str, code: str, found: dict[str, Any]) -> Alert | None:
    rows = Alert.objects.filter(site_code=site_code, code=code[:64], acknowledged_at=None)
    if not rows.update(count=F("count") + 1, last_raised_at=timezone.now(), **found):
        return None
    return rows.first()


def notify(alert_pk: int) -> bool:
    """Mail the alert when an address is configured and the last mail is long enough ago. True when sent."""
    recipient = conf.error_notification_email
    if not recipient:
        return False
    now = timezone.now()
    due = Q(notified_at=None) | Q(notified_at__lt=now - MAIL_PAUSE)
    if not Alert.objects.filter(due, pk=alert_pk, acknowledged_at=None).update(notified_at=now):
        return False
    alert = Alert.objects.get(pk=alert_pk)
    subject = f"[ecomsync] {alert.site_code or '-'}: {alert.code}"
    try:
        send_mail(subject, alert.message, settings.DEFAULT_FROM_EMAIL, [recipient])
    except (OSError, SMTPException):
        logger.exception("The mail for alert %s could not be sent", alert_pk)
        return False
    return True


def acknowledge_rows(rows: QuerySet[Alert], *, by: str) -> int:
    """Mark alerts as seen; the next one of the same kind is raised anew."""
    return rows.filter(acknowledged_at=None).update(acknowledged_at=timezone.now(), acknowledged_by=by[:150])


def clear_alerts(*, code: str, site_code: str = "") -> int:
    """The reason is gone: close the alert without a person."""
    return acknowledge_rows(Alert.objects.filter(site_code=site_code, code=code), by="")
