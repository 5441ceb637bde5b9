"""Fixtures of the ERP's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.dispatch import Signal

from erp.models import Warehouse
from tests.erp import factories


@pytest.fixture
def riyadh(db: None) -> Warehouse:
    return factories.make_warehouse("RUH", is_default=True)


@pytest.fixture
def jeddah(db: None) -> Warehouse:
    return factories.make_warehouse("JED")


@pytest.fixture
def heard() -> Iterator[Callable[[Signal], list[dict[str, Any]]]]:
    """heard(signal) -> list that fills with what the signal sends."""
    connections = []

    def listen(signal: Signal) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []

        def receiver(sender: Any, signal: Signal, **values: Any) -> None:
            messages.append(values)

        signal.connect(receiver, weak=False)
        connections.append((signal, receiver))
        return messages

    yield listen
    for signal, receiver in connections:
        signal.disconnect(receiver)
