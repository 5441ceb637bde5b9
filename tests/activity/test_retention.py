"""Old rows go in batches, into an archive first where there is one; a disk that is full loses nothing."""

from __future__ import annotations

import errno
import gzip
import json
import os
import stat
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.models import Alert, Difference, Event, Run, RunNote
from activity.services import prune, record_event
from activity.services.prune import log_rules
from ecomsync.common.retention import Retention, prune_kind
from erp.models import Item
from orders.models import Order, OrderOutbox
from orders.services.prune import prune_messages
from orders.states import OutboxKind, OutboxState
from sites.models import Site
from sync_queues.models import State, UpdateItemRequest, UpdatePriceRequest, UpdateQtyRequest
from sync_queues.services.prune import prune_requests
from tests.orders.factories import make_item, make_shop_site
from webhooks.models import EventState, WebhookCounter, WebhookEvent
from webhooks.services.prune import prune_events

pytestmark = pytest.mark.django_db

OLD = timedelta(days=400)


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ARCHIVE_DIR = str(tmp_path / "archive")
    return tmp_path / "archive"


def make_events(count: int) -> list[int]:
    ids = [
        record_event(kind="a", message=f"no. {number} قهوة", payload={"d": Decimal("0.10")}).pk
        for number in range(count)
    ]
    Event.objects.update(created_at=timezone.now() - OLD)
    return ids


def archived(folder: Path, kind: str) -> list[dict[str, Any]]:
    files = sorted(folder.glob(f"{kind}/*/*"), key=lambda path: int(path.name.split("-")[0]))
    assert all(path.name.endswith(".jsonl.gz") for path in files)
    return [json.loads(line) for path in files for line in gzip.open(path, "rt", encoding="utf-8")]


def events_rule() -> Retention:
    return next(rule for rule in log_rules() if rule.kind == "events")


def test_what_goes_is_in_the_archive_first_and_only_its_owner_reads_it(folder: Path) -> None:
    ids = make_events(5)
    record_event(kind="young")

    assert prune_kind(events_rule(), batch=2) == 5

    lines = archived(folder, "events")
    assert [line["id"] for line in lines] == ids
    assert (lines[0]["message"], lines[0]["payload"]) == ("no. 0 قهوة", {"d": "0.10"})
    assert Event.objects.get().kind == "young"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*.gz")}
    assert modes == {0o600}


def test_a_full_disk_keeps_the_rows_and_is_told_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_events(3)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        prune()
        prune()

    assert Event.objects.count() == 3
    alert = Alert.objects.get()
    assert (alert.code, alert.count) == ("archive_failed", 2)
    assert "No space left on device" in alert.message
    assert not [path for path in folder.rglob("*") if path.is_file()]

    assert prune()["events"] == 3
    alert.refresh_from_db()
    assert alert.acknowledged


def test_a_folder_that_cannot_be_made_keeps_the_rows(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.ARCHIVE_DIR = str(tmp_path / "file" / "archive")
    make_events(1)

    prune()

    assert Event.objects.count() == 1
    assert Alert.objects.get().code == "archive_failed"


def test_rows_whose_delete_is_lost_are_archived_again_not_lost(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that dies after the file and before the commit."""
    ids = make_events(2)
    rule = events_rule()
    with monkeypatch.context() as dying:
        dying.setattr("django.db.models.query.QuerySet.delete", _die)
        with pytest.raises(SystemExit):
            prune_kind(rule)
    assert Event.objects.count() == 2

    assert prune_kind(rule) == 2
    assert {line["id"] for line in archived(folder, "events")} == set(ids)


def _die(self: Any) -> None:
    raise SystemExit


def test_days_of_zero_keep_everything(settings: Any) -> None:
    make_events(1)
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "events": 0}

    assert prune()["events"] == 0
    assert Event.objects.count() == 1


def test_a_run_takes_its_notes_into_the_archive(folder: Path) -> None:
    run = Run.objects.create(action="read_sales", state=Run.State.FINISHED)
    for text in ("one", "two"):
        RunNote.objects.create(run=run, message=text)
    Run.objects.update(created_at=timezone.now() - OLD)

    assert prune()["runs"] == 1

    assert [note["message"] for note in archived(folder, "runs")[0]["notes"]] == ["one", "two"]
    assert not RunNote.objects.exists()


def test_only_finished_requests_of_the_queues_go() -> None:
    site = make_shop_site()
    items: list[Item] = [make_item(f"I{number}") for number in range(len(State))]
    long_ago = timezone.now() - OLD
    for model in (UpdateQtyRequest, UpdatePriceRequest, UpdateItemRequest):
        for item, state in zip(items, State, strict=True):
            model.objects.create(
                site=site, item=item, key=f"{item.pk}", state=state, version=1, completed_at=long_ago
            )
    UpdateQtyRequest.objects.filter(state=State.COMPLETED).update(completed_at=timezone.now())

    assert prune_requests() == {"requests": 5}

    assert set(UpdatePriceRequest.objects.values_list("state", flat=True)) == {
        State.PENDING, State.PROCESSING, State.FAILED, State.DEAD,
    }  # fmt: skip
    assert UpdateQtyRequest.objects.filter(state=State.COMPLETED).exists()


def test_delivered_messages_and_done_events_go_and_what_waits_stays(folder: Path) -> None:
    site = make_shop_site()
    order = Order.objects.create(site=site, remote_id="1")
    long_ago = timezone.now() - OLD
    for state in OutboxState:
        OrderOutbox.objects.create(
            order=order, kind=OutboxKind.NOTE, state=state, dedupe_key=state, completed_at=long_ago
        )
    for number, (event_state, body) in enumerate(
        ((EventState.PROCESSED, b'{"id":1}'), (EventState.DEAD, b"\xff\x00"))
    ):
        make_webhook(site, str(number), event_state, body)
    WebhookCounter.objects.create(day=(timezone.now() - timedelta(days=401)).date())

    assert prune_messages() == {"messages": 3, "versions": 0}
    assert prune_events() == {"webhooks": 1, "counters": 1}

    kept = {OutboxState.PENDING, OutboxState.PROCESSING, OutboxState.FAILED, OutboxState.DEAD}
    assert set(OrderOutbox.objects.values_list("state", flat=True)) == kept
    assert WebhookEvent.objects.get().state == EventState.DEAD
    assert archived(folder, "webhooks")[0]["body"] == '{"id":1}'


def test_bytes_that_are_no_text_are_archived_as_base64(folder: Path) -> None:
    make_webhook(make_shop_site(), "x", EventState.PROCESSED, b"\xff\x00")

    assert prune_events()["webhooks"] == 1
    assert archived(folder, "webhooks")[0]["body"] == "base64:/wA="


def make_webhook(site: Site, identity: str, state: str, body: bytes) -> None:
    WebhookEvent.objects.create(
        site=site,
        platform="woocommerce",
        topic="order.updated",
        kind="order.updated",
        identity=identity,
        state=state,
        body=body,
        occurred_at=timezone.now(),
        last_received_at=timezone.now() - OLD,
    )


def test_a_batch_costs_the_same_statements_whatever_its_size(folder: Path) -> None:
    make_events(3)
    with CaptureQueriesContext(connection) as few:
        prune_kind(events_rule())
    make_events(200)
    with CaptureQueriesContext(connection) as many:
        prune_kind(events_rule())

    assert len(few) == len(many)


def test_closed_differences_go_and_live_ones_stay(settings: Any) -> None:
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "differences": 10}
    long_ago = timezone.now() - timedelta(days=11)
    for number, state in enumerate(Difference.State.values):
        closed = long_ago if state in ("repaired", "gone") else None
        Difference.objects.create(
            site_code="S1", kind="stock", problem="different", key=str(number), state=state,
            first_seen=long_ago, last_seen=long_ago, closed_at=closed,
        )  # fmt: skip
    assert prune()["differences"] == 2
    assert set(Difference.objects.values_list("state", flat=True)) == {"open", "asked", "ignored"}
