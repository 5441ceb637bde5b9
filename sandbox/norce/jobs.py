"""The job queue of Connect: one after the other, each done when its time has come by the shop's clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.faults import Fault
from sandbox.messages import Request, Response
from sandbox.norce.answers import ApiError, Json, answer, decode, dump, pick
from sandbox.norce.imports import IMPORTS, Run
from sandbox.norce.state import Emit, Job, Store

SUCCEEDED, FAILED, VALIDATION_FAILED, VALIDATING, QUEUED, INITIALIZED = 2, 3, 4, 5, 6, 1
HEADER = "x-stormconnect-header"


def post(store: Store, kind: str, request: Request) -> Response:
    """Take a file. 200 says that it is accepted, nothing more."""
    header = _header(request)
    rows = decode(request.body)
    if not isinstance(rows, list):
        raise ApiError(400, "An array is expected.")
    bad = [f"Item {n} is no object." for n, row in enumerate(rows) if not isinstance(row, dict)]
    bad += [text for n, row in enumerate(rows) if isinstance(row, dict) for text in _invalid(kind, n, row)]
    if bad:
        return _import_answer(store, "Failed", "Validation failed", None, len(rows), bad)
    now = store.stamp()
    before = [job for job in store.jobs.values() if not job.is_finished]
    start = max([now, *(job.stop for job in before)])
    number = store.next_id("job", 778120)
    storage = str(pick(header, "StorageName") or f"{kind.lower()}-{number}")
    job = Job(number, kind, storage, rows, header, now, start, start + store.options.job_seconds)
    store.jobs[number] = job
    open_of_kind = 1 + sum(1 for other in before if other.kind == kind)
    store.overlaps[kind] = max(store.overlaps.get(kind, 0), open_of_kind)
    return _import_answer(store, "OK", "Queued", number, len(rows), [])


def _invalid(kind: str, n: int, row: Json) -> list[str]:
    """What is seen before the job begins: a file whose keys are missing is not taken at all."""
    missing = [name for name in IMPORTS[kind].keys if pick(row, name) in (None, "")]
    return [f"Item {n}: {name} is required. {dump(row).decode()}" for name in missing]


def _header(request: Request) -> Json:
    text = request.headers.get(HEADER, "")
    if not text:
        raise ApiError(400, "The header X-StormConnect-Header is missing.")
    header = decode(text.encode())
    if not isinstance(header, dict):
        raise ApiError(400, "The header X-StormConnect-Header is no object.")
    return header


def _import_answer(
    store: Store, code: str, description: str, job: int | None, total: int, messages: list[str]
) -> Response:
    summary = {
        "NrOfItemsInTotal": total,
        "NrOfValidationFailures": len(messages),
        "Messages": messages,
    }
    status: Json = {"StatusCode": code, "Description": description, "ValidationSummary": summary}
    if store.options.nested_answers:
        return answer({"Header": {"JobId": job}, "Status": status})
    return answer(
        {"StatusCode": code, "Description": description, "JobId": str(job) if job else None}
        | {"ValidationSummary": summary}
    )


# ---------------------------------------------------------------- running


def settle(store: Store, emit: Emit, faults: Callable[[str], list[Fault]]) -> None:
    """Jobs whose time has come are done now, in their order."""
    now = store.stamp()
    for job in list(store.jobs.values()):
        if not job.is_finished and job.stop <= now:
            _run(store, job, faults(job.kind))
            emit(
                "JobCompletedEvent",
                {"JobId": job.number, "StatusId": job.status},
            )
        elif not job.is_finished and job.start <= now and store.options.job_seconds:
            job.status = INITIALIZED


def _run(store: Store, job: Job, faults: list[Fault]) -> None:
    for place, (kind, status) in enumerate(store.failing):
        if kind in ("*", job.kind):
            store.failing.pop(place)
            job.status = status
            word = "failed" if status == FAILED else "did not pass the validation"
            job.log.append(_entry(store, 3, f"The job {word}.", None))
            return
    refused = {
        str(sku)
        for fault in faults
        if fault.kind == "batch_fail"
        for sku in [*fault.params.get("skus", ()), *fault.params.get("ids", ())]
    }
    run = Run(store, job.header)
    work = IMPORTS[job.kind]
    for row in job.rows:
        key = str(pick(row, work.keys[0]) or "")
        if refused & work.names(row):
            run.refuse(row, "The row was refused.", severity=3)
        else:
            work.apply(run, row, key)
    if pick(job.header, "FullFile") is True:
        work.switch_off(run, job.rows)
    job.inserts, job.updates, job.fail = run.inserts, run.updates, run.fail
    job.log += [_entry(store, severity, text, row) for severity, text, row in run.messages]
    job.status = SUCCEEDED


def _entry(store: Store, severity: int, message: str, row: Any) -> Json:
    return {
        "SeverityId": severity,
        "Message": message,
        "TimeStamp": _date(store.stamp()),
        "ImportedRow": dump(row).decode() if row is not None else None,
    }


def _date(moment: int | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


# ---------------------------------------------------------------- asking


def job_of(store: Store, query: dict[str, str]) -> Job:
    wanted = query.get("id", "")
    job = store.jobs.get(int(wanted)) if wanted.isdigit() else None
    if job is None:
        raise ApiError(404, "There is no such job.")
    return job


def job_json(job: Job) -> Json:
    done = job.is_finished
    seconds = max(0, job.stop - job.start)
    return {
        "JobId": job.number,
        "StatusId": job.status,
        "StorageName": job.storage,
        "Totals": len(job.rows),
        "Inserts": job.inserts,
        "Updates": job.updates,
        "Fail": job.fail,
        "Start": _date(job.start) if job.status != QUEUED else None,
        "Stop": _date(job.stop) if done else None,
        "LastUpdated": _date(job.stop if done else job.posted),
        "IsFinished": done,
        "RunTime": f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}",
    }
