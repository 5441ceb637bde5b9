"""Deliveries that come at the same time share a statement: each is answered for itself, and after its commit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from webhooks.services import together as module
from webhooks.services.together import Row, Together

TIMEOUT = 10


class Table:
    """Stands for the database. The first statement is held up until `go`."""

    def __init__(self) -> None:
        self.statements: list[list[str]] = []
        self.kept: list[str] = []
        self.refused: dict[str, Exception] = {}
        self.begun, self.go = threading.Event(), threading.Event()

    def insert(self, rows: Sequence[Row]) -> list[str]:
        names = [str(row["identity"]) for row in rows]
        self.statements.append(names)
        if names[0] == "first":
            self.begun.set()
            assert self.go.wait(TIMEOUT)
        for name in names:
            if name in self.refused:
                raise self.refused[name]
        self.kept += names
        return [f"kept {name}" for name in names]


def row(identity: str, body: bytes = b"") -> dict[str, Any]:
    return {"site_id": 1, "identity": identity, "body": body}


class Crowd:
    """Threads that want to keep rows, while the first of them is at the database."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.together: Together[str] = Together(table.insert)
        self._pool = ThreadPoolExecutor(40)
        self.first = self.wants("first")
        assert table.begun.wait(TIMEOUT)

    def wants(self, identity: str, body: bytes = b"") -> Future[str]:
        def keep() -> str:
            try:
                return self.together.keep(row(identity, body))
            finally:
                connection.close()

        return self._pool.submit(keep)

    def want(self, *identities: str, body: bytes = b"") -> list[Future[str]]:
        """In this order."""
        wishes = []
        for number, identity in enumerate(identities, start=1):
            wishes.append(self.wants(identity, body))
            self.until(lambda number=number: len(self.together._waiting) == number)
        return wishes

    def until(self, is_so: Callable[[], bool]) -> None:
        waiting = threading.Event()
        for _ in range(TIMEOUT * 1000):
            if is_so():
                return
            waiting.wait(0.001)
        raise TimeoutError

    def end(self) -> None:
        self.table.go.set()
        self._pool.shutdown(wait=True)


@pytest.fixture
def crowd(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", TIMEOUT)
    found = Crowd(Table())
    yield found
    found.end()


def test_what_gathers_meanwhile_goes_in_one_statement(crowd: Crowd) -> None:
    wishes = crowd.want("c", "a", "b")
    assert not any(wish.done() for wish in wishes)
    assert crowd.table.kept == []
    crowd.end()
    assert [wish.result() for wish in (crowd.first, *wishes)] == ["kept first", "kept c", "kept a", "kept b"]
    assert crowd.table.statements == [["first"], ["a", "b", "c"]], (
        "in one order, so that nobody waits crosswise"
    )


def test_the_same_event_twice_is_two_statements(crowd: Crowd) -> None:
    wishes = crowd.want("a", "a", "b", "a")
    crowd.end()
    assert [wish.result() for wish in wishes] == ["kept a", "kept a", "kept b", "kept a"]
    assert crowd.table.statements == [["first"], ["a", "b"], ["a"], ["a"]]


def test_neither_many_rows_nor_large_ones_go_at_once(crowd: Crowd) -> None:
    wishes = crowd.want(*(f"n{number:02}" for number in range(35)))
    crowd.end()
    assert [wish.result() for wish in wishes] == [f"kept n{number:02}" for number in range(35)]
    assert [len(names) for names in crowd.table.statements] == [1, 32, 3]


def test_large_bodies_share_no_statement(crowd: Crowd) -> None:
    crowd.want("a", "b", body=b"x" * module.MAX_BYTES)
    crowd.end()
    assert crowd.table.statements == [["first"], ["a"], ["b"]]


@pytest.mark.parametrize(
    "refusal",
    [IntegrityError("the site is gone"), ValueError("A string literal cannot contain NUL characters.")],
    ids=["database", "driver"],
)
def test_one_bad_row_takes_no_other_with_it(crowd: Crowd, refusal: Exception) -> None:
    crowd.table.refused["b"] = refusal
    wishes = crowd.want("a", "b", "c")
    crowd.end()
    assert [wishes[0].result(), wishes[2].result()] == ["kept a", "kept c"]
    with pytest.raises(type(refusal)):
        wishes[1].result()
    assert crowd.table.kept == ["first", "a", "c"]


def test_a_database_that_is_gone_is_told_to_all_and_asked_once(crowd: Crowd) -> None:
    crowd.table.refused["b"] = OperationalError("no connection")
    wishes = crowd.want("a", "b", "c")
    crowd.end()
    for wish in wishes:
        with pytest.raises(OperationalError):
            wish.result()
    assert crowd.table.statements == [["first"], ["a", "b", "c"]]


def test_a_thread_that_is_ended_in_the_statement_leaves_nobody_waiting(crowd: Crowd) -> None:
    crowd.table.refused["first"] = SystemExit(1)  # type: ignore[assignment]
    wishes = crowd.want("a", "b")
    crowd.table.go.set()
    assert [wish.result(TIMEOUT) for wish in wishes] == ["kept a", "kept b"]
    with pytest.raises(SystemExit):
        crowd.first.result(TIMEOUT)


def test_who_has_waited_too_long_goes_alone(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)
    wish = crowd.wants("a")
    assert wish.result(TIMEOUT) == "kept a"
    assert not crowd.first.done()
    crowd.end()
    assert crowd.first.result() == "kept first"
    assert crowd.together.keep(row("later")) == "kept later"


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_nobody_elses_row_is_taken_along() -> None:
    table = Table()
    crowd = Crowd(table)
    with transaction.atomic():
        assert crowd.together.keep(row("mine")) == "kept mine"
    crowd.end()
    assert table.statements == [["first"], ["mine"]]
