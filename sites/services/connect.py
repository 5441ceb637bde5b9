"""Keys by one click: staff go to the shop, approve there, and the shop hands the keys over by itself."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from activity.services import RunReporter, record_event
from ecomsync.common.errors import InvalidSignature, RetryableError
from platforms.registry import adapter_class
from sites.models import ConnectRequest, Site
from sites.runs import request_run
from sites.services.adapters import connection_for, open_adapter
from sites.services.tokens import request_token, store_token

APP_NAME = "ecomsync"
VALID_FOR = timedelta(minutes=15)


def begin_connect(*, site: Site, user: AbstractBaseUser | AnonymousUser | None = None) -> str:
    """The shop's page that asks for approval. Raises ConfigurationError.

    Its token is known to the shop alone, kept here as a hash, valid for minutes and once. An earlier one of the site
    that was not used is void.
    """
    token = secrets.token_urlsafe(32)
    return_url, callback_url = _addresses(site)
    with site.adapter_class(connection_for(site)) as adapter:
        url = adapter.connect_url(
            app_name=APP_NAME,
            token=token,
            return_url=return_url,
            callback_url=callback_url,
        )
    _remember(site, token, user)
    return url


def begin_by_address(*, site: Site, user: AbstractBaseUser | AnonymousUser | None = None) -> tuple[str, str]:
    """The two addresses that staff enter in the shop: where it posts its keys, and where it sends the browser afterwards.
    Both have the token in them. Raises ConfigurationError."""
    token = secrets.token_urlsafe(32)
    return_url, callback_url = _addresses(site)
    _remember(site, token, user)
    return f"{callback_url}?token={token}", f"{return_url}?token={token}"


def _addresses(site: Site) -> tuple[str, str]:
    return (
        f"{settings.BASE_URL}{reverse('sites:connect_return', args=[site.pk])}",
        f"{settings.BASE_URL}{reverse('sites:connect_callback', args=[site.site_type])}",
    )


def _remember(site: Site, token: str, user: AbstractBaseUser | AnonymousUser | None) -> None:
    now = timezone.now()
    with transaction.atomic():
        ConnectRequest.objects.filter(site=site, used_at=None).delete()
        ConnectRequest.objects.filter(expires_at__lt=now - timedelta(days=30)).delete()
        ConnectRequest.objects.create(
            site=site,
            token_hash=hash_of(token),
            asked_by_id=user.pk if user is not None else None,
            expires_at=now + VALID_FOR,
        )
        record_event(kind="site.connect_asked", site_code=site.code, subject=site, actor=user)


def accept_grant(*, platform: str, payload: Any) -> Site:
    """Keep the credentials that a shop posted. Raises InvalidPayload, MissingPermission, InvalidSignature."""
    grant = adapter_class(platform).read_connect_callback(payload)
    now = timezone.now()
    with transaction.atomic():
        asked = (
            ConnectRequest.objects.select_for_update(of=("self",))
            .select_related("site", "asked_by")
            .filter(token_hash=hash_of(grant.token), site__site_type=platform)
            .first()
        )
        if asked is None or asked.used_at is not None or asked.expires_at < now:
            raise InvalidSignature(
                "Nobody here asked for these keys, they were handed over before, or the request is too old.",
                code="connect_expired",
                cure="Start 'Connect' again on the page of the site, and approve within 15 minutes.",
            )
        site = Site.objects.select_for_update().get(pk=asked.site_id)
        columns = set_credentials(site, grant.credentials)
        if grant.code:
            site.authorization_code = grant.code
            columns.append("authorization_code")
        site.save(update_fields=[*columns, "updated_at"])
        asked.used_at = now
        asked.save(update_fields=["used_at"])
        if grant.code:
            request_run(site=site, action="finish_connect", user=asked.asked_by)
        else:
            record_event(
                kind="site.connected",
                site_code=site.code,
                subject=site,
                level="success",
                actor=asked.asked_by,
            )
    return site


def run_finish(*, run: RunReporter, site: Site, params: dict[str, Any]) -> None:
    """Exchange what the shop posted for a token; nothing is left to do where somebody else has done it."""
    run.found()
    if finish_connect(site=site):
        run.updated()
    else:
        run.unchanged()


def finish_connect(*, site: Site) -> bool:
    """Exchange the code that came with a shop's keys. False when there is none. Raises EcomsyncError.

    A code is good once, so whoever takes it out of the row alone uses it; it goes back where the shop was out of reach.
    """
    with transaction.atomic():
        locked = Site.objects.select_for_update().get(pk=site.pk)
        code = locked.authorization_code
        if not code:
            return False
        _keep_code(locked, "")
    try:
        with open_adapter(locked, patient=False) as adapter:
            token = adapter.finish_grant(code)
    except RetryableError:
        _keep_code(locked, code)
        raise
    store_token(site_id=site.pk, token=token)
    record_event(kind="site.connected", site_code=site.code, subject=site, level="success")
    return True


def _keep_code(site: Site, code: str) -> None:
    site.authorization_code = code
    site.save(update_fields=["authorization_code", "updated_at"])


def accept_code(*, site: Site, query: Mapping[str, str]) -> Site:
    """Exchange the code that the browser brought back for a token, and keep it. Raises InvalidSignature, EcomsyncError.

    The request is used up before the shop is asked: a code is good once, and whoever sends it again meets nothing.
    """
    with site.adapter_class(connection_for(site)) as adapter:
        found = adapter.read_connect_code(query)
    now = timezone.now()
    with transaction.atomic():
        asked = (
            ConnectRequest.objects.select_for_update(of=("self",))
            .select_related("asked_by")
            .filter(token_hash=hash_of(found.token), site=site)
            .first()
        )
        if asked is None or asked.used_at is not None or asked.expires_at < now:
            raise InvalidSignature(
                "Nobody here asked for this approval, it was used before, or the request is too old.",
                code="connect_expired",
                cure="Start 'Connect' again on the page of the site, and approve within 15 minutes.",
            )
        asked.used_at = now
        asked.save(update_fields=["used_at"])
    connected = request_token(site=site, code=found.code)
    record_event(
        kind="site.connected", site_code=site.code, subject=site, level="success", actor=asked.asked_by
    )
    return connected


def set_credentials(site: Site, credentials: Mapping[str, str]) -> list[str]:
    """Put credentials that the adapter asks for where the site keeps them (not saved). Returns the columns."""
    own = {column.name for column in Site._meta.concrete_fields}
    known = {field.name for field in site.adapter_class.credential_fields}
    changed: list[str] = []
    for name, value in credentials.items():
        if name not in known:
            continue
        if name in own:
            setattr(site, name, value)
            changed.append(name)
        else:
            site.set_secret(name, value)
            changed.append("platform_secrets")
    return list(dict.fromkeys(changed))


def was_granted(*, site: Site, token: str) -> bool:
    """Whether the keys of this request have arrived."""
    return ConnectRequest.objects.filter(site=site, token_hash=hash_of(token), used_at__isnull=False).exists()


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
