"""Who is at work: known to the request and to runs that somebody started, asked for where things are written down."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_actor: ContextVar[Callable[[], str] | None] = ContextVar("actor", default=None)


@contextmanager
def acting(name: str | Callable[[], str]) -> Iterator[None]:
    """Inside, what is written down without a name is by this one. A callable is asked only when it is needed."""
    token = _actor.set((lambda: name) if isinstance(name, str) else name)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> str:
    """A user's name; "" for what the system does by itself."""
    named = _actor.get()
    return named() if named is not None else ""
