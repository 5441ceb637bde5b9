"""Norce proves what every platform must prove, at its sandbox."""

import pytest

from tests.contracts.bench import Bench
from tests.contracts.declaration_cases import DeclarationCases
from tests.contracts.failure_cases import FailureCases
from tests.contracts.order_cases import OrderUpdateCases
from tests.contracts.push_cases import PushCases
from tests.contracts.reading_cases import ReadingCases
from tests.contracts.webhook_cases import WebhookCases


class TestDeclaration(DeclarationCases):
    """Labels, capabilities, signatures."""


class TestPush(PushCases):
    """Idempotent, partial, split in halves."""


class TestFailure(FailureCases):
    """Errors leave as the right class."""


class TestReading(ReadingCases):
    """To the last row while rows change."""


class TestOrderUpdates(OrderUpdateCases):
    """Written once, also after a lost answer."""


class TestWebhooks(WebhookCases):
    """Static header, replay, unknown topics."""

    def test_changed_body_is_refused(self, bench: Bench) -> None:
        pytest.skip("Norce signs nothing: a static header proves who calls, and the record is looked up")
