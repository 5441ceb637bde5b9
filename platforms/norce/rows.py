"""Results of single rows, as all pushers give them."""

from __future__ import annotations

from typing import Any

from platforms.types import Outcome, PushResult


def accepted(
    key: str, remote_id: str, *, unchanged: bool = False, parent: str = "", warning: str = "", **data: Any
) -> PushResult:
    outcome = Outcome.UNCHANGED if unchanged else Outcome.OK
    return PushResult(key, outcome, remote_id=remote_id, parent_remote_id=parent, warning=warning, data=data)


def rejected(key: str, remote_id: str, code: str, message: str, cure: str) -> PushResult:
    return PushResult(key, Outcome.REJECTED, code, message, cure, remote_id=remote_id)


def not_linked(key: str) -> PushResult:
    return rejected(
        key,
        "",
        "not_linked",
        "The item has no article in Norce.",
        "Link the item in the item linker of this site, or run 'Link Items'.",
    )


def refused_by_job(key: str, remote_id: str, job: str, told: str) -> PushResult:
    """What the log of the job says of this row."""
    gone = "not found" in told.lower()
    return rejected(
        key,
        remote_id,
        "not_found" if gone else "refused_by_job",
        f"Norce did not take the row (job {job}): {told.rstrip('.')}.",
        "Look whether the article, the price list and the warehouse exist in Norce; then link the item again or send it "
        "anew.",
    )
