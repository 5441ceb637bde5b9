"""Fields of metafields and their definitions."""

import json
from typing import Any

from sandbox.shopify.calls import Call, Row, resolves
from sandbox.shopify.connections import connection
from sandbox.shopify.fields_shop import node_of
from sandbox.shopify.state import number_of

_OWNERS = (
    "Product",
    "ProductVariant",
    "Collection",
    "Order",
    "Customer",
    "Company",
    "CompanyLocation",
    "Location",
    "Shop",
    "AppInstallation",
    "MediaImage",
)


@resolves(*(f"{owner}.metafield" for owner in _OWNERS))
def metafield(call: Call, row: Row, args: Row) -> Row | None:
    namespace, key = args.get("namespace"), args["key"]
    if not namespace and "." in key:
        namespace, _, key = key.partition(".")
    return call.store.metafield(row["id"], app_namespace(namespace), key)


@resolves(*(f"{owner}.metafields" for owner in _OWNERS))
def metafields(call: Call, row: Row, args: Row) -> Row:
    rows = list(call.store.metafields.get(row["id"], {}).values())
    if args.get("namespace"):
        rows = [m for m in rows if m["namespace"] == app_namespace(args["namespace"])]
    if args.get("keys"):
        rows = [m for m in rows if f"{m['namespace']}.{m['key']}" in args["keys"] or m["key"] in args["keys"]]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


def app_namespace(namespace: str | None) -> str:
    """`$app` and its children belong to the app alone; no namespace means the app's own."""
    if not namespace or namespace == "$app":
        return "app--1"
    if namespace.startswith("$app:"):
        return f"app--1--{namespace.removeprefix('$app:')}"
    return namespace


@resolves("Metafield.jsonValue")
def json_value(call: Call, row: Row, args: Row) -> Any:
    try:
        return (
            json.loads(row["value"]) if row["type"] not in ("single_line_text_field", "id") else row["value"]
        )
    except ValueError:
        return row["value"]


@resolves("Metafield.owner")
def metafield_owner(call: Call, row: Row, args: Row) -> Row | None:
    return node_of(call, row["_owner"])


@resolves("Metafield.reference")
def metafield_reference(call: Call, row: Row, args: Row) -> Row | None:
    return node_of(call, row["value"]) if row["type"].endswith("_reference") else None


@resolves("QueryRoot.metafieldDefinitions")
def metafield_definitions(call: Call, row: Row, args: Row) -> Row:
    rows = [
        r
        for r in call.store.rows("MetafieldDefinition")
        if r["ownerType"] == args["ownerType"]
        and (not args.get("namespace") or r["namespace"] == app_namespace(args["namespace"]))
        and (not args.get("key") or r["key"] == args["key"])
    ]
    return connection(rows, args, key=lambda r: number_of(r["id"]))


@resolves("QueryRoot.metafieldDefinition")
def metafield_definition(call: Call, row: Row, args: Row) -> Row | None:
    wanted = args.get("identifier") or {}
    for found in call.store.rows("MetafieldDefinition"):
        if args.get("id") == found["id"]:
            return found
        same = (found["ownerType"], found["key"]) == (wanted.get("ownerType"), wanted.get("key"))
        if same and found["namespace"] == app_namespace(wanted.get("namespace")):
            return found
    return None


@resolves("MetafieldDefinition.metafieldsCount")
def definition_count(call: Call, row: Row, args: Row) -> int:
    place = (row["namespace"], row["key"])
    return sum(1 for at in call.store.metafields.values() if place in at)
