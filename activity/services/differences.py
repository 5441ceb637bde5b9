"""Differences between shop and ERP: written in bulk while a comparison goes, closed when it is over, repaired by kind."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from activity.difference_kinds import KINDS, Repair
from activity.models import LIVE_STATES, Difference, Run
from activity.services.runs import RunReporter
from activity.services.subjects import Subject, SubjectLike, clean_text, subject_of
from ecomsync.common.errors import EcomsyncError
from ecomsync.common.sql import update_each

logger = logging.getLogger(__name__)

CHUNK = 500
Kind, Problem, Aspect, State = Difference.Kind, Difference.Problem, Difference.Aspect, Difference.State
Key = tuple[str, str]  # kind, key


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that differs. `aspect`: what of the record; the values are short plain texts."""

    kind: str
    problem: str
    key: str
    aspect: str = Aspect.RECORD
    shop_value: str = ""
    erp_value: str = ""
    subject: SubjectLike | Subject = None
    message: str = ""

    def columns(self) -> dict[str, Any]:
        return {
            "problem": str(self.problem),
            "aspect": str(self.aspect),
            "shop_value": clean_text(self.shop_value)[:200],
            "erp_value": clean_text(self.erp_value)[:200],
            "message": clean_text(self.message),
            **subject_of(self.subject).as_columns(),
        }


def record_differences(*, run: Run, found: Sequence[Found], waiting: Collection[Key] = ()) -> dict[Key, str]:
    """Write what a page of a comparison found; at most three statements per kind, however many rows.

    waiting: keys that may differ, with a change on its way: no new rows, but live ones of theirs stay as they are.
    Returns the state of each found key: open, ignored where staff said so, or asked while a repair run waits.
    """
    wanted = {(str(entry.kind), entry.key[:200]): entry for entry in found}
    by_kind: dict[str, set[str]] = defaultdict(set)
    for kind, key in (*wanted, *waiting):
        by_kind[str(kind)].add(key[:200])
    states: dict[Key, str] = {}
    for kind, keys in by_kind.items():
        entries = {key: entry for (of, key), entry in wanted.items() if of == kind}
        states |= _record_kind(run, kind, entries, keys)
    return states


def _record_kind(run: Run, kind: str, entries: Mapping[str, Found], keys: Collection[str]) -> dict[Key, str]:
    now = timezone.now()
    with transaction.atomic():
        live = Difference.objects.select_for_update().filter(
            site_code=run.site_code, kind=kind, key__in=keys, state__in=LIVE_STATES
        )
        present = {row.key: row for row in live.order_by("pk")}
        seen, changed, states = [], [], {}
        for key, row in present.items():
            entry = entries.get(key)
            if entry is None:
                seen.append(row.pk)
                continue
            states[kind, key] = _state_seen_again(row, entry)
            changed.append(
                {
                    "id": row.pk,
                    "state": states[kind, key],
                    "run_id": run.pk,
                    "last_seen": now,
                    **entry.columns(),
                }
            )
        for start in range(0, len(changed), CHUNK):
            update_each(Difference, changed[start : start + CHUNK])
        if seen:
            Difference.objects.filter(pk__in=seen).update(run=run, last_seen=now)
        fresh = [
            Difference(site_code=run.site_code, kind=kind, key=key, run=run, first_seen=now, last_seen=now,
                       **entry.columns())
            for key, entry in entries.items()
            if key not in present
        ]  # fmt: skip
        Difference.objects.bulk_create(fresh, batch_size=CHUNK, ignore_conflicts=True)
    return {**{(kind, row.key): State.OPEN.value for row in fresh}, **states}


def _state_seen_again(row: Difference, entry: Found) -> str:
    """Ignored stays ignored while it is the same problem; what nobody has tried to repair yet is still asked for."""
    if row.state == State.IGNORED and row.problem == entry.problem:
        return State.IGNORED.value
    if row.state == State.ASKED and row.tried_at is None:
        return State.ASKED.value
    return State.OPEN.value


def close_unseen(*, run: Run, kinds: Iterable[str]) -> dict[str, int]:
    """The comparison of these kinds is complete: what it did not see any more is repaired, or gone by itself."""
    now = timezone.now()
    unseen = Difference.objects.filter(site_code=run.site_code, kind__in=[str(kind) for kind in kinds])
    unseen = unseen.filter(Q(run=None) | ~Q(run=run))
    repaired = unseen.filter(state=State.ASKED).update(state=State.REPAIRED, repaired_at=now, closed_at=now)
    gone = unseen.filter(state__in=(State.OPEN, State.IGNORED)).update(state=State.GONE, closed_at=now)
    return {"repaired": repaired, "gone": gone}


def open_of_run(run: Run, keys: Iterable[Key]) -> list[Difference]:
    """The open rows of these keys that the run has just written; one statement per kind."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, key in keys:
        by_kind[kind].append(key)
    return [
        row
        for kind, of_kind in by_kind.items()
        for row in Difference.objects.filter(
            site_code=run.site_code, run=run, kind=kind, key__in=of_kind, state=State.OPEN
        )
    ]


def told(entry: Found) -> str:
    """The difference as a sentence in plain English, which pages put into the reader's language."""
    record = subject_of(entry.subject).label or entry.key
    values = {"record": record, "shop": entry.shop_value or "–", "erp": entry.erp_value or "–"}
    with override("en"):
        if entry.problem == Problem.DIFFERENT:
            values["what"] = str(Aspect(entry.aspect).label)
            return _("%(record)s: %(what)s is %(shop)s in the shop and %(erp)s in the ERP.") % values
        if (entry.problem == Problem.EXTRA) == (entry.kind == Kind.ORDER):
            return _("%(record)s is in the ERP and not in the shop.") % values
        return _("%(record)s is in the shop and not in the ERP.") % values


# ---------------------------------------------------------------- what staff decide


def ask_repair(rows: QuerySet[Difference], *, by: str) -> list[str]:
    """Mark open (or once more: asked) rows for the next repair run. Returns the codes of the sites concerned."""
    chosen = rows.filter(state__in=(State.OPEN, State.ASKED)).order_by()
    sites = sorted(set(chosen.values_list("site_code", flat=True).distinct()))
    now = timezone.now()
    Difference.objects.filter(pk__in=chosen.values("pk")).update(
        state=State.ASKED, asked_at=now, asked_by=by[:150], tried_at=None
    )
    return sites


def ignore_rows(rows: QuerySet[Difference]) -> int:
    """It is known and well so. The row stays ignored while the difference stays what it is."""
    return rows.filter(state__in=(State.OPEN, State.ASKED)).update(state=State.IGNORED)


def reopen_ignored(rows: QuerySet[Difference]) -> int:
    return rows.filter(state=State.IGNORED).update(state=State.OPEN)


# ---------------------------------------------------------------- repairs


def repair_rows(
    *,
    run: RunReporter,
    rows: Sequence[Difference],
    repairers: Mapping[str, Callable[..., dict[int, Repair]]] | None = None,
) -> dict[int, Repair]:
    """Repair rows of one site by kind, and write down what came of it. A kind that fails as a whole stays open.

    repairers: of callers that have the shop's answers at hand already; the table has the usual ones.
    """
    results: dict[int, Repair] = {}
    began = timezone.now()
    for kind, of_kind in _by_kind(rows).items():
        try:
            repair = (repairers or {}).get(kind) or KINDS[kind].repairer()
            results |= repair(run=run, site_code=run.run.site_code, rows=of_kind)
        except EcomsyncError as error:
            run.note(str(error), level="error", code=error.code)
            results |= {row.pk: Repair(State.OPEN, error.message) for row in of_kind}
    _write(results, tried_at=began)
    return results


def asked_rows(site_code: str, *, page: int) -> Iterator[list[Difference]]:
    """What staff asked to repair and nobody tried yet, page by page; what is tried does not come again."""
    waiting = Difference.objects.filter(site_code=site_code, state=State.ASKED, tried_at=None)
    after = 0
    while rows := list(waiting.filter(pk__gt=after).order_by("pk")[:page]):
        yield rows
        after = rows[-1].pk


def follow_repairs(*, hours: int = 24, limit: int = 5_000) -> int:
    """Look what became of repairs that queues carry out. Returns how many rows moved on."""
    recent = Difference.objects.filter(
        state=State.ASKED, tried_at__gte=timezone.now() - timedelta(hours=hours)
    ).order_by("pk")
    by_site: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for row in recent[:limit]:
        by_site[row.site_code, row.kind].append(row)
    moved = 0
    for (site_code, kind), rows in by_site.items():
        known = KINDS.get(kind)
        follower = known.follower() if known else None
        if follower is None:
            continue
        try:
            results = follower(site_code=site_code, rows=rows)
        except EcomsyncError as error:
            logger.warning("%s", error, extra={"site": site_code, "kind": kind})
            continue
        moved += _write(results)
    return moved


def _by_kind(rows: Iterable[Difference]) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = defaultdict(list)
    for row in rows:
        found[row.kind].append(row)
    return found


def _write(results: Mapping[int, Repair], *, tried_at: datetime | None = None) -> int:
    """One statement per 500 rows."""
    now = timezone.now()
    values = []
    for pk, result in sorted(results.items()):
        done = result.state == State.REPAIRED
        row: dict[str, Any] = {
            "id": pk,
            "state": str(result.state),
            "message": clean_text(result.message),
            "repaired_at": now if done else None,
            "closed_at": now if done else None,
        }
        values.append({**row, "tried_at": tried_at} if tried_at else row)
    guard = "t.state IN ('open', 'asked')"
    return sum(
        len(update_each(Difference, values[start : start + CHUNK], guard=guard))
        for start in range(0, len(values), CHUNK)
    )
