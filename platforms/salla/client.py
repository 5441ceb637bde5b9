"""Calls to a Salla store: addresses, signing in, paging, budget, reading errors.

Reads and writes are single calls; what to do when one fails is decided above, by the class of the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from ecomsync.common.errors import ConfigurationError, ShopUnavailable
from ecomsync.common.http import Answer, HttpClient, Observer, http_date
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection, RateBudget
from platforms.salla.errors import PLATFORM, error_from_answer, retry_after
from platforms.salla.options import SallaOptions
from platforms.types import Quota

# https://docs.salla.dev read 2026-11-20. The version is in the path; only breaking changes raise it.
API_VERSION = "v2"
TESTED_VERSIONS = "Merchant API v2 of 2026-07"
API_ROOT, LOGIN_ROOT = "https://api.salla.dev/admin/v2", "https://accounts.salla.sa"
#: 60 is documented; some lists give no more than 50.
PAGE_SIZE = 50
MAX_PAGES = 10_000
BATCH_TIMEOUT = 120.0
_VENDOR = re.compile(r"(^|\.)salla\.(sa|dev|com)$")

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer: decoded JSON (None for 204), its status, and headers with lower-case names."""

    body: Any
    status: int
    headers: Mapping[str, str]

    @property
    def data(self) -> Any:
        return self.body.get("data") if isinstance(self.body, Mapping) else None

    def rows(self) -> list[dict[str, Any]]:
        """The list in `data`. Raises ShopUnavailable when it is something else."""
        data = self.data
        if isinstance(data, list) and all(isinstance(row, dict) for row in data):
            return data
        raise _wrong_type("a list of records", self.body)

    def record(self) -> dict[str, Any]:
        """The object in `data`. Raises ShopUnavailable when it is something else."""
        data = self.data
        if isinstance(data, dict):
            return data
        raise _wrong_type("one record", self.body)

    @property
    def pages(self) -> int:
        pagination = self.body.get("pagination") if isinstance(self.body, Mapping) else None
        total = pagination.get("totalPages") if isinstance(pagination, Mapping) else None
        return total if isinstance(total, int) else 1


class SallaClient:
    """One store."""

    def __init__(
        self,
        connection: Connection,
        options: SallaOptions,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> None:
        self.connection = connection
        self.options = options
        self._budget = budget
        self._token = connection.credentials.get("access_token", "").strip()
        self.root, self.login_root = addresses(connection.url)
        self.http = HttpClient(
            timeout=connection.timeout,
            pool_size=connection.pool_size,
            verify_tls=connection.verify_tls,
            allow_private=connection.allow_private,
            observer=observer,
            user_agent_suffix=connection.user_agent_suffix,
            trace_id=current_trace_id,
        )

    def close(self) -> None:
        self.http.close()

    # -- calls --------------------------------------------------------------
    def get(self, route: str, params: Params = (), *, lane: str) -> Reply:
        return self.call("GET", route, params=params, lane=lane)

    def post(
        self, route: str, body: Any, *, lane: str, timeout: float | None = None, language: str = ""
    ) -> Reply:
        return self.call("POST", route, body=body, lane=lane, timeout=timeout, language=language)

    def put(self, route: str, body: Any, *, lane: str, language: str = "") -> Reply:
        return self.call("PUT", route, body=body, lane=lane, language=language)

    def delete(self, route: str, params: Params = (), *, lane: str) -> Reply:
        return self.call("DELETE", route, params=params, lane=lane)

    def pages(self, route: str, params: Params = (), *, lane: str) -> Iterator[dict[str, Any]]:
        """All rows of a list, by the number of pages that it tells; `links` may be empty."""
        for page in range(1, MAX_PAGES):
            paging = [("per_page", str(PAGE_SIZE)), ("page", str(page))]
            reply = self.get(route, [*params, *paging], lane=lane)
            rows = reply.rows()
            yield from rows
            if page >= reply.pages or not rows:
                return

    def call(
        self,
        method: str,
        route: str,
        *,
        params: Params = (),
        body: Any = None,
        lane: str,
        timeout: float | None = None,
        language: str = "",
    ) -> Reply:
        """One call. route: `orders/17`; language: of the texts in `body`. Raises the error that the answer stands for."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Accept-Language": self.options.language,
            "Content-Language": language or self.options.language,
        }
        with self._permission(lane):
            answer = self.http.request(
                method,
                f"{self.root}/{route}",
                params=params,
                json_body=body,
                headers=headers,
                timeout=timeout,
                route=_route_name(route),
            )
        self._learn(answer)
        return self._reply(answer, f"{method} {route}")

    def upload(self, route: str, *, body: bytes, content_type: str, lane: str) -> Reply:
        """A multipart form that was put together already."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Accept-Language": self.options.language,
            "Content-Type": content_type,
        }
        with self._permission(lane):
            answer = self.http.request(
                "POST", f"{self.root}/{route}", data=body, headers=headers, route=_route_name(route)
            )
        self._learn(answer)
        return self._reply(answer, f"POST {route}")

    def sign_in(self, fields: Mapping[str, str]) -> Answer:
        """POST to the sign-in server as a form: JSON is refused there. It does not count in the store's limit."""
        return self.http.request(
            "POST",
            f"{self.login_root}/oauth2/token",
            data=urlencode(fields).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            route="/oauth2/token",
        )

    def who_am_i(self, token: str = "") -> dict[str, Any]:
        """The user and merchant of the token; with or without `data` around it."""
        answer = self.http.request(
            "GET",
            f"{self.login_root}/oauth2/user/info",
            headers={"Authorization": f"Bearer {token or self._token}"},
            route="/oauth2/user/info",
        )
        body = self._reply(answer, "GET oauth2/user/info").body
        found = body.get("data", body) if isinstance(body, Mapping) else None
        if not isinstance(found, dict):
            raise _wrong_type("one record", body)
        return found

    def _reply(self, answer: Answer, what: str) -> Reply:
        data, is_json = decode(answer)
        if not 200 <= answer.status < 300:
            raise error_from_answer(answer, data, site=self.connection.site_code, what=what)
        if not is_json and answer.status != 204:
            raise ShopUnavailable(
                f"Salla answered {what} with something that is not JSON.",
                code="not_json",
                site=self.connection.site_code,
                platform=PLATFORM,
                status=answer.status,
                excerpt=answer.excerpt(500),
            )
        return Reply(data, answer.status, answer.headers)

    def _learn(self, answer: Answer) -> None:
        """The rate of the store's plan and what is left are taken over, and not the size of its bucket: a burst of a whole
        minute would leave nothing to the other apps that share it."""
        quota = quota_of(answer.headers)
        if self._budget is not None:
            self._budget.learn(
                status=answer.status,
                headers=answer.headers,
                retry_after=retry_after(answer.headers) if answer.status in (429, 503) else None,
                quota=None if quota is None else replace(quota, limit=None),
            )

    def _permission(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane)


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """The store's bucket by its headers: so many calls a minute by its plan."""
    left, limit = _whole(headers, "x-ratelimit-remaining"), _whole(headers, "x-ratelimit-limit")
    reset = _whole(headers, "x-ratelimit-reset")
    if left is None or limit is None:
        return None
    now = http_date(headers.get("date", "")) or datetime.now(UTC)
    resets_in = None if reset is None else max(0.0, reset - now.timestamp())
    return Quota(left=left, limit=limit, per_second=limit / 60, resets_in=resets_in)


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isdigit() else None


def addresses(url: str) -> tuple[str, str]:
    """(root of the API, root of the sign-in server) of the store's address that staff typed: Salla's own, unless it is the
    root of an API elsewhere, such as a training store's. Raises ConfigurationError."""
    text = url.strip()
    if not text:
        return API_ROOT, LOGIN_ROOT
    parts = urlsplit(text if "://" in text else f"https://{text}")
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigurationError(
            f"'{url}' is not an address.",
            code="bad_url",
            cure="Enter the address of the store, such as https://salla.sa/name, as the URL of the site.",
            platform=PLATFORM,
        )
    elsewhere = parts.path.rstrip("/").endswith("/admin/v2") or parts.port is not None or "." not in host
    if _VENDOR.search(host) or not elsewhere:
        return API_ROOT, LOGIN_ROOT
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return f"{origin}/admin/v2", origin


def decode(answer: Answer) -> tuple[Any, bool]:
    """(the JSON, whether there was any)."""
    if not answer.body.strip():
        return None, False
    try:
        return answer.json(), True
    except ValueError:
        return None, False


def _route_name(route: str) -> str:
    named = re.sub(r"(?<=products/sku/)[^/]+", "{sku}", route)
    return re.sub(r"/\d+(?=/|$)", "/{id}", f"/{named}")


def _wrong_type(expected: str, body: Any) -> ShopUnavailable:
    return ShopUnavailable(
        f"Salla should have answered with {expected} and answered with {type(body).__name__}.",
        code="unexpected_answer",
        platform=PLATFORM,
        excerpt=str(body)[:500],
    )
