"""Every field of every served type can be read on the demo shop: no field is promised that answers with a fault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
)

from sandbox.shopify import ShopifyShop
from sandbox.shopify.documents import schema_of

SCHEMA = schema_of("2026-10")
#: Required arguments that cannot be guessed from their type.
ARGUMENTS = {
    "names": '["available", "on_hand"]',
    "locale": '"ar"',
    "key": '"item"',
    "identifier": '{id: "gid://shopify/Product/1"}',
    "ownerType": "PRODUCT",
    "handle": '"mug"',
    "resourceType": "PRODUCT",
    "context": "{country: SA}",
    "keys": '["a.b"]',
    "refundLineItems": "[]",
    "id": '"gid://shopify/Product/1"',
    "locationId": '"gid://shopify/Location/1001"',
}


def arguments(field) -> str:
    given = []
    for name, argument in field.args.items():
        required = isinstance(argument.type, GraphQLNonNull) and argument.default_value in (None,)
        undefined = str(argument.default_value) == "Undefined"
        if name == "first" and get_named_type(field.type).name.endswith("Connection"):
            given.append("first: 3")
        elif isinstance(argument.type, GraphQLNonNull) and (required or undefined):
            given.append(f"{name}: {ARGUMENTS.get(name, chr(34) + 'gid://shopify/X/1' + chr(34))}")
    return f"({', '.join(given)})" if given else ""


def selection(kind, depth: int) -> str:
    if isinstance(kind, (GraphQLScalarType, GraphQLEnumType)):
        return ""
    if isinstance(kind, (GraphQLInterfaceType, GraphQLUnionType)):
        parts = [f"... on {m.name} {selection(m, depth)}" for m in SCHEMA.get_possible_types(kind)]
        # Fields of different shape under one name clash between fragments: only what all share is asked.
        if depth <= 0 or isinstance(kind, GraphQLUnionType):
            return "{ __typename }"
        return (
            "{ __typename "
            + " ".join(f for f in kind.fields if not arguments(kind.fields[f]) and leaf(kind.fields[f]))
            + " }"
            if parts
            else ""
        )
    shown = ["__typename"]
    for name, field in kind.fields.items():
        base = get_named_type(field.type)
        if isinstance(base, (GraphQLScalarType, GraphQLEnumType)):
            shown.append(f"{name}{arguments(field)}")
        elif depth > 0 or kind.name.endswith(("Connection", "Edge")):
            step = 0 if kind.name.endswith(("Connection", "Edge")) else 1
            inner = selection(base, depth - step)
            if inner and name != "edges":
                shown.append(f"{name}{arguments(field)} {inner}")
    return "{ " + " ".join(shown) + " }"


def leaf(field) -> bool:
    return isinstance(get_named_type(field.type), (GraphQLScalarType, GraphQLEnumType))


@pytest.fixture(scope="module")
def demo() -> Iterator[ShopifyShop]:
    with ShopifyShop("demo", items=30, orders=50, webhook_delay=None) as shop:
        shop.add_price_list("B2B", "SAR", company_locations=shop.store.rows("CompanyLocation"), percent=-10)
        market = shop.add_market("France", "FR", "EUR")
        shop.add_price_list("France", "EUR", market=market)
        yield shop


def kinds() -> list[str]:
    with ShopifyShop("demo", items=30, orders=50, webhook_delay=None) as shop:
        return sorted(k for k, rows in shop.store.tables.items() if rows and k in SCHEMA.type_map)


@pytest.mark.parametrize("kind", kinds())
def test_every_field_of_a_type_answers(demo, kind):
    node = SCHEMA.type_map[kind]
    assert isinstance(node, GraphQLObjectType)
    if "Node" not in {i.name for i in node.interfaces}:
        pytest.skip(f"{kind} is no node; its fields are read below its parent.")
    ids = list(demo.store.tables[kind])[:40]
    answer = demo.graphql(
        f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {selection(node, 1)} }} }}", {"ids": ids}
    )
    problems = [e for e in answer.get("errors", []) if e.get("extensions", {}).get("code") != "ACCESS_DENIED"]
    assert problems == []
    assert len([row for row in answer["data"]["nodes"] if row]) == len(ids)


def roots() -> list[str]:
    return sorted(SCHEMA.query_type.fields)


@pytest.mark.parametrize("name", roots())
def test_every_root_answers(demo, name):
    field = SCHEMA.query_type.fields[name]
    answer = demo.graphql(f"{{ {name}{arguments(field)} {selection(get_named_type(field.type), 1)} }}")
    assert answer.get("errors") is None
    assert not isinstance(field.type, GraphQLInputObjectType)
    assert not isinstance(field.type, GraphQLNonNull) or isinstance(
        answer["data"][name], list if isinstance(field.type.of_type, GraphQLList) else dict
    )
