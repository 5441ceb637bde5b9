"""The input limits of 2.4.3: how many rows an array may hold."""

from typing import Any

from sandbox.magento2.call import Call
from sandbox.magento2.errors import MageError


def check(call: Call, rows: list[Any], kind: str) -> None:
    """kind: the type that the message names."""
    options = call.options
    if not options.limited:
        return
    most = options.async_array_limit if call.memo.get("in_bulk") else options.sync_array_limit
    if len(rows) > most:
        raise MageError('Maximum items of type "%type" is %max', {"type": kind, "max": most})
