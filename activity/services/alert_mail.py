"""Mails about alerts: what is due is told in one mail, never more than one in a few minutes; and a daily digest.

Alerts are rows first; a mail that cannot be sent leaves them untold, and the next tick tries again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone, translation

from activity.models import Alert, MailTurn, Run, SiteError
from ecomsync.common.conf import conf
from ecomsync.common.remedies import remedy_for

logger = logging.getLogger(__name__)

#: The same alert is not mailed again sooner.
SAME_ALERT = timedelta(hours=1)
#: Between two mails; what is raised meanwhile is gathered into the next.
BETWEEN_MAILS = timedelta(minutes=5)
#: A little less than a day, so that the digest does not creep through the hours.
BETWEEN_DIGESTS = timedelta(hours=23, minutes=55)
ALERTS, DIGEST = "alerts", "digest"
SHOWN = 50


def mail_alerts(*, now: datetime | None = None) -> int:
    """Mail the open alerts that are due, together. Returns how many were told."""
    now = now or timezone.now()
    if not conf.error_notification_email:
        return 0
    due = list(_due(now))
    if not due or not MailTurn.take(ALERTS, now=now, pause=BETWEEN_MAILS):
        return 0
    if not _send(_subject(due), "\n\n".join(_told(alert) for alert in due[:SHOWN]) + _rest(len(due))):
        MailTurn.give_back(ALERTS)
        return 0
    Alert.objects.filter(pk__in=[alert.pk for alert in due]).update(notified_at=now)
    return len(due)


def mail_digest(*, now: datetime | None = None) -> bool:
    """Once a day, what is open: alerts, problems by cause, runs that failed. No mail when there is nothing to say."""
    now = now or timezone.now()
    if not conf.error_notification_email or not conf.error_notification_digest:
        return False
    if not MailTurn.take(DIGEST, now=now, pause=BETWEEN_DIGESTS):
        return False
    text = digest_text(now=now)
    if not text:
        return False
    if not _send("[ecomsync] daily digest", text):
        MailTurn.give_back(DIGEST)
        return False
    return True


def digest_text(*, now: datetime) -> str:
    """The digest's words, "" when all is well."""
    parts = []
    alerts = list(Alert.objects.filter(acknowledged_at=None).order_by("-last_raised_at")[:SHOWN])
    if alerts:
        parts.append("Open alerts:\n" + "\n".join(f"- {_line(alert)}" for alert in alerts))
    causes = (
        SiteError.objects.filter(state=SiteError.State.OPEN)
        .order_by()
        .values("site_code", "code")
        .annotate(number=Count("pk"))
        .order_by("-number", "site_code", "code")[:SHOWN]
    )
    if causes:
        lines = [f"- {row['number']} × {row['site_code'] or '-'}: {_title(row['code'])}" for row in causes]
        parts.append("Open problems by cause:\n" + "\n".join(lines))
    failed = Run.objects.filter(state=Run.State.FAILED, created_at__gte=now - timedelta(days=1)).order_by(
        "-pk"
    )[:SHOWN]
    if failed:
        parts.append(
            "Runs that failed in the last day:\n" + "\n".join(f"- {run.site_code}: {run}" for run in failed)
        )
    return "\n\n".join([*parts, f"{settings.BASE_URL}/admin/"]) if parts else ""


def _due(now: datetime) -> QuerySet[Alert]:
    """Never told, or raised again since it was told long ago."""
    again = Q(notified_at__lt=now - SAME_ALERT, last_raised_at__gt=F("notified_at"))
    return Alert.objects.filter(Q(notified_at=None) | again, acknowledged_at=None).order_by("pk")


def _subject(due: Sequence[Alert]) -> str:
    if len(due) == 1:
        return f"[ecomsync] {due[0].site_code or '-'}: {due[0].code}"
    return f"[ecomsync] {len(due)} alerts"


def _told(alert: Alert) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        cure = str(remedy_for(alert.code).cure)
    lines = [_line(alert), f"What to do: {cure}" if cure else "", _address(alert)]
    return "\n".join(line for line in lines if line)


def _line(alert: Alert) -> str:
    times = f" ({alert.count} times)" if alert.count > 1 else ""
    return f"{alert.site_code or '-'} · {alert.code}{times}: {alert.message}"


def _title(code: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return str(remedy_for(code, title=code).title)


def _address(alert: Alert) -> str:
    return f"{settings.BASE_URL}/admin/activity/alert/{alert.pk}/change/"


def _rest(number: int) -> str:
    return f"\n\n… and {number - SHOWN} more." if number > SHOWN else ""


def _send(subject: str, text: str) -> bool:
    try:
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [conf.error_notification_email])
    except (OSError, SMTPException):
        logger.exception("The mail '%s' could not be sent", subject)
        return False
    return True
