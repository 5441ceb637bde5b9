"""Announces changed mappings once per commit, however many rows changed."""

from __future__ import annotations

import threading
from typing import Any

from django.apps import AppConfig, apps
from django.db import models, transaction
from django.db.models.signals import post_delete, post_migrate, post_save

from sites.models import (
    DocumentGenerationLine,
    PaymentMethodLine,
    ShippingItemLine,
    Site,
    UpdateOrderStatusLine,
    WarehouseLine,
)
from sites.roles import create_roles
from sites.signals import mapping_changed

KINDS: dict[type[models.Model], str] = {
    PaymentMethodLine: "payment",
    ShippingItemLine: "shipping",
    WarehouseLine: "warehouse",
    DocumentGenerationLine: "documents",
    UpdateOrderStatusLine: "status",
}


class _Pending(threading.local):
    def __init__(self) -> None:
        self.codes: dict[tuple[int, str], set[str]] = {}


_pending = _Pending()


def _announce() -> None:
    """Send what was collected; the second of two calls in one commit finds nothing left."""
    collected, _pending.codes = _pending.codes, {}
    for (site_id, kind), codes in collected.items():
        mapping_changed.send(sender=Site, site_id=site_id, kind=kind, codes=codes)


def _collect(site_id: int, kind: str, code: str) -> None:
    codes = _pending.codes.setdefault((site_id, kind), set())
    if code:
        codes.add(code)
    transaction.on_commit(_announce)


def line_changed(sender: type[models.Model], instance: Any, **kwargs: Any) -> None:
    """A row of a mapping table was saved or deleted."""
    code = getattr(instance, "remote_code", "") or getattr(instance, "remote_location_id", "")
    _collect(instance.site_id, KINDS[sender], code)


def site_saved(
    sender: type[Site], instance: Site, update_fields: Any = None, raw: bool = False, **kwargs: Any
) -> None:
    """Settings were saved by staff; the services that only note a state save chosen columns."""
    if update_fields is None and not raw:
        _collect(instance.pk, "settings", "")


def connect(config: AppConfig) -> None:
    for model in KINDS:
        name = model.__name__
        post_save.connect(line_changed, sender=model, dispatch_uid=f"ecomsites.saved.{name}")
        post_delete.connect(line_changed, sender=model, dispatch_uid=f"ecomsites.deleted.{name}")
    post_save.connect(site_saved, sender=Site, dispatch_uid="ecomsites.site_saved")
    # Once, after the last app: by then every permission is there. Without a sender it would run for each app.
    last = list(apps.get_app_configs())[-1]
    post_migrate.connect(create_roles, sender=last, dispatch_uid="ecomsites.roles")
