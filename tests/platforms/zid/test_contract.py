"""Zid proves what every platform must prove, at its sandbox."""

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
    """Signature, replay, unknown topics."""
