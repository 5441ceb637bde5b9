"""Python's search for garbage, put off while many objects are made that all stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No search for cycles inside. For work of a bounded size: what it leaves behind is found afterwards.

    A batch makes hundreds of thousands of objects that live until its end, and going through them again and again
    takes an eighth of its time. Several threads may pause at once: the one that found it running starts it again.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
