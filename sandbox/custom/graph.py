"""The shop's other door: one address, documents of GraphQL, most refusals in the answer and not in the status."""

import base64
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    build_schema,
    graphql_sync,
    parse,
)

from sandbox.custom import access, catalog, orders, wire
from sandbox.custom.state import ApiError, Json, Store
from sandbox.messages import Request, Response

if TYPE_CHECKING:
    from sandbox.custom.app import CustomApp

PATH = "/graphql"
MOST = 500
SCHEMA = build_schema(Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8"))
Resolver = Callable[..., Any]


class Caller(NamedTuple):
    app: "CustomApp"
    request: Request


def answer(app: "CustomApp", request: Request) -> Response:
    """Who is not known, or may do nothing, is told by the status too; all else has status 200 and its code in the extensions of
    `errors`, such as a change by who may only read."""
    status = 0
    try:
        text, variables = _asked(request)
        key = access.caller(app.store, request)
        app.check_rights(key, writes=False)
        status = 200
        app.check_rights(key, writes=first_field(text)[0] == "mutation")
    except ApiError as error:
        return wire.write({"errors": [_told(error)]}, "json", status or error.status)
    done = graphql_sync(SCHEMA, text, context_value=Caller(app, request), variable_values=variables)
    return wire.write(done.formatted, "json")


@lru_cache(maxsize=256)
def first_field(text: str) -> tuple[str, str]:
    """(query or mutation, first root field): what a request is counted by."""
    try:
        definitions = parse(text).definitions
    except GraphQLError:
        return "query", ""
    for node in definitions:
        if isinstance(node, OperationDefinitionNode):
            fields = [field for field in node.selection_set.selections if isinstance(field, FieldNode)]
            return node.operation.value, fields[0].name.value if fields else ""
    return "query", ""


def document(request: Request) -> str:
    """ "" where the body holds none."""
    try:
        return _asked(request)[0]
    except ApiError:
        return ""


def _asked(request: Request) -> tuple[str, Json]:
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise ApiError(400, "BAD_BODY", f"The body cannot be read: {error}") from error
    text = body.get("query") if isinstance(body, dict) else None
    variables = (body.get("variables") or {}) if isinstance(body, dict) else {}
    if not isinstance(text, str) or not isinstance(variables, dict):
        raise ApiError(400, "BAD_BODY", "The body needs 'query', and 'variables' as an object.")
    return text, variables


def _told(error: ApiError) -> Json:
    return {"message": error.message, "extensions": {"code": error.code}}


# ---------------------------------------------------------------- fields


def _after(cursor: str | None) -> int:
    try:
        return int(base64.b64decode(cursor)) if cursor else 0
    except ValueError as error:
        raise GraphQLError("The cursor is not valid.", extensions={"code": "BAD_CURSOR"}) from error


def _page(rows: list[Json], first: int, start: int, show: Callable[[Json], Json]) -> Json:
    end = start + min(first, MOST)
    return {
        "nodes": [show(row) for row in rows[start:end]],
        "page_info": {
            "has_next_page": end < len(rows),
            "end_cursor": base64.b64encode(str(end).encode()).decode() if rows[start:end] else None,
        },
    }


def _shop(_root: Any, info: GraphQLResolveInfo) -> Json:
    found: Json = info.context.app.facts()
    return found


def _products(
    _root: Any,
    info: GraphQLResolveInfo,
    first: int,
    ids: list[str] | None = None,
    skus: list[str] | None = None,
    after: str | None = None,
) -> Json:
    store: Store = info.context.app.store
    rows = [
        row
        for row in store.products.values()
        if (ids is None or str(row["id"]) in ids) and (skus is None or row["sku"] in skus)
    ]
    return _page(rows, first, _after(after), lambda row: catalog.shown(store, row))


def _orders(
    _root: Any,
    info: GraphQLResolveInfo,
    first: int,
    updated_from: str | None = None,
    ids: list[str] | None = None,
    skip: int = 0,
) -> Json:
    app = info.context.app
    rows = sorted(app.store.orders.values(), key=lambda row: (row["updated"], row["id"]))
    if updated_from:
        since = app.clock.parse(updated_from, gmt=True)
        rows = [row for row in rows if row["updated"] >= since]
    if ids is not None:
        rows = [row for row in rows if str(row["id"]) in ids]
    return _page(rows, first, skip, lambda row: orders.shown(app.store, row))


def _order(_root: Any, info: GraphQLResolveInfo, **given: str) -> Json | None:
    store: Store = info.context.app.store
    found = store.orders.get(int(given["id"])) if given["id"].isdigit() else None
    return None if found is None else orders.shown(store, found)


def _rows(_root: Any, info: GraphQLResolveInfo, rows: list[Json]) -> list[Json]:
    app, request = info.context
    fault = request.fault("batch_fail")
    app.counters.rows(f"{PATH}/{info.field_name}", "update", len(rows))
    return catalog.set_rows(app.store, rows, set(fault.params.get("skus", [])) if fault else set())


def _save_product(_root: Any, info: GraphQLResolveInfo, **given: Any) -> Json:
    store: Store = info.context.app.store
    body, number = given["input"], _number(given.get("id"))
    try:
        if number is None:
            row = catalog.add(store, **{**body, "parent_id": _number(body.get("parent_id"))})
        elif number not in store.products:
            raise ApiError(404, "NOT_FOUND", f"There is no product {number}.")
        else:
            row = catalog.change(store, store.products[number], body)
    except ApiError as error:
        return {"product": None, "user_errors": [_user_error(error)]}
    return {"product": catalog.shown(store, row), "user_errors": []}


def _user_error(error: ApiError) -> Json:
    return {"code": error.code, "message": error.message}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _changing(change: Callable[..., Json]) -> Resolver:
    def resolve(_root: Any, info: GraphQLResolveInfo, **given: Any) -> Json:
        app = info.context.app
        body = {name: value for name, value in given.items() if value is not None and name != "id"}
        try:
            order = orders.find(app.store, given["id"])
            change(app.store, app.emit, order, body)
        except ApiError as error:
            return {"order": None, "user_errors": [_user_error(error)]}
        return {"order": orders.shown(app.store, order), "user_errors": []}

    return resolve


def _set_status(store: Store, emit: orders.Emit, order: Json, body: Json) -> Json:
    return orders.set_status(store, emit, order, body["status"])


_QUERIES: dict[str, Resolver] = {"shop": _shop, "orders": _orders, "order": _order, "products": _products}
_MUTATIONS: dict[str, Resolver] = {
    "set_stock": _rows,
    "set_prices": _rows,
    "save_product": _save_product,
    "set_status": _changing(_set_status),
    "ship": _changing(orders.ship),
    "add_invoice": _changing(orders.invoice),
    "refund": _changing(orders.refund),
}
for _type, _resolvers in ((SCHEMA.query_type, _QUERIES), (SCHEMA.mutation_type, _MUTATIONS)):
    assert _type is not None
    for _name, _resolver in _resolvers.items():
        _type.fields[_name].resolve = _resolver
