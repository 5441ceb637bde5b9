"""A site on a sandbox shop whose answers can be spoiled, and what staff read when they are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone, translation

from activity.models import Run, SiteError
from ecomsync.common.remedies import known_codes, remedy_for
from orders.models import Order, OrderHold
from sandbox.messages import Request, Response
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.runs import request_run
from sites.services.execute_runs import execute_waiting_runs
from sync_queues.kinds import KINDS
from sync_queues.services.lanes import wake

ARABIC = re.compile(r"[؀-ۿ]")
Spoil = Callable[[Request, Any], Any]


def act(site: Site, action: str, params: dict[str, Any] | None = None) -> Run:
    """Press a button of the site and let the worker carry it out."""
    run = request_run(site=site, action=action, params=params)
    assert execute_waiting_runs() == 1
    run.refresh_from_db()
    assert run.is_over
    return run


@contextmanager
def spoiled(shop: WooShop, spoil: Spoil, *, path: str = "/orders") -> Iterator[list[int]]:
    """While it lasts, JSON answers to GETs of `path` pass through `spoil`: it gets the data, and gives other data or
    the very bytes to send. Yields the numbers of rows it saw."""
    answer, seen = shop.app.answer, []

    def changed(request: Request) -> Response:
        response: Response = answer(request)
        if request.method != "GET" or not request.path.endswith(path) or response.status != 200:
            return response
        data = json.loads(response.body)
        seen.append(len(data))
        made = spoil(request, data)
        response.body = made if isinstance(made, bytes) else json.dumps(made).encode()
        return response

    shop.app.answer = changed  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        shop.app.answer = answer  # type: ignore[method-assign]


def changing(remote_id: Any, change: Callable[[dict[str, Any]], Any]) -> Spoil:
    """Spoils one order of a list."""

    def spoil(request: Request, data: Any) -> Any:
        for row in data:
            if str(row["id"]) == str(remote_id):
                change(row)
        return data

    return spoil


def told(code: str, message: str, cure: str = "") -> None:
    """What staff read names cause and cure: in English, and in Arabic words of its own."""
    assert message.strip()
    assert code in known_codes(), f"no remedy for '{code}'"
    with translation.override("en"):
        english = remedy_for(code)
        title, remedy = str(english.title), str(english.cure)
    assert title and remedy
    assert not ARABIC.search(title + remedy)
    with translation.override("ar"):
        arabic = remedy_for(code)
        assert ARABIC.search(str(arabic.title)), f"the title of '{code}' is not in Arabic"
        assert ARABIC.search(str(arabic.cure)), f"the cure of '{code}' is not in Arabic"
    assert (cure or remedy).strip()


def problem(site: Site, code: str, about: str = "") -> SiteError:
    """The one open problem of this code (about records of this model), which names cause and cure."""
    opened = SiteError.objects.filter(site_code=site.code, code=code, state=SiteError.State.OPEN)
    found = opened.get(subject_type=about) if about else opened.get()
    told(code, found.message, found.cure)
    return found


def failed(run: Run, code: str) -> Run:
    """The run ended as failed, for this reason, and says what to do."""
    assert run.state == Run.State.FAILED, (run.state, run.message)
    note = run.notes.get(level="error")
    assert note.code == code, (note.code, note.message)
    told(code, note.message)
    cause, _dot, cure = run.message.partition(". ")
    assert cause and len(cure) > 10, f"cause without cure: {run.message}"
    assert run.adds_up or run.found >= 0
    return run


def hold(order: Order, code: str) -> OrderHold:
    """The order is held for this reason, and the reason says what to do."""
    order.refresh_from_db()
    found = {row.code: row for row in order.holds.filter(released_at=None)}
    assert code in found, (order.state, order.state_reason, list(found))
    told(code, str(remedy_for(code).title))
    opened = SiteError.objects.get(site_code=order.site.code, code=code, subject_id=str(order.pk))
    assert opened.message
    assert opened.cure
    return found[code]


def hurry(site: Site, kind: str) -> None:
    """Let the waiting time of a queue and of its rows be over."""
    wake(site.pk, kind)
    KINDS[kind].model._default_manager.filter(site=site).update(not_before=timezone.now())
