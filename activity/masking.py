"""Personal data as it is shown: names, addresses, mails and phones of shoppers are masked for most readers."""

from __future__ import annotations

import json
import re
from typing import Any

_PERSONAL = re.compile(
    r"(^|_)(first_?name|last_?name|full_?name|customer_?name|name_?[12]?_?on|e?-?mail|phone|mobile|telephone|fax|address_?[0-9]?|street"
    r"|line_?[12]|postcode|postal_?code|zip|company|vat(_?number)?|tax_?(reg_?)?n(o|umber)|ip_?address|customer_ip_address|recipient|national_?id)$",
    re.IGNORECASE,
)
_MAIL = re.compile(r"[A-Za-z0-9._%+\-]+@([A-Za-z0-9.\-]+\.[A-Za-z]{2,})")
_PHONE = re.compile(r"(?<![\w+.\-])(?:\+|00)\d[\d\s().\-]{6,16}\d(?![\w.])")
DOTS = "•••"


def mask_value(value: object) -> Any:
    """Keep the first letter, so that two records can still be told apart."""
    if isinstance(value, str):
        return f"{value[0]}{DOTS}" if value.strip() else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return DOTS
    return mask_personal(value)


def mask_personal(value: Any) -> Any:
    """A JSON value with personal data masked, wherever it stands."""
    if isinstance(value, dict):
        return {
            name: mask_value(inner) if _PERSONAL.search(str(name)) else mask_personal(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [mask_personal(inner) for inner in value]
    return mask_text(value) if isinstance(value, str) else value


def mask_text(text: str) -> str:
    """Mails and international phone numbers inside any text."""
    return _PHONE.sub(DOTS, _MAIL.sub(rf"{DOTS}@\1", text))


def mask_body(body: str) -> Any:
    """A stored body: as masked JSON when it is JSON, else as masked text (also when it was cut off)."""
    try:
        return mask_personal(json.loads(body))
    except (ValueError, RecursionError):
        cut = re.sub(r'"(?P<name>[^"\\]{1,60})"\s*:\s*"(?P<value>(?:[^"\\]|\\.)*)"?', _mask_pair, body)
        return mask_text(cut)


def _mask_pair(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    if not _PERSONAL.search(name) or not value:
        return match[0]
    return f'"{name}":"{value[0]}{DOTS}"'
