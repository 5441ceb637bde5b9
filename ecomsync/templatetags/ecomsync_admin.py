"""How read-only fields of forms and inline tables are shown."""

from __future__ import annotations

import re
from typing import Any

from django import template

from ecomsync.common.admin_display import isolated as isolated_html

register = template.Library()
_FIGURE = re.compile(r"-?\d+[.,]\d{2,}")


@register.filter
def plain_contents(field: Any) -> object:
    """A read-only field's text; figures lose needless zeros: 1.000000 is 1, and 147.2000 is 147.20."""
    text = field.contents()
    if not _FIGURE.fullmatch(str(text)):
        return text
    whole, _point, decimals = re.split(r"([.,])", str(text))
    kept = decimals.rstrip("0")
    return f"{whole}.{kept.ljust(2, '0')}" if kept else whole


@register.filter
def isolated(value: object) -> object:
    """The value in its own direction, see `admin_display.isolated`."""
    return isolated_html(value)
