"""A document executed against the shop: planned, admitted by its cost, run, billed for what it really cost."""

import math
from typing import Any

from graphql import FieldNode, OperationType, graphql_sync

from sandbox.shopify.calls import Call, FieldError, Row
from sandbox.shopify.documents import BadDocument, operation_of, read, schema_of, variables_of
from sandbox.shopify.execution import Run
from sandbox.shopify.sizes import check_sizes
from sandbox.shopify.throttle import LIMITS_PAGE, MOST_FOR_ONE
from sandbox.shopify.versions import schema_for


def throttled(requested: float, status: Row) -> Row:
    return {
        "errors": [
            {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMITS_PAGE}}
        ],
        "extensions": {
            "cost": {
                "requestedQueryCost": math.ceil(requested),
                "actualQueryCost": None,
                "throttleStatus": status,
            }
        },
    }


def _too_costly(cost: int) -> Row:
    text = (
        f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST_FOR_ONE}).\n\n"
        f"See {LIMITS_PAGE} for more information on how the cost of a query is calculated.\n\n"
        "To query larger amounts of data with fewer limits, bulk operations should be used instead.\n"
        "See https://shopify.dev/tutorials/perform-bulk-operations-with-admin-api for usage details."
    )
    return {
        "errors": [
            {
                "message": text,
                "extensions": {
                    "code": "MAX_COST_EXCEEDED",
                    "cost": cost,
                    "maxCost": MOST_FOR_ONE,
                    "documentation": LIMITS_PAGE,
                },
            }
        ]
    }


def execute(call: Call, text: str, variables: Row, name: str | None = None, *, metered: bool = False) -> Row:
    """The answer to a document; metered: cost is checked, charged and told."""
    schema_name = schema_for(call.version)
    schema = schema_of(schema_name)
    try:
        document = read(schema_name, text)
        operation = operation_of(document, name)
        call.variables = variables_of(schema_name, operation, variables)
        if _introspects(operation):
            return _introspection(schema_name, text, variables)
        run = Run(schema, document, call)
        root = schema.mutation_type if operation.operation == OperationType.MUTATION else schema.query_type
        assert root is not None
        plans = run.plan(root, [operation.selection_set])
        for plan in plans:
            check_sizes(plan)
    except BadDocument as err:
        return {"errors": err.errors}
    except FieldError as err:
        return {"errors": [{"message": err.message, "locations": [], "extensions": err.extensions}]}
    requested = math.ceil(run.requested(plans))
    bucket = call.app.bucket
    if metered:
        if requested > MOST_FOR_ONE:
            return _too_costly(requested)
        if not bucket.admit(requested):
            return throttled(requested, bucket.status())
    with call.store.lock:
        data, cost = run.run(plans)
    out: Row = {"data": data}
    if run.errors:
        out["errors"] = run.errors
    if metered:
        actual = (
            min(requested, math.ceil(cost)) if not run.errors else min(requested, max(10, math.ceil(cost)))
        )
        bucket.give_back(requested - actual)
        out["extensions"] = {
            "cost": {
                "requestedQueryCost": requested,
                "actualQueryCost": actual,
                "throttleStatus": bucket.status(),
            }
        }
        if call.cost_debug:
            out["extensions"]["cost"]["fields"] = run.cost_rows(plans)
        if call.search_warnings:
            out["extensions"]["search"] = [{"path": [plans[0].key], "warnings": call.search_warnings}]
    return out


def _introspects(operation: Any) -> bool:
    return any(
        isinstance(node, FieldNode) and node.name.value in ("__schema", "__type")
        for node in operation.selection_set.selections
    )


def _introspection(schema_name: str, text: str, variables: Row) -> Row:
    result = graphql_sync(schema_of(schema_name), text, variable_values=variables)
    return {"data": result.data}
