"""Reading GraphQL answers: nodes, user errors, and what is told of points. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ecomsync.common.http import Answer
from platforms.shopify.errors import code_of

Json = dict[str, Any]


def decode(answer: Answer) -> Any:
    """The JSON of an answer, or None when it is none."""
    try:
        return answer.json()
    except ValueError:
        return None


def nodes_of(connection: Any) -> list[Json]:
    """The nodes of a connection that came, whether as `nodes` or as `edges`."""
    if not isinstance(connection, Mapping):
        return []
    rows = connection.get("nodes")
    if rows is None:
        rows = [edge.get("node") for edge in connection.get("edges") or () if isinstance(edge, Mapping)]
    return [row for row in rows if isinstance(row, dict)]


def user_errors(payload: Mapping[str, Any]) -> list[Json]:
    """`userErrors` of a payload, under whichever name the mutation has them."""
    for name, value in payload.items():
        if name.endswith("serErrors") and isinstance(value, list) and value:
            return [row for row in value if isinstance(row, dict)]
    return []


def cost_of(body: Any) -> dict[str, float]:
    """What an answer tells of points: requested, actual, available, maximum, rate; empty when it tells nothing."""
    extensions = body.get("extensions") if isinstance(body, dict) else None
    cost = extensions.get("cost") if isinstance(extensions, dict) else None
    if not isinstance(cost, dict):
        return {}
    status = cost.get("throttleStatus") or {}
    figures = {
        "requested": cost.get("requestedQueryCost"),
        "actual": cost.get("actualQueryCost"),
        "available": status.get("currentlyAvailable"),
        "maximum": status.get("maximumAvailable"),
        "rate": status.get("restoreRate"),
    }
    return {name: float(value) for name, value in figures.items() if value is not None}


def is_throttled(body: Any) -> bool:
    errors = body.get("errors") if isinstance(body, dict) else None
    return isinstance(errors, list) and any(
        isinstance(error, Mapping) and code_of(error) == "THROTTLED" for error in errors
    )


def wait_of(body: Any) -> float | None:
    """Seconds until the bucket holds what a throttled call asked for."""
    cost = cost_of(body)
    if not cost.get("rate") or "requested" not in cost or "available" not in cost:
        return None
    return max(0.0, (cost["requested"] - cost["available"]) / cost["rate"])


def json_lines(text: str) -> list[Json]:
    """The objects of a JSONL file; lines that are none are left out."""
    found = []
    for line in text.splitlines():
        try:
            row = json.loads(line, parse_float=Decimal)
        except ValueError:
            continue
        if isinstance(row, dict):
            found.append(row)
    return found
