"""One request on its way to a handler, and the table that finds the handler."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sandbox.messages import Request, Response
from sandbox.zid.answers import ApiError
from sandbox.zid.state import Account, Store

if TYPE_CHECKING:
    from sandbox.zid.app import ZidApp


@dataclass(slots=True)
class Call:
    app: "ZidApp"
    request: Request
    account: Account
    query: dict[str, str]
    ids: list[str] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.app.store

    @property
    def base(self) -> str:
        return f"{self.app.base_url}{self.request.path}"

    def body(self) -> Any:
        """JSON, or a form as a flat object; 400 when it is neither."""
        raw = self.request.body
        if not raw.strip():
            return {}
        if "form-urlencoded" in self.request.headers.get("content-type", ""):
            return dict(parse_qsl(raw.decode(), keep_blank_values=True))
        try:
            return json.loads(raw)
        except ValueError:
            raise ApiError(400, "JSON parse error") from None

    def record(self) -> dict[str, Any]:
        body = self.body()
        if not isinstance(body, dict):
            raise ApiError(400, "An object is expected.")
        return body

    def refused(self) -> set[str]:
        """SKUs and ids of rows that a fault has refused."""
        fault = self.request.fault("batch_fail")
        if fault is None:
            return set()
        return {str(mark) for name in ("skus", "ids") for mark in fault.params.get(name, ())}


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """scope: what the app must have been given. Paths of the catalogue end with a slash, of managers without."""

    method: str
    template: str
    handler: Handler
    scope: str

    @property
    def family(self) -> str:
        return "managers" if self.template.startswith("/v1/managers") else "catalogue"

    @property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{\w+\}", r"([^/]+)", self.template))


class RouteTable:
    def __init__(self, routes: list[Route]) -> None:
        self._routes = [(route.pattern, route) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route | None, list[str], bool]:
        """(route, ids of the path, whether the path exists with another method)."""
        known = False
        for pattern, route in self._routes:
            found = pattern.fullmatch(path)
            if found is None:
                continue
            if route.method == method:
                return route, list(found.groups()), True
            known = True
        return None, [], known
