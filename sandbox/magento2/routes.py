"""The route table: method and template -> handler, ACL resource, required arguments."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.magento2.call import Handler

Line = tuple[str, str, Handler, str]


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    handler: Handler
    resource: str
    parts: tuple[str, ...]

    @property
    def bulk_template(self) -> str:
        """The template under `async/bulk`: `:sku` becomes `bySku`."""
        return "/".join(bulk_part(part) for part in self.template.split("/"))


def bulk_part(part: str) -> str:
    return f"by{part[1].upper()}{part[2:]}" if part.startswith(":") else part


class Routes:
    def __init__(self, lines: Iterable[Line]) -> None:
        self._by_size: dict[tuple[str, int], list[Route]] = {}
        self._named: dict[tuple[str, str], Route] = {}
        self._bulk: dict[tuple[str, str], Route] = {}
        for method, template, handler, resource in lines:
            parts = tuple(template.strip("/").split("/"))
            route = Route(method, template, handler, resource, parts)
            self._by_size.setdefault((method, len(parts)), []).append(route)
            self._named[(method, template)] = route
            if method != "GET":
                self._bulk[(method, route.bulk_template)] = route
        for rows in self._by_size.values():
            rows.sort(key=lambda route: tuple(part.startswith(":") for part in route.parts))

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]] | None:
        """raw_path: `/V1/…` as sent; each part is decoded alone, so that a SKU may hold an encoded slash."""
        parts = [unquote(part) for part in raw_path.strip("/").split("/")]
        for route in self._by_size.get((method, len(parts)), ()):
            args = _match(route.parts, parts)
            if args is not None:
                return route, args
        return None

    def __iter__(self) -> Iterator[Route]:
        return iter(self._named.values())

    def named(self, method: str, template: str) -> Route:
        return self._named[(method, template)]

    def find_bulk(self, method: str, raw_path: str) -> Route | None:
        return self._bulk.get((method, f"/{raw_path.strip('/')}"))


def _match(wanted: tuple[str, ...], given: list[str]) -> dict[str, str] | None:
    args: dict[str, str] = {}
    for part, value in zip(wanted, given, strict=True):
        if part.startswith(":"):
            if not value:
                return None
            args[part[1:]] = value
        elif part != value:
            return None
    return args
