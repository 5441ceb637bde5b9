"""Imports of Connect, followed to their end: sent, queued, finished, row by row.

200 says that a file was accepted, not that it was imported. Of each kind one job is open at a time, also across runs:
what is open is remembered in `learned`, and the next run looks at it before it sends anything. A lost or failed job is
made good by the present state, never by its old file. Source: fact sheet §3b, seed text "System integration patterns".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ecomsync.common.errors import NotFound, Rejected, RetryableError, ShopUnavailable, StillAtWork
from platforms.norce.client import NorceClient
from platforms.norce.errors import PLATFORM
from platforms.norce.fields import field as value_of
from platforms.norce.fields import moment, rows, text
from platforms.types import Finding

POLLS = (5.0, 10.0, 20.0, 40.0, 60.0)
SUCCEEDED, FAILED, VALIDATION_FAILED = 2, 3, 4
WARNING, ERROR = 2, 3
#: A job that is open for longer is told to staff, and given up after a day.
SLOW_SECONDS = 30 * 60
LOST_SECONDS = 24 * 3600
ALARM_AFTER_FAILURES = 3
#: For so long after a job its events are taken for its echo.
ECHO_SECONDS = 10 * 60

Items = Sequence[Mapping[str, Any]]


class Kind(StrEnum):
    """The imports, by their route; its value names it in what is remembered."""

    PRODUCTS = "Product/ImportProducts"
    PRICES = "Product/ImportSkuPriceLists"
    PRICE_LISTS = "Product/ImportPriceLists"
    ONHANDS = "Product/ImportOnhands"
    CUSTOMERS = "Customer/ImportCustomers"
    COMPANIES = "Customer/ImportCompanies"


#: Rows of these are taken whole or not at all, so that a warning about a row means that it was not taken.
_ALL_OR_NOTHING = (Kind.ONHANDS, Kind.PRICES)
#: What names a row in the log.
_KEYS: Mapping[Kind, tuple[str, ...]] = {
    Kind.ONHANDS: ("PartNo", "WarehouseCode", "LocationCode"),
    Kind.PRICES: ("PartNo", "PriceListCode", "QuantityBreak"),
    Kind.PRODUCTS: (),
    Kind.PRICE_LISTS: ("Code",),
    Kind.CUSTOMERS: ("Code",),
    Kind.COMPANIES: ("Code",),
}


@dataclass(frozen=True, slots=True)
class LogEntry:
    severity: int
    message: str
    row: str


@dataclass(slots=True)
class JobResult:
    """What became of the rows of a file, by their place in it."""

    number: str
    refused: dict[int, str] = field(default_factory=dict)
    warnings: dict[int, str] = field(default_factory=dict)


class JobDesk:
    """The jobs of one site. memory: what `learned` held; it is changed as jobs come and go. keep: stores it at once, so
    that whoever comes after a killed worker knows of the job."""

    def __init__(self, client: NorceClient, memory: dict[str, Any], keep: Callable[[], None]) -> None:
        self._client = client
        self._keep = keep
        self._open: dict[str, Any] = memory.setdefault("jobs", {})
        self._failed: dict[str, Any] = memory.setdefault("failed", {})
        self._ended: dict[str, Any] = memory.setdefault("ended", {})

    # -- sending ------------------------------------------------------------
    def run(self, kind: Kind, items: Items, header: Mapping[str, Any], *, lane: str) -> JobResult:
        """Send a file and follow its job. Three calls: the file, the job, its log.

        Raises Rejected when the whole file was refused, ShopUnavailable when its job is open or failed.
        """
        digest = _digest(items, header)
        settled = self._settle_earlier(kind, items, digest, lane)
        if settled is not None:
            return settled
        number = self._post(kind, items, header)
        self._open[kind] = {"id": number, "at": _now().isoformat(), "digest": digest}
        self._keep()
        try:
            return self._finish(kind, number, items, lane=lane)
        except RetryableError as error:
            if kind not in self._open:
                raise
            # The file is with Norce: whatever kept us from following its job, it is not sent once more now.
            raise _still_open(kind, number, because=error) from error

    def _post(self, kind: Kind, items: Items, header: Mapping[str, Any]) -> str:
        reply = self._client.post_file(kind.value, items, header)
        status = value_of(reply, "Status")
        told = status if isinstance(status, Mapping) else reply
        summary = value_of(told, "ValidationSummary")
        number = text(reply, "JobId") or text(value_of(reply, "Header"), "JobId")
        code = text(told, "StatusCode")
        if code.lower() == "ok" and number:
            return number
        messages = value_of(summary, "Messages")
        words = [_plain(one) for one in messages] if isinstance(messages, list) else []
        raise Rejected(
            f"Norce did not take the file ({kind.value}): "
            f"{'; '.join(words[:3]).rstrip('.') or text(told, 'Description') or code or 'no reason given'}.",
            code="file_refused",
            cure="Correct the rows that the message names; the others are sent without them.",
            platform=PLATFORM,
            details={"messages": words[:50]},
        )

    # -- following ----------------------------------------------------------
    def _settle_earlier(self, kind: Kind, items: Items, digest: str, lane: str) -> JobResult | None:
        """Look at what is still open of this kind. The result, when it was this very file."""
        earlier = self._open.get(kind)
        if not isinstance(earlier, Mapping):
            return None
        number = str(earlier.get("id") or "")
        age = _age(earlier.get("at"))
        try:
            job = self._look(number, lane)
        except NotFound:
            job = None
        if job is None or age > LOST_SECONDS:
            self._open.pop(kind, None)
            return None
        if not is_finished(job):
            self._mind_age(kind, number, age)
            raise _still_open(kind, number)
        if earlier.get("digest") == digest and _status(job) == SUCCEEDED:
            return self._conclude(kind, number, job, items, lane=lane)
        self._open.pop(kind, None)
        if _status(job) == FAILED:
            self._note_failure(kind, number)
        return None

    def _finish(self, kind: Kind, number: str, items: Items, *, lane: str) -> JobResult:
        """Look at once, then after 5, 10, 20, 40, 60, 60 … seconds."""
        left = float(self._client.options.job_wait)
        for turn in range(100_000):
            job = self._look(number, lane)
            if is_finished(job):
                return self._conclude(kind, number, job, items, lane=lane)
            if left <= 0:
                break
            wait = min(POLLS[min(turn, len(POLLS) - 1)], left)
            self._client.pause(wait)
            left -= wait
        self._mind_age(kind, number, _age(self._open[kind]["at"]))
        raise _still_open(kind, number)

    def _look(self, number: str, lane: str) -> Mapping[str, Any]:
        job = self._client.job("Job/Get", [("id", number)], lane=lane)
        if not isinstance(job, Mapping):
            raise ShopUnavailable(
                f"Norce tells nothing of job {number}.", code="unexpected_answer", platform=PLATFORM
            )
        return job

    def _conclude(
        self, kind: Kind, number: str, job: Mapping[str, Any], items: Items, *, lane: str
    ) -> JobResult:
        log = self._log(number, lane)
        self._open.pop(kind, None)
        self._ended[kind] = _now().isoformat(timespec="seconds")
        status = _status(job)
        if status == VALIDATION_FAILED:
            raise Rejected(
                f"Job {number} ({kind.value}) did not pass Norce's validation: {_first(log)}",
                code="job_validation_failed",
                cure="Correct what the log of the job names (Norce Admin > Integrations > Jobs).",
                platform=PLATFORM,
            )
        if status != SUCCEEDED:
            self._note_failure(kind, number)
            raise ShopUnavailable(
                f"Job {number} ({kind.value}) failed in Norce: {_first(log)}",
                code="job_failed",
                cure="The present state is sent again by itself; look at the job in Norce Admin if it lasts.",
                platform=PLATFORM,
            )
        self._failed.pop(kind, None)
        return self._by_row(kind, number, job, log, items)

    def _log(self, number: str, lane: str) -> list[LogEntry]:
        reply = self._client.job("Job/GetLog", [("id", number)], lane=lane)
        entries = rows({"log": reply}, "log") if isinstance(reply, list) else rows(reply, "value")
        return [
            LogEntry(int(text(row, "SeverityId") or 0), text(row, "Message"), text(row, "ImportedRow"))
            for row in entries
        ]

    def _by_row(
        self, kind: Kind, number: str, job: Mapping[str, Any], log: Sequence[LogEntry], items: Items
    ) -> JobResult:
        """Each entry of the log at its row. What fits no row is told to staff; it blames nobody."""
        places = _Places(kind, items)
        result = JobResult(number)
        strays: list[str] = []
        for entry in log:
            if entry.severity < WARNING:
                continue
            found = places.of(entry.row)
            if not found:
                strays.append(entry.message)
            severe = entry.severity >= ERROR or kind in _ALL_OR_NOTHING
            for place in found:
                (result.refused if severe else result.warnings)[place] = entry.message
        failed = int(text(job, "Fail") or 0)
        if failed > len(result.refused):
            # The job counts more refused rows than errors: of those that it warns about some were not taken.
            result.refused = {**result.warnings, **result.refused}
            result.warnings = {}
        if strays or failed > len(result.refused):
            self._client.met(
                Finding(
                    "job_needs_review",
                    f"Job {number} ({kind.value}) tells of {max(failed, len(strays))} rows that cannot be told apart: "
                    f"{'; '.join(strays[:2]) or 'no message'}",
                    "Look at the log of the job in Norce Admin > Integrations > Jobs.",
                )
            )
        return result

    # -- bookkeeping --------------------------------------------------------
    def discard_failures(self, kind: Kind) -> int:
        """A full run is the new state to start from: earlier failed jobs of its kind mean nothing any more."""
        return len(self._failed.pop(kind, []))

    def failures(self, kind: Kind) -> list[str]:
        """Numbers of the jobs of a kind that failed since one succeeded."""
        return list(self._failed.get(kind, []))

    def _note_failure(self, kind: Kind, number: str) -> None:
        failed = [*self._failed.get(kind, []), number][-10:]
        self._failed[kind] = failed
        if len(failed) >= ALARM_AFTER_FAILURES:
            self._client.met(
                Finding(
                    "jobs_failing",
                    f"{len(failed)} jobs of {kind.value} failed in Norce one after the other.",
                    "Look at the jobs in Norce Admin > Integrations > Jobs, or ask Norce's support.",
                )
            )

    def _mind_age(self, kind: Kind, number: str, age: float) -> None:
        if age >= SLOW_SECONDS:
            self._client.met(
                Finding(
                    "job_slow",
                    f"Job {number} ({kind.value}) has been open in Norce for {int(age // 60)} minutes.",
                    "Look at Norce's job queue: many small imports of other systems delay everything.",
                )
            )


def is_echoing(memory: Mapping[str, Any], kind: Kind) -> bool:
    """memory: what was learned. Whether a job of the kind runs, or ended a short while ago."""
    if kind in memory.get("jobs", {}):
        return True
    ended = memory.get("ended", {}).get(kind)
    return bool(ended) and _age(ended) < ECHO_SECONDS


class _Places:
    """Finds the rows that an entry of the log is about."""

    def __init__(self, kind: Kind, items: Items) -> None:
        self._keys = _KEYS[kind]
        self._items = items
        self._by_name: dict[str, list[int]] = {}
        for place, item in enumerate(items):
            for name in names_of(item, self._keys):
                self._by_name.setdefault(name, []).append(place)

    def of(self, written: str) -> list[int]:
        if not written:
            return []
        try:
            row = json.loads(written)
        except ValueError:
            row = None
        if not isinstance(row, Mapping):
            words = re.findall(r'(?:PartNo|Code)"?\s*[:=]\s*"?([^",;}\s]+)', written)
            return [place for word in words for place in self._by_name.get(word, ())]
        found = [p for name in names_of(row, self._keys) for p in self._by_name.get(name, ())]
        return [place for place in dict.fromkeys(found) if self._agrees(row, self._items[place])]

    def _agrees(self, row: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
        return all(text(row, key) in ("", text(item, key)) for key in self._keys)


def names_of(item: Mapping[str, Any], keys: Sequence[str]) -> set[str]:
    """By what a row may be called: its first key, or the numbers within a product."""
    if keys:
        return {text(item, keys[0])} - {""}
    found = {text(item, "Code"), text(item, "PartNo")}
    for variant in rows(item, "Variants"):
        found |= {text(sku, "PartNo") for sku in rows(variant, "Skus")}
    return found - {""}


def is_finished(job: Mapping[str, Any]) -> bool:
    return value_of(job, "IsFinished") is True or _status(job) in (SUCCEEDED, FAILED, VALIDATION_FAILED)


def _status(job: Mapping[str, Any]) -> int:
    told = text(job, "StatusId")
    return int(told) if told.isdigit() else 0


def _first(log: Sequence[LogEntry]) -> str:
    told = [entry.message for entry in sorted(log, key=lambda entry: -entry.severity) if entry.message]
    return f"{(told or ['no reason given'])[0].rstrip('.')}."


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else text(value, "Message", "Description") or str(value)


def _still_open(kind: Kind, number: str, because: RetryableError | None = None) -> StillAtWork:
    return StillAtWork(
        f"Job {number} ({kind.value}) is still open in Norce.",
        cure="Nothing to do: it is looked at again with the next run, and no second job of its kind is sent meanwhile.",
        platform=PLATFORM,
        retry_after=(because.retry_after if because else None) or 60.0,
        excerpt=because.message if because else "",
    )


def _digest(items: Items, header: Mapping[str, Any]) -> str:
    written = json.dumps([header, *items], sort_keys=True, default=str)
    return hashlib.sha256(written.encode()).hexdigest()[:24]


def _now() -> datetime:
    return datetime.now(UTC)


def _age(written: Any) -> float:
    try:
        began = moment(written)
    except ValueError:
        began = None
    return (_now() - began).total_seconds() if began else 0.0
