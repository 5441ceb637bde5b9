"""Messages to the shop in words: what they hold, where they stand, what came of them."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ecomsync.common.admin import chip, code_text, link, state_chip, time_ago
from ecomsync.common.remedies import remedy_for
from ecomsync.common.stored_text import in_reader_language
from erp.states import DocumentType
from orders.models import OrderOutbox
from orders.services.push_outbox import HELD
from orders.states import OutboxState

TONES = {"done": "ok", "superseded": "mute", "cancelled": "mute"}


def message_text(row: OrderOutbox) -> SafeString:
    """One line: status, document, parcels and the beginning of the comment."""
    payload = row.payload
    parts: list[object] = [code_text(row.echo_status)] if row.echo_status else []
    number = payload.get("document_number") or payload.get("erp_number")
    if number:
        parts.append(code_text(str(number)))
    parts += [link(str(url), str(code)) for code, url in payload.get("parcels", [])]
    if payload.get("comment"):
        parts.append(format_html("<bdi>{}</bdi>", Truncator(str(payload["comment"])).chars(80)))
    return format_html_join(" · ", "{}", ((part,) for part in parts)) if parts else SafeString("–")


def message_facts(row: OrderOutbox) -> list[tuple[object, object]]:
    """All that the message holds, for its own page."""
    payload = row.payload
    lines = format_html_join(
        SafeString("<br>"),
        "{} × {}",
        ((quantity, code_text(key)) for key, quantity in payload.get("lines", [])),
    )
    parcels = format_html_join(
        SafeString("<br>"), "{}", ((link(str(url), str(code)),) for code, url in payload.get("parcels", []))
    )
    facts: list[tuple[object, object]] = [
        (_("Document"), _document(payload)),
        (_("Status to set"), code_text(row.echo_status) if row.echo_status else ""),
        (_("Carrier"), payload.get("carrier", "")),
        (_("Tracking numbers"), parcels),
        (_("Order lines of the shop"), lines),
        (_("Comment"), format_html("<bdi>{}</bdi>", payload["comment"]) if payload.get("comment") else ""),
        (_("E-mail to the buyer"), _("yes") if payload.get("notify_customer") else _("no")),
        (_("ERP number"), code_text(str(payload.get("erp_number", ""))) if payload.get("erp_number") else ""),
    ]
    return [(label, value) for label, value in facts if value]


def _document(payload: dict[str, Any]) -> object:
    kind = str(payload.get("document_type", ""))
    label = str(DocumentType(kind).label) if kind in DocumentType.values else kind
    return format_html("{} {}", label, code_text(str(payload["document_number"]))) if kind else ""


def message_chip(row: OrderOutbox) -> SafeString:
    """Where it stands; one that waits for a setting is no ordinary waiting."""
    if row.state == OutboxState.PENDING and row.error_class == HELD:
        return chip(_("held"), "warn")
    return state_chip(row, tones=TONES)


def message_result(row: OrderOutbox) -> object:
    """The cause and what to do about it; for what went well the shop's remark, if any."""
    if not row.error_code:
        return in_reader_language(row.error_message)
    told = in_reader_language(row.error_message)
    remedy = remedy_for(row.error_code, title=told, cure=in_reader_language(row.remedy))
    parts: list[object] = [remedy.title, told if told != str(remedy.title) else "", remedy.cure]
    if row.state == OutboxState.PENDING and row.not_before:
        parts.append(format_html("{}: {}", _("Next try"), time_ago(row.not_before)))
    return format_html_join(SafeString("<br>"), "{}", ((part,) for part in parts if part))
