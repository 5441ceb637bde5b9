"""Answers and refusals in Salla's envelope, paging, money and dates as it prints them."""

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.clock import ShopClock
from sandbox.messages import Response

Json = dict[str, Any]
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    410: "gone",
    422: "validation_failed",
    429: "too_many_requests",
    500: "server_error",
    503: "service_unavailable",
}
#: Messages are Arabic unless another language is asked for.
MESSAGES = {
    400: ("الطلب غير صحيح", "The request is not valid"),
    401: ("رمز الوصول غير صالح", "The access token is invalid"),
    403: ("لا تملك صلاحية لهذا الإجراء", "You may not do this"),
    404: ("المحتوى المطلوب غير متوفر", "The requested content is not available"),
    405: ("الطريقة غير مسموحة", "The method is not allowed"),
    406: ("الصيغة غير مقبولة", "The format is not acceptable"),
    422: ("alert.invalid_fields", "alert.invalid_fields"),
    429: ("عدد الطلبات كبير", "Too many requests"),
    500: ("خطأ في الخادم", "Server error"),
    503: ("الخدمة غير متاحة", "Service unavailable"),
}


class ApiError(Exception):
    """A refusal. fields: name -> reason, of a 422."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        fields: dict[str, str] | None = None,
        headers: list[tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.fields = fields or {}
        self.headers = headers or []

    def answer(self, language: str = "ar") -> Response:
        usual = MESSAGES.get(self.status, MESSAGES[400])[0 if language == "ar" else 1]
        error: Json = {"code": CODES.get(self.status, "error"), "message": self.message or usual}
        if self.fields:
            error["fields"] = {name: [reason] for name, reason in self.fields.items()}
        return answer({"status": self.status, "success": False, "error": error}, self.status, self.headers)


def answer(value: Any, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number).encode()
    return Response(status, body, [("Content-Type", "application/json"), *(headers or [])])


def success(data: Any, status: int = 200) -> Response:
    return answer({"status": status, "success": True, "data": data}, status)


def told(message: str, status: int = 201) -> Response:
    """What bulk calls and writes without a record answer."""
    return success({"message": message, "code": status}, status)


def _number(value: object) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def paged(rows: list[Any], query: dict[str, str], *, default: int = 15, highest: int = 60) -> Response:
    page = whole(query.get("page", "1") or "1", "page")
    size = min(whole(query.get("per_page", str(default)) or str(default), "per_page"), highest)
    if page < 1 or size < 1:
        raise ApiError(422, fields={"page": "must be at least 1"})
    part = rows[(page - 1) * size : page * size]
    pages = max(1, -(-len(rows) // size))
    links: Json = {}
    if page < pages:
        links["next"] = f"?page={page + 1}"
    if page > 1:
        links["previous"] = f"?page={page - 1}"
    pagination: Json = {
        "count": len(part),
        "total": len(rows),
        "perPage": size,
        "currentPage": page,
        "totalPages": pages,
        "links": links or [],
    }
    return answer({"status": 200, "success": True, "data": part, "pagination": pagination})


def whole(text: Any, what: str) -> int:
    try:
        return int(str(text))
    except ValueError:
        raise ApiError(422, fields={what: "must be a number"}) from None


def decimal_of(value: Any, what: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise ApiError(422, fields={what: "must be a number"})
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise ApiError(422, fields={what: "must be a number"}) from None
    if number < 0:
        raise ApiError(422, fields={what: "must not be below zero"})
    return number


def money(amount: Decimal | None, currency: str) -> Json:
    return {"amount": amount or Decimal(0), "currency": currency}


def rounded(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def local_time(clock: ShopClock, stamp: int) -> Json:
    """Riyadh time without an offset, and the zone beside it."""
    text = (clock.local(stamp) or "").replace("T", " ")
    return {"date": f"{text}.000000", "timezone_type": 3, "timezone": clock.zone_name}


def hook_time(stamp: int) -> str:
    """One of the forms that deliveries have been seen with."""
    return datetime.fromtimestamp(stamp, UTC).strftime("%a %b %d %Y %H:%M:%S GMT+0000")
