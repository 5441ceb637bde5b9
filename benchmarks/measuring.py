"""Taking turns with a floor, medians, processor time and memory."""

from __future__ import annotations

import resource
import statistics
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager


def in_turns(rounds: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Each measure once per round, one after the other, so that all feel the same weather. Figures by measure."""
    found: list[list[float]] = [[] for _ in measures]
    for _round in range(rounds):
        for place, measure in enumerate(measures):
            found[place].append(measure())
    return found


def ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median of the ratios of the rounds."""
    return statistics.median(one / other for one, other in zip(ours, floor, strict=True))


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def percentile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def cpu_seconds() -> float:
    """Of this process so far, all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def python_peak() -> Iterator[list[float]]:
    """The list holds, after the block, the megabytes that Python allocated in it at most. Makes the block slower."""
    found: list[float] = []
    tracemalloc.start()
    try:
        yield found
    finally:
        found.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
