"""What staff read of this adapter is Arabic for Arabic readers."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from ecomsync.common.errors import EcomsyncError
from ecomsync.common.stored_text import in_reader_language
from platforms.base import Connection
from platforms.custom.adapter import CustomAdapter
from platforms.custom.examples import example_options
from platforms.custom.phrases import PHRASES
from platforms.custom.settings import problems_of
from platforms.types import CheckStep
from tests.platforms.custom.bench import CustomBench

_ARABIC = re.compile("[\u0600-\u06ff]")
_PLACE = re.compile(r"%\((\w+)\)s")


@pytest.fixture(autouse=True)
def _arabic() -> Iterator[None]:
    with translation.override("ar"):
        yield


def untranslated(texts: list[str]) -> list[str]:
    return [text for text in texts if text and not _ARABIC.search(in_reader_language(text))]


def test_every_phrase_has_its_arabic() -> None:
    filled = [_PLACE.sub(lambda match: f"<{match[1]}>", phrase) for phrase in PHRASES]

    assert untranslated(filled) == []


def test_test_connection_speaks_arabic(bench: CustomBench) -> None:
    bench.order()
    steps: list[CheckStep] = []
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.created"])
        steps += adapter.check().steps
        bench.switch_webhooks_off()
        steps += adapter.check().steps
    with bench.adapter(connection={"currency": "EUR"}) as adapter:
        steps += adapter.check().steps
    with bench.adapter(credentials=bench.wrong_credentials()) as adapter:
        steps += adapter.check().steps
    with bench.adapter(credentials=bench.powerless_credentials()) as adapter:
        steps += adapter.check().steps
    with bench.adapter(credentials=bench.no_credentials()) as adapter:
        steps += adapter.check().steps
    steps += CustomAdapter(Connection("S1", "https://shop.example.com", {})).check().steps

    assert untranslated([step.message for step in steps]) == []
    assert untranslated([step.cure for step in steps]) == []


@pytest.mark.parametrize("kind", ["server_error", "html", "firewall", "rate_limit"])
def test_faults_speak_arabic(bench: CustomBench, kind: str) -> None:
    remote_id = bench.order()
    bench.fail(kind)
    with bench.adapter() as adapter, pytest.raises(EcomsyncError) as caught:
        adapter.get_order(remote_id)

    assert untranslated([caught.value.message]) == []


def test_refused_settings_speak_arabic() -> None:
    found: list[str] = []
    broken: tuple[dict[str, Any], ...] = (
        {"operations": {"launch": {"path": "/x"}}},
        {"operations": {"shop": {"path": "/x", "metod": "GET"}}},
        {"operations": {"shop": {}}},
        {"fields": {"order": {"nubmer": "code"}}},
        {"headers": {"X-Api-Key": "abc"}},
        {"statuses": {"x": {"phase": "sleeping"}}},
        {"webhooks": {"scheme": "trust"}},
        {"sign_in": "login"},
    )
    for changes in broken:
        options = {**copy.deepcopy(example_options("generic_rest")), **changes}
        found += problems_of(options).values()

    assert len(found) == 8
    assert untranslated(found) == []
