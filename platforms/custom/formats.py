"""Bodies on the wire: JSON, XML and forms, all as plain values inside.

XML becomes objects: attributes are `@name`, the text of an element with attributes or children is `#text`, an element
that comes twice is a list. A document type is refused before anything of it is read, so that no entity can be declared,
and depth and size are bounded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from platforms.custom.templates import as_text, plain

JSON, XML, FORM = "json", "xml", "form"
MAX_DEPTH, MAX_ELEMENTS = 100, 2_000_000


def decode(body: bytes, content_type: str, expected: str) -> Any:
    """The value of a body; None for an empty one. Raises ValueError when it is neither."""
    if not body.strip():
        return None
    if expected == XML or ("xml" in content_type and "html" not in content_type):
        return read_xml(body)
    text = body.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("JSON nested too deeply") from None


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def encode(value: Any, kind: str) -> tuple[bytes, str]:
    """(body, content type)."""
    if kind == XML:
        return write_xml(value), "application/xml; charset=utf-8"
    if kind == FORM:
        pairs = value.items() if isinstance(value, Mapping) else ()
        return urlencode([(name, as_text(one)) for name, one in pairs]).encode(), (
            "application/x-www-form-urlencoded"
        )
    return json.dumps(
        plain(value), ensure_ascii=False, default=str
    ).encode(), "application/json; charset=utf-8"


# ---------------------------------------------------------------- XML in


class _Reader:
    def __init__(self) -> None:
        self._open: list[tuple[str, dict[str, Any], list[str]]] = []
        self._count = 0
        self.found: dict[str, Any] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise ValueError("the XML is nested too deeply or too large")
        fields: dict[str, Any] = {f"@{_bare(name)}": value for name, value in attributes.items()}
        self._open.append((_bare(tag), fields, []))

    def end(self, _tag: str) -> None:
        tag, fields, parts = self._open.pop()
        text = "".join(parts).strip()
        value: Any = fields
        if not fields:
            value = text or None
        elif text:
            fields["#text"] = text
        target = self._open[-1][1] if self._open else self.found
        if tag in target:
            rows = target[tag]
            target[tag] = [*rows, value] if isinstance(rows, list) else [rows, value]
        else:
            target[tag] = value

    def data(self, text: str) -> None:
        self._open[-1][2].append(text)

    def doctype(self, *_: Any) -> None:
        raise ValueError("the XML has a document type, which is not read")


def read_xml(body: bytes) -> dict[str, Any]:
    """Raises ValueError for what is broken, hostile or too large."""
    reader, parser = _Reader(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.data, reader.doctype
    parser.buffer_text = True
    try:
        parser.Parse(body.lstrip(b"\xef\xbb\xbf \t\r\n"), True)
    except expat.ExpatError as error:
        raise ValueError(f"this is not XML: {error}") from error
    return reader.found


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


# ---------------------------------------------------------------- XML out


def write_xml(value: Any) -> bytes:
    """The same shape back: one root element, `@` for attributes, lists as elements that come again and again."""
    if not isinstance(value, Mapping) or len(value) != 1:
        raise ValueError("an XML body needs exactly one root element")
    ((tag, inner),) = value.items()
    return ('<?xml version="1.0" encoding="UTF-8"?>' + "".join(_elements(str(tag), inner))).encode()


def _elements(tag: str, value: Any) -> list[str]:
    if isinstance(value, list | tuple):
        return [part for row in value for part in _elements(tag, row)]
    if not isinstance(value, Mapping):
        text = "" if value is None else escape(as_text(value))
        return [f"<{tag}>{text}</{tag}>"]
    attributes = "".join(
        f" {name[1:]}={quoteattr(as_text(one))}" for name, one in value.items() if name.startswith("@")
    )
    inner = escape(as_text(value["#text"])) if "#text" in value else ""
    for name, one in value.items():
        if not name.startswith("@") and name != "#text":
            inner += "".join(_elements(str(name), one))
    return [f"<{tag}{attributes}>{inner}</{tag}>"]
