"""Calls to a Zid store: two families of paths at one host, five headers, both paging styles, budget, reading errors.

Reads and writes are single calls; what to do when one fails is decided above, by the class of the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from ecomsync.common.errors import ConfigurationError, ShopUnavailable
from ecomsync.common.http import Answer, HttpClient, Observer
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection, RateBudget
from platforms.zid.errors import (
    PLATFORM,
    STORE_ID_CODE,
    URL_CURE,
    error_from_answer,
    error_in_good_answer,
    told_wait,
    wait_of,
)
from platforms.zid.options import ZidOptions

# https://docs.zid.sa read 2026-11-20; v1 is the only live version.
API_VERSION = "v1"
TESTED_VERSIONS = "v1 of 2026-11"
API_HOST, LOGIN_HOST = "api.zid.sa", "oauth.zid.sa"
#: 60 calls a minute are allowed; ten are left for what staff and the gateway's own repetitions need.
CALLS_PER_SECOND = 50 / 60
ORDER_PAGE, PRODUCT_PAGE, BULK = 100, 50, 50
MAX_PAGES = 10_000
BATCH_TIMEOUT = 120.0
PROFILE = "/v1/managers/account/profile"
_STORE_HOST = re.compile(r"(?:.+\.)?zid\.(?:store|sa)")
_IDS = re.compile(r"/(?:\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})(?=/|$)")

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer: decoded JSON (None for an empty body), its status, and headers with lower-case names."""

    data: Any
    status: int
    headers: Mapping[str, str]

    def record(self, *names: str) -> dict[str, Any]:
        """The object, or the first of `names` in it that is one. Raises ShopUnavailable."""
        data = self.data
        if isinstance(data, dict):
            for name in names:
                if isinstance(data.get(name), dict):
                    return dict(data[name])
            if not names:
                return data
        raise _wrong_type(" or ".join(names) or "one record", data)

    def rows(self, *names: str) -> list[dict[str, Any]]:
        """The list, or the first of `names` that is one. Raises ShopUnavailable."""
        data = self.data
        if isinstance(data, dict):
            data = next((data[name] for name in names if isinstance(data.get(name), list)), None)
        if isinstance(data, list) and all(isinstance(row, dict) for row in data):
            return data
        raise _wrong_type("a list of records", self.data)


class ZidClient:
    """One store. Its calls go one after the other, since 60 a minute are shared by all."""

    def __init__(
        self,
        connection: Connection,
        options: ZidOptions,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> None:
        self.connection = connection
        self.options = options
        self._budget = budget
        credentials = connection.credentials
        self._authorization = (
            credentials.get("authorization_token", "").strip().removeprefix("Bearer ").strip()
        )
        self._manager_token = credentials.get("access_token", "").strip()
        self._store_id = (
            str(connection.learned.get("store_id") or "") or credentials.get("store_id", "").strip()
        )
        self._profile: dict[str, Any] | None = None
        self._refused_ids: list[str] = []
        self.learned: dict[str, Any] = dict(connection.learned)
        self.root = api_root(connection.url)
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
    def get(self, path: str, params: Params = (), *, lane: str) -> Reply:
        return self.call("GET", path, params=params, lane=lane)

    def post(self, path: str, body: Any, *, lane: str) -> Reply:
        return self.call("POST", path, body=body, lane=lane)

    def patch(self, path: str, body: Any, *, lane: str) -> Reply:
        return self.call("PATCH", path, body=body, lane=lane)

    def delete(self, path: str, params: Params = (), *, lane: str) -> Reply:
        return self.call("DELETE", path, params=params, lane=lane)

    def post_form(self, path: str, fields: Mapping[str, str], *, lane: str) -> Reply:
        """Categories and the preview of a credit note are written as forms."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.call("POST", path, data=urlencode(fields).encode(), headers=headers, lane=lane)

    def pages(
        self, path: str, params: Params = (), *, lane: str, size: int | None = None
    ) -> Iterator[dict[str, Any]]:
        """All rows of a list of the catalogue, as long as it tells of a next page."""
        wanted = str(size or self.options.page_size)
        for page in range(1, MAX_PAGES):
            reply = self.get(path, [*params, ("page", str(page)), ("page_size", wanted)], lane=lane)
            rows = reply.rows("results")
            yield from rows
            if not rows or not reply.data.get("next"):
                return

    def manager_pages(
        self, path: str, key: str, counter: str, params: Params = (), *, lane: str, size: int = ORDER_PAGE
    ) -> Iterator[list[dict[str, Any]]]:
        """Pages of a list of managers, which has no link to the next: a short page or the counter ends it."""
        for page in range(1, MAX_PAGES):
            reply = self.get(path, [*params, ("page", str(page)), ("per_page", str(size))], lane=lane)
            rows = reply.rows(key)
            yield rows
            total = reply.data.get(counter)
            if len(rows) < size or (isinstance(total, int) and page * size >= total):
                return

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        lane: str,
    ) -> Reply:
        """One call, and another where the catalogue does not know the store id that was sent. path: `/v1/products/`.
        Raises the error that the answer stands for."""
        send = (method, path, params, body, data, headers, lane)
        catalogue = not path.startswith("/v1/managers")
        if catalogue and not self._store_id:
            self._take_store_id(str(self.store().get("id") or ""))
        while True:
            try:
                return self._once(*send)
            except ConfigurationError as error:
                if error.code != STORE_ID_CODE or not self._another_store_id():
                    raise

    def _once(
        self,
        method: str,
        path: str,
        params: Params,
        body: Any,
        data: bytes | None,
        headers: Mapping[str, str] | None,
        lane: str,
    ) -> Reply:
        what = f"{method} {path}"
        slow = method in ("PATCH", "POST") and isinstance(body, list)
        with self._permission(lane):
            answer = self.http.request(
                method,
                f"{self.root}{path}",
                params=params,
                json_body=body,
                data=data,
                headers={**self._headers(), **(headers or {})},
                timeout=max(BATCH_TIMEOUT, self.connection.timeout) if slow and len(body) > 1 else None,
                route=_IDS.sub("/{id}", path),
            )
        self._learn(answer)
        return self._reply(answer, what)

    def _headers(self) -> dict[str, str]:
        """Both families get all headers: the two token headers carry the same value, the bearer is another token."""
        headers = {
            "Authorization": f"Bearer {self._authorization}",
            "X-Manager-Token": self._manager_token,
            "Access-Token": self._manager_token,
            "Role": "Manager",
            "Accept": "application/json",
            "Accept-Language": "en",
        }
        if self._store_id:
            headers["Store-Id"] = self._store_id
        return headers

    def _reply(self, answer: Answer, what: str) -> Reply:
        data, is_json = _decode(answer)
        if not 200 <= answer.status < 300:
            raise error_from_answer(answer, data, site=self.connection.site_code, what=what)
        if not is_json and answer.body.strip():
            raise ShopUnavailable(
                f"The store answered {what} with something that is not JSON.",
                code="not_json",
                site=self.connection.site_code,
                platform=PLATFORM,
                status=answer.status,
                excerpt=answer.excerpt(500),
            )
        hidden = error_in_good_answer(data, site=self.connection.site_code, what=what)
        if hidden is not None:
            raise hidden
        return Reply(data, answer.status, answer.headers)

    def _learn(self, answer: Answer) -> None:
        if self._budget is not None:
            wait = wait_of(answer.headers) if answer.status == 429 else None
            if answer.status == 503:
                wait = told_wait(answer.headers)
            self._budget.learn(status=answer.status, headers=answer.headers, retry_after=wait)

    def _permission(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane)

    # -- which store --------------------------------------------------------
    def store(self) -> dict[str, Any]:
        """The store as its profile tells it, read once."""
        if self._profile is None:
            user = self.get(PROFILE, lane="products").record("user")
            store = user.get("store")
            if not isinstance(store, dict):
                raise _wrong_type("the store's profile", user)
            self._profile = store
        return self._profile

    def _take_store_id(self, store_id: str) -> None:
        self._store_id = store_id
        self.learned["store_id"] = store_id

    def _another_store_id(self) -> bool:
        """The number first, the UUID only where the number is not known. False when both were tried."""
        store = self.store()
        tried = self._store_id
        for name in ("id", "uuid"):
            candidate = str(store.get(name) or "")
            if candidate and candidate != tried and candidate not in self._refused_ids:
                self._refused_ids.append(tried)
                self._take_store_id(candidate)
                return True
        return False


def api_root(url: str) -> str:
    """Host with scheme of the API: of a store's own address under zid.store the one of Zid. Raises ConfigurationError."""
    text = url.strip()
    if text and "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("http", "https") or not host:
        raise ConfigurationError(
            f"'{url}' is not the address of the Zid API.", code="bad_url", cure=URL_CURE, platform=PLATFORM
        )
    if _STORE_HOST.fullmatch(host):
        return f"https://{API_HOST}"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def login_root(root: str) -> str:
    """Where codes are exchanged: Zid's sign-in host, or the same host where that is not Zid's."""
    return f"https://{LOGIN_HOST}" if urlsplit(root).hostname == API_HOST else root


def decode(answer: Answer) -> Any:
    return _decode(answer)[0]


def _decode(answer: Answer) -> tuple[Any, bool]:
    """(the JSON, whether there was any)."""
    if not answer.body.strip():
        return None, False
    try:
        return answer.json(), True
    except ValueError:
        return None, False


def _wrong_type(expected: str, data: Any) -> ShopUnavailable:
    return ShopUnavailable(
        f"The store should have answered with {expected} and answered with {type(data).__name__}.",
        code="unexpected_answer",
        platform=PLATFORM,
        excerpt=str(data)[:500],
    )
