"""How values look in lists and on object pages: chips, amounts, times, links, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency, format_decimal
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

Tone = Literal["ok", "warn", "bad", "info", "mute"]

STATE_TONES: Mapping[str, Tone] = {
    **dict.fromkeys(
        ("completed", "finished", "processed", "linked", "resolved", "ready", "issued", "shipped", "delivered",
         "paid", "posted", "confirmed", "repaired", "approved", "success", "active", "ok", "imported", "received"), "ok"
    ),
    **dict.fromkeys(
        ("pending", "queued", "draft", "superseded", "ignored", "cancelled", "inactive", "debug", "closed", "void", "gone"),
        "mute",
    ),
    **dict.fromkeys(
        ("processing", "running", "submitted", "info", "information", "candidate", "new", "in_progress", "asked"), "info"
    ),
    **dict.fromkeys(
        ("held", "warning", "partly_failed", "paused", "conflict", "staged", "waiting", "partial",
         "item_missing", "retry", "unlinked"), "warn"
    ),
    **dict.fromkeys(
        ("failed", "dead", "error", "open", "rejected", "remote_missing", "critical", "overdue"), "bad"
    ),
}  # fmt: skip

_FROM_THE_RIGHT = re.compile("[\u0590-\u08ff]")


def chip(text: object, tone: str = "mute") -> SafeString:
    """A small coloured label; tone: ok, warn, bad, info or mute."""
    return format_html('<span class="chip chip-{}">{}</span>', tone, text)


def state_chip(row: models.Model, field: str = "state", tones: Mapping[str, str] | None = None) -> SafeString:
    """The chip of a field with choices, in the reader's language and the usual tone of that state."""
    value = str(getattr(row, field) or "")
    shown = getattr(row, f"get_{field}_display", lambda: value)()
    return chip(shown, {**STATE_TONES, **(tones or {})}.get(value, "mute")) if value else SafeString("–")


def format_amount(amount: Decimal | int | None, currency: str = "") -> str:
    """An amount in the reader's language, with the currency's own decimals; '–' for nothing."""
    if amount is None:
        return "–"
    locale = _babel_locale()
    if not currency:
        return format_decimal(amount, format="#,##0.00##", locale=locale, numbering_system="latn")
    shown = format_currency(amount, currency.upper(), locale=locale, numbering_system="latn")
    return re.sub(r"(?<=[A-Za-z])(?=\d)", "\u00a0", shown)  # CLDR sets 'KWD1.500' without a space


def amount_html(amount: Decimal | int | None, currency: str = "") -> SafeString:
    """The same as a cell that stays in one piece in right-to-left text."""
    tone = " amount-negative" if amount is not None and amount < 0 else ""
    return format_html('<bdi class="amount{}">{}</bdi>', tone, format_amount(amount, currency))


def format_quantity(quantity: Decimal | int | None) -> str:
    """A quantity without needless zeros."""
    if quantity is None:
        return "–"
    return format_decimal(quantity, format="#,##0.######", locale=_babel_locale(), numbering_system="latn")


def _babel_locale() -> Locale:
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def time_exact(moment: datetime | None) -> SafeString:
    """Date, time and zone, left to right; '–' for never."""
    if moment is None:
        return SafeString("–")
    local = timezone.localtime(moment)
    shown = local.strftime("%Y-%m-%d %H:%M:%S %Z")
    return format_html('<time datetime="{}" dir="ltr" class="exact">{}</time>', local.isoformat(), shown)


def time_ago(moment: datetime | None) -> SafeString:
    """'3 minutes ago', with the exact time on hover; '–' for never."""
    if moment is None:
        return SafeString("–")
    local = timezone.localtime(moment)
    exact = local.strftime("%Y-%m-%d %H:%M:%S %Z")
    now = timezone.now()
    if moment > now:
        words = _("in %(time)s") % {"time": timesince(now, moment, depth=1)}
    elif (now - moment).total_seconds() < 60:
        words = _("just now")
    else:
        words = _("%(time)s ago") % {"time": timesince(moment, now, depth=1)}
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, words)


def change_url(model_label: str, key: object) -> str:
    """The admin page of a record by model label ('orders.order') and key; "" when there is none."""
    app_label, _dot, model_name = model_label.lower().partition(".")
    try:
        return reverse(f"admin:{app_label}_{model_name}_change", args=[key])
    except NoReverseMatch:
        return ""


def link_to(row: models.Model | None, text: object = "") -> SafeString:
    """A link to a record's page, or its name when it has none."""
    if row is None:
        return SafeString("–")
    return link(change_url(row._meta.label_lower, row.pk), text or row)


def isolated(text: object) -> SafeString:
    """A text of its own direction. That of its first letter, save that a text with Arabic in it, such as a code and a
    name, reads from the right for readers who do."""
    shown = str(text)
    if get_language_bidi() and _FROM_THE_RIGHT.search(shown):
        return format_html('<bdi dir="rtl">{}</bdi>', shown)
    return format_html("<bdi>{}</bdi>", shown)


def link(url: str, text: object) -> SafeString:
    """A link; only the text when there is no address."""
    shown = isolated(text)
    return format_html('<a href="{}">{}</a>', url, shown) if url else shown


def code_text(value: object) -> SafeString:
    """A key, SKU or address: always left to right."""
    return format_html('<bdi dir="ltr" class="code">{}</bdi>', value) if value else SafeString("–")


def pretty_json(value: Any) -> SafeString:
    """JSON (a value, or text that may be JSON) in readable lines."""
    if value in (None, "", {}, []):
        return SafeString("–")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):  # not JSON, or nested deeper than any reader would follow
            return format_html('<pre class="json" dir="ltr">{}</pre>', value)
    text = json.dumps(value, ensure_ascii=False, indent=2, cls=DjangoJSONEncoder)
    return format_html('<pre class="json" dir="ltr">{}</pre>', text)


def yes_no(value: bool, yes: str | Promise = "", no: str | Promise = "") -> SafeString:
    """A green or a grey chip."""
    return chip(yes or _("yes"), "ok") if value else chip(no or _("no"), "mute")
