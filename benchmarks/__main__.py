"""`python -m benchmarks [--quick] [name …]`: runs benchmarks on a scratch database beside the one of DATABASE_URL.

A benchmark is a module of this package with a function `run(*, quick: bool) -> Report`. Quick runs show that it works;
their figures say little. Single figures say little on a busy machine anyway: ratios are of interleaved rounds.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import benchmarks
from benchmarks.reports import Figure, Report, lines

#: Modules that benchmarks are built of.
_PARTS = frozenset(
    {
        "__main__", "floor", "shop_orders", "figures", "reports", "measuring", "load", "bare_porch", "processes", "worlds", "budget_taker",
        "one_task_per_row", "slow_server",
    }
)  # fmt: skip


def names() -> list[str]:
    """All benchmarks, by the names of their modules."""
    found = (entry.name for entry in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if name not in _PARTS)


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database of its own with all tables, dropped afterwards."""
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def empty_tables() -> None:
    """Each benchmark begins with nothing: the tables of floors, `bench_…`, are dropped, ours emptied."""
    from django.core.cache import cache
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("bench_"):
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)}")
    call_command("flush", interactive=False, verbosity=0)
    cache.clear()


def summary(reports: dict[str, Report]) -> str:
    """The goals of all benchmarks, each with what was measured."""
    judged = [
        Figure(f"{name}: {figure.name}", figure.value, figure.goal, figure.met)
        for name, report in reports.items()
        for figure in report.figures
        if figure.goal
    ]
    missed = sum(1 for figure in judged if figure.met is False)
    return f"Goals: {len(judged)}, not met: {missed}\n{lines(judged)}\n"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("name", nargs="*", help=f"of: {', '.join(names())}")
    options = parser.parse_args(arguments)
    strange = [name for name in options.name if name not in names()]
    if strange:
        print(f"Unknown: {', '.join(strange)}. There is: {', '.join(names())}.")
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecomsync.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    os.environ.setdefault("ALLOW_PRIVATE_ADDRESSES", "true")
    with tempfile.TemporaryDirectory(prefix="ecomsync-benchmarks-") as folder:
        os.environ.setdefault("VAR_DIR", folder)
        return _run(options.name or names(), quick=options.quick)


def _run(wanted: list[str], *, quick: bool) -> int:
    import django

    django.setup()
    reports: dict[str, Report] = {}
    with scratch_database():
        for name in wanted:
            empty_tables()
            reports[name] = importlib.import_module(f"benchmarks.{name}").run(quick=quick)
            print(reports[name], flush=True)
    print(summary(reports))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
