"""One request on its way to a handler, and the table that finds the handler."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.bigcommerce.answers import ApiError
from sandbox.bigcommerce.state import Account, Store
from sandbox.messages import Request, Response

if TYPE_CHECKING:
    from sandbox.bigcommerce.app import BigCommerceApp


@dataclass(slots=True)
class Call:
    app: "BigCommerceApp"
    request: Request
    account: Account
    version: str
    query: dict[str, str]
    ids: list[int] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.app.store

    def body(self) -> Any:
        """The JSON of the request; 400 when it is none."""
        if not self.request.body.strip():
            return None
        try:
            return json.loads(self.request.body)
        except ValueError:
            raise ApiError(400, "The request body is not valid JSON.") from None

    def include(self) -> set[str]:
        return {part.strip() for part in self.query.get("include", "").split(",") if part.strip()}

    def refused(self) -> set[str]:
        """SKUs and ids of rows that a fault has refused."""
        fault = self.request.fault("batch_fail")
        if fault is None:
            return set()
        return {str(mark) for name in ("skus", "ids") for mark in fault.params.get(name, ())}


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """scopes: any of them lets the call through."""

    method: str
    version: str
    template: str
    handler: Handler
    scopes: tuple[str, ...]

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{\w+\}", r"(\\d+)", self.template))


class RouteTable:
    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(route.pattern, route) for route in routes]

    def find(self, method: str, version: str, path: str) -> tuple[Route | None, list[int], bool]:
        """(route, ids of the path, whether the path exists with another method)."""
        known = False
        for pattern, route in self._routes:
            found = pattern.fullmatch(path) if route.version == version else None
            if found is None:
                continue
            if route.method == method:
                return route, [int(part) for part in found.groups()], True
            known = True
        return None, [], known
