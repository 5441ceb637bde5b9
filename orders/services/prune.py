"""Messages that the shop has make room."""

from __future__ import annotations

from activity.services import prune
from ecomsync.common.retention import Retention
from orders.models import OrderOutbox, OrderVersion
from orders.states import OutboxState

#: Nothing is left to be done about these.
_OVER = (OutboxState.DONE, OutboxState.SUPERSEDED, OutboxState.CANCELLED)


def prune_messages() -> dict[str, int]:
    """Delete delivered messages and replaced versions of long ago; what failed stays. Returns how many per kind."""
    return prune(
        [
            Retention("messages", OrderOutbox.objects.filter(state__in=_OVER), "completed_at"),
            Retention("versions", OrderVersion.objects.all(), "replaced_at"),
        ]
    )
