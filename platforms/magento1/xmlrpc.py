"""XML-RPC on the wire: calls out, values or faults in. Numbers leave as text, as the shop itself writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from platforms.magento1.faults import RemoteFault
from platforms.magento1.safe_xml import Node, XmlFault, parse

#: What XML cannot hold: control characters, halves of surrogate pairs, and the two that end no text.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def call_body(method: str, arguments: Sequence[Any]) -> bytes:
    """The document of one call."""
    params = "".join(f"<param>{_value(one)}</param>" for one in arguments)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>{method}</methodName>'
        f"<params>{params}</params></methodCall>"
    ).encode()


def clean_text(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _ILLEGAL.sub("", text)


def _value(value: Any) -> str:
    if value is None:
        inner = "<nil/>"
    elif isinstance(value, bool):
        inner = f"<boolean>{int(value)}</boolean>"
    elif isinstance(value, int):
        inner = f"<int>{value}</int>" if -(2**31) <= value < 2**31 else f"<string>{value}</string>"
    elif isinstance(value, Decimal):
        inner = f"<string>{value:f}</string>"
    elif isinstance(value, str):
        inner = f"<string>{escape(clean_text(value))}</string>"
    elif isinstance(value, Mapping):
        members = "".join(
            f"<member><name>{escape(clean_text(str(name)))}</name>{_value(one)}</member>"
            for name, one in value.items()
        )
        inner = f"<struct>{members}</struct>"
    elif isinstance(value, list | tuple):
        inner = f"<array><data>{''.join(_value(one) for one in value)}</data></array>"
    else:
        raise TypeError(f"{type(value).__name__} cannot be sent by XML-RPC")
    return f"<value>{inner}</value>"


def read_answer(body: bytes) -> Any:
    """The value of an answer. Raises RemoteFault for a fault, XmlFault for what is no answer."""
    root = parse(body)
    if root.tag != "methodResponse" or not root.children:
        raise XmlFault(f"the answer is <{root.tag}> and not a method response")
    first = root.children[0]
    if first.tag == "fault":
        told = _first_value(first)
        if not isinstance(told, dict):
            raise XmlFault("the fault tells nothing")
        raise RemoteFault(fault_code(told.get("faultCode")), str(told.get("faultString") or ""))
    param = first.child("param")
    if param is None:
        raise XmlFault("the answer holds no value")
    return _first_value(param)


def fault_code(value: Any) -> int:
    """A code comes as a number or as text."""
    text = str(value).strip()
    return int(text) if re.fullmatch(r"-?\d+", text) else 0


def _first_value(holder: Node) -> Any:
    node = holder.child("value")
    if node is None:
        raise XmlFault(f"<{holder.tag}> holds no value")
    return _decode(node)


def _decode(node: Node) -> Any:
    if not node.children:
        return node.text
    typed = node.children[0]
    reader = _READERS.get(typed.tag)
    if reader is None:
        raise XmlFault(f"a value of type <{typed.tag}> is not known")
    return reader(typed)


def _struct(node: Node) -> dict[str, Any]:
    found = {}
    for member in node.children:
        name = member.child("name")
        if name is not None:
            found[name.text] = _first_value(member)
    return found


def _array(node: Node) -> list[Any]:
    data = node.child("data")
    return [] if data is None else [_decode(one) for one in data.children]


def _number(node: Node) -> Any:
    try:
        return int(node.text)
    except ValueError as err:
        raise XmlFault(f"'{node.text[:40]}' is not a number") from err


_READERS: Mapping[str, Any] = {
    "string": lambda node: node.text,
    "int": _number,
    "i4": _number,
    "i8": _number,
    "boolean": lambda node: node.text.strip() == "1",
    "double": lambda node: node.text.strip(),  # kept as text: the mappings read amounts as Decimal
    "nil": lambda node: None,
    "struct": _struct,
    "array": _array,
    "base64": lambda node: node.text,
    "dateTime.iso8601": lambda node: node.text,
}
