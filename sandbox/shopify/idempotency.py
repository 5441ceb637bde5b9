"""`@idempotent(key:)`: what was done under a key is remembered for a day."""

import hashlib
import json
from collections.abc import Callable

from sandbox.shopify.calls import Call, FieldError, Refused, Row, refuse

DAY = 24 * 3600


def once(call: Call, name: str, args: Row, work: Callable[[], Row]) -> Row:
    """Runs `work` once for a key; the same key with other parameters, or after a failure, is refused.

    Raises FieldError BAD_REQUEST without the directive.
    """
    key = call.idempotency_key
    if key is None:
        raise FieldError(
            "The @idempotent directive is required for this mutation but was not provided.", "BAD_REQUEST"
        )
    now = call.store.clock.now()
    kept = call.store.idempotent
    for old in [k for k, row in kept.items() if now - row["at"] >= DAY]:
        del kept[old]
    print_ = hashlib.sha256(json.dumps([name, args], sort_keys=True, default=str).encode()).hexdigest()
    before = kept.get(key)
    if before is not None:
        return _again(before, print_)
    kept[key] = row = {"at": now, "print": print_, "state": "failed", "result": None}
    try:
        result = work()
    except Refused as refusal:
        row["errors"] = refusal.errors
        raise
    row["state"], row["result"] = "done", result
    return result


def _again(before: Row, print_: str) -> Row:
    if before["state"] != "running" and before["print"] != print_:
        raise refuse(
            None,
            "The idempotency key was already used with different parameters.",
            "IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
        )
    if before["state"] == "running":
        raise refuse(
            None,
            "A request with this idempotency key is still being processed.",
            "IDEMPOTENCY_CONCURRENT_REQUEST",
        )
    if before["state"] == "failed":
        raise refuse(
            None,
            "The previous attempt with this idempotency key failed. Use a new key.",
            "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
        )
    result: Row = before["result"]
    return result
