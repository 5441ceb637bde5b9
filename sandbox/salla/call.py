"""One request on its way to a handler, and the table that finds the handler."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.messages import Request, Response
from sandbox.salla.answers import ApiError, Json
from sandbox.salla.state import Grant, Store

if TYPE_CHECKING:
    from sandbox.salla.app import SallaApp


@dataclass(slots=True)
class Call:
    app: "SallaApp"
    request: Request
    grant: Grant
    query: dict[str, str]
    parts: list[str] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.app.store

    @property
    def language(self) -> str:
        return self.request.headers.get("accept-language", "ar")[:2].lower() or "ar"

    @property
    def written_language(self) -> str:
        return self.request.headers.get("content-language", "ar")[:2].lower() or "ar"

    @property
    def number(self) -> int:
        return int(self.parts[0])

    def many(self, name: str) -> list[str]:
        """Values of `name[]`."""
        return [value for key, value in self.request.pairs if key in (f"{name}[]", name)]

    def body(self) -> Json:
        """The JSON object of the request; 422 when it is none."""
        if not self.request.body.strip():
            return {}
        try:
            found = json.loads(self.request.body)
        except ValueError:
            raise ApiError(400, "The body is not JSON") from None
        if not isinstance(found, dict):
            raise ApiError(422, fields={"body": "must be an object"})
        return found


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """template: `{id}` is a number, `{sku}` any text. scope: the resource whose right is needed; "" = none."""

    method: str
    template: str
    handler: Handler
    scope: str

    @property
    def pattern(self) -> re.Pattern[str]:
        text = self.template.replace("{id}", r"(\d+)").replace("{sku}", r"([^/]+)")
        return re.compile(text)


class RouteTable:
    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(route.pattern, route) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route | None, list[str], bool]:
        """(route, parts of the path, whether the path exists with another method)."""
        known = False
        for pattern, route in self._routes:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            if route.method == method:
                return route, list(found.groups()), True
            known = True
        return None, [], known


def need(row: Any) -> Any:
    """The record, or 404."""
    if row is None:
        raise ApiError(404)
    return row
