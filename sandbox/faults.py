"""Faults on demand: what hosts, proxies, plugins and networks do to a connector.

A fault matches requests by method and by a regular expression on path and query (webhook faults match the
topic), fires by probability or for the next `count` times, and is drawn from a seeded generator so that a
run can be repeated.
"""

import random
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

REQUEST_KINDS = frozenset(
    {
        "rate_limit",  # 429, Retry-After: params retry_after (2)
        "limit",  # 429 only above params per_second (10) and burst (20): a shop that keeps to what it publishes
        "http_error",  # HTML page with params status (503); retry_after adds the header
        "error_after",  # committed, then a proxy's HTML page: params status (504)
        "http_500",
        "http_502",
        "http_503",
        "internal_error",  # JSON 500 internal_server_error, nothing committed
        "php_warning",  # PHP warning in front of the JSON
        "bom",  # byte order mark in front of the JSON
        "broken_json",  # body cut in the middle
        "html_200",  # an HTML page instead of JSON, status 200
        "drop_fields",  # params fields: keys missing from each object of the answer
        "timeout_before",  # nothing committed, no answer: params ms (60000)
        "timeout_after",  # committed, no answer: params ms (60000)
        "slow",  # params ms (1000)
        "reset",  # connection reset before anything is done
        "reset_after",  # committed, then connection reset
        "strip_authorization",  # the web server eats the Authorization header
        "expired_key",  # the key was revoked: 401
        "waf_403",  # a firewall's HTML page
        "batch_fail",  # params skus and/or ids: these rows of a batch are refused
        "batch_dies",  # PHP dies in the middle: params after (1) rows are kept, the answer is lost
        "frozen_cache",  # a cache in front repeats its first answer to each address of a GET, see page_cache.py
        "block_methods",  # the web server lets no PUT, PATCH and DELETE through: params status (405)
    }
)
WEBHOOK_KINDS = frozenset(
    {
        "webhook_duplicate",  # the delivery is sent again: params times (1)
        "webhook_reorder",  # waiting deliveries leave in random order
        "webhook_drop",  # never sent
        "webhook_late",  # sent at the next run: params ms (1000)
        "webhook_wrong_signature",
        "webhook_disable",  # the webhook turns itself off silently
    }
)
KINDS = REQUEST_KINDS | WEBHOOK_KINDS


@dataclass(slots=True)
class Fault:
    id: int
    kind: str
    method: str | None = None
    path: re.Pattern[str] | None = None
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    fired: int = 0
    params: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict, repr=False)  # what a fault remembers of requests

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "method": self.method,
            "path": self.path.pattern if self.path else None,
            "probability": self.probability,
            "count": self.count,
            "skip": self.skip,
            "fired": self.fired,
            "params": self.params,
        }


class FaultEngine:
    def __init__(self, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._next = 1
        self.random = random.Random(seed)

    def seed(self, seed: int) -> None:
        with self._lock:
            self.random.seed(seed)

    def add(
        self,
        kind: str,
        *,
        method: str | None = None,
        path: str | None = None,
        probability: float = 1.0,
        count: int | None = None,
        skip: int = 0,
        **params: Any,
    ) -> int:
        """Sets a fault and returns its id.

        method: regular expression on the method, for instance `PUT|POST`; path: regular expression searched
        in path and query (webhook kinds: in the topic); count: how often it fires at most; skip: matches
        let through before.
        """
        if kind not in KINDS:
            raise ValueError(f"Unknown fault {kind!r}; known: {', '.join(sorted(KINDS))}.")
        if not 0 <= probability <= 1:
            raise ValueError("probability must be between 0 and 1.")
        pattern = re.compile(path) if path else None
        with self._lock:
            fault = Fault(self._next, kind, method, pattern, probability, count, skip, 0, params)
            self._next += 1
            self._faults.append(fault)
        return fault.id

    def clear(self, fault_id: int | None = None) -> int:
        """Removes one fault or all; returns how many went."""
        with self._lock:
            before = len(self._faults)
            self._faults = [] if fault_id is None else [f for f in self._faults if f.id != fault_id]
            return before - len(self._faults)

    def listing(self) -> list[dict[str, Any]]:
        with self._lock:
            return [f.as_json() for f in self._faults]

    def fire(self, method: str, subject: str, kinds: Iterable[str] = REQUEST_KINDS) -> list[Fault]:
        """The faults that hit this request or delivery; each counts itself down."""
        if not self._faults:
            return []
        with self._lock:
            return [f for f in self._faults if f.kind in kinds and self._hits(f, method, subject)]

    def _hits(self, fault: Fault, method: str, subject: str) -> bool:
        if fault.count is not None and fault.fired >= fault.count:
            return False
        if fault.method and not re.fullmatch(fault.method, method, re.IGNORECASE):
            return False
        if fault.path and not fault.path.search(subject):
            return False
        if fault.probability < 1 and self.random.random() >= fault.probability:
            return False
        if fault.skip > 0:
            fault.skip -= 1
            return False
        fault.fired += 1
        return True
