"""An operation of the shop as the settings describe it: one call, or several that follow one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from platforms.custom.expressions import ExpressionError, compiled
from platforms.custom.formats import FORM, JSON, XML
from platforms.custom.templates import expressions_of, problem_of

STYLES = ("none", "page", "offset", "cursor", "link", "next_url", "since_id", "window")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

#: What an operation may be called, and what it is for.
NAMES: Mapping[str, str] = {
    "shop": "what the shop tells of itself",
    "list_orders": "orders changed since a moment",
    "get_order": "one order",
    "orders_by_ids": "several orders by id",
    "list_returns": "returns of one order, where orders do not carry them",
    "list_products": "all products and variants",
    "find_products": "products by SKU",
    "products_by_ids": "products by id, to compare before a price is written",
    "push_quantities": "set quantities",
    "push_prices": "set prices",
    "create_product": "make a product",
    "update_product": "change a product",
    "list_images": "pictures of one product",
    "add_image": "add a picture to a product",
    "remove_image": "take a picture away",
    "list_categories": "all categories",
    "create_category": "make a category",
    "update_category": "change a category",
    "push_status": "set the status of an order",
    "push_note": "leave a note at an order",
    "complete_order": "complete an order",
    "cancel_order": "cancel an order",
    "push_shipment": "tell of a shipment",
    "push_invoice": "tell of an invoice",
    "push_refund": "give money back",
    "list_webhooks": "hooks as the shop has them",
    "register_webhook": "make a hook",
    "update_webhook": "switch a hook on again",
}
_KEYS = frozenset(
    {
        "method", "path", "query", "headers", "body", "body_format", "graphql", "variables", "rows", "record", "id",
        "paging", "batch", "success", "results", "done", "steps", "reads", "when", "root",
    }
)  # fmt: skip
_PAGING_KEYS = frozenset({"style", "size", "first", "next", "more", "total", "id"})
_SUCCESS_KEYS = frozenset({"when", "message", "code", "status"})
_RESULT_KEYS = frozenset({"rows", "key", "match", "ok", "code", "message", "id"})


class SettingError(ValueError):
    """A setting that cannot be read: where and why."""


@dataclass(frozen=True, slots=True)
class Paging:
    """size: rows per page. next: expression of the next cursor or address; more: whether there is another page;
    total: how many rows there are; id: the field of a row by which since_id goes on."""

    style: str = "none"
    size: int = 100
    first: int = 1
    next: str = ""
    more: str = ""
    total: str = ""
    id: str = "id"


@dataclass(frozen=True, slots=True)
class Success:
    """when: what must hold of `body`, `status` and `headers`; message, code: where the shop tells why not.
    status: statuses that are good beside 2xx."""

    when: str = ""
    message: str = ""
    code: str = ""
    status: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """What a batch answers per row. key: field of an answer's row, match: field of ours that it equals; without them
    rows stand in the order in which they were sent."""

    rows: str
    key: str = ""
    match: str = "remote_id"
    ok: str = ""
    code: str = ""
    message: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: str = "GET"
    path: str = ""
    root: bool = False  # the path begins at the shop's address and not at the API's root
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    body_format: str = ""
    graphql: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)
    rows: str = ""
    record: str = ""
    id: str = ""
    paging: Paging = Paging()
    batch: int = 1
    success: Success = Success()
    results: Results | None = None
    done: str = ""
    when: str = ""
    reads: bool = False
    steps: tuple[Operation, ...] = ()

    @property
    def is_read(self) -> bool:
        return self.reads or self.method == "GET"


def read_operation(name: str, raw: Any) -> Operation:
    """Raises SettingError that names the place and the fault."""
    if not isinstance(raw, Mapping):
        raise SettingError(f"'{name}' is not an object")
    strange = set(raw) - _KEYS
    if strange:
        raise SettingError(
            f"'{name}' has an unknown key '{min(strange)}'; known are {', '.join(sorted(_KEYS))}"
        )
    graphql = _text(raw, "graphql", name)
    method = (_text(raw, "method", name) or ("POST" if graphql else "GET")).upper()
    if method not in METHODS:
        raise SettingError(f"'{name}.method' is '{method}'; it is one of {', '.join(METHODS)}")
    kind = _text(raw, "body_format", name)
    if kind not in ("", JSON, XML, FORM):
        raise SettingError(f"'{name}.body_format' is '{kind}'; it is json, xml or form")
    steps = raw.get("steps", [])
    if not isinstance(steps, list):
        raise SettingError(f"'{name}.steps' is not a list")
    found = Operation(
        name=name,
        method=method,
        path=_text(raw, "path", name),
        root=bool(raw.get("root", False)),
        query=_object(raw, "query", name),
        headers=_object(raw, "headers", name),
        body=raw.get("body"),
        body_format=kind,
        graphql=graphql,
        variables=_object(raw, "variables", name),
        rows=_text(raw, "rows", name),
        record=_text(raw, "record", name),
        id=_text(raw, "id", name),
        paging=_paging(raw.get("paging"), name),
        batch=_whole(raw.get("batch", 1), f"{name}.batch"),
        success=read_success(raw.get("success"), name),
        results=_results(raw.get("results"), name),
        done=_text(raw, "done", name),
        when=_text(raw, "when", name),
        reads=bool(raw.get("reads", graphql.lstrip().startswith(("query", "{")))),
        steps=tuple(read_operation(f"{name}.steps[{number}]", step) for number, step in enumerate(steps)),
    )
    if not found.steps and not found.path and not found.graphql:
        raise SettingError(f"'{name}' has neither a path nor a GraphQL document nor steps")
    _check_expressions(found)
    return found


def _check_expressions(operation: Operation) -> None:
    for where, text in _expressions(operation):
        problem = problem_of(text) if text else ""
        if problem:
            raise SettingError(f"'{operation.name}.{where}': {problem}")


def _expressions(operation: Operation) -> Iterator[tuple[str, str]]:
    for part in ("path", "query", "headers", "body", "variables"):
        yield from expressions_of(getattr(operation, part), part)
    for part in ("rows", "record", "id", "done", "when"):
        yield part, getattr(operation, part)
    paging, success, results = operation.paging, operation.success, operation.results
    yield from (("paging.next", paging.next), ("paging.more", paging.more), ("paging.total", paging.total))
    yield from (
        ("success.when", success.when),
        ("success.message", success.message),
        ("success.code", success.code),
    )
    if results is not None:
        for part in ("rows", "key", "ok", "code", "message", "id"):
            yield f"results.{part}", getattr(results, part)


def _paging(raw: Any, name: str) -> Paging:
    if raw is None:
        return Paging()
    _known(raw, _PAGING_KEYS, f"{name}.paging")
    style = str(raw.get("style", "page"))
    if style not in STYLES:
        raise SettingError(f"'{name}.paging.style' is '{style}'; it is one of {', '.join(STYLES)}")
    paging = Paging(
        style=style,
        size=_whole(raw.get("size", 100), f"{name}.paging.size"),
        first=int(raw.get("first", 1)),
        next=str(raw.get("next", "")),
        more=str(raw.get("more", "")),
        total=str(raw.get("total", "")),
        id=str(raw.get("id", "id")),
    )
    if style in ("cursor", "next_url") and not paging.next:
        raise SettingError(f"'{name}.paging' needs 'next': where the answer tells how to go on")
    return paging


def read_success(raw: Any, name: str) -> Success:
    if raw is None:
        return Success()
    _known(raw, _SUCCESS_KEYS, f"{name}.success")
    statuses = raw.get("status", [])
    if not isinstance(statuses, list) or not all(isinstance(one, int) for one in statuses):
        raise SettingError(f"'{name}.success.status' is not a list of statuses")
    when, message, code = (str(raw.get(part, "")) for part in ("when", "message", "code"))
    return Success(when, message, code, tuple(statuses))


def _results(raw: Any, name: str) -> Results | None:
    if raw is None:
        return None
    _known(raw, _RESULT_KEYS, f"{name}.results")
    if not raw.get("rows"):
        raise SettingError(f"'{name}.results' needs 'rows': where the answer lists what each row came to")
    return Results(**{part: str(value) for part, value in raw.items()})


def _known(raw: Any, keys: frozenset[str], where: str) -> None:
    if not isinstance(raw, Mapping):
        raise SettingError(f"'{where}' is not an object")
    strange = set(raw) - keys
    if strange:
        raise SettingError(
            f"'{where}' has an unknown key '{min(strange)}'; known are {', '.join(sorted(keys))}"
        )


def _text(raw: Mapping[str, Any], key: str, name: str) -> str:
    value = raw.get(key, "")
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)  # long documents are easier to read line by line
    if not isinstance(value, str):
        raise SettingError(f"'{name}.{key}' is not a text")
    return value


def _object(raw: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    value = raw.get(key, {})
    if not isinstance(value, Mapping):
        raise SettingError(f"'{name}.{key}' is not an object")
    return value


def _whole(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 10_000:
        raise SettingError(f"'{where}' is {value!r}; it is a whole number from 1 to 10000")
    return value


# ---------------------------------------------------------------- field maps


@dataclass(frozen=True, slots=True)
class RowMap:
    """A list inside a record: where its rows are, and what each holds."""

    rows: str
    fields: Mapping[str, Any]


def read_map(
    name: str, raw: Any, known: frozenset[str], lists: Mapping[str, frozenset[str]]
) -> dict[str, Any]:
    """A field map: target -> expression, {…} for a part such as an address, rows for a list.

    known: targets that are values; lists: targets that are lists, with the targets of their rows. Raises SettingError.
    """
    if not isinstance(raw, Mapping):
        raise SettingError(f"'{name}' is not an object")
    found: dict[str, Any] = {}
    for target, value in raw.items():
        where = f"{name}.{target}"
        if target in lists:
            entries = value if isinstance(value, list) else [value]
            found[target] = tuple(_row_map(where, entry, lists[target]) for entry in entries)
        elif target not in known:
            choices = ", ".join(sorted(known | set(lists)))
            raise SettingError(f"'{where}' is no field; known are {choices}")
        elif not isinstance(value, str):
            raise SettingError(f"'{where}' is not an expression")
        else:
            found[target] = _expression(where, value)
    return found


def _row_map(where: str, raw: Any, known: frozenset[str]) -> RowMap:
    if not isinstance(raw, Mapping) or "rows" not in raw or not isinstance(raw.get("fields"), Mapping):
        raise SettingError(f"'{where}' needs 'rows' (where they are) and 'fields'")
    fields = {}
    for target, value in raw["fields"].items():
        if target not in known:
            raise SettingError(f"'{where}.{target}' is no field; known are {', '.join(sorted(known))}")
        fields[target] = _expression(f"{where}.{target}", str(value))
    return RowMap(_expression(where, str(raw["rows"])), fields)


def _expression(where: str, text: str) -> str:
    try:
        compiled(text)
    except ExpressionError as error:
        raise SettingError(f"'{where}': {error}") from error
    return text
