"""Mails about alerts: together, seldom, and never lost; the daily digest."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from activity.models import Alert, Run
from activity.services import clear_alerts, raise_alert, report_error
from activity.services.alert_mail import BETWEEN_MAILS, SAME_ALERT, mail_alerts, mail_digest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _address(settings: Any) -> None:
    settings.SYSTEM_PROPERTIES = {"error-notification-email": "ops@example.com"}


def test_one_alert_is_told_with_cause_cure_and_its_page() -> None:
    alert = raise_alert(code="bad_credentials", message="The shop refuses our keys.", site_code="S1")

    assert mail_alerts() == 1

    told = mail.outbox[0]
    assert (told.to, told.subject) == (["ops@example.com"], "[ecomsync] S1: bad_credentials")
    assert "The shop refuses our keys." in told.body
    assert "What to do: " in told.body
    assert f"/admin/activity/alert/{alert.pk}/change/" in told.body


def test_alerts_raised_together_come_in_one_mail() -> None:
    for number in range(60):
        raise_alert(code="site_paused", message=f"{number}", site_code=f"S{number}")

    assert mail_alerts() == 60

    assert [message.subject for message in mail.outbox] == ["[ecomsync] 60 alerts"]
    assert "… and 10 more." in mail.outbox[0].body
    assert mail_alerts(now=timezone.now() + BETWEEN_MAILS) == 0


def test_what_is_raised_soon_after_a_mail_waits_for_the_next() -> None:
    raise_alert(code="a", message="first")
    mail_alerts()
    raise_alert(code="b", message="second")

    assert mail_alerts() == 0
    assert mail_alerts(now=timezone.now() + BETWEEN_MAILS) == 1
    assert [message.subject for message in mail.outbox] == ["[ecomsync] -: a", "[ecomsync] -: b"]


def test_the_same_alert_is_told_again_after_an_hour_only_if_raised_again() -> None:
    raise_alert(code="a", message="first")
    mail_alerts()
    later = timezone.now() + SAME_ALERT + timedelta(seconds=1)
    assert mail_alerts(now=later) == 0

    raise_alert(code="a", message="again")

    assert mail_alerts(now=timezone.now() + BETWEEN_MAILS) == 0
    assert mail_alerts(now=later) == 1
    assert "(2 times): again" in mail.outbox[1].body


def test_a_mail_server_that_is_gone_loses_no_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object, **kwargs: object) -> int:
        raise SMTPServerDisconnected("gone")

    raise_alert(code="a", message="first")
    with monkeypatch.context() as broken:
        broken.setattr("activity.services.alert_mail.send_mail", gone)
        assert mail_alerts() == 0
    assert Alert.objects.get().notified_at is None

    assert mail_alerts() == 1


def test_acknowledged_alerts_and_no_address_send_nothing(settings: Any) -> None:
    raise_alert(code="a", message="x")
    clear_alerts(code="a")
    assert mail_alerts() == 0

    raise_alert(code="b", message="y")
    settings.SYSTEM_PROPERTIES = {}
    assert (mail_alerts(), mail_digest(), mail.outbox) == (0, False, [])


def test_the_digest_comes_once_a_day_and_only_when_there_is_something() -> None:
    assert not mail_digest()
    now = timezone.now() + timedelta(days=1)
    raise_alert(code="site_paused", message="paused", site_code="S1")
    for sku in ("A", "B"):
        report_error(site_code="S1", code="unknown_sku", message=sku, subject=("x.y", sku, sku))
    Run.objects.create(action="read_sales", site_code="S1", state=Run.State.FAILED, created_at=now)

    assert mail_digest(now=now)
    assert not mail_digest(now=now + timedelta(hours=23))
    assert mail_digest(now=now + timedelta(hours=24))

    text = mail.outbox[0].body
    assert "S1 · site_paused: paused" in text
    assert "- 2 × S1: " in text
    assert "Runs that failed in the last day" in text


def test_the_digest_can_be_switched_off(settings: Any) -> None:
    settings.SYSTEM_PROPERTIES = {**settings.SYSTEM_PROPERTIES, "error-notification-digest": False}
    raise_alert(code="a", message="x")

    assert not mail_digest()
