"""Answers as Norce's parts give them."""

import json
from decimal import Decimal
from typing import Any

from sandbox.messages import Response

Json = dict[str, Any]


class ApiError(Exception):
    """An answer that is no success; its exact body is not documented, so clients go by the status."""

    def __init__(self, status: int, message: str = "", *, oauth: str = "") -> None:
        super().__init__(message or oauth or str(status))
        self.status = status
        self.message = message
        self.oauth = oauth

    def answer(self, headers: list[tuple[str, str]] | None = None) -> Response:
        if self.oauth:
            return answer({"error": self.oauth}, self.status, headers)
        return answer({"error": {"code": "", "message": self.message}}, self.status, headers)


def answer(value: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    kind = ("Content-Type", "application/json; charset=utf-8")
    return Response(status, dump(value), [kind, *(headers or [])])


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(repr(value))


def decode(body: bytes) -> Any:
    """JSON with exact numbers. Raises ApiError 400."""
    try:
        return json.loads(body, parse_float=Decimal)
    except ValueError as err:
        raise ApiError(400, f"The request body is not valid JSON: {err}") from err


def pick(row: Json, name: str, default: Any = None) -> Any:
    """A field whatever the case of its name."""
    if name in row:
        return row[name]
    wanted = name.lower()
    return next((value for key, value in row.items() if key.lower() == wanted), default)
