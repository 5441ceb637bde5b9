"""WooCommerce proves what every platform must prove, at its sandbox."""

from tests.contracts.platform_cases import FailureCases, PushCases, ReadingCases, WebhookCases


class TestPush(PushCases):
    """Idempotent, partial, split in halves."""


class TestFailure(FailureCases):
    """Errors leave as the right class."""


class TestReading(ReadingCases):
    """To the last row while rows change."""


class TestWebhooks(WebhookCases):
    """Signature, replay, unknown topics."""
