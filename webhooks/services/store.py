"""Keep a delivery with one statement, whatever else happens."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from activity.services.subjects import clean_text
from platforms.types import WebhookDelivery, WebhookNotice
from webhooks.models import EventState, WebhookEvent
from webhooks.services.sites import SiteCard

#: Headers that help to understand a delivery; signatures, cookies and keys are not among them.
KEPT_HEADERS = ("content-type", "content-length", "user-agent", "date")
KEPT_PREFIXES = ("x-wc-webhook-", "x-shopify-", "x-event-", "x-forwarded-for", "webhook-")
NEVER_KEPT = ("signature", "hmac", "token", "secret", "authorization", "cookie")

MAX_HEADER = 500
#: The hook may not read what it is to send: its user is gone from the shop.
REFUSED = "hook_refused"


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a delivery. `occurrences` above 1: it came before."""

    event_id: int
    occurrences: int
    state: str

    @property
    def waits(self) -> bool:
        return self.state == EventState.PENDING


def store_event(*, card: SiteCard, notice: WebhookNotice, delivery: WebhookDelivery) -> Stored:
    """Insert the event, or count it again: one statement, committed when this returns.

    The same content again is no reason to drop it: the object may have changed and changed back. If the first
    one has been dealt with, it waits once more; if it is being dealt with right now, it will wait afterwards
    (`claimed_by` is taken off, so that whoever works on it cannot close it).
    A signed body that holds an error instead of the object is kept with its reason, and nothing is done about it.
    """
    values = _values(card, notice, delivery, timezone.now())
    return insert_events([values])[0]


def insert_events(rows: Sequence[Mapping[str, Any]], *, only_new_marks: bool = False) -> list[Stored]:
    """Insert events (rows of the same columns), or count them again, in one statement. Two rows of one identity must
    not come together.

    only_new_marks: rows whose `gateway_mark` is known already change nothing and are left out of the answer.
    """
    names = list(rows[0])
    quote = connection.ops.quote_name
    table = quote(WebhookEvent._meta.db_table)
    columns = ", ".join(quote(_column(name)) for name in names)
    one = f"({', '.join(['%s'] * len(names))})"
    changed = {**_CHANGES, "gateway_mark": "excluded.gateway_mark"} if only_new_marks else _CHANGES
    changes = ", ".join(f"{quote(column)} = {expression}" for column, expression in changed.items())
    unless_known = " WHERE {t}.gateway_mark <> excluded.gateway_mark" if only_new_marks else ""
    statement = (
        f"INSERT INTO {table} ({columns}) VALUES {', '.join([one] * len(rows))} "
        f"ON CONFLICT ({quote('site_id')}, {quote('identity')}) "
        f"DO UPDATE SET {(changes + unless_known).replace('{t}', table)} "
        "RETURNING id, occurrences, state"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_prepared(name, row[name]) for row in rows for name in names])
        return [Stored(int(pk), int(times), str(state)) for pk, times, state in cursor.fetchall()]


_AGAIN = "excluded.state = 'pending'"
#: On a repeat. {t} is the table; `excluded` the row that was to be inserted.
_CHANGES = {
    "occurrences": "{t}.occurrences + 1",
    "last_received_at": "excluded.last_received_at",
    "state": f"CASE WHEN {_AGAIN} THEN 'pending' ELSE {{t}}.state END",
    "not_before": f"CASE WHEN {_AGAIN} THEN excluded.not_before ELSE {{t}}.not_before END",
    "attempts": f"CASE WHEN {_AGAIN} THEN 0 ELSE {{t}}.attempts END",
    "actions": f"CASE WHEN {_AGAIN} THEN excluded.actions ELSE {{t}}.actions END",
    "claimed_by": f"CASE WHEN {_AGAIN} THEN '' ELSE {{t}}.claimed_by END",
    "claimed_until": f"CASE WHEN {_AGAIN} THEN NULL ELSE {{t}}.claimed_until END",
}


def _values(
    card: SiteCard, notice: WebhookNotice, delivery: WebhookDelivery, now: datetime
) -> Mapping[str, Any]:
    is_error = bool(notice.error)
    return {
        "site_id": card.site_id,
        "platform": card.platform,
        "topic": clean_text(notice.topic)[:200],
        "kind": notice.kind.value,
        "identity": notice.identity[:64],
        "delivery_id": clean_text(notice.delivery_id)[:200],
        "resource": clean_text(notice.resource)[:100],
        "remote_id": clean_text(notice.remote_id)[:100],
        "occurred_at": notice.occurred_at or now,
        "received_at": now,
        "last_received_at": now,
        "occurrences": 1,
        "counted": 0,
        "headers": safe_headers(delivery.headers),
        "body": delivery.body,
        "state": (EventState.IGNORED if is_error and settings.ROLE == "full" else EventState.PENDING).value,
        "attempts": 0,
        "not_before": now,
        "claimed_by": "",
        "claimed_until": None,
        "processed_at": now if is_error else None,
        "result": clean_text(f"The shop sent no record but this: {notice.error}")[:2000] if is_error else "",
        "error_code": _error_code(notice),
        "error_message": "",
        "critical": card.is_critical(notice.kind.value),
        "actions": [],
        "trace_id": uuid.uuid4().hex,
        "gateway_mark": "",
    }


def _error_code(notice: WebhookNotice) -> str:
    if not notice.error:
        return ""
    if notice.is_refusal:
        return REFUSED
    return "error_body" if notice.payload is not None else "invalid_payload"


def _column(name: str) -> str:
    return str(WebhookEvent._meta.get_field(name).column)  # type: ignore[union-attr]


def _prepared(name: str, value: Any) -> Any:
    """The value as this database wants it (JSON, times and bytes differ)."""
    field = WebhookEvent._meta.get_field(name)
    return field.get_db_prep_save(value, connection=connection)  # type: ignore[union-attr]


def safe_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers worth keeping, without anything that proves or opens something."""
    kept = {}
    for name, value in headers.items():
        lower = name.lower()
        if any(word in lower for word in NEVER_KEPT):
            continue
        if lower in KEPT_HEADERS or lower.startswith(KEPT_PREFIXES):
            kept[lower] = clean_text(value)[:MAX_HEADER]
    return kept
