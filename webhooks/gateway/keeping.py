"""What the gateway keeps: shops of its clients, events until they are acknowledged."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Min, Q
from django.utils import timezone

from activity.services import clear_alerts, raise_alert
from platforms.registry import platform_entries
from sites.models import Site
from webhooks.gateway.grants import forget
from webhooks.models import EventState, GatewayClient, GatewaySite, WebhookEvent

#: An inner installation that fetches nothing for so long is in trouble.
BACKLOG_AGE = timedelta(hours=1)
BACKLOG_ALERT = "gateway_backlog"
MAX_SITES = 2_000


@dataclass(frozen=True, slots=True)
class SitesReport:
    """Public ids of shops whose deliveries are taken, and why others are not."""

    kept: tuple[str, ...] = ()
    refused: Mapping[str, str] | None = None


def keep_sites(client: GatewayClient, told: Sequence[Mapping[str, Any]]) -> SitesReport:
    """Take over the client's list of shops: new ones open, changed secrets are taken over, missing ones close.

    Events of shops that are no longer told stay until they are fetched. One whose change is refused stays as it was.
    """
    kept: list[str] = []
    refused: dict[str, str] = {}
    for number, entry in enumerate(told):
        public_id = str(entry.get("public_id", ""))[:64]
        full = f"The gateway keeps at most {MAX_SITES} sites of one client."
        reason = full if number >= MAX_SITES else _keep_one(client, public_id, entry)
        if reason:
            refused[public_id] = reason
        else:
            kept.append(public_id)
    others = Site.objects.filter(gateway_site__client=client).exclude(webhook_public_id__in=[*kept, *refused])
    for site in others.filter(active=True):
        site.active = False
        site.save()
    return SitesReport(tuple(kept), refused)


def _keep_one(client: GatewayClient, public_id: str, entry: Mapping[str, Any]) -> str:
    """ "" when it is kept, else why not."""
    platform = str(entry.get("platform", ""))
    if len(public_id) < 16 or not public_id.isalnum():
        return "The webhook id is not a random id of an ecomsync site."
    if platform not in platform_entries():
        return f"The platform '{platform}' is not installed on the gateway."
    site = Site.objects.filter(webhook_public_id=public_id).first()
    if site is not None and not GatewaySite.objects.filter(site=site, client=client).exists():
        return "Another client has this webhook id."
    try:
        with transaction.atomic():
            site = site or Site(webhook_public_id=public_id)
            _fill(site, client, entry)
            site.save()
            GatewaySite.objects.get_or_create(site=site, defaults={"client": client})
    except IntegrityError:
        return "Another site of the gateway has this code or address."
    return ""


def _fill(site: Site, client: GatewayClient, entry: Mapping[str, Any]) -> None:
    site.code = f"GW{client.pk}-{str(entry.get('code', ''))[:30]}-{site.webhook_public_id[:8]}"
    site.site_type = str(entry["platform"])
    # Nobody calls the shop from here; the address only has to be one of its own.
    site.url = f"https://{site.webhook_public_id}.invalid"
    site.active, site.webhook_integration_enabled = True, True
    site.webhook_secret = str(entry.get("webhook_secret", ""))
    options = entry.get("options")
    site.platform_options = options if isinstance(options, dict) else {}
    credentials = entry.get("credentials")
    columns = {field.name for field in Site._meta.concrete_fields}
    for name, value in credentials.items() if isinstance(credentials, dict) else ():
        if name in site.adapter_class.webhook_credentials:
            setattr(site, name, str(value)) if name in columns else site.set_secret(name, str(value))


def waiting_events(client: GatewayClient, *, after: int, limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Events that are not acknowledged, by their number; and whether there are more."""
    rows = WebhookEvent.objects.filter(
        site__gateway_site__client=client, state=EventState.PENDING, id__gt=after
    ).select_related("site", "gateway_grant")
    found = list(rows.order_by("id")[: limit + 1])
    return [_as_json(event) for event in found[:limit]], len(found) > limit


def _as_json(event: WebhookEvent) -> dict[str, Any]:
    return {
        "id": event.pk,
        "occurrences": event.occurrences,
        "site": event.site.webhook_public_id,
        "platform": event.platform,
        "topic": event.topic,
        "kind": event.kind,
        "identity": event.identity,
        "delivery_id": event.delivery_id,
        "resource": event.resource,
        "remote_id": event.remote_id,
        "occurred_at": event.occurred_at.isoformat(),
        "received_at": event.received_at.isoformat(),
        "last_received_at": event.last_received_at.isoformat(),
        "headers": event.headers,
        "body": base64.b64encode(bytes(event.body)).decode("ascii"),
        "error_code": event.error_code,
        "result": event.result,
        "trace_id": event.trace_id,
        "grant": _grant(event),
    }


def _grant(event: WebhookEvent) -> Any:
    """What the event grants, or None. Only the client whose shop heard it is told."""
    kept = getattr(event, "gateway_grant", None)
    return None if kept is None else json.loads(kept.sealed)


def acknowledge(client: GatewayClient, pairs: Iterable[tuple[int, int]]) -> int:
    """The client has these events, each as it was after so many deliveries; one that came again meanwhile stays."""
    by_times: dict[int, list[int]] = {}
    for event_id, occurrences in pairs:
        by_times.setdefault(occurrences, []).append(event_id)
    count = 0
    for occurrences, ids in by_times.items():
        rows = WebhookEvent.objects.filter(
            site__gateway_site__client=client, pk__in=ids, occurrences=occurrences, state=EventState.PENDING
        )
        with transaction.atomic():
            forget(list(rows.filter(gateway_grant__isnull=False).values_list("pk", flat=True)))
            count += rows.update(state=EventState.PROCESSED, processed_at=timezone.now(), result="Fetched.")
    return count


def watch_backlog() -> None:
    """Alert when events wait for long: the inner installation is down or cannot reach us."""
    oldest = WebhookEvent.objects.filter(state=EventState.PENDING).aggregate(first=Min("received_at"))[
        "first"
    ]
    if oldest is None or oldest > timezone.now() - BACKLOG_AGE:
        clear_alerts(code=BACKLOG_ALERT)
        return
    waiting = Q(sites__site__webhook_events__state=EventState.PENDING)
    names = ", ".join(GatewayClient.objects.filter(waiting).distinct().values_list("name", flat=True))
    raise_alert(
        code=BACKLOG_ALERT,
        message=f"Events wait since {oldest:%Y-%m-%d %H:%M} UTC and nobody fetches them. Clients: {names}.",
    )
