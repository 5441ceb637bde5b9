"""Collections: filters on id and date, sorting, paging headers, the leaky Link header, `_fields`."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sandbox.php import build_query, to_bool, to_int
from sandbox.woocommerce.media import MediaDesk
from sandbox.woocommerce.rows import ApiKey, Json
from sandbox.woocommerce.state import Store


@dataclass
class Call:
    """One REST call after routing: merged parameters, ids of the URL and who asks."""

    store: Store
    method: str
    route: str
    path: str
    ids: tuple[str, ...]
    params: Json
    query: Json
    key: ApiKey | None
    rest_url: str  # https://shop/wp-json
    home: str
    emit: Callable[[str, int], None]
    media: MediaDesk
    in_batch: bool = False

    def id(self, position: int = -1) -> int:
        return int(self.ids[position])

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.params.get(name)
        return default if value is None else to_bool(value)

    def number(self, name: str, default: int = 0) -> int:
        value = self.params.get(name)
        return default if value in (None, "") else to_int(value)

    def text(self, name: str, default: str = "") -> str:
        value = self.params.get(name)
        return default if value is None else str(value)

    def strings(self, name: str) -> list[str]:
        value = self.params.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, dict):
            value = list(value.values())
        if not isinstance(value, list):
            value = re.split(r"[\s,]+", str(value))
        return [str(part) for part in value if part not in (None, "")]

    def language(self) -> str:
        """The language that `?lang=` means: one of the shop's, its default, or "" for all and without the plugin."""
        languages = self.store.options.languages
        if not languages:
            return ""
        wanted = str(self.query.get("lang") or self.params.get("lang") or languages[0])
        return "" if wanted == "all" else wanted

    def integers(self, name: str) -> list[int]:
        return [to_int(part) for part in self.strings(name)]


@dataclass
class Result:
    body: Any
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)


Handler = Callable[[Call], Result]


Row = TypeVar("Row")


def paged(call: Call, rows: list[Row], show: Callable[[Row], Json], extra: Json | None = None) -> Result:
    """One page of rows with X-WP-Total, X-WP-TotalPages and Link; an empty list past the end.

    extra: parameters that WooCommerce adds to the repeated query by itself (`status[0]=any` of orders).
    """
    per_page = call.number("per_page", 10)
    page = max(call.number("page", 1), 1)
    start = call.number("offset") if call.params.get("offset") not in (None, "") else (page - 1) * per_page
    total = len(rows)
    pages = -(-total // per_page)
    body = [show(row) for row in rows[start : start + per_page]]
    headers = [("X-WP-Total", str(total)), ("X-WP-TotalPages", str(pages))]
    links = []
    if page > 1:
        links.append((min(page - 1, pages), "prev"))
    if page < pages:
        links.append((page + 1, "next"))
    shown = []
    for number, rel in links:
        query = build_query({**call.query, **(extra or {}), "page": str(number)})
        shown.append(f'<{call.rest_url}{call.path}?{query}>; rel="{rel}"')
    if shown:
        headers.append(("Link", ", ".join(shown)))
    return Result(body, 200, headers)


def dated(call: Call, rows: Iterable[Row], *, knows_modified: bool = True) -> list[Row]:
    """include, exclude, after, before, modified_after and modified_before (strict, whole seconds).

    Without `dates_are_gmt` a date is shop time; before 5.8 the modified filters are ignored silently.
    """
    store, result = call.store, list(rows)
    if call.params.get("include") not in (None, "", []):
        wanted = set(call.integers("include"))
        result = [r for r in result if r.id in wanted]  # type: ignore[attr-defined]
    if call.params.get("exclude") not in (None, "", []):
        hidden = set(call.integers("exclude"))
        result = [r for r in result if r.id not in hidden]  # type: ignore[attr-defined]
    modern = store.options.at_least(5, 8)
    gmt = modern and call.flag("dates_are_gmt")
    tests = [("after", "created", 1), ("before", "created", -1)]
    if modern and knows_modified:
        tests += [("modified_after", "modified", 1), ("modified_before", "modified", -1)]
    for name, column, sign in tests:
        text = call.text(name)
        if text:
            limit = store.clock.parse(text, gmt=gmt)
            result = [r for r in result if (getattr(r, column) - limit) * sign > 0]
    return result


def ordered(
    call: Call, rows: list[Row], keys: dict[str, Callable[[Row], Any]], default: str = "date"
) -> list[Row]:
    """Sorts by `orderby` and `order` (newest first unless told); ties fall back to the id."""
    by = call.text("orderby", default)
    descending = call.text("order", "desc") == "desc"
    if by == "include":
        position = {n: i for i, n in enumerate(call.integers("include"))}
        return sorted(rows, key=lambda r: position.get(r.id, 0))  # type: ignore[attr-defined]
    key = keys.get(by) or keys[default]
    return sorted(rows, key=key, reverse=descending)


def post_keys(title: str = "name") -> dict[str, Callable[[Any], Any]]:
    return {
        "date": lambda r: (r.created, r.id),
        "modified": lambda r: (r.modified, r.id),
        "id": lambda r: r.id,
        "title": lambda r: (getattr(r, title).lower(), r.id),
        "slug": lambda r: (getattr(r, "slug", ""), r.id),
    }


def only_fields(body: Any, wanted: list[str]) -> Any:
    """`_fields=id,meta_data.key`: keeps what is named, nested names with dots."""
    if isinstance(body, list):
        return [only_fields(row, wanted) for row in body]
    if not isinstance(body, dict):
        return body
    kept: Json = {}
    nested: dict[str, list[str]] = {}
    for name in wanted:
        head, dot, rest = name.partition(".")
        if dot:
            nested.setdefault(head, []).append(rest)
        else:
            nested[head] = []
    for key, value in body.items():
        if key in nested:
            kept[key] = only_fields(value, nested[key]) if nested[key] else value
    return kept


def links(call: Call, route: str, row_id: int | str, allow: str, up: str = "") -> Json:
    """`_links` of a row; allow: comma list of methods."""
    base = f"{call.rest_url}/wc/v3{route}"
    shown: Json = {
        "self": [{"href": f"{base}/{row_id}", "targetHints": {"allow": allow.split(",")}}],
        "collection": [{"href": base}],
    }
    if up:
        shown["up"] = [{"href": f"{call.rest_url}/wc/v3{up}"}]
    return shown


ITEM_ALLOW = "GET,POST,PUT,PATCH,DELETE"
