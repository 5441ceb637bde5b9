"""What comes back: decoded JSON of the type that a route promises."""

from __future__ import annotations

from typing import Any

from ecomsync.common.errors import ShopUnavailable
from ecomsync.common.http import Answer
from platforms.magento2.errors import PLATFORM


class _NotJson:
    """Stands for an answer that is not JSON; `null` is JSON."""


NO_JSON = _NotJson()


def decode(answer: Answer) -> Any:
    """The JSON of an answer, or NO_JSON."""
    try:
        return answer.json()
    except ValueError:
        return NO_JSON


def as_record(data: Any) -> dict[str, Any]:
    if isinstance(data, dict):
        return data
    raise wrong_type("one record", data)


def as_rows(data: Any) -> list[dict[str, Any]]:
    if isinstance(data, list) and all(isinstance(row, dict) for row in data):
        return data
    raise wrong_type("a list of records", data)


def wrong_type(expected: str, data: Any) -> ShopUnavailable:
    return ShopUnavailable(
        f"The shop should have answered with {expected} and answered with {type(data).__name__}.",
        code="unexpected_answer",
        cure="Look at the related request: a module of the shop changes the answers of /rest.",
        platform=PLATFORM,
        excerpt=str(data)[:500],
    )


def page_of(answer: Any) -> tuple[list[dict[str, Any]], int]:
    """The rows of a list and how many there are in all; `items` is null where there are none."""
    page = as_record(answer)
    items = as_rows(page.get("items") or [])
    total = page.get("total_count")
    return items, total if isinstance(total, int) else len(items)
