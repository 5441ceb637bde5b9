"""Results of a shop as results of requests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from platforms.types import Outcome, PushResult
from sync_queues.inputs import RowOutcome, RowResult

_OUTCOMES = {
    Outcome.OK: RowOutcome.DONE,
    Outcome.UNCHANGED: RowOutcome.UNCHANGED,
    Outcome.REJECTED: RowOutcome.REJECTED,
    Outcome.RETRY: RowOutcome.RETRY,
}
#: Of several products that stand for one item, the request shows the worst.
_WEIGHT = (
    RowOutcome.UNCHANGED,
    RowOutcome.DONE,
    RowOutcome.RETRY,
    RowOutcome.REJECTED,
    RowOutcome.CONFIGURATION,
)


def row_result(request_id: int, answer: PushResult, *, sent: Mapping[str, Any] | None = None) -> RowResult:
    """One answer of the shop as the result of a request. What was not accepted was not sent."""
    return RowResult(
        request_id,
        _OUTCOMES[answer.outcome],
        code=answer.code,
        message=answer.message or answer.warning,
        cure=answer.cure,
        sent=dict(sent or {}) if answer.is_ok else {},
        retry_after=answer.retry_after,
    )


def worst(results: Iterable[RowResult]) -> RowResult:
    """The result that stands for all of them; `results` is not empty."""
    return max(results, key=lambda result: _WEIGHT.index(RowOutcome(result.outcome)))
