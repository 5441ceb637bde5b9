"""What the porch must know of a site, read once and kept in this process for a short while."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.db.models import F

from platforms.base import PlatformAdapter
from platforms.registry import adapter_class
from platforms.types import EventKind
from sites.models import Site
from sites.services.adapters import connection_for
from sites.services.learned import Keeper

KEEP_SECONDS = 30.0
#: A refused signature may mean that the secret has just been changed: such a card is read again after this long.
DOUBT_SECONDS = 1.0
MAX_CARDS = 5_000

#: Worked on at once unless a line of the site says otherwise: whoever waits for these loses money.
CRITICAL_KINDS = frozenset(
    {EventKind.ORDER_CREATED, EventKind.ORDER_PAID, EventKind.ORDER_CANCELLED, EventKind.ORDER_DELETED}
)
ANY_KIND = "*"


@dataclass(frozen=True, slots=True)
class SiteCard:
    """A site as the porch sees it. `adapter` only verifies and reads; it makes no calls."""

    site_id: int
    code: str
    platform: str
    is_open: bool
    event_lines: tuple[tuple[str, bool], ...]
    adapter: PlatformAdapter
    read_at: float

    def is_critical(self, kind: str) -> bool:
        """Whether a line of the site says so; without any line for it, our own list."""
        told = [critical for pattern, critical in self.event_lines if fits(pattern, kind)]
        return any(told) if told else kind in CRITICAL_KINDS


def fits(pattern: str, kind: str) -> bool:
    """`order.created`, `order.*` or `*`, as in `EventActionLine.fits`."""
    if pattern in (ANY_KIND, kind):
        return True
    return pattern.endswith(".*") and kind.startswith(pattern[:-1])


class SiteCards:
    """Cards by public id. Secrets stay in the memory of the process; they are never put into a shared cache."""

    def __init__(self) -> None:
        self._cards: dict[str, SiteCard] = {}
        self._lock = threading.Lock()

    def get(self, public_id: str, *, younger_than: float = KEEP_SECONDS) -> SiteCard | None:
        """The card of a site, read with one statement when it is missing or too old. None: nobody has this id."""
        card = self._cards.get(public_id)
        if card is not None and time.monotonic() - card.read_at < younger_than:
            return card
        found = _read(public_id)
        with self._lock:
            if found is None:
                self._cards.pop(public_id, None)
            else:
                if len(self._cards) >= MAX_CARDS:
                    self._cards.clear()
                self._cards[public_id] = found
        return found

    def forget(self, public_id: str) -> None:
        """The site was changed in this process."""
        with self._lock:
            self._cards.pop(public_id, None)

    def clear(self) -> None:
        with self._lock:
            self._cards.clear()


cards = SiteCards()


def _read(public_id: str) -> SiteCard | None:
    """The site and its event lines in one statement: one row per line, the site repeated on each."""
    lines = "ecommerce_event_actions_lines__"
    rows = list(
        Site.objects.filter(webhook_public_id=public_id).annotate(
            line_kind=F(f"{lines}event_kind"),
            line_critical=F(f"{lines}critical"),
            line_active=F(f"{lines}active"),
        )
    )
    if not rows:
        return None
    site = rows[0]
    lines_told = tuple(
        (row.line_kind, bool(row.line_critical)) for row in rows if row.line_active and row.line_kind
    )
    adapter = adapter_class(site.site_type)(connection_for(site))
    # What a delivery tells of the shop is known to all workers, not to this process alone.
    adapter.keep = Keeper(site, adapter).keep
    return SiteCard(
        site_id=site.pk,
        code=site.code,
        platform=site.site_type,
        is_open=site.active and site.webhook_integration_enabled,
        event_lines=lines_told,
        adapter=adapter,
        read_at=time.monotonic(),
    )
