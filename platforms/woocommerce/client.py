"""Calls to a WooCommerce shop: addresses, signing in, paging, budget, reading errors.

Reads and writes are single calls; what to do when one fails is decided above, by the class of the error.
"""

from __future__ import annotations

import base64
import logging
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    EcomsyncError,
    Rejected,
    ShopUnavailable,
)
from ecomsync.common.http import Answer, HttpClient, Observer
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection, RateBudget
from platforms.types import Finding
from platforms.woocommerce.errors import ALREADY_TRASHED, error_from_answer, is_wp_error, retry_after
from platforms.woocommerce.freshness import PARAMETER, FreshReads
from platforms.woocommerce.oauth import signed_params
from platforms.woocommerce.options import WooOptions

# https://woocommerce.github.io/woocommerce-rest-api-docs/ read 2026-11-20. Newest since WooCommerce 3.5.
API_VERSION = "wc/v3"
TESTED_VERSIONS = "3.9 - 11.0"
PAGE_SIZE = 100
BATCH_LIMIT = 100
BATCH_TIMEOUT = 120.0
MAX_PAGES = 10_000

# What the API answers when it took us for an anonymous visitor: the header may have been dropped on the way.
_ANONYMOUS_CODES = re.compile(r"^woocommerce_rest_(cannot_\w+|authentication_missing_parameter)$")
_API_LINK = re.compile(r'<([^>]+)>\s*;\s*rel="https://api\.w\.org/"')

logger = logging.getLogger(__name__)

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer: decoded JSON and headers with lower-case names."""

    data: Any
    headers: Mapping[str, str]

    def rows(self) -> list[dict[str, Any]]:
        """The data as a list of objects. Raises ShopUnavailable when it is something else."""
        if isinstance(self.data, list) and all(isinstance(row, dict) for row in self.data):
            return self.data
        raise _wrong_type("a list of records", self.data)

    def record(self) -> dict[str, Any]:
        """The data as one object. Raises ShopUnavailable when it is something else."""
        if isinstance(self.data, dict):
            return self.data
        raise _wrong_type("one record", self.data)

    def number(self, header: str) -> int | None:
        value = self.headers.get(header, "")
        return int(value) if value.isdigit() else None


class WooClient:
    """One shop. Remembers which way of signing in and which form of address work, for its life."""

    def __init__(
        self,
        connection: Connection,
        options: WooOptions,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> None:
        self.connection = connection
        self.options = options
        self._budget = budget
        self._key = connection.credentials.get("username", "").strip()
        self._secret = connection.credentials.get("password", "").strip()
        self.base_url = site_address(connection.url)
        self._api_root = self._first_api_root()
        self._address_proven = options.address_form != "auto"
        self._auth_modes = self._modes_to_try()
        self._auth_proven = len(self._auth_modes) == 1
        self._override = options.method_override
        self._override_works = False
        self._take_learned(connection.learned)
        self.fresh = FreshReads(options.fresh_reads, learned=bool(connection.learned.get("fresh_reads")))
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
    def auth_mode(self) -> str:
        """The way of signing in that is used now: basic | query | oauth1."""
        return self._auth_modes[0]

    @property
    def address_form(self) -> str:
        return "plain" if "rest_route=" in self._api_root else "pretty"

    @property
    def api_root(self) -> str:
        return self._api_root

    # -- what was found out -------------------------------------------------
    @property
    def learned(self) -> dict[str, Any]:
        """What differs from the first try, for the next client of this shop: it begins with it and may unlearn it."""
        known = self.connection.learned
        mode = self.auth_mode if self._auth_proven else known.get("auth_mode")
        root = self._api_root if self._address_proven else known.get("api_root")
        found: dict[str, Any] = {}
        if mode and mode != self._modes_to_try()[0]:
            found["auth_mode"] = mode
        if root and root != self._first_api_root():
            found["api_root"] = root
        if self._override_works or known.get("method_override"):
            found["method_override"] = True
        if self.fresh.active and self.options.fresh_reads == "auto":
            found["fresh_reads"] = True
        return found

    def _take_learned(self, learned: Mapping[str, Any]) -> None:
        mode = learned.get("auth_mode")
        if mode in self._auth_modes:
            self._auth_modes = [str(mode), *(known for known in self._auth_modes if known != mode)]
        root = str(learned.get("api_root", ""))
        if self.options.address_form == "auto" and self._is_ours(root):
            self._api_root = root
        self._override = self._override or bool(learned.get("method_override"))

    def _is_ours(self, root: str) -> bool:
        """A foreign host gets no keys, whoever names it."""
        return bool(root) and urlsplit(root).hostname == urlsplit(self.base_url).hostname

    @property
    def findings(self) -> list[Finding]:
        found = self.fresh.finding()
        return [] if found is None else [found]

    # -- calls --------------------------------------------------------------
    def get(self, route: str, params: Params = (), *, lane: str, namespace: str = API_VERSION) -> Reply:
        return self.call("GET", route, params=params, lane=lane, namespace=namespace)

    def post(
        self, route: str, body: Any, *, lane: str, namespace: str = API_VERSION, timeout: float | None = None
    ) -> Reply:
        return self.call("POST", route, body=body, lane=lane, namespace=namespace, timeout=timeout)

    def put(self, route: str, body: Any, *, lane: str) -> Reply:
        return self.call("PUT", route, body=body, lane=lane)

    def delete(self, route: str, *, lane: str, force: bool = True) -> Reply:
        """Done already is done."""
        try:
            return self.call("DELETE", route, params=(("force", "true"),) if force else (), lane=lane)
        except Rejected as error:
            if error.code != ALREADY_TRASHED:
                raise
            return Reply({}, {})

    def batch(self, route: str, body: Mapping[str, Any], *, lane: str) -> dict[str, list[dict[str, Any]]]:
        """POST a batch; the answer per verb has the order and length of what was sent, or ShopUnavailable."""
        answer = self.post(
            f"{route}/batch", body, lane=lane, timeout=max(BATCH_TIMEOUT, self.connection.timeout)
        ).record()
        for verb, sent in body.items():
            rows = answer.get(verb)
            if (
                not isinstance(rows, list)
                or len(rows) != len(sent)
                or not all(isinstance(row, dict) for row in rows)
            ):
                raise ShopUnavailable(
                    f"The shop's answer to a batch of {len(sent)} rows does not match it (POST {route}/batch).",
                    code="unexpected_answer",
                    site=self.connection.site_code,
                    platform="woocommerce",
                )
        return answer

    def pages(
        self, route: str, params: Params = (), *, lane: str, key: str = "id"
    ) -> Iterator[dict[str, Any]]:
        """All rows of a list, page by page by number, each row once.

        The `Link` header is never followed: it repeats our keys and used nonces. When the list shrinks while it is
        read, rows have moved to pages already read, so the reading steps back as far.
        """
        seen: set[tuple[Any, Any]] = set()
        page, total = 1, None
        for _ in range(MAX_PAGES):
            reply = self.get(route, [*params, ("per_page", str(PAGE_SIZE)), ("page", str(page))], lane=lane)
            rows = reply.rows()
            for row in rows:
                mark = (row.get(key), row.get("date_modified_gmt"))
                if mark not in seen:
                    seen.add(mark)
                    yield row
            now = reply.number("x-wp-total")
            shrunk = max(0, (total or 0) - now) if now is not None else 0
            total = now if now is not None else total
            if shrunk and page > 1:
                page = max(1, page - 1 - shrunk // PAGE_SIZE)
                continue
            last = reply.number("x-wp-totalpages")
            if not rows or (page >= last if last is not None else len(rows) < PAGE_SIZE):
                return
            page += 1

    def call(
        self,
        method: str,
        route: str,
        *,
        params: Params = (),
        body: Any = None,
        lane: str,
        namespace: str = API_VERSION,
        timeout: float | None = None,
    ) -> Reply:
        """One call. Raises the error that the answer stands for.

        A read whose answer seems to be a cache's is made once more, in a way that no cache knows.
        """
        reply = self._call(method, route, params, body, lane, namespace, timeout)
        if method != "GET":
            self.fresh.note_written(route, reply.data)
        elif doubt := self.fresh.doubt(route, reply.data, reply.headers):
            switched = self.fresh.may_switch
            if switched:
                self.fresh.active = True
                reply = self._call(method, route, params, body, lane, namespace, timeout)
            self.fresh.settle(doubt, route, reply.data, reply.headers, switched=switched)
        return reply

    def _call(
        self,
        method: str,
        route: str,
        params: Params,
        body: Any,
        lane: str,
        namespace: str,
        timeout: float | None,
    ) -> Reply:
        """As long as nothing has worked yet, a refusal of an anonymous visitor makes it try the next way of signing in,
        and a missing REST interface makes it look for the real address; so does a blocked method. A refused call did
        nothing, so this is safe for writes too."""
        tried = False
        while True:
            answer, data = self._exchange(method, namespace, route, params, body, lane, timeout)
            if answer.status == 401 and self._try_next_auth(data):
                continue
            if answer.status == 404 and data is None and self._find_address():
                continue
            if self._is_blocked_method(method, answer, data):
                self._override = tried = True
                continue
            break
        if tried:
            self._override = self._override_works = is_wp_error(data) or 200 <= answer.status < 300
        what = f"{method} {route}" if route else f"{method} {namespace or 'index'}"
        if not 200 <= answer.status < 300:
            error = error_from_answer(answer, data, site=self.connection.site_code, what=what)
            raise self._explain_auth(error)
        if data is None:
            raise self._not_json(answer, what)
        if namespace and not is_wp_error(data):
            self._auth_proven = self._address_proven = True
        return Reply(data, answer.headers)

    def compare_with_fresh(self, route: str, params: Params, *, lane: str) -> None:
        """Read a list twice plainly, so that a cache that says so answers the second time, and once made unique: where
        they differ and the plain one stays, a cache keeps it."""

        def shown(reply: Reply) -> tuple[Any, int | None]:
            return reply.data, reply.number("x-wp-total")

        self.get(route, params, lane=lane)
        plain = self.get(route, params, lane=lane)
        if self.fresh.active or self.fresh.evidence:
            return
        unique = self.get(route, [*params, (PARAMETER, secrets.token_hex(8))], lane=lane)
        if shown(plain) != shown(unique) and shown(self.get(route, params, lane=lane)) == shown(plain):
            self.fresh.met(f"the list of {route} does not move")

    def fetch_page(self, url: str) -> Answer:
        """GET a page of the shop as a visitor, for finding the API; any status is an answer."""
        with self._permission("products"):
            return self.http.request("GET", url, headers={"Accept": "text/html"}, route="home page")

    # -- one exchange -------------------------------------------------------
    def _exchange(
        self,
        method: str,
        namespace: str,
        route: str,
        params: Params,
        body: Any,
        lane: str,
        timeout: float | None,
    ) -> tuple[Answer, Any]:
        headers: dict[str, str] = {}
        if method == "GET":
            params = [*params, *self.fresh.params()]
        if self._override and method in ("PUT", "DELETE"):
            headers["X-HTTP-Method-Override"] = method
            method = "POST"
        if self.options.language and route.startswith("products") and namespace == API_VERSION:
            params = [*params, ("lang", self.options.language)]
        url, full_params = self._address(namespace, route, params)
        full_params = self._sign(method, url, full_params, headers)
        with self._permission(lane):
            answer = self.http.request(
                method,
                url,
                params=full_params,
                json_body=body,
                headers=headers,
                timeout=timeout,
                route=_route_name(namespace, route),
            )
        if self._budget is not None:
            self._budget.learn(
                status=answer.status, headers=answer.headers, retry_after=retry_after(answer.headers)
            )
        return answer, _decode(answer)

    def _permission(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane)

    def _address(self, namespace: str, route: str, params: Params) -> tuple[str, list[tuple[str, str]]]:
        path = "/".join(part for part in (namespace.strip("/"), route.strip("/")) if part)
        root, mark, prefix = self._api_root.partition("?rest_route=")
        if mark:
            return root, [("rest_route", f"{prefix.rstrip('/')}/{path}"), *params]
        return f"{root.rstrip('/')}/{path}", list(params)

    def _sign(
        self, method: str, url: str, params: list[tuple[str, str]], headers: dict[str, str]
    ) -> list[tuple[str, str]]:
        if self.auth_mode == "basic":
            headers["Authorization"] = basic_header(self._key, self._secret)
            return params
        if self.auth_mode == "query":
            return [*params, ("consumer_key", self._key), ("consumer_secret", self._secret)]
        # OAuth is only looked at when WordPress takes the request for http, so that is what it signs with.
        signed_url = re.sub(r"^https:", "http:", url)
        return signed_params(method, signed_url, params, key=self._key, secret=self._secret)

    # -- finding out --------------------------------------------------------
    def _modes_to_try(self) -> list[str]:
        chosen = self.options.auth_mode
        secure = urlsplit(self.base_url).scheme == "https" or self.options.treat_as_https
        if chosen in ("basic", "query") and not secure:
            raise ConfigurationError(
                "Over plain HTTP WooCommerce takes only OAuth 1.0a.",
                code="insecure_auth",
                cure="Use the https address of the shop, set 'How to sign in' to auto, or, if a proxy ends TLS before "
                "the shop, switch on 'TLS ends before the shop'.",
                site=self.connection.site_code,
                platform="woocommerce",
            )
        if chosen != "auto":
            return [chosen]
        return ["basic", "query", "oauth1"] if secure else ["oauth1"]

    def _is_blocked_method(self, method: str, answer: Answer, data: Any) -> bool:
        """Whether the web server, and not WordPress, refused a PUT or DELETE; POST with a header passes for it then."""
        blocked = answer.status in (403, 405, 501) and not is_wp_error(data)
        return blocked and method in ("PUT", "DELETE") and not self._override

    def _try_next_auth(self, data: Any) -> bool:
        """Whether another way of signing in is worth a try. A key that was recognised is not."""
        code = data.get("code", "") if isinstance(data, dict) else ""
        if self._auth_proven or len(self._auth_modes) < 2 or not _ANONYMOUS_CODES.match(code):
            return False
        failed = self._auth_modes.pop(0)
        logger.info(
            "site %s: signing in by %s failed, trying %s", self.connection.site_code, failed, self.auth_mode
        )
        return True

    def _explain_auth(self, error: EcomsyncError) -> EcomsyncError:
        """After all ways failed, start from the first again next time, and say what was tried."""
        if isinstance(error, BadCredentials) and not self._auth_proven and self.options.auth_mode == "auto":
            tried = self._modes_to_try()
            if len(tried) > 1:
                self._auth_modes = tried
                error.details["tried"] = tried
        return error

    def _first_api_root(self) -> str:
        if self.options.address_form == "plain":
            return f"{self.base_url}/?rest_route=/"
        return f"{self.base_url}/wp-json/"

    def _find_address(self) -> bool:
        """Ask the shop's home page where its API is; once. True when it is elsewhere than we thought."""
        if self._address_proven:
            return False
        self._address_proven = True
        found = self.discover() or f"{self.base_url}/?rest_route=/"
        if found == self._api_root:
            return False
        logger.info("site %s: the REST API is at %s", self.connection.site_code, found)
        self._api_root = found
        return True

    def discover(self) -> str:
        """The API root that the home page announces in its Link header, or "". A foreign host is not trusted."""
        answer = self.fetch_page(f"{self.base_url}/")
        found = _API_LINK.search(answer.headers.get("link", ""))
        if found is None:
            return ""
        root = found.group(1)
        if not self._is_ours(root):
            return ""
        base, mark, prefix = root.partition("?")
        if mark and "rest_route=" in prefix:
            return f"{base}?rest_route={unquote(prefix.partition('rest_route=')[2])}"
        return root if root.endswith("/") else f"{root}/"

    def _not_json(self, answer: Answer, what: str) -> ShopUnavailable:
        return ShopUnavailable(
            f"The shop answered {what} with something that is not JSON.",
            code="not_json",
            cure="Look at the related request: often a plugin prints warnings or a page stands before the data. "
            "Switch WP_DEBUG_DISPLAY off in the shop; it is tried again by itself.",
            site=self.connection.site_code,
            platform="woocommerce",
            status=answer.status,
            excerpt=answer.excerpt(500),
        )


def site_address(url: str) -> str:
    """The shop's address without a trailing slash, query or API path, however staff typed it."""
    text = url.strip()
    if text and "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"'{url}' is not the address of a shop.",
            code="bad_url",
            cure="Enter it as https://shop.example.com, with the sub-folder if WordPress lives in one.",
            platform="woocommerce",
        )
    path = re.split(r"/(?:wp-json|wp-admin|wp-login\.php|index\.php)(?:/|$)", parts.path)[0].rstrip("/")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def basic_header(key: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


def _decode(answer: Answer) -> Any:
    """The JSON of an answer, or None when it is none (also for the literal `null`)."""
    try:
        return answer.json()
    except ValueError:
        return None


def _route_name(namespace: str, route: str) -> str:
    return re.sub(r"/(?:\d+|[0-9a-f]{32})(?=/|$)", "/{id}", f"/{namespace}/{route}".rstrip("/"))


def _wrong_type(expected: str, data: Any) -> ShopUnavailable:
    return ShopUnavailable(
        f"The shop should have answered with {expected} and answered with {type(data).__name__}.",
        code="unexpected_answer",
        cure="Look at the related request: a cache or plugin of the shop changes the answers of /wp-json.",
        platform="woocommerce",
        excerpt=str(data)[:500],
    )
