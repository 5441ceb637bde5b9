"""A worker in a process of its own, for tests that kill it. Arguments: site id, file of the shop, stop mark.

The "shop" is a file to which each sent key is appended. The worker stops for ever at the place named by the mark:
`claimed` (before anything is sent), `half` (half the batch sent), `sent` (all sent, nothing recorded).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import django

django.setup()

from platforms.registry import PlatformEntry, platform_entries  # noqa: E402
from sync_queues.inputs import RowOutcome, RowResult  # noqa: E402
from sync_queues.kinds import KINDS  # noqa: E402
from sync_queues.services.drain import drain  # noqa: E402

SITE, SHOP, MARK = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]


class FileShopHandler:
    def __init__(self, site: Any, adapter: Any) -> None:
        self.site = site

    def handle(self, requests: Sequence[Any]) -> list[RowResult]:
        if MARK == "claimed":
            stop()
        with SHOP.open("a") as shop:
            for number, row in enumerate(requests):
                if MARK == "half" and number == len(requests) // 2:
                    shop.flush()
                    stop()
                shop.write(f"{row.key}\n")
        if MARK == "sent":
            stop()
        return [RowResult(row.pk, RowOutcome.DONE) for row in requests]


def stop() -> None:
    print("stopped", flush=True)
    time.sleep(600)


platform_entries()["fake"] = PlatformEntry("fake", "Fake", "Fake", "tests.sync_queues.fake_shop:FakeAdapter")
sys.modules["tests.sync_queues.drain_in_a_process"] = sys.modules["__main__"]
KINDS["qty"] = replace(KINDS["qty"], handler="tests.sync_queues.drain_in_a_process.FileShopHandler")
report = drain(SITE, "qty", lease_seconds=float(os.environ.get("LEASE", "60")))
print(report.done, flush=True)
