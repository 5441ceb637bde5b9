"""The GraphQL door over HTTP."""

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from graphql import FieldNode, GraphQLError, OperationDefinitionNode, parse

import sandbox.shopify.resolvers  # noqa: F401 - importing it fills the table of resolvers
from sandbox.messages import Request, Response
from sandbox.shopify.calls import Call, Row, TooMany
from sandbox.shopify.executor import execute

if TYPE_CHECKING:
    from sandbox.shopify.app import ShopifyApp


@lru_cache(maxsize=1024)
def first_field(text: str) -> tuple[str, str]:
    """(query or mutation, first root field): what a request is counted by."""
    try:
        definitions = parse(text).definitions
    except GraphQLError:
        return "query", ""
    for node in definitions:
        if isinstance(node, OperationDefinitionNode):
            fields = [f for f in node.selection_set.selections if isinstance(f, FieldNode)]
            return node.operation.value, fields[0].name.value if fields else ""
    return "query", ""


def answer(app: "ShopifyApp", request: Request, version: str, token: Row) -> Response:
    try:
        text, variables, name = _body(request)
    except ValueError as err:
        return app.dressed({"errors": {"query": str(err)}}, 400, version)
    call = Call(app, version, frozenset(token["scopes"]))
    call.cost_debug = request.headers.get("shopify-graphql-cost-debug") == "1"
    try:
        return app.dressed(execute(call, text, variables, name, metered=True), 200, version)
    except TooMany as err:
        return app.dressed({"errors": str(err)}, 429, version)


def _body(request: Request) -> tuple[str, Row, str | None]:
    if "application/graphql" in request.headers.get("content-type", ""):
        return request.body.decode(), {}, None
    try:
        value = json.loads(request.body)
    except ValueError as err:
        raise ValueError("Required parameter missing or invalid") from err
    if not isinstance(value, dict) or not isinstance(value.get("query"), str):
        raise ValueError("Required parameter missing or invalid")
    variables = value.get("variables") or {}
    if not isinstance(variables, dict):
        raise ValueError("Variables are invalid JSON.")
    return value["query"], variables, value.get("operationName")
