"""What is served agrees with the published schema, and with what the code can answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLObjectType

import sandbox.shopify.graph  # noqa: F401 - fills the table of resolvers
from sandbox.shopify.calls import RESOLVERS
from sandbox.shopify.documents import schema_of
from sandbox.shopify.make_schema import SCHEMA, VERSIONS, schema_text

PUBLISHED = Path(__file__).resolve().parents[4] / "shared/contracts/shopify"  # beside the repository


@pytest.mark.parametrize("version", VERSIONS)
def test_served_schema_is_the_one_cut_from_the_published(version):
    file = PUBLISHED / f"admin_{version}.json.gz"
    if not file.exists():
        pytest.skip(f"The published schema is not here ({file}); it is not part of the repository.")
    text, missing = schema_text(file)
    assert missing == []
    assert text == (SCHEMA / f"{version}.graphql").read_text(encoding="utf-8")


def test_every_resolver_belongs_to_a_served_field():
    fields = set()
    for version in VERSIONS:
        for kind in schema_of(version).type_map.values():
            if isinstance(kind, GraphQLObjectType):
                fields |= {f"{kind.name}.{name}" for name in kind.fields}
    assert [name for name in RESOLVERS if name not in fields] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_every_root_field_has_a_resolver(version):
    schema = schema_of(version)
    roots = [f"QueryRoot.{name}" for name in schema.query_type.fields]
    roots += [f"Mutation.{name}" for name in schema.mutation_type.fields]
    assert [name for name in roots if name not in RESOLVERS] == []
