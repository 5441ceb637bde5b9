"""XML of a shop as a tree of our own. Nothing in it is expanded, loaded or followed.

Documents with a DOCTYPE are refused before anything of it is read, so that no entity can be declared: neither one
that grows without end nor one that names a file. Depth and number of elements are bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

MAX_DEPTH = 100
MAX_ELEMENTS = 5_000_000


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
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise XmlFault("the document is nested too deeply or too large")
        node = Node(
            _bare(tag), {_bare(name): value for name, value in attributes.items()} if attributes else {}
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


def _bare(name: str) -> str:
    return name.rpartition(":")[2]


def _refuse_doctype(*_declaration: Any) -> None:
    raise XmlFault("the document declares a document type, which no shop's answer needs")


def parse(body: bytes) -> Node:
    """The root element. Raises XmlFault."""
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        parser.Parse(body.lstrip(b"\xef\xbb\xbf \t\r\n"), True)
    except expat.ExpatError as err:
        raise XmlFault(str(err)) from err
    if builder.root is None:
        raise XmlFault("the document is empty")
    return builder.root
