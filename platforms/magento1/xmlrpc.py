"""XML-RPC on the wire: calls out, values or faults in. Numbers leave as text, as the shop itself writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from platforms.magento1.faults import RemoteFault
from platforms.magento1.safe_xml import MAX_DEPTH, XmlFault, feed

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
    reader = _Reader()
    feed(body, start=reader.start, end=reader.end, data=reader.text)
    if reader.root != "methodResponse":
        raise XmlFault(f"the answer is <{reader.root}> and not a method response")
    if len(reader.values) != 1:
        raise XmlFault("the answer holds no value")
    (value,) = reader.values
    if not reader.is_fault:
        return value
    if not isinstance(value, dict):
        raise XmlFault("the fault tells nothing")
    raise RemoteFault(fault_code(value.get("faultCode")), str(value.get("faultString") or ""))


def fault_code(value: Any) -> int:
    """A code comes as a number or as text."""
    text = str(value).strip()
    return int(text) if re.fullmatch(r"-?\d+", text) else 0


class _Reader:
    """Values as they end, so that long answers need no tree. A `<value>` without a type is a text."""

    def __init__(self) -> None:
        self.root = ""
        self.is_fault = False
        self.values: list[Any] = []
        self._parts: list[str] = []
        self._marks: list[int] = []  # where the members of open maps and lists begin
        self._untyped = False
        self.text = self._parts.append

    def start(self, tag: str, _attributes: dict[str, str]) -> None:
        if not self.root:
            self.root = tag
        if tag in _CONTAINERS:
            if len(self._marks) >= MAX_DEPTH:
                raise XmlFault("the answer is nested too deeply")
            self._marks.append(len(self.values))
        self._parts.clear()
        self._untyped = tag == "value"

    def end(self, tag: str) -> None:
        if tag == "value":
            if self._untyped:
                self.values.append("".join(self._parts))
                self._untyped = False
        elif tag in _TEXTS:
            self.values.append("".join(self._parts))
        elif tag in _CONTAINERS:
            mark = self._marks.pop()
            members = self.values[mark:]
            if tag == "struct" and len(members) % 2:
                raise XmlFault("a member has no value")
            self.values[mark:] = [
                dict(zip(members[::2], members[1::2], strict=True)) if tag == "struct" else members
            ]
        elif tag in _NUMBERS:
            self.values.append(_number("".join(self._parts)))
        elif tag == "boolean":
            self.values.append("".join(self._parts).strip() == "1")
        elif tag == "nil":
            self.values.append(None)
        elif tag == "fault":
            self.is_fault = True
        elif tag not in _FRAMES:
            raise XmlFault(f"a value of type <{tag}> is not known")
        self._parts.clear()


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as err:
        raise XmlFault(f"'{text[:40]}' is not a number") from err


#: `double` is kept as text: the mappings read amounts as Decimal. A name stands before its value.
_TEXTS = frozenset({"string", "name", "double", "base64", "dateTime.iso8601"})
_NUMBERS = frozenset({"int", "i4", "i8"})
_CONTAINERS = frozenset({"struct", "array"})
_FRAMES = frozenset({"methodResponse", "params", "param", "member", "data"})
