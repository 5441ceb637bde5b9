from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.norce import NorceShop
from tests.sandbox.norce.client import Caller


@pytest.fixture
def shop() -> Iterator[NorceShop]:
    with NorceShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def caller(shop: NorceShop) -> Caller:
    caller = Caller(shop)
    caller.sign_in()
    return caller
