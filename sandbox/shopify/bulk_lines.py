"""What a bulk operation writes: one JSON line for each object, nested ones on lines of their own."""

import json
from typing import Any

from graphql import DocumentNode, GraphQLObjectType, OperationType

from sandbox.shopify.calls import Call, FieldError, Row
from sandbox.shopify.documents import BadDocument, operation_of, read, schema_of
from sandbox.shopify.execution import HIDDEN_ID, FieldPlan, Run
from sandbox.shopify.executor import execute
from sandbox.shopify.versions import schema_for

MOST_CONNECTIONS = 5
MOST_DEPTH = 2
BATCH = 10  # so many roots are written before what hangs below them
FORBIDDEN = frozenset({"bulkOperationRunMutation", "bulkOperationRunQuery", "bulkOperationCancel"})


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


# Queries.


def check_query(call: Call, text: str) -> str | None:
    """Why a document is no bulk query; None when it is."""
    try:
        plans = _plans(call, text)[1]
    except BadDocument as err:
        return f"Invalid bulk query: {err.errors[0]['message']}"
    except FieldError as err:
        return f"Invalid bulk query: {err.message}"
    if any(p.name in ("node", "nodes") for p in plans):
        return "Bulk queries cannot contain top level `node` or `nodes` fields."
    count, depth, loose = _connections(plans, 0)
    if loose:
        return "The parent 'node' field for a nested connection must select the 'id' field of a Node type."
    if count < 1:
        return "Bulk queries must contain at least one connection."
    if count > MOST_CONNECTIONS:
        return f"Bulk queries cannot contain more than {MOST_CONNECTIONS} connections."
    if depth > MOST_DEPTH:
        return f"Bulk queries cannot contain connections with a nesting depth greater than {MOST_DEPTH}."
    return None


def _plans(call: Call, text: str) -> tuple[Run, list[FieldPlan]]:
    name = schema_for(call.version)
    document: DocumentNode = read(name, text)
    operation = operation_of(document, None)
    if operation.operation != OperationType.QUERY:
        raise BadDocument([{"message": "the document must be a query"}])
    run = Run(schema_of(name), document, call)
    root = schema_of(name).query_type
    assert root is not None
    return run, run.plan(root, [operation.selection_set])


def _connections(plans: list[FieldPlan], depth: int) -> tuple[int, int, bool]:
    """(how many, how deep, whether one is not of nodes)."""
    count, deepest, loose = 0, depth, False
    for plan in plans:
        level = depth + 1 if plan.connection else depth
        count += plan.connection
        deepest = max(deepest, level)
        if plan.connection and isinstance(plan.kind, GraphQLObjectType):
            node = plan.kind.fields["nodes"].type
            while hasattr(node, "of_type"):
                node = node.of_type
            interfaces = {i.name for i in getattr(node, "interfaces", ())}
            loose = loose or (isinstance(node, GraphQLObjectType) and "Node" not in interfaces and depth > 0)
        for inner in plan.plans.values():
            more, far, bad = _connections(inner, level)
            count, deepest, loose = count + more, max(deepest, far), loose or bad
    return count, deepest, loose


def query_lines(call: Call, text: str, *, grouped: bool = False) -> tuple[list[bytes], int]:
    """The result lines, and how many of them are roots.

    Not grouped, parents stand before their children, but not next to them.
    """
    call.in_bulk = True
    run, plans = _plans(call, text)
    data, _ = run.run(plans)
    roots: list[Row] = []
    for plan in plans:
        value = (data or {}).get(plan.key)
        if plan.connection:
            roots += _nodes(value)
        elif isinstance(value, dict):
            roots.append(value)
    lines: list[bytes] = []
    size = 1 if grouped else BATCH
    for start in range(0, len(roots), size):
        _write([(row, None) for row in roots[start : start + size]], lines)
    return lines, len(roots)


def _nodes(value: Any) -> list[Row]:
    if not value:
        return []
    rows = value.get("nodes")
    return rows if rows is not None else [edge["node"] for edge in value.get("edges") or []]


def _write(rows: list[tuple[Row, str | None]], lines: list[bytes]) -> None:
    """These objects first, then all that hang below them, generation by generation."""
    below: list[tuple[Row, str | None]] = []
    for row, parent in rows:
        gid = row.pop(HIDDEN_ID, None)
        nested: list[Row] = []
        plain = {key: value for key, value in row.items() if not _is_connection(value, nested)}
        _strip(plain)
        if parent is not None:
            plain["__parentId"] = parent
        lines.append(_dump(plain))
        below += [(child, gid) for child in nested]
    if below:
        _write(below, lines)


def _is_connection(value: Any, nested: list[Row]) -> bool:
    if (
        isinstance(value, dict)
        and set(value) <= {"nodes", "edges", "pageInfo"}
        and set(value) & {"nodes", "edges"}
    ):
        nested += _nodes(value)
        return True
    return False


def _strip(value: Any) -> None:
    if isinstance(value, dict):
        value.pop(HIDDEN_ID, None)
        for item in value.values():
            _strip(item)
    elif isinstance(value, list):
        for item in value:
            _strip(item)


# Mutations.


def check_mutation(call: Call, text: str) -> str | None:
    try:
        document = read(schema_for(call.version), text)
        operation = operation_of(document, None)
    except BadDocument as err:
        return str(err.errors[0]["message"])
    fields = [getattr(s, "name", None) for s in operation.selection_set.selections]
    if operation.operation != OperationType.MUTATION or len(fields) != 1 or fields[0] is None:
        return "You must specify a single top level mutation."
    if fields[0].value in FORBIDDEN:
        return "You must use an allowed mutation name."
    return None


def mutation_lines(call: Call, text: str, content: bytes, *, most: int | None = None) -> list[bytes]:
    """Each line of variables is run, in whatever order; most: the machine dies after so many."""
    rows = [line for line in content.splitlines() if line.strip()]
    order = list(range(len(rows)))
    call.app.faults.random.shuffle(order)
    return [_dump({**_one(call, text, rows[n]), "__lineNumber": n}) for n in order[:most]]


def _one(call: Call, text: str, line: bytes) -> Row:
    try:
        variables = json.loads(line)
    except ValueError as err:
        return {"errors": [{"message": f"Invalid JSON: {err}"}]}
    if not isinstance(variables, dict):
        return {"errors": [{"message": "Invalid JSON: an object of variables is expected"}]}
    inner = Call(call.app, call.version, call.scopes, in_bulk=True)
    return execute(inner, text, variables)
