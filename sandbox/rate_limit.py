"""A limit that a shop keeps to: so many calls a second, a burst at first, 429 to what is above."""

import math
import threading
import time

from sandbox.faults import Fault
from sandbox.messages import Response, html_page

_lock = threading.Lock()


def too_fast(fault: Fault) -> Response | None:
    """None while the bucket of the fault holds a token, which is taken."""
    rate, burst = float(fault.params.get("per_second", 10)), float(fault.params.get("burst", 20))
    with _lock:
        now = time.monotonic()
        tokens, at = fault.kept.get("bucket", (burst, now))
        tokens = min(burst, tokens + (now - at) * rate)
        allowed = tokens >= 1
        fault.kept["bucket"] = (tokens - 1 if allowed else tokens, now)
    if allowed:
        return None
    wait = max(1, math.ceil((1 - tokens) / rate))
    return html_page(429, "Too Many Requests", "Slow down.", [("Retry-After", str(wait))])
