"""How PHP writes and reads what crosses the wire: JSON, query strings, slugs."""

import json
import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus


def dumps(value: Any) -> bytes:
    r"""JSON as PHP's json_encode writes it: `\/`, `\uXXXX`, no blanks."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def number(value: Decimal) -> int | float:
    """A JSON number: PHP drops the fraction of a whole float."""
    return int(value) if value == value.to_integral_value() else float(value)


def trimmed(value: Decimal) -> str:
    """A decimal as PHP casts a float to text: no trailing zeros, never an exponent."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("", "-0", "-") else text


def to_int(value: Any) -> int:
    """PHP's intval: leading digits, otherwise 0."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return int(value)
    found = re.match(r"\s*[+-]?\d+", str(value or ""))
    return int(found.group()) if found else 0


def to_bool(value: Any) -> bool:
    """WordPress' rest_sanitize_boolean."""
    if isinstance(value, str):
        return value.lower() not in ("", "0", "false")
    return bool(value)


def clean_decimal(value: Any) -> str:
    """WooCommerce's wc_format_decimal without a number of places: digits, dot and sign stay."""
    if value is None or value == "":
        return ""
    if isinstance(value, float):
        return trimmed(Decimal(repr(value)))
    text = re.sub(r"[^0-9.\-]", "", str(value).replace(",", "."))
    return text if re.fullmatch(r"-?\d*\.?\d*", text) and any(c.isdigit() for c in text) else ""


_SQUARE = re.compile(r"\[([^\]]*)\]")


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Query or form pairs as PHP's $_GET: `a[]=1`, `a[0]=1` and `a[k]=v` become dicts of text keys."""
    result: dict[str, Any] = {}
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        if not bracket or not head:
            result[name] = value
            continue
        node = result.get(head)
        if not isinstance(node, dict):
            node = result[head] = {}
        keys = _SQUARE.findall(name[len(head) :])
        for key in keys[:-1]:
            key = key or str(len(node))
            inner = node.get(key)
            if not isinstance(inner, dict):
                inner = node[key] = {}
            node = inner
        node[(keys[-1] if keys else "") or str(len(node))] = value
    return result


def lists(value: Any) -> Any:
    """Turns nested dicts whose keys are 0, 1, 2 … into lists, as PHP arrays print."""
    if not isinstance(value, dict):
        return value
    if value and list(value) == [str(i) for i in range(len(value))]:
        return [lists(v) for v in value.values()]
    return {k: lists(v) for k, v in value.items()}


def flat_query(params: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """The inverse of `nest`: `status[0]` style names and their values."""
    pairs: list[tuple[str, str]] = []
    for key, value in params.items():
        name = f"{prefix}[{key}]" if prefix else key
        if isinstance(value, dict):
            pairs.extend(flat_query(value, name))
        else:
            pairs.append((name, value))
    return pairs


def build_query(params: dict[str, Any]) -> str:
    """WordPress' add_query_arg: names and values urlencoded, a trailing `=` of a value lost."""
    return "&".join(f"{quote_plus(n)}={quote_plus(v.rstrip('='))}" for n, v in flat_query(params))


def slugify(text: str) -> str:
    """WordPress' sanitize_title: ASCII letters stay, other scripts become %xx, at most 200 bytes."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    plain = re.sub(r"[\s/]+", "-", plain.strip())
    kept = "".join(c for c in plain if c.isalnum() or c in "-_")
    slug = ""
    for char in re.sub(r"-+", "-", kept).strip("-"):
        encoded = quote(char).lower()
        if len(slug) + len(encoded) > 200:
            break
        slug += encoded
    return slug
