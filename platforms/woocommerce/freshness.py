"""Reads that a cache before the shop answers: noticed, and made unique, so that no cache knows them.

A page cache or CDN that was not told to leave /wp-json alone repeats old answers without any error: orders and figures
seem not to change. It gives itself away by its headers, or by a record older than one that the shop itself has shown
us. Signed reads (OAuth 1.0a) are unique by their nonce; for the others a parameter that WordPress ignores does it.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from platforms.types import Finding
from platforms.woocommerce.mapping_orders import modified_at

PARAMETER = "nocache"
CODE = "frozen_reads"
CURE = "Exclude /wp-json from the page cache and the CDN of the shop, then run 'Test Connection'."
_HEADERS = (
    "x-cache",
    "cf-cache-status",
    "x-litespeed-cache",
    "x-cache-status",
    "x-proxy-cache",
    "x-fastcgi-cache",
    "x-nginx-cache",
    "x-varnish-cache",
    "x-kinsta-cache",
    "x-rocket-nginx-serving-static",
)
_FROM_CACHE = re.compile(r"\b(hit|stale|updating|revalidated)\b", re.I)
_REMEMBERED = 2000


def kept_by(headers: Mapping[str, str]) -> str:
    """The header by which a cache says that the answer is one it had kept, as `name=value`, or ""."""
    for name in _HEADERS:
        if _FROM_CACHE.search(headers.get(name, "")):
            return f"{name}={headers[name]}"
    age = headers.get("age", "").strip()
    return f"age={age}" if age.isdigit() and int(age) > 0 else ""


class FreshReads:
    """What is known of caches before one shop. mode: auto | always | never; learned: a cache was met before."""

    def __init__(self, mode: str, *, learned: bool = False) -> None:
        self._mode = mode
        self.active = mode == "always" or (mode == "auto" and learned)
        self.evidence = ""
        self.stubborn = False
        self._changed: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    @property
    def may_switch(self) -> bool:
        """Whether a doubtful answer is to be asked for again in a way that no cache knows."""
        return self._mode == "auto" and not self.active

    def params(self) -> list[tuple[str, str]]:
        return [(PARAMETER, secrets.token_hex(8))] if self.active else []

    # -- what we know -------------------------------------------------------
    def expect(self, route: str, remote_id: str, changed_at: datetime) -> None:
        """A record of this route is known to have changed then: no older state of it is true any more."""
        key = (_collection(route), remote_id)
        self._changed[key] = max(changed_at, self._changed.get(key, changed_at))
        self._changed.move_to_end(key)
        if len(self._changed) > _REMEMBERED:
            self._changed.popitem(last=False)

    def note_written(self, route: str, data: Any) -> None:
        """Remember the dates in the shop's answer to a write."""
        for row in _records(data):
            moment = modified_at(row) if "date_modified_gmt" in row else None
            if moment is not None and "id" in row:
                self.expect(route, str(row["id"]), moment)

    # -- doubts -------------------------------------------------------------
    def doubt(self, route: str, data: Any, headers: Mapping[str, str]) -> str:
        """Why this answer to a read may be an old one, or ""."""
        told = kept_by(headers)
        return told or self._older_than_known(route, data)

    def _older_than_known(self, route: str, data: Any) -> str:
        collection = _collection(route)
        for row in _records(data):
            known = self._changed.get((collection, str(row.get("id", ""))))
            shown = modified_at(row) if known is not None and "date_modified_gmt" in row else None
            if known is not None and shown is not None and shown < known - timedelta(seconds=1):
                return f"{collection}/{row['id']} is shown as of {shown:%Y-%m-%d %H:%M:%S} and changed {known:%Y-%m-%d %H:%M:%S}"
        return ""

    def met(self, evidence: str) -> None:
        """A cache was proved by other means."""
        self.evidence = self.evidence or evidence
        self.active = self.active or self._mode == "auto"

    def settle(
        self, doubt: str, route: str, data: Any, headers: Mapping[str, str], *, switched: bool
    ) -> None:
        """Judge a doubt by the last answer to the read. switched: it was asked for once more, made unique."""
        if not self.active or (switched and not self._is_doubtful(route, data, headers)):
            self.evidence = self.evidence or doubt
        elif kept_by(headers):
            self.evidence, self.stubborn = doubt, True
        else:
            # The shop itself shows that state, so what we took for newer was not: a record may have been restored.
            self._forget(route, data)
            self.active = not switched

    def _is_doubtful(self, route: str, data: Any, headers: Mapping[str, str]) -> bool:
        return bool(self.doubt(route, data, headers))

    def _forget(self, route: str, data: Any) -> None:
        for row in _records(data):
            self._changed.pop((_collection(route), str(row.get("id", ""))), None)

    def finding(self) -> Finding | None:
        """What staff should know; None when nothing was found in this life."""
        if not self.evidence:
            return None
        if self.stubborn:
            message = (
                f"A cache before the shop answers reads of /wp-json ({self.evidence}), even such as it cannot know. "
                "Orders, stock and prices are seen late."
            )
        elif self.active:
            message = (
                f"A cache before the shop answers reads of /wp-json ({self.evidence}). Reads bear a throw-away parameter "
                "now, so that they reach the shop."
            )
        else:
            message = f"A cache before the shop answers reads of /wp-json ({self.evidence})."
        return Finding(CODE, message, CURE)


def _collection(route: str) -> str:
    return route.strip("/").partition("/")[0]


def _records(data: Any) -> Iterator[Mapping[str, Any]]:
    """The records of an answer: one, a list, or the verbs of a batch."""
    if isinstance(data, list):
        yield from (row for row in data if isinstance(row, Mapping))
    elif isinstance(data, Mapping) and "id" in data:
        yield data
    elif isinstance(data, Mapping):
        for verb in ("create", "update"):
            yield from _records(data.get(verb) or [])
