"""Counting statements and rows, and printing what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, models


class Statements:
    """How many statements were sent."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.count += 1
        return execute(*arguments)


@contextmanager
def counting_statements() -> Iterator[Statements]:
    """Count the statements of the block."""
    counter = Statements()
    with connection.execute_wrapper(counter):
        yield counter


def rows_of_all_tables() -> dict[type[models.Model], int]:
    """Every table of ours with its rows."""
    return {model: model._default_manager.count() for model in apps.get_models() if model._meta.managed}


def newest_ids(found: Sequence[type[models.Model]]) -> dict[type[models.Model], int]:
    """The highest key of each table, 0 for an empty one."""
    return {
        model: model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0
        for model in found
    }


def table(title: str, lines: Sequence[tuple[str, str]]) -> str:
    """Two columns under a title."""
    width = max(len(name) for name, _ in lines)
    body = "\n".join(f"  {name:<{width}}  {value:>12}" for name, value in lines)
    return f"{title}\n{body}\n"
