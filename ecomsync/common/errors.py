"""Every error of ours, named by what the caller should do about it.

The queues decide by class and by `code`, never by reading text. `message` names the cause and `cure` what
to do; both are plain English. The texts that staff see in their language come from the code, through
`ecomsync.common.remedies`. This module imports nothing, so that platform adapters stay free of Django.
"""

from __future__ import annotations

from typing import Any


class EcomsyncError(Exception):
    """Root of our errors.

    message: the cause in one sentence. cure: what staff can do. code: stable and machine readable.
    site, platform, item: what it concerns, when known. status: HTTP status of the answer, when there was one.
    excerpt: a short and safe piece of the answer (no secrets, at most 500 characters).
    """

    default_code = "error"
    default_cure = ""

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        cure: str = "",
        site: str = "",
        platform: str = "",
        item: str = "",
        status: int | None = None,
        excerpt: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.cure = cure or self.default_cure
        self.site = site
        self.platform = platform
        self.item = item
        self.status = status
        self.excerpt = excerpt[:500]
        self.details = details or {}

    def __str__(self) -> str:
        return f"{self.message} {self.cure}".strip()


class ConfigurationError(EcomsyncError):
    """Staff must change a setting; nothing will pass until they do."""

    default_code = "configuration"


class BadCredentials(ConfigurationError):
    """The shop refuses our keys or token. The site is paused and one alert is raised."""

    default_code = "bad_credentials"
    default_cure = "Enter valid credentials on the site and run 'Test Connection'."


class MissingPermission(ConfigurationError):
    """The keys are valid but may not do this."""

    default_code = "missing_permission"
    default_cure = "Give the API user the right named in the message, then run 'Test Connection'."


class MissingMapping(ConfigurationError):
    """A row is missing in one of the mapping tables of the site."""

    default_code = "missing_mapping"


class NotConfirmed(ConfigurationError):
    """Staff have to agree to it first; until then it is left undone, which is no fault."""

    default_code = "not_confirmed"


class PermanentError(EcomsyncError):
    """This record will never pass as it is."""

    default_code = "permanent"


class Rejected(PermanentError):
    """The other side understood and refused this record."""

    default_code = "rejected"


class NotFound(PermanentError):
    """The record does not exist on the other side."""

    default_code = "not_found"


class NotLinked(PermanentError):
    """The item has no product in this shop."""

    default_code = "not_linked"
    default_cure = "Link the item in the item linker of this site, or run 'Link Items'."


class InvalidPayload(PermanentError):
    """The other side sent something that is not what its contract promises."""

    default_code = "invalid_payload"


class UnsupportedFeature(PermanentError):
    """The platform cannot do this, and says so in its capabilities."""

    default_code = "unsupported"


class RetryableError(EcomsyncError):
    """Try later. `retry_after` is in seconds when the other side told it."""

    default_code = "retryable"

    def __init__(self, message: str, *, retry_after: float | None = None, **kwargs: Any) -> None:
        super().__init__(message, **kwargs)
        self.retry_after = retry_after


class NetworkError(RetryableError):
    """The other side was not reached, so nothing was done there."""

    default_code = "network"
    default_cure = (
        "Check the address, DNS, the firewall and whether the shop is up; it is tried again by itself."
    )


class UncertainOutcome(RetryableError):
    """The request left and no answer came: it may or may not have been carried out. Look before repeating."""

    default_code = "timeout"
    default_cure = "Raise the request timeout or lower the batch size if this happens often."


class RateLimited(RetryableError):
    """The other side asks for fewer calls."""

    default_code = "rate_limited"
    default_cure = "Nothing to do: calls slow down by themselves. Lower 'calls per second' if it persists."


class ShopUnavailable(RetryableError):
    """The other side answered with a fault of its own (5xx, maintenance page, broken JSON)."""

    default_code = "shop_unavailable"
    default_cure = "Look at the shop's own error log if it lasts; it is tried again by itself."


class StillAtWork(ShopUnavailable):
    """The other side has taken the work and is not done with it: ask again later, and send nothing more of it now."""

    default_code = "job_open"


class CircuitOpen(RetryableError):
    """The other side failed again and again and is left alone for a while: nothing was sent."""

    default_code = "circuit_open"
    default_cure = "Look whether the shop is up. One call tries it from time to time; work goes on by itself once it answers."


class Conflict(RetryableError):
    """Somebody changed the record meanwhile: read it again, then retry."""

    default_code = "conflict"


class InvalidSignature(EcomsyncError):
    """A delivery that does not prove where it comes from. Answered with 401; nothing of it is stored."""

    default_code = "bad_signature"
    default_cure = "Run 'Register Webhooks' so that both sides hold the same secret."
