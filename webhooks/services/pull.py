"""Fetches events from our gateways: stored here first, acknowledged there afterwards.

Whatever is cut in between, the gateway serves the event again, and its mark tells that it is here already: nothing
is lost and nothing is done twice.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from activity.services import clear_alerts, observe_calls, raise_alert, report_error, resolve_errors
from activity.services.subjects import clean_text
from ecomsync.common.conf import conf
from ecomsync.common.errors import (
    BadCredentials,
    EcomsyncError,
    InvalidPayload,
    RateLimited,
    ShopUnavailable,
)
from ecomsync.common.http import Answer, HttpClient
from ecomsync.common.logs import current_trace_id, ensure_trace
from platforms.types import AppGrant
from sites.choices import WebhookSource
from sites.models import Site, WebhookGateway
from sites.services.app_grants import keep_grant
from webhooks.gateway.grants import grant_from_json
from webhooks.models import EventState, WebhookEvent
from webhooks.services.insertion import insert_events
from webhooks.services.sites import cards

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
MAX_PAGES = 50
#: Failures in a row before somebody is told; the gateway keeps everything meanwhile.
ALERT_AFTER = 3
UNREACHABLE = "gateway_unreachable"


@dataclass(frozen=True, slots=True)
class PullReport:
    """fetched: events served. stored: those that are new here. acknowledged: those that the gateway may forget.
    critical: whether one of them is urgent."""

    fetched: int = 0
    stored: int = 0
    acknowledged: int = 0
    critical: bool = False


def pull_all() -> list[PullReport]:
    """Every active gateway with sites; the fault of one does not stop the others."""
    reports = []
    for gateway in WebhookGateway.objects.filter(active=True, sites__active=True).distinct():
        if not _claim(gateway):
            continue
        try:
            reports.append(pull(gateway))
        except EcomsyncError as error:
            _note_failure(gateway, error)
        else:
            _note_success(gateway)
        finally:
            WebhookGateway.objects.filter(pk=gateway.pk).update(claimed_until=None)
    return reports


def pull(gateway: WebhookGateway) -> PullReport:
    """Tell the gateway our shops if they changed, then fetch all it has. Raises EcomsyncError."""
    with (
        ensure_trace(),
        observe_calls("", "gateway") as observer,
        GatewayApi(gateway, observer=observer) as api,
    ):
        sites = _sites_of(gateway)
        _tell_sites(gateway, api, sites)
        total = PullReport()
        after = 0
        for _page in range(MAX_PAGES):
            page = api.events(after=after, limit=conf.read_ecommerce_webhook_events_page_size)
            events = page["events"]
            if events:
                total = _take_page(events, sites, api, total)
                _extend(gateway)
            after = page["next"]
            if not page["has_more"]:
                break
    return total


def _take_page(
    events: Sequence[Mapping[str, Any]], sites: Mapping[str, Site], api: GatewayApi, total: PullReport
) -> PullReport:
    """Store, commit, acknowledge. Events of shops that are not ours any more are acknowledged unread; one that cannot be
    read stays on the gateway, is told, and stops no other."""
    rows, read, grants = [], [], []
    for event in events:
        try:
            if event["site"] in sites:
                row = _row(event, sites[event["site"]])
                grants += _granted(event, row, sites[event["site"]])
                rows.append(row)
            read.append((event["id"], event["occurrences"]))
        except InvalidPayload as error:
            report_error(site_code=sites[event["site"]].code, error=error, subject=sites[event["site"]])
    stored = []
    if rows:
        with transaction.atomic():
            for grant, site in grants:
                keep_grant(platform=site.site_type, grant=grant, heard_at=site.code)
            stored = insert_events(rows, only_new_marks=True)
    acknowledged = api.acknowledge(read) if read else 0
    return PullReport(
        total.fetched + len(events),
        total.stored + len(stored),
        total.acknowledged + acknowledged,
        total.critical or (bool(stored) and any(row["critical"] for row in rows)),
    )


def _row(event: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """The event as a row of ours. Raises InvalidPayload."""
    try:
        is_error = bool(event["error_code"])
        card = cards.get(site.webhook_public_id)
        return {
            "site_id": site.pk,
            "platform": site.site_type,
            "topic": clean_text(event["topic"])[:200],
            "kind": str(event["kind"])[:40],
            "identity": str(event["identity"])[:64],
            "delivery_id": clean_text(event["delivery_id"])[:200],
            "resource": clean_text(event["resource"])[:100],
            "remote_id": clean_text(event["remote_id"])[:100],
            "occurred_at": datetime.fromisoformat(event["occurred_at"]),
            "received_at": datetime.fromisoformat(event["received_at"]),
            "last_received_at": datetime.fromisoformat(event["last_received_at"]),
            "occurrences": 1,
            "counted": 0,
            "headers": dict(event["headers"]),
            "body": base64.b64decode(event["body"]),
            "state": EventState.IGNORED.value if is_error else EventState.PENDING.value,
            "attempts": 0,
            "not_before": timezone.now(),
            "claimed_by": "",
            "claimed_until": None,
            "processed_at": timezone.now() if is_error else None,
            "result": clean_text(event["result"])[:2000],
            "error_code": str(event["error_code"])[:64],
            "error_message": "",
            "critical": bool(card and card.is_critical(str(event["kind"]))),
            "actions": [],
            "trace_id": str(event["trace_id"])[:64],
            "gateway_mark": f"{event['id']}:{event['occurrences']}",
        }
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(error) from error


def _granted(event: Mapping[str, Any], row: Mapping[str, Any], site: Site) -> list[tuple[AppGrant, Site]]:
    """The token that an event of the app gives or takes, unless this very delivery is here already: a removal that is heard
    twice must not undo a new installation. Raises InvalidPayload."""
    told = event.get("grant")
    if told is None:
        return []
    here = WebhookEvent.objects.filter(
        site=site, identity=row["identity"], gateway_mark=row["gateway_mark"]
    ).exists()
    try:
        return [] if here else [(grant_from_json(told, row["body"]), site)]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> InvalidPayload:
    return InvalidPayload(
        f"The gateway sent an event that cannot be read: {type(error).__name__} {error}.",
        code="gateway_bad_event",
        cure="Run the same release on the gateway and here.",
    )


# ---------------------------------------------------------------- our shops


def _sites_of(gateway: WebhookGateway) -> dict[str, Site]:
    rows = gateway.sites.filter(
        active=True, webhook_integration_enabled=True, webhook_source=WebhookSource.GATEWAY
    )
    return {site.webhook_public_id: site for site in rows}


def _tell_sites(gateway: WebhookGateway, api: GatewayApi, sites: Mapping[str, Site]) -> None:
    """Only when something changed since the last time; what the gateway refuses becomes a problem of its site."""
    told = [_site_json(site) for _public_id, site in sorted(sites.items())]
    digest = hashlib.sha256(json.dumps([gateway.url, told], sort_keys=True).encode()).hexdigest()
    if digest == gateway.sites_hash:
        return
    refused = api.put_sites(told)
    for public_id, site in sites.items():
        if public_id in refused:
            report_error(
                site_code=site.code,
                code="gateway_refused_site",
                message=f"The webhook gateway {gateway.code} does not take this site: {refused[public_id]}",
                subject=site,
            )
        else:
            resolve_errors(site_code=site.code, code="gateway_refused_site", subject=site)
    if not refused:
        WebhookGateway.objects.filter(pk=gateway.pk).update(sites_hash=digest)


def _site_json(site: Site) -> dict[str, Any]:
    """What the porch needs and nothing else."""
    return {
        "public_id": site.webhook_public_id,
        "code": site.code,
        "platform": site.site_type,
        "webhook_secret": site.webhook_secret,
        "credentials": {name: site.credential(name) for name in site.adapter_class.webhook_credentials},
        "options": site.platform_options,
    }


# ---------------------------------------------------------------- how it went


def _claim(gateway: WebhookGateway) -> bool:
    """One worker fetches from a gateway at a time; a dead one's turn lapses."""
    now = timezone.now()
    free = Q(claimed_until=None) | Q(claimed_until__lte=now)
    return bool(WebhookGateway.objects.filter(free, pk=gateway.pk).update(claimed_until=now + LEASE))


def _extend(gateway: WebhookGateway) -> None:
    WebhookGateway.objects.filter(pk=gateway.pk).update(claimed_until=timezone.now() + LEASE)


def _note_failure(gateway: WebhookGateway, error: EcomsyncError) -> None:
    logger.warning("Gateway %s: %s", gateway.code, error)
    WebhookGateway.objects.filter(pk=gateway.pk).update(
        failures=F("failures") + 1, last_error=str(error)[:2000]
    )
    if gateway.failures + 1 >= ALERT_AFTER or isinstance(error, BadCredentials):
        raise_alert(
            code=UNREACHABLE,
            message=f"Events cannot be fetched from the webhook gateway {gateway.code}: {error} They wait there.",
        )


def _note_success(gateway: WebhookGateway) -> None:
    WebhookGateway.objects.filter(pk=gateway.pk).update(
        failures=0, last_error="", last_pulled_at=timezone.now()
    )
    if gateway.failures:
        clear_alerts(code=UNREACHABLE)


# ---------------------------------------------------------------- calls


class GatewayApi:
    """The four calls to a gateway, each with the token of this connection."""

    def __init__(self, gateway: WebhookGateway, *, observer: Any = None) -> None:
        self._gateway = gateway
        self._token = ""
        self._http = HttpClient(
            timeout=conf.api_request_timeout / 1000,
            allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
            observer=observer,
            trace_id=current_trace_id,
        )

    def __enter__(self) -> GatewayApi:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def put_sites(self, told: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
        """Returns those that are refused, with the reason."""
        answer = self._call("PUT", "sites", json_body={"sites": list(told)})
        return dict(answer.get("refused") or {})

    def events(self, *, after: int, limit: int) -> dict[str, Any]:
        answer = self._call("GET", "events", params=[("after", str(after)), ("limit", str(limit))])
        if not isinstance(answer.get("events"), list) or not isinstance(answer.get("next"), int):
            raise self._strange("a page without events")
        return answer

    def acknowledge(self, pairs: Sequence[tuple[int, int]]) -> int:
        answer = self._call(
            "POST", "events/acknowledge", json_body={"events": [list(pair) for pair in pairs]}
        )
        return int(answer.get("acknowledged") or 0)

    def _call(self, method: str, route: str, **kwargs: Any) -> dict[str, Any]:
        for attempt in (1, 2):
            headers = {"Authorization": f"Bearer {self._token or self._sign_in()}"}
            answer = self._http.request(method, self._address(route), headers=headers, **kwargs)
            if answer.status != 401 or attempt == 2:
                break
            self._token = ""
        return self._read(answer)

    def _sign_in(self) -> str:
        pair = f"{self._gateway.client_id}:{self._gateway.client_secret}".encode()
        headers = {
            "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        answer = self._http.request(
            "POST", self._address("token"), data=b"grant_type=client_credentials", headers=headers
        )
        self._token = str(self._read(answer).get("access_token", ""))
        return self._token

    def _address(self, route: str) -> str:
        return f"{self._gateway.url}/gateway/{route}"

    def _read(self, answer: Answer) -> dict[str, Any]:
        name = self._gateway.code
        if answer.status in (401, 403):
            raise BadCredentials(
                f"The webhook gateway {name} refuses client id and secret.",
                cure="Enter those that 'manage.py make_gateway_client' prints on the gateway.",
                status=answer.status,
            )
        if answer.status == 429:
            raise RateLimited(f"The webhook gateway {name} asks for fewer calls.", status=429)
        if answer.status == 404:
            raise InvalidPayload(
                f"There is no gateway at {self._gateway.url}.",
                code="no_gateway",
                cure="Set ROLE=gateway on that host, or correct the gateway URL.",
                status=404,
            )
        if answer.status != 200:
            raise ShopUnavailable(
                f"The webhook gateway {name} answered with status {answer.status}.", status=answer.status
            )
        try:
            found = answer.json()
        except ValueError as error:
            raise self._strange("an answer that is no JSON") from error
        if not isinstance(found, dict):
            raise self._strange("an answer that is no object")
        return found

    def _strange(self, what: str) -> InvalidPayload:
        return InvalidPayload(
            f"The webhook gateway {self._gateway.code} sent {what}.",
            cure="Run the same release on the gateway and here, and look whether a proxy answers for it.",
        )
