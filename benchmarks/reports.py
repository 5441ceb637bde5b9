"""What a benchmark answers: figures, those with a goal among them, and how they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a report. goal: "" for what is only told. met: None when there is nothing to meet."""

    name: str
    value: str
    goal: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        if self.met is None:
            return "skipped" if self.goal else ""
        return "met" if self.met else "NOT MET"


@dataclass
class Report:
    """What a benchmark answers."""

    title: str
    figures: list[Figure] = field(default_factory=list)

    def told(self, name: str, value: object) -> None:
        self.figures.append(Figure(name, str(value)))

    def at_least(self, name: str, value: float, goal: float, unit: str = "") -> None:
        self.figures.append(Figure(name, f"{_plain(value)}{unit}", f">= {_plain(goal)}{unit}", value >= goal))

    def at_most(self, name: str, value: float, goal: float, unit: str = "") -> None:
        self.figures.append(Figure(name, f"{_plain(value)}{unit}", f"<= {_plain(goal)}{unit}", value <= goal))

    def must(self, name: str, value: object, wanted: object) -> None:
        self.figures.append(Figure(name, str(value), f"= {wanted}", value == wanted))

    def skipped(self, name: str, reason: str) -> None:
        self.figures.append(Figure(name, reason, "-", None))

    def __str__(self) -> str:
        return f"{self.title}\n{lines(self.figures)}\n"


def lines(figures: Sequence[Figure]) -> str:
    """Name, value, goal and whether it is met, in columns."""
    rows = [(figure.name, figure.value, figure.goal, figure.verdict) for figure in figures]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(3)]
    return "\n".join(
        f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {goal:<{widths[2]}}  {verdict}".rstrip()
        for name, value, goal, verdict in rows
    )


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
