"""Answers and refusals in the shapes of the API: managers wrap, the catalogue pages, OAuth has its own."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sandbox.messages import Response

Json = dict[str, Any]
NOTHING: Json = {"type": "object", "code": None, "name": None, "description": None}


class ApiError(Exception):
    """A refusal. `fields` names fields; `body` replaces the whole body; `code` is what managers call it."""

    def __init__(
        self,
        status: int,
        text: str = "",
        *,
        code: str = "",
        fields: Json | None = None,
        body: Any = None,
        headers: list[tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text or _TEXTS.get(status, "Error")
        self.code = code
        self.fields = fields
        self.body = body
        self.headers = headers or []

    def answer(self, family: str) -> Response:
        return answer(self._body(family), self.status, self.headers)

    def _body(self, family: str) -> Any:
        if self.body is not None:
            return self.body
        if self.code.startswith("ERROR_"):
            message = {"type": "error", "code": self.code, "name": self.text, "description": self.text}
            return {"status": "error", "message": message}
        if family == "catalogue":
            return self.fields or {"detail": self.text}
        code = self.code or ("validation_failed" if self.status == 422 else "error")
        error = {"code": code, "message": self.text, "fields": self.fields or {}}
        return {"status": self.status, "success": False, "error": error}


_TEXTS = {
    400: "The request is invalid.",
    401: "Unauthenticated.",
    403: "You do not have permission to perform this action.",
    404: "Not found.",
    405: "Method not allowed.",
    422: "The given data was invalid.",
    429: "Too Many Requests",
    500: "Server Error",
}


def answer(value: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number).encode()
    return Response(status, body, [("Content-Type", "application/json"), *(headers or [])])


def empty() -> Response:
    return Response(204, b"", [])


def managers(**more: Any) -> Response:
    """`status: object` is normal there."""
    return answer({"status": "object", **more, "message": NOTHING})


def paged(rows: list[Any], query: dict[str, str], base: str, **more: Any) -> Response:
    """A list of the catalogue family: `count`, `next`, `previous`, `results`."""
    page = max(1, whole(query.get("page", "1"), "page"))
    size = min(100, max(1, whole(query.get("page_size", "10"), "page_size")))
    part = rows[(page - 1) * size : page * size]
    if page > 1 and not part:
        raise ApiError(404, "Invalid page.")
    link = f"{base}?page={{}}&page_size={size}"
    return answer(
        {
            "count": len(rows),
            "next": link.format(page + 1) if page * size < len(rows) else None,
            "previous": link.format(page - 1) if page > 1 else None,
            **more,
            "results": part,
        }
    )


def per_page(rows: list[Any], query: dict[str, str]) -> list[Any]:
    """A page of the managers family, which has no link to the next one."""
    page = max(1, whole(query.get("page", "1"), "page"))
    size = min(100, max(1, whole(query.get("per_page", "20"), "per_page")))
    return rows[(page - 1) * size : page * size]


def _number(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def long_text(amount: Decimal) -> str:
    """Money as text with 14 decimals, of which the last are noise of the server's arithmetic."""
    return format(amount.quantize(Decimal("0.00000000000001")), "f")


def whole(text: Any, what: str) -> int:
    try:
        return int(str(text))
    except ValueError:
        raise ApiError(422, fields={what: ["A valid integer is required."]}) from None


def decimal_of(value: Any, what: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ApiError(400, fields={what: ["A valid number is required."]})
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise ApiError(400, fields={what: ["A valid number is required."]}) from None


def plain_time(stamp: int | None) -> str | None:
    """As orders print it: no zone. It is UTC."""
    return None if stamp is None else datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%d %H:%M:%S")


def iso(stamp: int) -> str:
    """As products print it: with zone and microseconds."""
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000Z")
