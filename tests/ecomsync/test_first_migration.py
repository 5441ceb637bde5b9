"""First migrations make in one go just what single steps would make."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from ecomsync.common.first_migration import FirstMigration

OURS = [
    config.label
    for config in apps.get_app_configs()
    if config.name.split(".")[0]
    in ("activity", "erp", "sites", "sync_queues", "linking", "pricing", "catalog", "orders", "webhooks")
]


def steps() -> list[Any]:
    """Two tables that point at each other, an index and a constraint that come later."""
    return [
        migrations.CreateModel(
            "Shelf", [("id", models.BigAutoField(primary_key=True)), ("code", models.CharField(max_length=9))]
        ),
        migrations.CreateModel(
            "Box",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("shelf", models.ForeignKey("firsttry.shelf", models.CASCADE)),
                ("tags", models.ManyToManyField("firsttry.shelf", related_name="+")),
            ],
        ),
        migrations.AddField(
            "shelf", "best", models.ForeignKey("firsttry.box", models.SET_NULL, null=True, related_name="+")
        ),
        migrations.AddIndex("shelf", models.Index(fields=["code"], name="firsttry_code")),
        migrations.AddConstraint(
            "shelf",
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(best__isnull=True), name="firsttry_alone"
            ),
        ),
    ]


def run(base: type[migrations.Migration], operations: list[Any]) -> tuple[dict[str, Any], ProjectState]:
    """What the database holds after the migration, which is then taken back."""
    migration = type("Migration", (base,), {"operations": operations})("0001_initial", "firsttry")
    before = ProjectState()
    with connection.schema_editor() as editor:
        state = migration.apply(before.clone(), editor)
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table.startswith("firsttry"):
                columns = connection.introspection.get_table_description(cursor, table)
                constraints = connection.introspection.get_constraints(cursor, table)
                found[table] = (
                    sorted(column.name for column in columns),
                    sorted(map(str, constraints.values())),
                )
    with connection.schema_editor() as editor:
        migration.unapply(before.clone(), editor)
        assert not [name for name in connection.introspection.table_names() if name.startswith("firsttry")]
    return found, state


@pytest.mark.django_db(transaction=True)
def test_tables_made_in_one_go_equal_those_made_step_by_step() -> None:
    at_once, state_at_once = run(FirstMigration, steps())
    by_steps, state_by_steps = run(migrations.Migration, steps())

    assert set(at_once) == {"firsttry_shelf", "firsttry_box", "firsttry_box_tags"}
    assert at_once == by_steps
    assert state_at_once == state_by_steps


@pytest.mark.django_db(transaction=True)
def test_migration_with_a_step_of_another_kind_goes_step_by_step() -> None:
    seen: list[str] = []

    def fill(historical: Any, editor: Any) -> None:
        seen.append(historical.get_model("firsttry", "Shelf")._meta.db_table)

    found, _ = run(FirstMigration, [*steps(), migrations.RunPython(fill, migrations.RunPython.noop)])

    assert seen == ["firsttry_shelf"]
    assert len(found) == 3


@pytest.mark.parametrize("label", OURS)
def test_first_migration_of_each_app_makes_its_tables_in_one_go(label: str) -> None:
    migration = MigrationLoader(None, replace_migrations=False).get_migration(label, "0001_initial")

    assert isinstance(migration, FirstMigration), (
        "class Migration(FirstMigration): see ecomsync/common/first_migration.py"
    )
    assert migration._tables_made_here()


def shape_of(model: ModelState) -> tuple[Any, ...]:
    """What the tables are made of, whatever the order in which it was added."""
    options = dict(model.options)
    named = [
        {entry.name: entry.deconstruct() for entry in options.pop(kind, [])}
        for kind in ("indexes", "constraints")
    ]
    fields = {name: field.deconstruct()[1:] for name, field in model.fields.items()}
    return fields, named, options, model.bases


@pytest.mark.parametrize("label", OURS)
def test_a_new_database_gets_the_tables_that_an_older_one_has(label: str) -> None:
    """`0001_start` stands for all single steps; a new step is added beside it and needs no change of it."""
    steps = MigrationLoader(None, replace_migrations=False)
    start = next((node for node in steps.disk_migrations if node == (label, "0001_start")), None)
    if start is None:
        # Its first step makes all tables by itself; later ones are added beside it.
        assert min(name for app, name in steps.disk_migrations if app == label) == "0001_initial"
        return
    replaced = steps.disk_migrations[start].replaces
    last = max(name for app, name in replaced if app == label)
    by_steps = steps.project_state((label, last))
    at_once = MigrationLoader(None).project_state(start)
    ours = [key for key in by_steps.models if key[0] == label]
    assert ours == [key for key in at_once.models if key[0] == label] or set(ours) == {
        key for key in at_once.models if key[0] == label
    }
    for key in ours:
        assert shape_of(at_once.models[key]) == shape_of(by_steps.models[key]), key


def test_the_first_migrations_of_a_new_database_are_made_in_one_go() -> None:
    loader = MigrationLoader(None)
    for label in OURS:
        roots = [node for node in loader.graph.root_nodes(label) if node[0] == label]
        assert all(isinstance(loader.graph.nodes[node], FirstMigration) for node in roots), roots
