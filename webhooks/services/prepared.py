"""A statement that PostgreSQL parses and plans once per connection instead of once per delivery.

Between us and the database there may be a pooler that gives each transaction another session, where nothing is
prepared (pgbouncer in transaction mode). That is noticed at the first refusal, and from then on statements of this
process are sent as they are.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

logger = logging.getLogger(__name__)

#: What PostgreSQL says when the session is another one, or its table has changed: no such statement, there is one of
#: that name already, the plan fits no more.
REFUSALS = frozenset({"26000", "42P05", "0A000"})


class PreparedStatement:
    """name: of the statement in the session, where a mark of its text is added; placeholders in the text are %s.

    A pooler's sessions outlive us: under the bare name there may be what an older release prepared.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._sessions: WeakSet[Any] = WeakSet()
        self._is_refused = False

    def rows(self, statement: str, types: Sequence[str], values: Sequence[Any]) -> list[tuple[Any, ...]]:
        """What the statement returns. types: of the parameters, in SQL.

        Inside a transaction, on other databases, and where somebody listens to Django's cursors, it is sent as it is.
        """
        database = connections[DEFAULT_DB_ALIAS]
        if self._may_prepare(database):
            try:
                return self._executed(database, statement, types, values)
            except DatabaseError as error:
                if getattr(error.__cause__, "pgcode", "") not in REFUSALS:
                    raise
                self._is_refused = True
                logger.info("Statements are not prepared from now on, they go as they are: %s", error)
        with database.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def _may_prepare(self, database: Any) -> bool:
        return (
            database.vendor == "postgresql"
            and not self._is_refused
            and not database.in_atomic_block  # a refusal would end the transaction
            and not database.execute_wrappers
            and not database.queries_logged
        )

    def _executed(
        self, database: Any, statement: str, types: Sequence[str], values: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        """By a cursor of the driver, without Django's around it."""
        database.ensure_connection()
        with database.wrap_database_errors, database.connection.cursor() as cursor:
            name = f"{self._name}_{_mark_of(statement, tuple(types))}"
            if database.connection not in self._sessions:
                numbered = statement % tuple(f"${number}" for number in range(1, len(types) + 1))
                cursor.execute(f"PREPARE {name} ({', '.join(types)}) AS {numbered}")
                self._sessions.add(database.connection)
            cursor.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(values))})", values)
            return list(cursor.fetchall())


@lru_cache(maxsize=8)
def _mark_of(statement: str, types: tuple[str, ...]) -> str:
    told = f"{', '.join(types)}\n{statement}"
    return hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()[:12]
