"""Send any number of rows in batches, and keep what each row came to, whatever happens to a batch.

One bad row never stops its batch, one bad batch never stops the others, and no answer already received is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from ecomsync.common.errors import (
    ConfigurationError,
    EcomsyncError,
    NetworkError,
    PermanentError,
    RateLimited,
    Rejected,
    RetryableError,
    ShopUnavailable,
)
from platforms.base import result_from_error
from platforms.types import Outcome, PushResult

Row = TypeVar("Row")
Send = Callable[[Sequence[Row]], list[PushResult]]

FAILED_BATCHES_IN_A_ROW = 2


def chunks(rows: Sequence[Row], size: int) -> Iterator[Sequence[Row]]:
    """The rows in pieces of at most `size`."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def push_in_batches(
    batches: Sequence[Sequence[Row]], send: Send[Row], key_of: Callable[[Row], str]
) -> list[PushResult]:
    """Send each batch and return one result per row, in the order of the rows.

    A batch refused as a whole (`Rejected`) or one that makes the shop fail (status 500) is split until the bad
    rows stand alone. When the shop cannot be reached, asks for fewer calls or fails twice in a row, nothing more is
    sent and the remaining rows are to be tried again. Raises only when nothing was accepted yet and the fault lies
    with the whole connection: ConfigurationError, NetworkError, RateLimited.
    """
    results: list[PushResult] = []
    failed_in_a_row = 0
    stopped: EcomsyncError | None = None
    for batch in batches:
        if stopped is not None:
            results += [_try_again(key_of(row), stopped) for row in batch]
            continue
        try:
            answers, fault = _send_splitting(batch, send, key_of)
        except (ConfigurationError, NetworkError, RateLimited) as error:
            if not results:
                raise
            answers, fault, stopped = [_try_again(key_of(row), error) for row in batch], error, error
        results += answers
        failed_in_a_row = failed_in_a_row + 1 if fault is not None else 0
        if fault is not None and failed_in_a_row >= FAILED_BATCHES_IN_A_ROW:
            stopped = fault
    return results


def _send_splitting(
    rows: Sequence[Row], send: Send[Row], key_of: Callable[[Row], str]
) -> tuple[list[PushResult], EcomsyncError | None]:
    """Results of a batch, and the fault when the batch as a whole came to nothing."""
    try:
        return send(rows), None
    except Rejected as error:
        if len(rows) == 1:
            return [result_from_error(key_of(rows[0]), error)], None
        return _halves(rows, send, key_of)[0], None
    except PermanentError as error:
        # Not about a row: what the whole call stands on is gone, and halves would stand on it too.
        return [result_from_error(key_of(row), error) for row in rows], None
    except (NetworkError, RateLimited):
        raise
    except RetryableError as error:
        retries = [_try_again(key_of(row), error) for row in rows]
        if len(rows) == 1 or not _is_fault_of_a_row(error):
            return retries, error
        return _isolate(rows, send, key_of, error)


def _halves(
    rows: Sequence[Row], send: Send[Row], key_of: Callable[[Row], str]
) -> tuple[list[PushResult], EcomsyncError | None]:
    middle = len(rows) // 2
    results: list[PushResult] = []
    fault: EcomsyncError | None = None
    for half in (rows[:middle], rows[middle:]):
        if fault is not None:
            results += [_try_again(key_of(row), fault) for row in half]
            continue
        try:
            answers, _ = _send_splitting(half, send, key_of)
        except (ConfigurationError, NetworkError, RateLimited) as error:
            fault = error
            answers = [_try_again(key_of(row), error) for row in half]
        results += answers
    return results, fault


def _isolate(
    rows: Sequence[Row], send: Send[Row], key_of: Callable[[Row], str], error: EcomsyncError
) -> tuple[list[PushResult], EcomsyncError | None]:
    """Find the row on which the shop breaks. When both halves break, it is the shop and not a row."""
    middle = len(rows) // 2
    halves = (rows[:middle], rows[middle:])
    answers: list[list[PushResult] | None] = []
    for half in halves:
        try:
            answers.append(send(half))
        except RetryableError:
            answers.append(None)
        except Rejected as refused:
            answers.append(
                [result_from_error(key_of(half[0]), refused)]
                if len(half) == 1
                else _halves(half, send, key_of)[0]
            )
        except PermanentError as refused:
            answers.append([result_from_error(key_of(row), refused) for row in half])
    if all(answer is None for answer in answers):
        return [_try_again(key_of(row), error) for row in rows], error
    results: list[PushResult] = []
    for half, answer in zip(halves, answers, strict=True):
        if answer is not None:
            results += answer
        elif len(half) == 1:
            results.append(_try_again(key_of(half[0]), error))
        else:
            results += _isolate(half, send, key_of, error)[0]
    return results, None


def _is_fault_of_a_row(error: EcomsyncError) -> bool:
    return isinstance(error, ShopUnavailable) and error.status == 500


def _try_again(key: str, error: EcomsyncError) -> PushResult:
    return PushResult(
        key,
        Outcome.RETRY,
        error.code,
        error.message,
        error.cure,
        retry_after=error.retry_after if isinstance(error, RetryableError) else None,
    )
