"""Requests and answers as every sandbox sees them."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.faults import Fault


class DropConnection(Exception):
    """No answer: the connection closes, or is reset."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__("connection dropped")
        self.reset = reset


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    faults: list[Fault] = field(default_factory=list)
    memo: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @cached_property
    def raw_query(self) -> str:
        return self.target.partition("?")[2]

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.raw_query, keep_blank_values=True)

    def fault(self, kind: str) -> Fault | None:
        return next((f for f in self.faults if f.kind == kind), None)


@dataclass
class Response:
    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


def html_page(
    status: int, title: str, text: str = "", headers: list[tuple[str, str]] | None = None
) -> Response:
    body = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
        f"<body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
    return Response(status, body.encode(), [("Content-Type", "text/html; charset=UTF-8"), *(headers or [])])


def json_answer(value: Any, status: int = 200) -> Response:
    return Response(
        status, json.dumps(value, ensure_ascii=False).encode(), [("Content-Type", "application/json")]
    )
