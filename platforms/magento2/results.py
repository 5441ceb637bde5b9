"""Results of single rows, as all pushers give them."""

from __future__ import annotations

from typing import Any

from platforms.types import Outcome, PushResult


def accepted(
    key: str, remote_id: str, *, unchanged: bool = False, warning: str = "", **data: Any
) -> PushResult:
    outcome = Outcome.UNCHANGED if unchanged else Outcome.OK
    return PushResult(key, outcome, remote_id=remote_id, warning=warning, data=data)


def rejected(key: str, remote_id: str, code: str, message: str, cure: str, **data: Any) -> PushResult:
    return PushResult(key, Outcome.REJECTED, code, message, cure, remote_id=remote_id, data=data)


def not_linked(key: str, remote_id: str) -> PushResult:
    return PushResult(
        key,
        Outcome.REJECTED,
        "not_linked",
        f"'{remote_id}' is not the id of a product in this shop."
        if remote_id
        else "The item has no product in this shop.",
        "Link the item in the item linker of this site, or run 'Link Items'.",
    )


def gone(key: str, remote_id: str) -> PushResult:
    """Magento would keep a quantity or price for a SKU that no product has, so it is asked first."""
    return rejected(
        key,
        remote_id,
        "not_found",
        f"The shop has no product {remote_id} any more.",
        "Run 'Link Items' again, or create the product anew.",
    )
