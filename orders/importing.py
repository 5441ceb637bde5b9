"""Whether an import is under way: what the ERP announces then is the import's own doing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_importing: ContextVar[bool] = ContextVar("orders_importing", default=False)


@contextmanager
def importing() -> Iterator[None]:
    """Around the import of one order."""
    token = _importing.set(True)
    try:
        yield
    finally:
        _importing.reset(token)


def is_importing() -> bool:
    return _importing.get()
