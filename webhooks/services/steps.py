"""Which actions an event asks for: the lines of the site, else our own rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from ecomsync.common.conditions import parse
from ecomsync.common.errors import ConfigurationError
from platforms.types import EventKind
from sites.choices import EventAction
from sites.criteria import EVENT_FIELDS
from sites.models import EventActionLine, Site
from webhooks.models import WebhookEvent
from webhooks.services import privacy
from webhooks.services.sites import ANY_KIND


@dataclass(frozen=True, slots=True)
class Step:
    """One action. `key` tells it apart from the other steps of the same event, now and when it is tried again."""

    key: str
    action: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


#: What is done when no active line of the site fits the kind.
DEFAULTS: Mapping[str, str] = {
    EventKind.ORDER_CREATED: EventAction.IMPORT_ORDER,
    EventKind.ORDER_UPDATED: EventAction.IMPORT_ORDER,
    EventKind.ORDER_PAID: EventAction.IMPORT_ORDER,
    EventKind.ORDER_CANCELLED: EventAction.IMPORT_ORDER,
    EventKind.ORDER_DELETED: EventAction.CANCEL_ORDER,
    EventKind.RETURN_CREATED: EventAction.IMPORT_RETURN,
    EventKind.PRODUCT_CREATED: EventAction.REFRESH_PRODUCT,
    EventKind.PRODUCT_UPDATED: EventAction.REFRESH_PRODUCT,
    EventKind.PRODUCT_DELETED: EventAction.REFRESH_PRODUCT,
    EventKind.CUSTOMER_CREATED: EventAction.UPDATE_CUSTOMER,
    EventKind.CUSTOMER_UPDATED: EventAction.UPDATE_CUSTOMER,
    **privacy.DEFAULTS,
}


def steps_of(event: WebhookEvent, site: Site) -> list[Step]:
    """The steps of an event, in the order of the site's lines.

    A line fits by its kind (`order.created`, `order.*`, `*`) and its criteria. Where lines fit the kind and none its
    criteria, nothing is done: whoever wrote them has decided about this kind. Requests about personal data are decided
    about by lines that name them.
    """
    lines = [
        line
        for line in site.ecommerce_event_actions_lines.all()
        if line.active and line.fits(event.kind) and _means(line, event.kind)
    ]
    if not lines:
        default = DEFAULTS.get(event.kind)
        return [Step(f"default:{default}", default)] if default else []
    context = event_context(event)
    return [
        Step(f"line:{line.pk}", line.action, line.parameters or {})
        for line in sorted(lines, key=lambda line: (line.line_no, line.pk))
        if _matches(line, context, site)
    ]


def _means(line: EventActionLine, kind: str) -> bool:
    """A line for all events has not decided about what the law asks for."""
    return kind not in privacy.DEFAULTS or line.event_kind != ANY_KIND


def event_context(event: WebhookEvent) -> dict[str, Any]:
    """The fields that criteria of event lines may name."""
    payload = event.payload
    status = payload.get("status", "") if isinstance(payload, dict) else ""
    return {
        "kind": event.kind,
        "topic": event.topic,
        "resource": event.resource,
        "remote_id": event.remote_id,
        "status": status,
    }


def why_nothing(event: WebhookEvent, steps: Sequence[Step]) -> str:
    """The sentence under an event for which nothing is done."""
    if event.kind == EventKind.UNKNOWN:
        return f"The topic '{event.topic}' is not known; the event is kept."
    return "No event action line of the site asks for anything here."


def _matches(line: EventActionLine, context: Mapping[str, Any], site: Site) -> bool:
    try:
        return parse(line.criteria, EVENT_FIELDS).matches(context)
    except ValidationError as error:
        raise ConfigurationError(
            f"The criteria of event action line {line.line_no} cannot be read: {' '.join(error.messages)}",
            code="bad_event_line",
            site=site.code,
            cure="Correct the line on the site, then replay the event.",
        ) from error
