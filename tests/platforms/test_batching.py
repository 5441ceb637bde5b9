from __future__ import annotations

from collections.abc import Sequence

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    EcomsyncError,
    NetworkError,
    NotFound,
    RateLimited,
    Rejected,
    ShopUnavailable,
    UncertainOutcome,
)
from platforms.batching import chunks, push_in_batches
from platforms.types import Outcome, PushResult


class Shop:
    """Takes batches of numbers; `faults` maps a number to the error of any batch that holds it."""

    def __init__(self, faults: dict[int, EcomsyncError] | None = None) -> None:
        self.faults = faults or {}
        self.calls: list[list[int]] = []
        self.taken: list[int] = []

    def send(self, rows: Sequence[int]) -> list[PushResult]:
        self.calls.append(list(rows))
        for row in rows:
            if row in self.faults:
                raise self.faults[row]
        self.taken += rows
        return [PushResult(str(row), Outcome.OK) for row in rows]

    def push(self, *batches: Sequence[int]) -> list[PushResult]:
        return push_in_batches(batches, self.send, str)


def outcomes(results: Sequence[PushResult]) -> dict[str, str]:
    return {result.key: result.outcome.value for result in results if result.outcome is not Outcome.OK}


def crash() -> ShopUnavailable:
    return ShopUnavailable("The shop failed.", status=500)


def test_chunks_hold_at_most_the_size() -> None:
    assert [list(chunk) for chunk in chunks(range(5), 2)] == [[0, 1], [2, 3], [4]]
    assert list(chunks([], 2)) == []


def test_results_keep_the_order_of_the_rows() -> None:
    results = Shop().push([3, 1], [2])

    assert [result.key for result in results] == ["3", "1", "2"]


def test_refused_batch_is_split_until_the_bad_rows_stand_alone() -> None:
    shop = Shop({3: Rejected("no", code="bad"), 9: Rejected("no", code="bad")})

    results = shop.push(range(16))

    assert outcomes(results) == {"3": "rejected", "9": "rejected"}
    assert sorted(shop.taken) == [n for n in range(16) if n not in (3, 9)]


def test_batch_whose_ground_is_gone_is_refused_without_splitting() -> None:
    shop = Shop({3: NotFound("The parent is gone.")})

    results = shop.push([1, 2, 3], [4])

    assert outcomes(results) == {"1": "rejected", "2": "rejected", "3": "rejected"}
    assert len(shop.calls) == 2


def test_batch_on_which_the_shop_breaks_is_narrowed_down() -> None:
    shop = Shop({5: crash()})

    results = shop.push(range(8), [20, 21])

    assert outcomes(results) == {"5": "retry"}
    assert sorted(shop.taken) == [0, 1, 2, 3, 4, 6, 7, 20, 21]
    assert len(shop.calls) <= 8


def test_shop_that_breaks_on_everything_is_left_in_peace() -> None:
    shop = Shop({n: crash() for n in range(400)})

    results = shop.push(*[range(start, start + 100) for start in range(0, 400, 100)])

    assert len(outcomes(results)) == 400
    assert len(shop.calls) == 6  # two batches, each tried whole and in halves


def test_timeout_of_one_batch_does_not_stop_the_next() -> None:
    shop = Shop({1: UncertainOutcome("late")})

    results = shop.push([1, 2], [3, 4])

    assert outcomes(results) == {"1": "retry", "2": "retry"}
    assert shop.taken == [3, 4]


@pytest.mark.parametrize("error", [RateLimited("slow down", retry_after=7), NetworkError("gone")])
def test_dead_or_busy_shop_stops_the_rest_and_keeps_what_was_accepted(error: EcomsyncError) -> None:
    shop = Shop({3: error})

    results = shop.push([1, 2], [3, 4], [5])

    assert outcomes(results) == {"3": "retry", "4": "retry", "5": "retry"}
    assert {result.retry_after for result in results if not result.is_ok} == {
        getattr(error, "retry_after", None)
    }
    assert len(shop.calls) == 2


@pytest.mark.parametrize("error", [BadCredentials("no"), RateLimited("slow down"), NetworkError("gone")])
def test_fault_of_the_connection_is_raised_when_nothing_was_sent(error: EcomsyncError) -> None:
    with pytest.raises(type(error)):
        Shop({1: error}).push([1, 2], [3])


def test_credentials_withdrawn_in_the_middle_leave_the_rest_to_be_tried_again() -> None:
    results = Shop({3: BadCredentials("no")}).push([1, 2], [3, 4])

    assert outcomes(results) == {"3": "retry", "4": "retry"}


def test_rate_limit_while_splitting_loses_no_answer() -> None:
    shop = Shop({0: Rejected("no"), 3: RateLimited("slow down")})

    results = shop.push([0, 1, 2, 3])

    assert outcomes(results) == {"0": "rejected", "2": "retry", "3": "retry"}
    assert shop.taken == [1]
