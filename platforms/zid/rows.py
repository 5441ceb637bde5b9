"""Results of pushed rows."""

from __future__ import annotations

import uuid
from typing import Any

from ecomsync.common.errors import EcomsyncError, RetryableError
from platforms.types import Outcome, PushResult


def is_id(text: str) -> bool:
    """Products, variants and locations bear UUIDs."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def not_linked(key: str, remote_id: str) -> PushResult:
    return PushResult(
        key,
        Outcome.REJECTED,
        "not_linked",
        f"'{remote_id}' is not the id of a product in this store."
        if remote_id
        else "The item has no product in this store.",
        "Link the item in the item linker of this site, or run 'Link Items'.",
    )


def rejected(key: str, remote_id: str, code: str, message: str, cure: str, *, parent: str = "") -> PushResult:
    return PushResult(
        key, Outcome.REJECTED, code, message, cure, remote_id=remote_id, parent_remote_id=parent
    )


def accepted(
    key: str, remote_id: str, *, unchanged: bool = False, parent: str = "", warning: str = "", **data: Any
) -> PushResult:
    return PushResult(
        key,
        Outcome.UNCHANGED if unchanged else Outcome.OK,
        remote_id=remote_id,
        parent_remote_id=parent,
        warning=warning,
        data=data,
    )


def retry(key: str, remote_id: str, error: EcomsyncError) -> PushResult:
    """The row was not taken and is to be sent again."""
    return PushResult(
        key,
        Outcome.RETRY,
        error.code,
        error.message,
        error.cure,
        remote_id=remote_id,
        retry_after=error.retry_after if isinstance(error, RetryableError) else None,
    )
