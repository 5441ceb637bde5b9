"""The returns that an order of the shop names: fetched when they are news, withdrawn when they are gone."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from activity.services import RunReporter
from ecomsync.common.errors import EcomsyncError
from orders.services.context import ImportContext
from orders.services.returns import import_returns
from orders.services.withdrawn_returns import withdraw_missing
from orders.states import ImportOutcome
from platforms.base import PlatformAdapter
from platforms.types import RemoteOrder, RemoteReturn
from sites.models import Site

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ReturnNews:
    """What of an order's returns differs from what we hold."""

    order_remote_id: str
    read: Sequence[RemoteReturn] = ()
    present: frozenset[str] | None = None  # all that the shop still has, when some of ours are gone
    settled: frozenset[str] = frozenset()  # announced returns that the shop has refunded since

    def __bool__(self) -> bool:
        return bool(self.read) or self.present is not None


def fetch_news(
    *, site: Site, adapter: PlatformAdapter, remote: RemoteOrder, context: ImportContext
) -> ReturnNews:
    """Look what is new, and ask the shop only then. Raises EcomsyncError. Not for transactions: it may call the shop."""
    if not site.read_returns:
        return ReturnNews(remote.remote_id)
    known = context.known_returns(remote.remote_id)
    present = {entry.remote_id: entry.total for entry in remote.returns}
    is_news = any(known.get(key) != total for key, total in present.items())
    is_gone = site.capabilities.returns_in_order and not known.keys() <= present.keys()
    return ReturnNews(
        remote.remote_id,
        adapter.get_returns(remote.remote_id) if is_news else (),
        frozenset(present) if is_gone else None,
        frozenset(entry.settles for entry in remote.returns if entry.settles),
    )


def apply_news(*, site: Site, news: ReturnNews, context: ImportContext) -> dict[str, ImportOutcome]:
    """Import what was read and withdraw what is gone. remote id -> outcome of those that were read."""
    if news.present is not None:
        withdraw_missing(
            site=site, order_remote_id=news.order_remote_id, present=news.present, settled=news.settled
        )
    outcomes = import_returns(
        site=site, remotes=news.read, order_remote_id=news.order_remote_id, context=context
    )
    if news:
        context.forget_returns(news.order_remote_id)
    return outcomes


def read_returns_of(
    *,
    site: Site,
    adapter: PlatformAdapter,
    remote: RemoteOrder,
    context: ImportContext,
    reporter: RunReporter | None = None,
) -> int:
    """Both, for the loop of a reading. Returns how many returns were new or changed."""
    try:
        news = fetch_news(site=site, adapter=adapter, remote=remote, context=context)
        outcomes = apply_news(site=site, news=news, context=context)
    except EcomsyncError as error:
        # The order itself is in; the returns come with the next change or with Read Returns.
        if reporter is not None:
            reporter.note(f"Returns of order {remote.number}: {error}", level="warning", code=error.code)
        return 0
    except Exception as error:  # inside the loop of a worker: a broken return must not stop the orders
        context.forget_returns(remote.remote_id)
        logger.exception(
            "Returns of order %s of %s broke", remote.remote_id, site.code, extra={"site": site.code}
        )
        if reporter is not None:
            told = f"Returns of order {remote.number}: {type(error).__name__}: {error}"[:500]
            reporter.note(told, level="error", code="internal")
        return 0
    done = sum(outcome != ImportOutcome.UNCHANGED for outcome in outcomes.values())
    if reporter is not None and done:
        reporter.count("returns", done)
    return done
