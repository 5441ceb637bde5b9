"""Publishing quantities: one file of absolute figures, one job, its log. Source: fact sheet §6.

Norce keeps reservations beside the figure on hand. An article that is not there is told in the job's log.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ecomsync.common.errors import EcomsyncError
from platforms.base import result_from_error
from platforms.batching import push_in_batches
from platforms.norce.client import NorceClient
from platforms.norce.fields import json_number
from platforms.norce.files import FullFileGuard, cut, header
from platforms.norce.jobs import JobDesk, Kind
from platforms.norce.lookups import Known, Lookups
from platforms.norce.rows import accepted, not_linked, refused_by_job
from platforms.types import PushResult, QuantityUpdate

LANE = "stock"
_FIELDS = {"SkuOnhandFieldsThatAreSet": (3, 10)}


@dataclass(frozen=True, slots=True)
class Row:
    """One quantity on its way."""

    key: str
    part_no: str
    warning: str = ""


Entry = tuple[Row, Mapping[str, Any]]


class QuantityPusher:
    def __init__(self, client: NorceClient, lookups: Lookups, jobs: JobDesk, guard: FullFileGuard) -> None:
        self._client = client
        self._lookups = lookups
        self._jobs = jobs
        self._guard = guard

    def push(self, updates: Sequence[QuantityUpdate]) -> list[PushResult]:
        """Three calls per file of 5,000 rows: the file, its job, the job's log."""
        results, ready = self._prepared(updates)
        entries = [entry for _, entry in ready]
        answers = push_in_batches(
            list(cut(entries, self._client.options.file_rows)),
            lambda file: self._send(file, full=False),
            lambda entry: entry[0].key,
        )
        return _in_order(results, ready, answers)

    def push_all(self, updates: Sequence[QuantityUpdate], *, complete: bool) -> list[PushResult]:
        """One full file, never in halves: within its warehouses, every record that it does not name is switched off."""
        self._guard.check(Kind.ONHANDS, len(updates), complete=complete)
        results, ready = self._prepared(updates)
        self._guard.check_rows(list(results.values()))
        answers = self._send([entry for _, entry in ready], full=True)
        self._guard.sent(Kind.ONHANDS, len(updates))
        self._jobs.discard_failures(Kind.ONHANDS)
        return _in_order(results, ready, answers)

    def _prepared(
        self, updates: Sequence[QuantityUpdate]
    ) -> tuple[dict[int, PushResult], list[tuple[int, Entry]]]:
        """What cannot be sent, and what can, by its place among the updates."""
        results: dict[int, PushResult] = {}
        ready: list[tuple[int, Entry]] = []
        places: Known[tuple[str, str]] = Known(lambda code: self._lookups.place(code, lane=LANE))
        for place, update in enumerate(updates):
            prepared = self._prepare(update, places)
            if isinstance(prepared, PushResult):
                results[place] = prepared
            else:
                ready.append((place, prepared))
        return results, ready

    def _prepare(self, update: QuantityUpdate, places: Known[tuple[str, str]]) -> PushResult | Entry:
        if not update.remote_id:
            return not_linked(update.key)
        found = places.get(update.location_id or self._client.options.warehouse_code)
        if isinstance(found, EcomsyncError):
            return replace(result_from_error(update.key, found), remote_id=update.remote_id)
        warehouse, location = found
        quantity, warning = update.quantity, ""
        if quantity < 0:
            quantity, warning = Decimal(0), f"The quantity {update.quantity} is below zero; 0 was published."
        return Row(update.key, update.remote_id, warning), {
            "PartNo": update.remote_id,
            "WarehouseCode": warehouse,
            "LocationCode": location,
            "OnhandValue": json_number(quantity),
            "IsActive": True,
        }

    def _send(self, entries: Sequence[Entry], *, full: bool) -> list[PushResult]:
        told = header(self._client, self._client.options.account_id_stock, _FIELDS, full=full)
        result = self._jobs.run(Kind.ONHANDS, [item for _, item in entries], told, lane=LANE)
        return [
            refused_by_job(row.key, row.part_no, result.number, result.refused[place])
            if place in result.refused
            else accepted(row.key, row.part_no, warning=result.warnings.get(place, ""), job=result.number)
            for place, (row, _) in enumerate(entries)
        ]


def _in_order(
    results: dict[int, PushResult], ready: Sequence[tuple[int, Entry]], answers: Sequence[PushResult]
) -> list[PushResult]:
    for (place, (row, _)), answer in zip(ready, answers, strict=True):
        warning = " ".join(filter(None, (row.warning, answer.warning)))
        results[place] = replace(answer, warning=warning)
    return [results[place] for place in sorted(results)]
