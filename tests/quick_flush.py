"""Empties the database after a test that committed: only the tables that hold something, in one transaction.

Django's own flush truncates every table and then makes all content types, permissions and roles anew, about a second
a test. Here content types and permissions stay, since migrations make them and no test does.
"""

from __future__ import annotations

from django.db import connections, transaction
from django.test import TransactionTestCase

from sites.roles import create_roles

KEPT = frozenset({"django_content_type", "auth_permission"})


def empty_database(alias: str) -> None:
    """All rows go but those of KEPT; the roles are made again as after a migration."""
    connection = connections[alias]
    quote = connection.ops.quote_name
    names = set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - KEPT
    probe = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {quote(name)})" for name in sorted(names)
    )
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute(probe)
        for (name,) in cursor.fetchall():
            # Foreign keys are deferred: the order does not matter, they are checked at the end.
            cursor.execute(f"DELETE FROM {quote(name)}")
        create_roles(using=alias)


def _fixture_teardown(self: TransactionTestCase) -> None:
    for alias in self._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        empty_database(alias)


def install() -> None:
    """Every test that commits is cleaned up after this way."""
    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]
