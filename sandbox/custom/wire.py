"""Bodies of the shop: JSON, or XML in which a list is an element with one `row` per entry."""

import json
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from sandbox.custom.state import ApiError, Json
from sandbox.messages import Response


def read(body: bytes, kind: str) -> Any:
    if not body.strip():
        return {}
    try:
        if kind == "json":
            return json.loads(body, parse_float=Decimal)
        return _value(ElementTree.fromstring(body))
    except (ValueError, ElementTree.ParseError) as error:
        raise ApiError(400, "BAD_BODY", f"The body cannot be read: {error}") from error


def _value(element: ElementTree.Element) -> Any:
    children = list(element)
    if children and all(child.tag == "row" for child in children):
        return [_value(child) for child in children]
    if children:
        return {child.tag: _value(child) for child in children}
    return element.text


def write(value: Any, kind: str, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    if kind == "json":
        body = json.dumps(value, ensure_ascii=False).encode()
        return Response(status, body, [("Content-Type", "application/json"), *(headers or [])])
    text = f'<?xml version="1.0" encoding="UTF-8"?>{_element("response", value)}'
    return Response(status, text.encode(), [("Content-Type", "application/xml"), *(headers or [])])


def _element(tag: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_element(name, one) for name, one in value.items())
    elif isinstance(value, list):
        inner = "".join(_element("row", one) for one in value)
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = "" if value is None else escape(str(value))
    return f"<{tag}>{inner}</{tag}>"


def as_rows(body: Any) -> list[Json]:
    """The `rows` of a batch."""
    rows = body.get("rows") if isinstance(body, dict) else None
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ApiError(422, "NO_ROWS", "The body needs 'rows'.")
    return rows
