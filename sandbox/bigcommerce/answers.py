"""Answers and refusals in the two shapes of the API: V3 wraps and pages, V2 answers bare and with 204 when empty."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

from sandbox.messages import Response

Json = dict[str, Any]
TYPE = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
_TITLES = {
    400: "Input is invalid",
    401: "Unauthorized",
    403: "You don't have a required scope to access the endpoint",
    404: "The resource was not found.",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Conflict",
    413: "The request payload is too large.",
    415: "Unsupported media type",
    422: "JSON data is missing or invalid",
    500: "Internal server error",
    503: "The store is in maintenance.",
}


class ApiError(Exception):
    """A refusal. `errors` names fields; `body` replaces the whole body (batch errors)."""

    def __init__(
        self,
        status: int,
        title: str = "",
        *,
        errors: Json | None = None,
        body: Any = None,
        headers: list[tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title or _TITLES.get(status, "Error")
        self.errors = errors or {}
        self.body = body
        self.headers = headers or []

    def answer(self, version: str) -> Response:
        if self.body is not None:
            return answer(self.body, self.status, self.headers)
        if version == "v2":
            return answer([{"status": self.status, "message": self.title}], self.status, self.headers)
        body: Json = {"status": self.status, "title": self.title, "type": TYPE}
        if self.status in (409, 413, 422):
            body["errors"] = self.errors
        return answer(body, self.status, self.headers)


def answer(value: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number).encode()
    return Response(status, body, [("Content-Type", "application/json"), *(headers or [])])


def empty() -> Response:
    return Response(204, b"", [])


def wrapped(data: Any, status: int = 200, meta: Json | None = None) -> Response:
    return answer({"data": data, "meta": meta or {}}, status)


def _number(value: object) -> Any:
    """V3 prints money as JSON numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def money(amount: Decimal) -> str:
    """V2 prints money as text with four decimals."""
    return format(amount.quantize(Decimal("0.0001")), "f")


def whole(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ApiError(400, f"The field '{what}' is invalid.") from None


def ids_of(text: str, what: str) -> set[int]:
    return {whole(part.strip(), what) for part in text.split(",") if part.strip()}


def page_of(query: dict[str, str], *, highest: int = 250, default: int = 50) -> tuple[int, int]:
    """(page, limit). Beyond the highest limit it is what the API allows."""
    page = max(1, whole(query.get("page", "1") or "1", "page"))
    limit = whole(query.get("limit", str(default)) or str(default), "limit")
    if limit < 1:
        raise ApiError(422, "The limit must be at least 1.")
    return page, min(limit, highest)


def paged_v3(rows: list[Any], query: dict[str, str], *, highest: int = 250, default: int = 50) -> Response:
    page, limit = page_of(query, highest=highest, default=default)
    part = rows[(page - 1) * limit : page * limit]
    pages = max(1, -(-len(rows) // limit))
    links: Json = {"current": f"?page={page}&limit={limit}"}
    if page < pages:
        links["next"] = f"?page={page + 1}&limit={limit}"
    if page > 1:
        links["previous"] = f"?page={page - 1}&limit={limit}"
    pagination = {
        "total": len(rows),
        "count": len(part),
        "per_page": limit,
        "current_page": page,
        "total_pages": pages,
        "links": links,
    }
    return wrapped(part, meta={"pagination": pagination})


def paged_v2(rows: list[Any], query: dict[str, str]) -> Response:
    """No total, and 204 without a body for an empty list and for a page past the end."""
    page, limit = page_of(query)
    part = rows[(page - 1) * limit : page * limit]
    return answer(part) if part else empty()


def rfc2822(stamp: int | None) -> str:
    """Dates of V2: `Mon, 02 Nov 2026 09:14:58 +0000`, empty when unset."""
    return "" if stamp is None else format_datetime(datetime.fromtimestamp(stamp, UTC))


def iso(stamp: int) -> str:
    return datetime.fromtimestamp(stamp, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text: str, what: str) -> int:
    """An ISO 8601 or RFC 2822 moment as epoch seconds; one without a zone is UTC."""
    try:
        when = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            raise ApiError(400, f"The field '{what}' is invalid.") from None
    return int((when.replace(tzinfo=UTC) if when.tzinfo is None else when).timestamp())


def decimal_of(value: Any, what: str = "amount") -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ApiError(422, errors={what: "Expected a number."})
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise ApiError(422, errors={what: "Expected a number."}) from None
