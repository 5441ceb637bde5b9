"""Filters for printed documents."""

from __future__ import annotations

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


@register.filter
def isolate(value: object) -> SafeString:
    """The text in its own direction, whatever stands around it. WeasyPrint has no `unicode-bidi`, Pango obeys this."""
    text = conditional_escape(value if isinstance(value, SafeString) else str(value))
    lines = [f"{FIRST_STRONG_ISOLATE}{line}{POP_ISOLATE}" for line in text.splitlines() if line]
    return SafeString("<br>".join(lines))
