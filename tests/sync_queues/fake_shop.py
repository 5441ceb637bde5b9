"""A platform without a network and handlers that do what a test tells them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from platforms.base import Capabilities, PlatformAdapter
from platforms.types import CheckReport, RemoteProduct, ShopInfo, Token
from sites.models import Site
from sync_queues.inputs import RowOutcome, RowResult
from sync_queues.models import Request

Script = Callable[[Site, Sequence[Request]], list[RowResult]]


class FakeAdapter(PlatformAdapter):
    """Lists the products a test puts on its shelf."""

    name = "fake"
    label_en = "Fake"
    label_ar = "Fake"
    capabilities = Capabilities(push_quantities=True, push_prices=True, push_products=True, variants=True)
    shelf: ClassVar[list[RemoteProduct]] = []
    broken_after: ClassVar[tuple[int, Exception] | None] = None

    def close(self) -> None:
        return

    def check(self) -> CheckReport:
        return CheckReport(())

    def shop_info(self) -> ShopInfo:
        return ShopInfo()

    def iter_products(self, *, modified_from: datetime | None = None) -> Iterator[RemoteProduct]:
        for number, product in enumerate(self.shelf):
            if self.broken_after is not None and number >= self.broken_after[0]:
                raise self.broken_after[1]
            yield product


class OneWriterAdapter(FakeAdapter):
    name = "onewriter"
    capabilities = Capabilities(push_quantities=True, sequential_writes=True)


class TokenAdapter(FakeAdapter):
    """Its access token is renewed by a refresh token."""

    name = "tokenshop"
    capabilities = Capabilities(push_quantities=True, request_token=True)

    def refresh_token(self) -> Token:
        return Token("token-2", "refresh-2", datetime.now(UTC) + timedelta(hours=1))


class ScriptedHandler:
    """Keeps the batches it was given and answers by the script."""

    script: ClassVar[Script | None] = None
    batches: ClassVar[list[list[Request]]] = []

    def __init__(self, site: Site, adapter: PlatformAdapter) -> None:
        self.site = site

    def handle(self, requests: Sequence[Request]) -> list[RowResult]:
        type(self).batches.append(list(requests))
        script = type(self).script or all_done
        return script(self.site, requests)


def all_done(_site: Site, requests: Iterable[Request]) -> list[RowResult]:
    return [RowResult(row.pk, RowOutcome.DONE) for row in requests]


def answer(outcome: RowOutcome, **columns: Any) -> Script:
    """Every row gets the same answer."""
    return lambda _site, requests: [RowResult(row.pk, outcome, **columns) for row in requests]


def failing(error: Exception) -> Script:
    """The whole batch fails."""

    def raise_it(_site: Site, _requests: Sequence[Request]) -> list[RowResult]:
        raise error

    return raise_it
