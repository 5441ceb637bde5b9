"""One job while it works: what it counts and says."""

from dataclasses import dataclass, field

from sandbox.norce.answers import Json, pick
from sandbox.norce.state import Store


@dataclass
class Run:
    store: Store
    header: Json
    inserts: int = 0
    updates: int = 0
    fail: int = 0
    messages: list[tuple[int, str, Json | None]] = field(default_factory=list)

    def listed(self, name: str) -> list[int]:
        """The numbers of a `…FieldsThatAreSet` list of the header."""
        return [int(number) for number in pick(self.header, name) or []]

    def count(self, *, new: bool) -> None:
        if new:
            self.inserts += 1
        else:
            self.updates += 1

    def refuse(self, row: Json, text: str, *, severity: int = 2) -> None:
        self.fail += 1
        self.messages.append((severity, text, row))

    def warn(self, row: Json, text: str) -> None:
        self.messages.append((2, text, row))
