"""Parameter checks of single calls, with WordPress' wording. Batches do not pass here, as in the shop."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.woocommerce.errors import RestError, invalid_param, missing_param

Problem = tuple[str, str, Any]


@dataclass(frozen=True)
class Field:
    """type: string, integer, number, boolean, array, object, date-time or mixed."""

    type: str = "mixed"
    enum: tuple[str, ...] = ()
    items: "Field | None" = None
    props: "dict[str, Field] | None" = None
    minimum: int | None = None
    maximum: int | None = None
    required: bool = False
    email: bool = False


Schema = dict[str, Field]
S, I, N, B, M = Field("string"), Field("integer"), Field("number"), Field("boolean"), Field()  # noqa: E741
DATE = Field("date-time")


def enum(*values: str) -> Field:
    return Field("string", enum=values)


def array(items: Field) -> Field:
    return Field("array", items=items)


def objects(**props: Field) -> Field:
    return Field("array", items=Field("object", props=props))


def obj(**props: Field) -> Field:
    return Field("object", props=props)


META = objects(id=I, key=S, value=M)


def check(schema: Schema, params: dict[str, Any]) -> None:
    """Raises rest_missing_callback_param or rest_invalid_param. A null is never looked at."""
    missing = [name for name, field in schema.items() if field.required and params.get(name) is None]
    if missing:
        raise missing_param(missing)
    problems: dict[str, Problem] = {}
    for name, value in params.items():
        field = schema.get(name)
        if field is None or value is None:
            continue
        problem = _problem(field, name, value)
        if problem:
            problems[name] = problem
    if problems:
        raise invalid_param(problems)


def _problem(field: Field, name: str, value: Any) -> Problem | None:
    kind = field.type
    if kind == "mixed":
        return None
    if not _TYPES[kind](value):
        if kind == "date-time":
            return "rest_invalid_date", "Invalid date.", None
        return "rest_invalid_type", f"{name} is not of type {kind}.", {"param": name}
    if field.enum and str(value) not in field.enum:
        return "rest_not_in_enum", f"{name} is not one of {_listed(field.enum)}.", None
    if field.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "rest_invalid_email", "Invalid email address.", None
    if field.minimum is not None or field.maximum is not None:
        return _bounds(field, name, int(float(value)))
    if kind == "array" and field.items:
        return _in_list(field.items, name, value)
    if kind == "object" and field.props:
        return _in_object(field.props, name, value)
    return None


def _bounds(field: Field, name: str, value: int) -> Problem | None:
    low, high = field.minimum, field.maximum
    if low is not None and high is not None and not low <= value <= high:
        text = f"{name} must be between {low} (inclusive) and {high} (inclusive)"
    elif high is None and low is not None and value < low:
        text = f"{name} must be greater than or equal to {low}"
    else:
        return None
    return "rest_out_of_bounds", text, None


def _in_list(items: Field, name: str, value: Any) -> Problem | None:
    rows = value if isinstance(value, list) else _from_text(value)
    for index, row in enumerate(rows):
        problem = None if row is None else _problem(items, f"{name}[{index}]", row)
        if problem:
            return problem
    return None


def _in_object(props: dict[str, Field], name: str, value: Any) -> Problem | None:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key in props and inner is not None:
            problem = _problem(props[key], f"{name}[{key}]", inner)
            if problem:
                return problem
    return None


def _from_text(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return [part for part in re.split(r"[\s,]+", str(value)) if part]


def _listed(values: tuple[str, ...]) -> str:
    if len(values) == 1:
        return values[0]
    if len(values) == 2:
        return f"{values[0]} and {values[1]}"
    return f"{', '.join(values[:-1])}, and {values[-1]}"


def _is_integer(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return True
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, str) and bool(re.fullmatch(r"\s*[+-]?\d+(\.0*)?\s*", value))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) or (
        isinstance(value, str) and bool(re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", value))
    )


def _is_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return value in (0, 1)
    return isinstance(value, str) and value.lower() in ("true", "false", "1", "0", "")


def _is_date(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value.strip().replace(" ", "T").replace("Z", "+00:00"))
    except ValueError:
        return False
    return "T" in value or " " in value.strip()


_TYPES = {
    "string": lambda v: isinstance(v, str),
    "integer": _is_integer,
    "number": _is_number,
    "boolean": _is_boolean,
    "array": lambda v: isinstance(v, list | str | int | float) or (isinstance(v, dict) and "0" in v),
    "object": lambda v: isinstance(v, dict) or v == [] or v == "",
    "date-time": _is_date,
}

PAGING: Schema = {
    "context": enum("view", "edit"),
    "page": Field("integer", minimum=1),
    "per_page": Field("integer", minimum=1, maximum=100),
    "offset": I,
    "search": S,
    "order": enum("asc", "desc"),
    "include": array(I),
    "exclude": array(I),
}
DATED: Schema = {**PAGING, "after": DATE, "before": DATE, "parent": array(I)}
MODIFIED: Schema = {"modified_after": DATE, "modified_before": DATE, "dates_are_gmt": B}


def batch_too_large(limit: int) -> RestError:
    return RestError(
        "woocommerce_rest_request_entity_too_large",
        f"Unable to accept more than {limit} items for this request.",
        413,
    )
