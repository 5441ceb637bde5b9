"""Rows that several threads want to insert at the same time go in one statement and one commit.

While one statement is under way, whatever is wanted meanwhile gathers; the next statement takes it all. Nobody waits
for company: a thread that finds nothing under way inserts at once, so a server with one thread per process never
notices. Each thread is answered when its row is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.db import InterfaceError, OperationalError, connection

Row = Mapping[str, Any]
Result = TypeVar("Result")

MAX_ROWS = 32
MAX_BYTES = 1024 * 1024
#: A statement that waits for a lock must not hold up those who came after it: they go alone after so many seconds.
PATIENCE_SECONDS = 0.2


class _Wish(Generic[Result]):
    """A row, and what became of it."""

    __slots__ = ("error", "leads", "result", "row", "wake")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.wake: threading.Event | None = None
        self.leads = False
        self.result: Result | None = None
        self.error: BaseException | None = None

    @property
    def key(self) -> tuple[Any, Any]:
        return self.row["site_id"], self.row["identity"]

    @property
    def is_over(self) -> bool:
        return self.result is not None or self.error is not None

    def outcome(self) -> Result:
        if self.error is not None:
            raise self.error
        assert self.result is not None
        return self.result


class Together(Generic[Result]):
    """insert: takes rows of different (site_id, identity), answers in their order, all or none of them stored."""

    def __init__(self, insert: Callable[[Sequence[Row]], list[Result]]) -> None:
        self._insert = insert
        self._lock = threading.Lock()
        self._waiting: list[_Wish[Result]] = []
        self._is_led = False

    def keep(self, row: Row) -> Result:
        """Insert the row. Raises what the database raised for it."""
        if connection.in_atomic_block:  # its commit is not ours
            return self._insert([row])[0]
        wish: _Wish[Result] = _Wish(row)
        if self._joins(wish):
            self._wait(wish)
        if not wish.is_over:
            batch = self._taken(wish)
            if wish.leads:
                self._lead(batch)
            else:
                self._carry_out(batch)
        return wish.outcome()

    def _joins(self, wish: _Wish[Result]) -> bool:
        """Whether another thread is inserting, so that this row waits for the next statement."""
        with self._lock:
            if not self._is_led:
                self._is_led = wish.leads = True
                return False
            wish.wake = threading.Event()
            self._waiting.append(wish)
            return True

    def _wait(self, wish: _Wish[Result]) -> None:
        """Until the row is stored, or until this thread is to do it: as the next leader, or alone."""
        assert wish.wake is not None
        if wish.wake.wait(PATIENCE_SECONDS):
            return
        with self._lock:
            if wish in self._waiting and not wish.leads:
                self._waiting.remove(wish)
                return
        wish.wake.wait()

    def _taken(self, wish: _Wish[Result]) -> list[_Wish[Result]]:
        """This row, and for a leader those that may go with it: no row of the same key, and not too much at once."""
        if not wish.leads:
            return [wish]
        batch, keys, size = [wish], {wish.key}, len(wish.row["body"])
        with self._lock:
            left = []
            for other in self._waiting:
                size += len(other.row["body"])
                if other is wish:
                    continue
                if len(batch) < MAX_ROWS and size <= MAX_BYTES and other.key not in keys:
                    batch.append(other)
                    keys.add(other.key)
                else:
                    left.append(other)
            self._waiting = left
        # Two processes that meet in two rows take them in the same order, so that neither waits for the other.
        batch.sort(key=lambda one: one.key)
        return batch

    def _lead(self, batch: list[_Wish[Result]]) -> None:
        try:
            self._carry_out(batch)
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                if following is None:
                    self._is_led = False
                else:
                    following.leads = True
            for wish in (*batch, *filter(None, (following,))):
                if wish.wake is not None:
                    wish.wake.set()

    def _carry_out(self, batch: list[_Wish[Result]]) -> None:
        try:
            for wish, result in zip(batch, self._insert([wish.row for wish in batch]), strict=True):
                wish.result = result
        except (InterfaceError, OperationalError) as error:  # the database is gone, for all of them
            for wish in batch:
                wish.error = error
        except Exception as error:  # also what the driver itself refuses
            if len(batch) == 1:
                batch[0].error = error
            else:  # one bad row must not take the others with it
                for wish in batch:
                    self._carry_out([wish])
        except BaseException as error:
            for wish in batch:
                wish.error = error
            raise
