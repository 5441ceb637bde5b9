"""System checks of the installation: a bad setting should stop a deployment, not a night run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core import checks

Messages = list[checks.CheckMessage]


def check_encryption_keys(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> Messages:
    """Every key is a Fernet key and none is given twice."""
    keys = list(settings.FIELD_ENCRYPTION_KEYS)
    hint = "`manage.py make_encryption_key` prints a new key; put it first and keep the old ones behind it."
    if not keys:
        return [
            checks.Error(
                "FIELD_ENCRYPTION_KEYS is empty: secrets cannot be stored.", hint=hint, id="ecomsync.E002"
            )
        ]
    found: Messages = []
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except (ValueError, TypeError):
            text = f"Key {position} in FIELD_ENCRYPTION_KEYS is not a valid Fernet key."
            found.append(checks.Error(text, hint=hint, id="ecomsync.E003"))
    if len(set(keys)) < len(keys):
        found.append(
            checks.Warning("FIELD_ENCRYPTION_KEYS names a key twice.", hint=hint, id="ecomsync.W001")
        )
    return found


def check_base_url(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> Messages:
    """BASE_URL is a web address: shops are told it as the target of their webhooks."""
    parts = urlsplit(settings.BASE_URL)
    if parts.scheme in ("http", "https") and parts.hostname:
        return []
    return [
        checks.Error(
            f"BASE_URL '{settings.BASE_URL}' is not a web address.",
            hint="Set it to the address under which shops reach this installation, such as https://sync.example.com.",
            id="ecomsync.E004",
        )
    ]


def check_production(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> Messages:
    """With `check --deploy`: what is fine on one machine and wrong in production."""
    found: Messages = []
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") and not settings.EMBEDDED:
        found.append(
            checks.Error(
                "A broker with several workers needs PostgreSQL; DATABASE_URL points at SQLite.",
                hint="Set DATABASE_URL=postgresql://…, or leave BROKER_URL out for the embedded installation.",
                id="ecomsync.E005",
            )
        )
    if not settings.EMBEDDED and not settings.REDIS_URL:
        found.append(
            checks.Warning(
                "Without REDIS_URL parallel calls to a shop are counted per process, not for all workers together.",
                hint="Set REDIS_URL.",
                id="ecomsync.W002",
            )
        )
    if urlsplit(settings.BASE_URL).scheme != "https":
        found.append(
            checks.Warning(
                "BASE_URL is not https: shops refuse to send webhooks to it, and logins travel in clear text.",
                hint="Put a TLS proxy in front and set BASE_URL=https://….",
                id="ecomsync.W003",
            )
        )
    if settings.ALLOW_PRIVATE_ADDRESSES:
        found.append(
            checks.Warning(
                "ALLOW_PRIVATE_ADDRESSES is on: a site URL may point into the private network.",
                hint="Switch it off unless a shop or ERP really lives there.",
                id="ecomsync.W004",
            )
        )
    return found


def register() -> None:
    """Called when the app is ready."""
    checks.register(check_encryption_keys, "ecomsync")
    checks.register(check_base_url, "ecomsync")
    checks.register(check_production, "ecomsync", deploy=True)
