"""A changed site is known to the porch of this process at once; other processes learn it within half a minute."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save

from sites.models import EventActionLine, Site
from webhooks.services.sites import cards


def on_site_changed(sender: Any, instance: Site, **_kwargs: Any) -> None:
    cards.forget(instance.webhook_public_id)


def on_line_changed(sender: Any, **_kwargs: Any) -> None:
    cards.clear()


def connect() -> None:
    """Connect the receivers; called once when the app starts."""
    for signal in (post_save, post_delete):
        signal.connect(on_site_changed, sender=Site, dispatch_uid=f"webhooks.site.{id(signal)}")
        signal.connect(on_line_changed, sender=EventActionLine, dispatch_uid=f"webhooks.line.{id(signal)}")
