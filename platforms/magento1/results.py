"""Results that several pushers give alike."""

from __future__ import annotations

from platforms.types import Outcome, PushResult


def not_linked(key: str, remote_id: str) -> PushResult:
    return PushResult(
        key,
        Outcome.REJECTED,
        "not_linked",
        "The item has no product in this shop."
        if not remote_id
        else f"'{remote_id}' is not the id of a product.",
        "Link the item in the item linker of this site, or run 'Link Items'.",
        remote_id=remote_id,
    )


def rejected(key: str, remote_id: str, code: str, message: str, cure: str) -> PushResult:
    return PushResult(key, Outcome.REJECTED, code, message, cure, remote_id=remote_id)
