"""API sessions of this process: one per shop and user, used until the shop ends it.

Each login makes a row in the shop's session table and a session lives an hour after its last call, so adapters that
come and go share one. Several live sessions of one user are fine for the shop.
"""

from __future__ import annotations

import hashlib
import threading

Key = tuple[str, str, str]
Way = tuple[str, str]  # door and prefix of its address


def session_key(url: str, user: str, api_key: str) -> Key:
    """What a session belongs to. The key of the API is kept as a digest only."""
    return url, user, hashlib.sha256(api_key.encode()).hexdigest()


class SessionBook:
    """Session ids by what they belong to, with the way in by which they came; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[Key, tuple[str, Way]] = {}

    def get(self, key: Key) -> tuple[str, Way] | None:
        with self._lock:
            return self._kept.get(key)

    def keep(self, key: Key, session_id: str, way: Way) -> None:
        with self._lock:
            self._kept[key] = (session_id, way)

    def drop(self, key: Key, session_id: str = "") -> None:
        """Forget a session that is over, unless another thread has a newer one already. Without an id: whatever is."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and session_id in ("", kept[0]):
                del self._kept[key]

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


BOOK = SessionBook()
