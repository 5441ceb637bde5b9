"""Actions that tell somebody else: an e-mail, a called address. Done at least once."""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail

from activity.services.calls import observe
from ecomsync.common.errors import NetworkError, Rejected, ShopUnavailable
from ecomsync.common.http import HttpClient
from ecomsync.common.logs import current_trace_id
from webhooks.services.calls import Call

TIMEOUT = 15.0


def send_email(call: Call) -> Callable[[], str]:
    """Mail to parameters["to"] (addresses with commas between them) that the event came."""
    addresses = [part.strip() for part in str(call.parameters.get("to", "")).split(",") if part.strip()]
    event = call.event
    subject = str(
        call.parameters.get("subject") or f"[ecomsync] {call.site.code}: {event.topic} {event.remote_id}"
    )
    text = "\n".join(
        [
            f"Site: {call.site.code}",
            f"Event: {event.topic} ({event.kind})",
            f"Record: {event.resource} {event.remote_id}",
            f"Time: {event.occurred_at.isoformat()}",
        ]
    )
    try:
        send_mail(subject.replace("\n", " "), text, settings.DEFAULT_FROM_EMAIL, addresses)
    except (OSError, SMTPException) as error:
        raise NetworkError(
            f"The e-mail could not be sent: {error}.",
            code="mail",
            cure="Check EMAIL_URL of this installation.",
        ) from error
    return lambda: f"An e-mail went to {', '.join(addresses)}."


def call_url(call: Call) -> Callable[[], str]:
    """POST the event to parameters["url"]; parameters["headers"] are sent along."""
    url = str(call.parameters.get("url", ""))
    headers = call.parameters.get("headers")
    client = HttpClient(
        timeout=TIMEOUT,
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
        observer=observe(call.site.code, "call_url"),
        trace_id=current_trace_id,
    )
    try:
        answer = client.request(
            "POST",
            url,
            json_body=_message(call),
            headers={str(name): str(value) for name, value in headers.items()}
            if isinstance(headers, dict)
            else None,
            route="call_url",
        )
    finally:
        client.close()
    if answer.status >= 500 or answer.status == 429:
        raise ShopUnavailable(
            f"The called address answered {answer.status}.",
            code="url_refused",
            status=answer.status,
            excerpt=answer.excerpt(),
        )
    if answer.status >= 300:
        raise Rejected(
            f"The called address answered {answer.status}.",
            code="url_refused",
            status=answer.status,
            excerpt=answer.excerpt(),
            cure="Correct the URL or the headers in the parameters of the event action line.",
        )
    return lambda: f"The called address answered {answer.status}."


def _message(call: Call) -> dict[str, Any]:
    event = call.event
    return {
        "site": call.site.code,
        "kind": event.kind,
        "topic": event.topic,
        "resource": event.resource,
        "remote_id": event.remote_id,
        "occurred_at": event.occurred_at.isoformat(),
        "payload": event.payload,
    }
