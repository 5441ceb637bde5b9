"""Write down what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from activity.models import Event
from activity.services.subjects import Subject, SubjectLike, clean_text, subject_of
from ecomsync.common.actor import current_actor
from ecomsync.common.logs import current_trace_id
from ecomsync.common.sql import insert_rows


def record_event(
    *,
    kind: str,
    site_code: str = "",
    subject: SubjectLike | Subject = None,
    message: str = "",
    payload: Mapping[str, Any] | None = None,
    level: str = "info",
    actor: object = None,
    trace_id: str = "",
) -> Event:
    """Store one event under the trace of the work under way.

    subject: the record it is about. payload: JSON values (Decimal and dates are allowed). actor: a user or a
    name; nothing: whoever is at work (`ecomsync.common.actor`), or the system itself.
    """
    event = build_event(
        kind=kind,
        site_code=site_code,
        subject=subject,
        message=message,
        payload=payload,
        level=level,
        actor=actor,
        trace_id=trace_id,
    )
    event.save()
    return event


def record_events(events: Sequence[Event]) -> None:
    """Store what `build_event` made, in one statement."""
    insert_rows(events)


def build_event(
    *,
    kind: str,
    site_code: str = "",
    subject: SubjectLike | Subject = None,
    message: str = "",
    payload: Mapping[str, Any] | None = None,
    level: str = "info",
    actor: object = None,
    trace_id: str = "",
) -> Event:
    """An event that is not stored yet; the arguments are those of `record_event`."""
    return Event(
        kind=kind[:64],
        level=level,
        site_code=site_code,
        message=clean_text(message),
        payload=dict(payload or {}),
        trace_id=trace_id or current_trace_id(),
        actor=_name_of(actor) or current_actor()[:150],
        **subject_of(subject).as_columns(),
    )


def _name_of(actor: object) -> str:
    if actor is None:
        return ""
    named = getattr(actor, "get_username", None)
    return str(named() if callable(named) else actor)[:150]
