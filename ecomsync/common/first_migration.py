"""Makes the tables of an app's first migration in one go.

Django carries out a migration step by step and renders every model that hangs together with the changed one anew
after each step. All our tables hang together (through the user who made the row), so a first migration of 30 tables
and 60 constraints renders thousands of models. Here the state is brought to its end first, rendered once, and each
table is made as it is at the end. The steps stay as `makemigrations` writes them.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

_SHAPES_OWN_TABLES = (
    migrations.AddField,
    migrations.AddIndex,
    migrations.AddConstraint,
    migrations.AlterUniqueTogether,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
)
CREATE = Operation()


class FirstMigration(migrations.Migration):
    """Base of every `0001_initial`. Falls back to single steps when one of them is not about a table made here."""

    initial = True

    def apply(
        self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, collect_sql: bool = False
    ) -> ProjectState:
        created = self._tables_made_here()
        if created is None:
            return super().apply(project_state, schema_editor, collect_sql)
        project_state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(self.app_label, project_state)
        apps = project_state.apps
        for name in created:
            model = apps.get_model(self.app_label, name)
            if CREATE.allow_migrate_model(schema_editor.connection.alias, model):
                schema_editor.create_model(model)
        return project_state

    def _tables_made_here(self) -> list[str] | None:
        """Names of the tables in their order, or None when a step does more than shape one of them."""
        created: list[str] = []
        for operation in self.operations:
            if isinstance(operation, migrations.CreateModel):
                created.append(operation.name)
            elif not (
                isinstance(operation, _SHAPES_OWN_TABLES) and _table_of(operation) in map(str.lower, created)
            ):
                return None
        return created


def _table_of(operation: Any) -> str:
    return str(getattr(operation, "model_name", "") or operation.name).lower()
