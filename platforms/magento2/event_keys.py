"""Adobe's public keys for I/O events: read from Adobe's own host only, and kept for a day."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

from ecomsync.common.errors import EcomsyncError
from ecomsync.common.http import HttpClient

HOST = "https://static.adobeioevents.com"
KEEP_SECONDS = 24 * 3600
#: A path that leads to no key is not asked for again and again, whoever sends it.
KEEP_MISSING_SECONDS = 600
MOST = 100
_PATH = re.compile(r"/(?:prod|stage|prod/keys|stage/keys)/[A-Za-z0-9._-]{1,120}\.pem")


class EventKeys:
    """Keys by their path. fetch: the text at an address, "" when there is none."""

    def __init__(
        self, fetch: Callable[[str], str] | None = None, clock: Callable[[], float] = time.monotonic
    ):
        self._fetch = fetch or _fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[str, float]] = {}

    def get(self, path: str) -> str:
        """The key (PEM) at this path of Adobe's host, or ""; any other path is not asked for."""
        if not _PATH.fullmatch(path):
            return ""
        now = self._clock()
        with self._lock:
            key, until = self._kept.get(path, ("", 0.0))
        if now < until:
            return key
        key = self._fetch(f"{HOST}{path}")
        with self._lock:
            if len(self._kept) >= MOST:
                self._kept.clear()
            self._kept[path] = (key, now + (KEEP_SECONDS if key else KEEP_MISSING_SECONDS))
        return key


def _fetch(url: str) -> str:
    client = HttpClient(timeout=5.0, connect_timeout=3.0, pool_size=1, max_answer_bytes=64 * 1024)
    try:
        answer = client.request("GET", url, headers={"Accept": "*/*"}, route="Adobe's event key")
    except EcomsyncError:
        return ""
    finally:
        client.close()
    return answer.text if answer.status == 200 and "PUBLIC KEY" in answer.text else ""


#: Shared by all sites of this process: the keys are Adobe's, whoever the shop is.
ADOBE_KEYS = EventKeys()
