"""One action for one event, with what it may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sites.models import Site
from webhooks.models import WebhookEvent
from webhooks.services.batch import Batch


@dataclass(frozen=True, slots=True)
class Call:
    """The event, its site, the batch it came in, and the parameters of the line that asked for the action."""

    event: WebhookEvent
    site: Site
    batch: Batch
    parameters: Mapping[str, Any]

    @property
    def payload(self) -> Mapping[str, Any]:
        """The body as an object; empty when it is none."""
        body = self.event.payload
        return body if isinstance(body, dict) else {}

    @property
    def order_id(self) -> str:
        """The order an event is about: itself, or the one its record names."""
        if self.event.resource == "order":
            return self.event.remote_id
        named = self.payload.get("order_id") or self.payload.get("order_remote_id")
        return str(named) if named else self.event.remote_id

    def is_covered(self, action: str) -> bool:
        """Whether this batch has done the same for the same record already."""
        return self.batch.is_done(self.site.pk, action, self.event)

    def cover(self, action: str) -> None:
        self.batch.note_done(self.site.pk, action, self.event)
