"""A full run as one complete file: the shop switches off whatever the file does not name.

Only where the platform takes such files (`Capabilities.full_files`) and the site lets a full run switch off what is
missing. The file is refused, and changes are asked for one by one, when something of it could not be made out, or when
more would be switched off than the site allows. A run whose worker was killed makes the file anew; a job that the shop
still has is looked at first, so that there is never a second one beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils import timezone

from activity.services import RunCancelled, RunReporter, clear_alerts, raise_alert
from ecomsync.common.errors import BadCredentials, EcomsyncError, NotConfirmed
from ecomsync.common.money import HUNDRED
from platforms.base import PlatformAdapter
from platforms.types import PushResult
from sites.models import Site
from sites.services.adapters import open_adapter
from sync_queues.inputs import RequestInput
from sync_queues.kinds import KINDS
from sync_queues.remedies import FILE_REFUSED
from sync_queues.services.enqueue import discard_older, enqueue
from sync_queues.services.full_run import PAGE
from sync_queues.services.writer_turn import as_only_writer, until_settled

#: Queue -> what a platform calls its rows in `Capabilities.full_files`.
FILES = {"qty": "quantities", "price": "prices", "item": "products"}
#: Beyond so many a report tells no row of the file by itself.
SHOWN_PROBLEMS = 20


class FileRow(Protocol):
    """A row of the file. line: the link that it names; key: what its answer carries back."""

    @property
    def key(self) -> str: ...

    @property
    def line(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class Unclear:
    """What the file should name and cannot, since its value could not be made out."""

    message: str
    subject: Any
    code: str = ""


class FileMaker(Protocol):
    """Makes the rows of a file, hands them over, and keeps what the shop took. Lives in the app that knows the values.

    again: items of which something does not belong into the file and is to be told as a single change.
    """

    @property
    def again(self) -> set[int]: ...

    def rows_of(self, item_ids: Sequence[int]) -> tuple[Sequence[Any], Sequence[Unclear]]: ...

    def send(self, rows: Sequence[Any], *, complete: bool) -> list[PushResult]: ...

    def keep(self, answered: Sequence[tuple[Any, PushResult]]) -> None: ...

    def forget(self, line_ids: Sequence[int]) -> None:
        """These were switched off: what they were sent last is no longer what the shop shows."""


@dataclass(frozen=True, slots=True)
class FullFile:
    """What a file is made of. ids: of the items that belong into it, by the column `key`; known_lines: ids of the links
    to all that the shop shows."""

    kind: str
    ids: QuerySet[Any, Any]
    key: str
    known_lines: Callable[[Site], set[int]]
    maker: Callable[[Site, PlatformAdapter], FileMaker]


def takes_full_file(site: Site, kind: str) -> bool:
    """Whether full runs of this queue go out as one file."""
    return (
        FILES[kind] in site.capabilities.full_files and site.full_run_deactivates_missing and not site.dry_run
    )


def send_full_file(*, run: RunReporter, site: Site, file: FullFile) -> Taken | None:
    """What became of the file; None when changes are to be asked for one by one, with the reason in the report. It
    counts nothing: see `report_file`."""
    place = run.resumed_from
    if place and "file" not in place:
        return None  # an earlier worker of this run had come to the single changes
    began = datetime.fromisoformat(place["began"]) if place else timezone.now()
    run.checkpoint(began=began.isoformat(), file=True)
    try:
        with as_only_writer(run, site):
            taken = _send(run, site, file, began)
    except (BadCredentials, RunCancelled):
        raise
    except EcomsyncError as error:
        _refuse(run, site, error.code, str(error), alert=not isinstance(error, NotConfirmed))
        return None
    if taken is not None:
        run.count("switched_off", taken.switched_off)
        clear_alerts(site_code=site.code, code=FILE_REFUSED)
    return taken


@dataclass(slots=True)
class Taken:
    """items: all of the run; rows of the file and what the shop answered to each, in order."""

    began: datetime
    items: list[int] = field(default_factory=list)
    rows: list[Any] = field(default_factory=list)
    answers: list[PushResult] = field(default_factory=list)
    again: set[int] = field(default_factory=set)
    switched_off: int = 0

    @property
    def named(self) -> set[int]:
        """Items with a row."""
        return {row.line.item_id for row in self.rows}

    @property
    def refused(self) -> dict[int, tuple[Any, PushResult]]:
        """Item -> its first row that the shop did not take, and why."""
        found: dict[int, tuple[Any, PushResult]] = {}
        for row, answer in zip(self.rows, self.answers, strict=True):
            if not answer.is_ok:
                found.setdefault(row.line.item_id, (row, answer))
        return found


def _send(run: RunReporter, site: Site, file: FullFile, began: datetime) -> Taken | None:
    queue = KINDS[file.kind]
    with open_adapter(site, lane=queue.lane, run=run.run) as adapter:
        maker = file.maker(site, adapter)
        sent, unclear = _made(run, file, maker, began)
        known, named = file.known_lines(site), {row.line.pk for row in sent.rows}
        missing = sorted(known - named)
        if unclear:
            _refuse_unclear(run, site, unclear)
            return None
        if not sent.rows or not _is_allowed(run, site, len(missing), len(known | named)):
            return None
        sent.answers = until_settled(run, lambda: maker.send(sent.rows, complete=True))
        maker.keep(list(zip(sent.rows, sent.answers, strict=True)))
        maker.forget(missing)
        sent.switched_off, sent.again = len(missing), set(maker.again)
    return sent


def _made(run: RunReporter, file: FullFile, maker: FileMaker, began: datetime) -> tuple[Taken, list[Unclear]]:
    """All rows: a complete file has to be in memory once, whatever its size."""
    sent, unclear, after = Taken(began), list[Unclear](), 0
    while part := list(file.ids.filter(**{f"{file.key}__gt": after}).order_by(file.key)[:PAGE]):
        run.check_cancelled()
        rows, problems = maker.rows_of(part)
        sent.items += part
        sent.rows += rows
        unclear += problems
        after = part[-1]
    return sent, unclear


# -- guards ---------------------------------------------------------------------
def _refuse_unclear(run: RunReporter, site: Site, unclear: Sequence[Unclear]) -> None:
    for problem in unclear[:SHOWN_PROBLEMS]:
        run.note(problem.message, level="warning", subject=problem.subject, code=problem.code)
    message = (
        f"{len(unclear)} rows of the complete file could not be made out, and it would switch them off. "
        "No file was sent; changes were asked for one by one."
    )
    _refuse(run, site, "full_file_incomplete", message, alert=True)


def _is_allowed(run: RunReporter, site: Site, missing: int, known: int) -> bool:
    if missing * HUNDRED <= site.max_deactivation_percent * known:
        return True
    message = (
        f"The complete file would switch off {missing} of {known} products that the shop has, more than the "
        f"{site.max_deactivation_percent.normalize():f} % that the site allows. No file was sent; changes were asked for "
        "one by one."
    )
    _refuse(run, site, "too_many_deactivations", message, alert=True)
    return False


def _refuse(run: RunReporter, site: Site, code: str, message: str, *, alert: bool) -> None:
    run.note(message, level="error" if alert else "warning", code=code)
    if alert:
        raise_alert(site_code=site.code, code=FILE_REFUSED, message=message)


# -- the report -------------------------------------------------------------------
def report_file(run: RunReporter, site: Site, kind: str, taken: Taken) -> None:
    """found = taken (updated) + refused (failed) + kept out of the file (skipped). What was refused is asked for as
    single changes, so that the queue shows it with its cure; what waited or failed before the run is set aside."""
    named, refused = taken.named, taken.refused
    run.found(len(taken.items))
    run.updated(len(named) - len(refused))
    run.skipped(len(taken.items) - len(named))
    for row, answer in refused.values():
        run.failed(1, answer.message, subject=row.line, code=answer.code)
    again = [RequestInput(item_id=pk, forced=True) for pk in refused.keys() | taken.again]
    enqueue(kind, site=site, rows=again, supersede=True)
    run.count("set_aside", discard_older(kind, site=site, before=taken.began))
    run.progress(len(taken.items), len(taken.items))
