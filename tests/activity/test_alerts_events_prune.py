from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from activity.models import Alert, ApiCall, Event, Run, SiteError
from activity.services import (
    clear_alerts,
    observe,
    prune,
    raise_alert,
    record_event,
    report_error,
    resolve_errors,
    start_run,
)
from ecomsync.common.http import Exchange
from ecomsync.common.logs import new_trace

pytestmark = pytest.mark.django_db


def test_record_event_keeps_trace_subject_and_decimals(boss) -> None:
    with new_trace("abc"):
        event = record_event(
            kind="order.imported",
            site_code="S1",
            subject=boss,
            payload={"total": Decimal("0.30")},
            actor=boss,
        )
    event.refresh_from_db()
    assert (event.trace_id, event.subject_type, event.subject_id) == ("abc", "auth.user", str(boss.pk))
    assert (event.payload, event.actor) == ({"total": "0.30"}, "boss")


def test_the_same_alert_is_raised_once_until_acknowledged() -> None:
    first = raise_alert(code="site_paused", message="a", site_code="S1")
    again = raise_alert(code="site_paused", message="b", site_code="S1")
    assert (again.pk, again.count, again.message) == (first.pk, 2, "b")
    assert clear_alerts(code="site_paused", site_code="S1") == 1
    assert raise_alert(code="site_paused", message="c", site_code="S1").pk != first.pk
    assert Alert.objects.count() == 2


def test_prune_deletes_old_rows_and_keeps_what_is_open(exchange: Exchange) -> None:
    observe("S1", "woocommerce")(exchange)
    record_event(kind="a")
    report_error(site_code="S1", code="tls", message="x")
    report_error(site_code="S1", code="network", message="x")
    resolve_errors(site_code="S1", code="network")
    start_run(action="waiting")
    Run.objects.filter(pk=start_run(action="over").pk).update(state="finished")
    old = timezone.now() - timedelta(days=400)
    for model in (Event, Run, ApiCall):
        model.objects.update(created_at=old)
    SiteError.objects.filter(state="resolved").update(resolved_at=old)
    assert prune(batch=1) == {
        "events": 1,
        "calls": 1,
        "runs": 1,
        "problems": 1,
        "differences": 0,
        "alerts": 0,
    }
    assert Run.objects.get().action == "waiting"
    assert SiteError.objects.get().code == "tls"


def test_prune_keeps_what_is_young(exchange: Exchange) -> None:
    record_event(kind="a")
    assert prune()["events"] == 0
