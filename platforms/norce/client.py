"""Calls to one Norce client: addresses, token, application, pages of Query, budget, reading errors.

Reads and writes are single calls; what to do when one fails is decided above, by the class of the error.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import urlsplit

from ecomsync.common.errors import ConfigurationError, ShopUnavailable
from ecomsync.common.http import Answer, HttpClient, Observer
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection, RateBudget
from platforms.norce.errors import PLATFORM, connect_refusal, error_from_answer, retry_after
from platforms.norce.fields import field, text
from platforms.norce.options import NorceOptions
from platforms.norce.tokens import TokenDesk
from platforms.types import Finding

# https://docs.norce.io/developer-portal/ (Connect 4.0, Query 2.0), as the fact sheet has it; read 2026-11-20.
TESTED_VERSIONS = "Connect 4.0, Query 2.0"
JOB_HEADER = "X-StormConnect-Header"
MAX_PAGES = 100_000

Params = Sequence[tuple[str, str]]


class NorceClient:
    """One client and application."""

    def __init__(
        self,
        connection: Connection,
        options: NorceOptions,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> None:
        self.connection = connection
        self.options = options
        self._budget = budget
        self.application = connection.credentials.get("application_id", "").strip()
        self.root = root_of(connection.url)
        self.findings: list[Finding] = []
        self.http = HttpClient(
            timeout=connection.timeout,
            pool_size=connection.pool_size,
            verify_tls=connection.verify_tls,
            allow_private=connection.allow_private,
            observer=observer,
            user_agent_suffix=connection.user_agent_suffix,
            trace_id=current_trace_id,
        )
        self.tokens = TokenDesk(connection, options, self.http, self.root)
        #: Waiting between two looks at a job; tests move the shop's clock in its place.
        self.pause: Callable[[float], None] = time.sleep

    def close(self) -> None:
        self.http.close()

    def met(self, finding: Finding) -> None:
        """Something that staff should know although the work went on; each once."""
        if finding not in self.findings:
            self.findings.append(finding)

    # -- Connect ------------------------------------------------------------
    def post_file(self, route: str, items: Sequence[Mapping[str, Any]], header: Mapping[str, Any]) -> Any:
        """Hand over a file; the answer says no more than that it was accepted."""
        told = json.dumps(header, separators=(",", ":"))
        return self._call(
            "POST",
            f"{self.options.connect_path}/{route}",
            body=list(items),
            headers={JOB_HEADER: told},
            lane=lane_of(route),
        )

    def post_order(self, route: str, body: Mapping[str, Any]) -> None:
        """A synchronous call about an order. Raises Rejected when Norce says Failed."""
        reply = self._call("POST", f"{self.options.connect_path}/{route}", body=dict(body), lane="orders")
        code = text(reply, "StatusCode")
        if code.lower() != "ok":
            raise connect_refusal(
                code, text(reply, "Description"), what=route, site=self.connection.site_code
            )

    def job(self, route: str, params: Params = (), *, lane: str) -> Any:
        """Job/Get, Job/GetLog, Job/Ping."""
        return self._call("GET", f"{self.options.job_path}/{route}", params=params, lane=lane)

    # -- Query --------------------------------------------------------------
    def query(self, route: str, params: Params = (), *, lane: str) -> Any:
        asked = self.options.query_names.asked(route, params)
        return self._call("GET", f"{self.options.query_path}/{route}", params=asked, lane=lane)

    def one_page(self, route: str, params: Params = (), *, lane: str) -> list[dict[str, Any]]:
        return self._rows(self.query(route, params, lane=lane), route)

    def pages(self, route: str, params: Params = (), *, lane: str) -> Iterator[dict[str, Any]]:
        """All rows: the link to the next page is followed as it was given, but never to another host."""
        reply = self.query(route, params, lane=lane)
        for _ in range(MAX_PAGES):
            yield from self._rows(reply, route)
            link = text(reply, "@odata.nextLink")
            if not link:
                return
            reply = self._call("GET", "", url=self._own(link), lane=lane, route=route)

    def _own(self, link: str) -> str:
        parts = urlsplit(link)
        address = f"{parts.path}?{parts.query}" if parts.query else parts.path
        return f"{self.root}/{address.lstrip('/')}"

    def _rows(self, reply: Any, route: str) -> list[dict[str, Any]]:
        value = reply if isinstance(reply, list) else field(reply, "value")
        if isinstance(value, list) and all(isinstance(row, dict) for row in value):
            return [self.options.query_names.read_row(route, row) for row in value]
        raise self._unexpected(f"GET {route}", reply)

    # -- one call -----------------------------------------------------------
    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        lane: str,
        url: str = "",
        route: str = "",
    ) -> Any:
        """One call, and once more with a new token when Norce refuses the one in hand: a 401 carried nothing out."""
        what = f"{method} {route or _shown(path)}"
        answer = self._send(method, url or f"{self.root}/{path}", params, body, headers, lane, what)
        if answer.status == 401 and self.options.auth_mode == "oauth" and self.tokens.renew():
            answer = self._send(method, url or f"{self.root}/{path}", params, body, headers, lane, what)
        data, is_json = _decode(answer)
        if not 200 <= answer.status < 300:
            raise error_from_answer(answer, data, site=self.connection.site_code, what=what)
        if not is_json:
            raise ShopUnavailable(
                f"Norce answered {what} with something that is not JSON.",
                code="not_json",
                site=self.connection.site_code,
                platform=PLATFORM,
                status=answer.status,
                excerpt=answer.excerpt(500),
            )
        return data

    def _send(
        self,
        method: str,
        url: str,
        params: Params,
        body: Any,
        headers: Mapping[str, str] | None,
        lane: str,
        what: str,
    ) -> Answer:
        sent = {"Accept": "application/json", "Authorization": self._authorization(), **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if self.application:
            sent["application-id"] = sent["applicationId"] = self.application
        with self._permission(lane):
            answer = self.http.request(
                method, url, params=params, json_body=body, headers=sent, route=what.partition(" ")[2]
            )
        if self._budget is not None:
            wait = retry_after(answer.headers) if answer.status in (429, 503) else None
            self._budget.learn(status=answer.status, headers=answer.headers, retry_after=wait)
        return answer

    def _authorization(self) -> str:
        if self.options.auth_mode == "basic":
            pair = f"{self.application}:{self.connection.credentials.get('password', '').strip()}"
            return f"Basic {base64.b64encode(pair.encode()).decode()}"
        return f"Bearer {self.tokens.token()}"

    def _permission(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane)

    def _unexpected(self, what: str, data: Any) -> ShopUnavailable:
        return ShopUnavailable(
            f"Norce answered {what} with something else than a list.",
            code="unexpected_answer",
            site=self.connection.site_code,
            platform=PLATFORM,
            excerpt=str(data)[:500],
        )


def lane_of(route: str) -> str:
    if route == "Product/ImportOnhands":
        return "stock"
    return "prices" if "PriceLists" in route else "products"


def root_of(url: str) -> str:
    """Scheme and host (with a path before the parts, if there is one). Raises ConfigurationError."""
    typed = url.strip().rstrip("/")
    if typed and "://" not in typed:
        typed = f"https://{typed}"
    parts = urlsplit(typed)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            f"'{url}' is not the base URL of a Norce environment.",
            code="bad_url",
            cure="Enter the base URL of the environment on the site: https://….api-se.norce.tech (stage and playground have "
            "hosts of their own).",
            platform=PLATFORM,
        )
    path = re.split(r"/(?:commerce|identity)(?:/|$)", parts.path)[0].rstrip("/")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def quoted(value: str) -> str:
    """A text inside a filter: quotes are doubled."""
    return "'" + value.replace("'", "''") + "'"


def any_of(name: str, values: Sequence[str]) -> str:
    return " or ".join(f"{name} eq {quoted(value)}" for value in values)


def _shown(path: str) -> str:
    return "/".join(path.split("/")[3:]) or path


def _decode(answer: Answer) -> tuple[Any, bool]:
    """(the JSON, whether there was any)."""
    if not answer.body.strip():
        return None, False
    try:
        return answer.json(), True
    except ValueError:
        return None, False
