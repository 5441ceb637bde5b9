"""The schedule of a run, drawn from its seed before anything is started: the same seed, the same rounds.

A round is perhaps the beginning of a disturbance that lasts a few rounds, some trade, and a worker killed just then. Rounds
follow each other as fast as the machine lets the workers come up, so that the schedule does not depend on its speed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WRITES = "PUT|POST"
BATCH = r"batch"

# kind, how it is set: each fault of the sandbox at least once, the common ones in several shapes
FAULTS: Sequence[tuple[str, dict[str, Any]]] = (
    ("rate_limit", {"count": 6, "retry_after": 1}),
    ("rate_limit", {"probability": 0.3, "retry_after": 2}),
    ("limit", {"per_second": 15, "burst": 15}),
    ("http_error", {"probability": 0.5, "status": 503, "retry_after": 1}),
    ("http_500", {"probability": 0.4}),
    ("http_502", {"probability": 0.6}),
    ("http_503", {"probability": 1.0}),
    ("internal_error", {"probability": 0.4}),
    ("php_warning", {"probability": 0.5}),
    ("bom", {"probability": 0.5}),
    ("broken_json", {"probability": 0.3}),
    ("html_200", {"probability": 0.3}),
    ("drop_fields", {"probability": 0.3, "fields": ["total", "stock_quantity", "regular_price"]}),
    ("timeout_before", {"count": 2, "ms": 4000}),
    ("timeout_after", {"count": 2, "ms": 4000, "method": WRITES}),
    ("timeout_after", {"count": 2, "ms": 4000}),
    ("error_after", {"count": 2, "method": WRITES}),
    ("slow", {"probability": 0.6, "ms": 900}),
    ("reset", {"probability": 0.4}),
    ("reset_after", {"probability": 0.4}),
    ("reset_after", {"count": 4, "method": WRITES}),
    ("strip_authorization", {"count": 3}),
    ("expired_key", {"probability": 1.0}),
    ("waf_403", {"count": 4}),
    ("batch_fail", {"path": BATCH, "probability": 0.7}),
    ("batch_dies", {"path": BATCH, "count": 2, "after": 2}),
    ("frozen_cache", {"path": r"/orders\?", "method": "GET"}),
    ("frozen_cache", {"path": r"/orders/\d+", "method": "GET"}),
    ("frozen_cache", {"path": r"/products", "method": "GET"}),
    ("block_methods", {"status": 405}),
    ("webhook_duplicate", {"times": 2, "probability": 0.8}),
    ("webhook_reorder", {}),
    ("webhook_drop", {"probability": 0.6}),
    ("webhook_late", {"ms": 3000, "probability": 0.5}),
    ("webhook_wrong_signature", {"count": 3}),
    ("webhook_disable", {"count": 1}),
)
SHORT_FAULTS = ("rate_limit", "timeout_after", "reset_after", "http_503", "webhook_duplicate", "webhook_drop")
# kind -> weight among the disturbances that are not faults of the shop
SERVERS = {
    "broker_stopped": 3,
    "broker_forgets": 2,
    "database_crashed": 3,
    "archive_full": 3,
    "clock_moved": 3,
}
INSTANT = ("web_killed", "beat_killed", "webhooks_watched", "retention")
# what buyers and staff do, with weights; see trade.py
TRADES = {
    "order": 10,
    "edit": 3,
    "cancel": 2,
    "refund": 3,
    "status": 2,
    "stock": 5,
    "prices": 2,
    "ship": 3,
    "invoice": 2,
    "full_run": 1,
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do; `seed` decides whatever is left to chance in it."""

    kind: str
    seed: int


@dataclass(frozen=True, slots=True)
class Disturbance:
    """Lasts until the end of round `until`."""

    kind: str
    until: int
    seed: int
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Round:
    """waits: the victim is let come up before the trade; it dies `life` seconds after it."""

    number: int
    trades: tuple[Act, ...]
    instant: tuple[str, ...]
    begins: tuple[Disturbance, ...]
    victim: int
    waits: bool
    life: float


def make_plan(seed: int, *, kills: int, workers: int, short: bool = False) -> list[Round]:
    chance = random.Random(seed)
    faults = [fault for fault in FAULTS if not short or fault[0] in SHORT_FAULTS]
    chance.shuffle(faults)
    servers = list(SERVERS)
    chance.shuffle(servers)
    rounds: list[Round] = []
    free_from = 0  # one server at a time is down, so that there are always rounds in which work gets through
    for number in range(kills):
        begins: list[Disturbance] = []
        if short or chance.random() < 0.6:
            # Each fault comes once before any comes twice.
            kind, params = faults[number % len(faults)] if number < len(faults) else chance.choice(faults)
            begins.append(Disturbance(kind, number + chance.randint(0, 2), _seed(chance), dict(params)))
        if number >= free_from and (short or chance.random() < 0.25):
            kind = servers.pop() if servers else chance.choices(list(SERVERS), list(SERVERS.values()))[0]
            until = number + chance.randint(0, 1)
            begins.append(Disturbance(kind, until, _seed(chance)))
            free_from = until + 1
        rounds.append(
            Round(
                number,
                _trades(chance, chance.randint(2, 5)),
                tuple(kind for kind in INSTANT if chance.random() < (0.3 if short else 0.08)),
                tuple(begins),
                chance.randrange(workers),
                chance.random() < 0.9,
                chance.uniform(0.0, 1.5),
            )
        )
    return rounds


def _trades(chance: random.Random, count: int) -> tuple[Act, ...]:
    kinds = chance.choices(list(TRADES), list(TRADES.values()), k=count)
    return tuple(Act(kind, _seed(chance)) for kind in kinds)


def _seed(chance: random.Random) -> int:
    return chance.randrange(1 << 30)
