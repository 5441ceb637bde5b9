"""What was done when: by buyers and staff, and to the installation. A wrong result is looked up here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

WINDOW = 12.0
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """second: since the start. subjects: the orders (`order 17`) and SKUs that it was about; none: all of them."""

    second: float
    round: int
    text: str
    subjects: tuple[str, ...] = ()
    is_injection: bool = False


@dataclass
class Diary:
    round: int = 0
    entries: list[Entry] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _began: float = field(default_factory=time.monotonic)

    def injected(self, kind: str, text: str = "") -> None:
        self.counts[kind] += 1
        self._add(f"{kind} {text}".strip(), (), is_injection=True)

    def ended(self, kind: str, text: str = "") -> None:
        self._add(f"{kind} over {text}".strip(), (), is_injection=True)

    def did(self, kind: str, text: str, *subjects: str) -> None:
        self.counts[kind] += 1
        self._add(f"{kind}: {text}", subjects)

    def _add(self, text: str, subjects: Iterable[str], *, is_injection: bool = False) -> None:
        second = time.monotonic() - self._began
        self.entries.append(Entry(second, self.round, text, tuple(subjects), is_injection))

    def around(self, subject: str) -> list[str]:
        """What was done to the subject, and what was injected shortly before and after; the newest lines."""
        own = [entry for entry in self.entries if subject in entry.subjects]
        moments = [entry.second for entry in own]
        near = [
            entry
            for entry in self.entries
            if entry in own
            or (entry.is_injection and any(abs(entry.second - moment) <= WINDOW for moment in moments))
        ]
        return [f"{entry.second:7.1f} s  round {entry.round:3}  {entry.text}" for entry in near[-SHOWN:]]

    def lines(self) -> list[str]:
        return [f"{entry.second:7.1f} s  round {entry.round:3}  {entry.text}" for entry in self.entries]
