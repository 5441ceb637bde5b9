"""XML of a shop as a tree of our own. Nothing in it is expanded, loaded or followed.

Documents with a DOCTYPE are refused before anything of it is read, so that no entity can be declared: neither one
that grows without end nor one that names a file. Depth is bounded here and size by the HTTP client.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 100


class XmlFault(ValueError):
    """Not XML that we read: broken, too deep, or with a document type."""


@dataclass(slots=True)
class Node:
    """An element without its namespace; `attributes` are without namespaces too."""

    tag: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def child(self, tag: str) -> Node | None:
        return next((one for one in self.children if one.tag == tag), None)


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._text: list[list[str]] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise XmlFault("the document is nested too deeply")
        node = Node(
            bare(tag), {bare(name): value for name, value in attributes.items()} if attributes else {}
        )
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._text.append([])

    def end(self, _tag: str) -> None:
        node, parts = self._open.pop(), self._text.pop()
        if parts:
            node.text = "".join(parts)

    def data(self, text: str) -> None:
        if self._text:
            self._text[-1].append(text)


def bare(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(":")[2] if ":" in name else name


def _refuse_doctype(*_declaration: Any) -> None:
    raise XmlFault("the document declares a document type, which no shop's answer needs")


def feed(
    body: bytes,
    *,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
) -> None:
    """Tell what stands in a document, piece by piece. Raises XmlFault."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        parser.Parse(body.lstrip(b"\xef\xbb\xbf \t\r\n"), True)
    except expat.ExpatError as err:
        raise XmlFault(str(err)) from err


def parse(body: bytes) -> Node:
    """The root element. Raises XmlFault."""
    builder = _Builder()
    feed(body, start=builder.start, end=builder.end, data=builder.data)
    if builder.root is None:
        raise XmlFault("the document is empty")
    return builder.root
