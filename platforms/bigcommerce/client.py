"""Calls to a BigCommerce store: addresses, signing in, both paging styles, budget, reading errors.

Reads and writes are single calls; what to do when one fails is decided above, by the class of the error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ecomsync.common.errors import ConfigurationError, ShopUnavailable
from ecomsync.common.http import Answer, HttpClient, Observer
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection, RateBudget
from platforms.bigcommerce.errors import PLATFORM, error_from_answer, retry_after
from platforms.bigcommerce.options import BigCommerceOptions
from platforms.types import Quota

# https://developer.bigcommerce.com/docs/rest-management read 2026-11-20. No dated versions: V2 and V3 stand side by side.
API_VERSION = "v2 + v3"
TESTED_VERSIONS = "V2 and V3 of 2026-04"
API_HOST, LOGIN_HOST = "api.bigcommerce.com", "login.bigcommerce.com"
PAGE_SIZE = 250
#: Lists of V2 have no total, and how many rows they give at most is not documented: a page that is short by whole steps
#: of the usual size may be full for the store.
USUAL_PAGE = 50
INVENTORY_PAGE = 1000
MAX_PAGES = 10_000
BATCH_TIMEOUT = 120.0
_STORE = re.compile(r"/stores/([A-Za-z0-9]+)(?:/|$)")
_PANEL = re.compile(r"store-([a-z0-9]+)(?:-\d+)?\.mybigcommerce\.com")

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer: decoded JSON (None for 204), its status, and headers with lower-case names."""

    data: Any
    status: int
    headers: Mapping[str, str]

    def rows(self) -> list[dict[str, Any]]:
        """The list of V2 (nothing at all is an empty one) or the `data` of V3. Raises ShopUnavailable."""
        data = self.data.get("data") if isinstance(self.data, dict) else self.data
        if data is None and not isinstance(self.data, dict):
            return []
        if isinstance(data, list) and all(isinstance(row, dict) for row in data):
            return data
        raise _wrong_type("a list of records", self.data)

    def record(self) -> dict[str, Any]:
        """The object of V2, or the `data` of V3. Raises ShopUnavailable when it is something else."""
        data = self.data
        if isinstance(data, dict) and "data" in data and set(data) <= {"data", "meta", "errors"}:
            data = data["data"]
        if isinstance(data, dict):
            return data
        raise _wrong_type("one record", self.data)

    @property
    def pages(self) -> int:
        """How many pages a list of V3 has."""
        meta = self.data.get("meta") if isinstance(self.data, dict) else None
        pagination = meta.get("pagination") if isinstance(meta, dict) else None
        total = pagination.get("total_pages") if isinstance(pagination, dict) else None
        return total if isinstance(total, int) else 1


class BigCommerceClient:
    """One store. Its calls go one after the other: bulk writes of BigCommerce must not run beside each other."""

    def __init__(
        self,
        connection: Connection,
        options: BigCommerceOptions,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> None:
        self.connection = connection
        self.options = options
        self._budget = budget
        self._token = connection.credentials.get("access_token", "").strip()
        self.root, self.store_hash = store_address(
            connection.url, connection.credentials.get("store_hash", "").strip()
        )
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

    @property
    def store_root(self) -> str:
        return f"{self.root}/stores/{self.store_hash}"

    # -- calls --------------------------------------------------------------
    def get(self, route: str, params: Params = (), *, lane: str) -> Reply:
        return self.call("GET", route, params=params, lane=lane)

    def post(self, route: str, body: Any, *, lane: str, timeout: float | None = None) -> Reply:
        return self.call("POST", route, body=body, lane=lane, timeout=timeout)

    def put(self, route: str, body: Any, *, lane: str) -> Reply:
        """Batches are long calls, so they get more time than a read."""
        slow = max(BATCH_TIMEOUT, self.connection.timeout) if isinstance(body, list) else None
        return self.call("PUT", route, body=body, lane=lane, timeout=slow)

    def delete(self, route: str, params: Params = (), *, lane: str) -> Reply:
        """Only for what may be deleted: `DELETE v2/orders` would archive every order of the store."""
        return self.call("DELETE", route, params=params, lane=lane)

    def pages_v2(
        self, route: str, params: Params = (), *, lane: str, size: int = PAGE_SIZE
    ) -> Iterator[dict[str, Any]]:
        """All rows of a V2 list. There is no total: a page that is not full is the last, and an empty one is 204."""
        for page in range(1, MAX_PAGES):
            rows = self.get(route, [*params, ("limit", str(size)), ("page", str(page))], lane=lane).rows()
            yield from rows
            if not is_full(rows, size):
                return

    def pages_v3(
        self, route: str, params: Params = (), *, lane: str, size: int = PAGE_SIZE
    ) -> Iterator[dict[str, Any]]:
        """All rows of a V3 list, by the number of pages that it tells."""
        for page in range(1, MAX_PAGES):
            reply = self.get(route, [*params, ("limit", str(size)), ("page", str(page))], lane=lane)
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
    ) -> Reply:
        """One call. route: `v2/orders/17`. Raises the error that the answer stands for."""
        what = f"{method} {route}"
        _refuse_archiving(method, route, body)
        with self._permission(lane):
            answer = self.http.request(
                method,
                f"{self.store_root}/{route}",
                params=params,
                json_body=body,
                headers={
                    "X-Auth-Token": self._token,
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                },
                timeout=timeout,
                route=_route_name(route),
            )
        self.learn(answer)
        return self._reply(answer, what)

    def exchange(self, url: str, body: Mapping[str, str]) -> Answer:
        """POST to the sign-in server, which is another host and has no quota of the store."""
        return self.http.request(
            "POST", url, json_body=body, headers={"Accept": "application/json"}, route="token"
        )

    def _reply(self, answer: Answer, what: str) -> Reply:
        data, is_json = _decode(answer)
        if not 200 <= answer.status < 300:
            raise error_from_answer(answer, data, site=self.connection.site_code, what=what)
        if not is_json and answer.status not in (201, 204):
            raise ShopUnavailable(
                f"The store answered {what} with something that is not JSON.",
                code="not_json",
                site=self.connection.site_code,
                platform=PLATFORM,
                status=answer.status,
                excerpt=answer.excerpt(500),
            )
        return Reply(data, answer.status, answer.headers)

    def learn(self, answer: Answer) -> None:
        if self._budget is not None:
            self._budget.learn(
                status=answer.status,
                headers=answer.headers,
                retry_after=retry_after(answer.headers) if answer.status in (423, 429, 503) else None,
                quota=quota_of(answer.headers),
            )

    def _permission(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane)


def is_full(rows: Sequence[Any], size: int = PAGE_SIZE) -> bool:
    """Whether more may follow a page of V2 that was asked for with `size` rows."""
    return len(rows) >= size or (bool(rows) and len(rows) % USUAL_PAGE == 0)


def quota_of(headers: Mapping[str, str]) -> Quota | None:
    """The store's own bucket by its headers, which count in milliseconds. Its size differs per plan and store."""
    left, limit = _whole(headers, "requests-left"), _whole(headers, "requests-quota")
    window, reset = _whole(headers, "time-window-ms"), _whole(headers, "time-reset-ms")
    if left is None and limit is None:
        return None
    per_second = limit / (window / 1000) if limit and window else None
    return Quota(
        left=left, limit=limit, per_second=per_second, resets_in=None if reset is None else reset / 1000
    )


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(f"x-rate-limit-{name}", "").strip()
    return int(text) if text.isdigit() else None


def store_address(url: str, store_hash: str) -> tuple[str, str]:
    """(host with scheme, store hash) of what staff typed: the API path, the control panel, or the API's host beside a
    store hash. Raises ConfigurationError."""
    text = url.strip()
    if text and "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    host = (parts.hostname or "").lower()
    panel, path = _PANEL.fullmatch(host), _STORE.search(parts.path)
    if panel:
        return f"https://{API_HOST}", store_hash or panel.group(1)
    found = path.group(1) if path else store_hash
    if parts.scheme not in ("http", "https") or not host or not found:
        raise ConfigurationError(
            f"'{url}' is not the API path of a BigCommerce store.",
            code="bad_url",
            cure="Enter the API path that the API account shows: https://api.bigcommerce.com/stores/… (or enter the "
            "store hash beside it).",
            platform=PLATFORM,
        )
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", found


def login_root(api_root: str) -> str:
    """Where codes are exchanged: BigCommerce's sign-in host, or the same host where that is not BigCommerce's."""
    return f"https://{LOGIN_HOST}" if urlsplit(api_root).hostname == API_HOST else api_root


def _refuse_archiving(method: str, route: str, body: Any) -> None:
    """No order is ever archived by us: without an id the call would archive all orders of the store."""
    deletes = method == "DELETE" and re.match(r"v[23]/orders(/|$)", route)
    hides = route.startswith("v2/orders") and isinstance(body, Mapping) and body.get("is_deleted")
    if deletes or hides:
        raise ValueError(f"{method} {route} would archive orders.")


def _decode(answer: Answer) -> tuple[Any, bool]:
    """(the JSON, whether there was any)."""
    if not answer.body.strip():
        return None, False
    try:
        return answer.json(), True
    except ValueError:
        return None, False


def _route_name(route: str) -> str:
    return re.sub(r"/\d+(?=/|$)", "/{id}", f"/{route}")


def _wrong_type(expected: str, data: Any) -> ShopUnavailable:
    return ShopUnavailable(
        f"The store should have answered with {expected} and answered with {type(data).__name__}.",
        code="unexpected_answer",
        platform=PLATFORM,
        excerpt=str(data)[:500],
    )
