from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from activity.models import SiteError
from sites.models import Site
from sync_queues.inputs import RequestInput
from sync_queues.models import State, UpdateQtyRequest
from sync_queues.services.claim import claim
from sync_queues.services.enqueue import enqueue
from sync_queues.services.sweep import SweepReport, sweep
from tests.sync_queues.conftest import MakeItems, MakeSite

ROOT = Path(__file__).resolve().parents[2]


def _ask(site: Site, make_items: MakeItems, count: int) -> None:
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in make_items(count)])


def _expire() -> None:
    UpdateQtyRequest.objects.filter(state=State.PROCESSING).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


def test_only_rows_whose_lease_has_ended_are_freed(site: Site, make_items: MakeItems) -> None:
    _ask(site, make_items, 3)
    claim("qty", site_id=site.pk, limit=3, worker="w1")
    assert sweep() == SweepReport()
    _expire()
    assert sweep() == SweepReport(freed=3)
    row = UpdateQtyRequest.objects.all()[0]
    assert (row.state, row.crash_count, row.error_code, row.claimed_by) == ("pending", 1, "worker_lost", "")
    assert sweep() == SweepReport()


def test_a_freed_row_gives_way_to_a_newer_one_of_its_key(site: Site, make_items: MakeItems) -> None:
    _ask(site, make_items, 1)
    [row] = claim("qty", site_id=site.pk, limit=1, worker="w1")
    enqueue("qty", site=site, rows=[RequestInput(item_id=row.item_id)])
    _expire()
    sweep()
    states = Counter(UpdateQtyRequest.objects.values_list("state", "crash_count"))
    assert states == {("superseded", 1): 1, ("pending", 1): 1}


def test_what_kills_its_worker_again_and_again_is_given_up(site: Site, make_items: MakeItems) -> None:
    _ask(site, make_items, 1)
    for _time in range(3):
        UpdateQtyRequest.objects.update(not_before=timezone.now())
        assert len(claim("qty", site_id=site.pk, limit=1, worker="w1")) == 1
        _expire()
        sweep()
    row = UpdateQtyRequest.objects.get()
    assert (row.state, row.error_class, row.error_code) == ("dead", "internal", "poison")
    assert SiteError.objects.get(state="open").code == "poison"


def test_the_dead_of_an_outage_go_again_once_the_shop_answers(site: Site, make_items: MakeItems) -> None:
    _ask(site, make_items, 3)
    long_ago = timezone.now() - timedelta(minutes=30)
    rows = list(UpdateQtyRequest.objects.order_by("pk"))
    for row, code in zip(rows, ("network", "rejected", ""), strict=True):
        UpdateQtyRequest.objects.filter(pk=row.pk).update(
            state="dead" if code else "pending",
            error_class="retryable",
            error_code=code,
            last_attempt_at=long_ago,
        )
    assert sweep() == SweepReport()
    UpdateQtyRequest.objects.filter(pk=rows[2].pk).update(state="completed", completed_at=timezone.now())
    assert sweep() == SweepReport(revived=1)
    revived = UpdateQtyRequest.objects.get(pk=rows[0].pk)
    assert (revived.state, revived.retry_count) == ("pending", 2)
    assert UpdateQtyRequest.objects.get(pk=rows[1].pk).state == "dead"


def _environment() -> dict[str, str]:
    database = connection.settings_dict
    if connection.vendor == "postgresql":
        password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
        host = f"{database['HOST']}:{database['PORT'] or 5432}"
        url = f"postgres://{database['USER']}{password}@{host}/{database['NAME']}"
    else:
        url = f"sqlite:///{database['NAME']}"
    path = os.pathsep.join(entry for entry in (str(ROOT), os.environ.get("PYTHONPATH", "")) if entry)
    return {**os.environ, "DATABASE_URL": url, "PYTHONPATH": path, "LEASE": "60"}


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mark", ["claimed", "half", "sent"])
def test_sigkill_in_the_middle_of_a_drain_loses_nothing_and_leaves_nothing_stuck(
    mark: str, make_site: MakeSite, make_items: MakeItems, tmp_path: Path
) -> None:
    site, shop = make_site(), tmp_path / "shop"
    shop.touch()
    _ask(site, make_items, 12)
    command = [
        sys.executable,
        str(Path(__file__).with_name("drain_in_a_process.py")),
        str(site.pk),
        str(shop),
    ]
    victim = subprocess.Popen(
        [*command, mark], env=_environment(), stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert victim.stdout is not None
    try:
        assert victim.stdout.readline().strip() == "stopped"
    finally:
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait(timeout=10)
        victim.stdout.close()
    assert UpdateQtyRequest.objects.filter(state=State.PROCESSING).count() == 12

    # Meanwhile one item changes again, and nobody may touch its key while the dead worker seems to hold it.
    changed = UpdateQtyRequest.objects.order_by("pk")[0]
    enqueue("qty", site=site, rows=[RequestInput(item_id=changed.item_id)])
    assert claim("qty", site_id=site.pk, limit=50, worker="early") == []

    _expire()
    assert sweep().freed + 1 == 12
    deadline = time.monotonic() + 60
    while UpdateQtyRequest.objects.filter(state__in=("pending", "processing")).exists():
        assert time.monotonic() < deadline
        done = subprocess.run(
            [*command, "never"], env=_environment(), capture_output=True, text=True, timeout=60, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
    sent = Counter(shop.read_text().split())
    assert set(sent) == set(UpdateQtyRequest.objects.values_list("key", flat=True))
    assert max(sent.values()) <= 2
    states = Counter(UpdateQtyRequest.objects.values_list("state", flat=True))
    assert states == {"completed": 12, "superseded": 1}
