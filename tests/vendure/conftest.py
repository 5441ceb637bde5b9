from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.vendure.shop import Vendure, missing


@pytest.fixture(scope="session")
def vendure() -> Iterator[Vendure]:
    lacking = missing()
    if lacking:
        pytest.skip(lacking)
    with Vendure() as shop:
        yield shop
