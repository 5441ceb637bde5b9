"""`python -m benchmarks [name …]`: runs benchmarks on a scratch database beside the one that DATABASE_URL names.

A benchmark is a module of this package with a function `run() -> str` that answers the table to print.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import benchmarks

#: Modules that benchmarks are built of.
_PARTS = frozenset({"__main__", "floor", "shop_orders", "figures"})


def names() -> list[str]:
    """All benchmarks, by the names of their modules."""
    found = (entry.name for entry in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if name not in _PARTS)


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database of its own with all tables, dropped afterwards."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def main(wanted: list[str]) -> int:
    known = names()
    strange = [name for name in wanted if name not in known]
    if strange:
        print(f"Unknown: {', '.join(strange)}. There is: {', '.join(known)}.")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecomsync.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    import django

    django.setup()
    with scratch_database():
        for name in wanted or known:
            print(importlib.import_module(f"benchmarks.{name}").run(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
