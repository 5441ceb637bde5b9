"""Calls to a Magento 1 shop: which door, sessions, bundles, budget, reading faults.

Single calls are repeated here only where that is safe: after an expired session (nothing was done), and reads after a
fault inside the shop, which is often a deadlock. Everything else is decided above, by the class of the error.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from ecomsync.common.errors import ConfigurationError, EcomsyncError, ShopUnavailable
from ecomsync.common.http import MASK, Answer, Exchange, HttpClient, Observer
from ecomsync.common.logs import current_trace_id
from platforms.base import Connection, RateBudget
from platforms.magento1 import soap
from platforms.magento1.doors import Calls, Door, SoapDoor, XmlRpcDoor
from platforms.magento1.faults import (
    PLATFORM,
    SESSION_EXPIRED,
    RemoteFault,
    error_from_fault,
    error_from_page,
    is_passing,
    login_error,
    not_xml,
    retry_after,
)
from platforms.magento1.options import MagentoOptions
from platforms.magento1.safe_xml import XmlFault
from platforms.magento1.sessions import BOOK, session_key
from platforms.types import Finding

# The core API has no version of its own; its faults and methods were read from OpenMage 20 (= Magento 1.9.4.5):
# https://github.com/OpenMage/magento-lts/tree/main/docs/content/api, read 2026-11-20.
TESTED_VERSIONS = "1.7 - 1.9.4, OpenMage 19 - 20"
BUNDLE_TIMEOUT = 120.0
REPEATED_READS = 2
_ANSWER_STATUSES = (200, 500)  # a SOAP fault may come with 500, one of XML-RPC never
_NO_DOOR = frozenset({"api_not_found", "blocked_by_firewall"})
_SESSION_ID = re.compile(r"\b[0-9a-f]{32}\b")
_HASH = re.compile(r"(password_hash</name><value><string>)[^<]*")

logger = logging.getLogger(__name__)

#: What a row of a bundle came to: its value, the shop's fault, or the error that kept it from being sent.
Row = Any


class MagentoClient:
    """One shop. Remembers which door opens, for its life."""

    #: Seconds before a read is repeated after a fault inside the shop.
    deadlock_pause = 0.5

    def __init__(
        self,
        connection: Connection,
        options: MagentoOptions,
        *,
        observer: Observer | None = None,
        budget: RateBudget | None = None,
    ) -> None:
        self.connection = connection
        self.options = options
        self._budget = budget
        self._user = connection.credentials.get("username", "").strip()
        self._api_key = connection.credentials.get("password", "").strip()
        self.base_url = site_address(connection.url)
        self._session_key = session_key(self.base_url, self._user, self._api_key)
        self._ways = self._ways_to_try(connection.learned)
        self._proven = False
        self._namespace = ""
        self.http = HttpClient(
            timeout=connection.timeout,
            pool_size=connection.pool_size,
            verify_tls=connection.verify_tls,
            allow_private=connection.allow_private,
            observer=None if observer is None else _masking(observer, self._api_key),
            user_agent_suffix=connection.user_agent_suffix,
            trace_id=current_trace_id,
        )

    def close(self) -> None:
        self.http.close()

    # -- what was found out -------------------------------------------------
    @property
    def door_name(self) -> str:
        """xmlrpc | soap_v2"""
        return self._ways[0][0]

    def door_of(self, lane: str) -> str:
        """As `door_name`, found out first where it is not known yet."""
        self._settle_door(lane)
        return self.door_name

    @property
    def address(self) -> str:
        door, prefix = self._ways[0]
        path = XmlRpcDoor.path if door == XmlRpcDoor.name else SoapDoor.path
        return f"{self.base_url}{prefix}/{path}"

    @property
    def learned(self) -> dict[str, Any]:
        door, prefix = self._ways[0]
        if not self._proven:
            return dict(self.connection.learned)
        return {} if (door, prefix) == self._all_ways()[0] else {"door": door, "prefix": prefix}

    @property
    def findings(self) -> list[Finding]:
        if self.door_name == SoapDoor.name and self._proven and self.options.door == "auto":
            return [
                Finding(
                    "soap_fallback",
                    "The shop's XML-RPC cannot be reached, so SOAP v2 is used: one call per row, and with fewer columns.",
                    "Allow /api/xmlrpc in the shop's firewall or web server.",
                )
            ]
        return []

    def start_over(self) -> None:
        """Try the best door first again, whatever was learned."""
        BOOK.drop(self._session_key)
        self._ways, self._proven = self._all_ways(), False

    def _all_ways(self) -> list[tuple[str, str]]:
        doors = [XmlRpcDoor.name, SoapDoor.name] if self.options.door == "auto" else [self.options.door]
        return [(door, prefix) for door in doors for prefix in ("", "/index.php")]

    def _ways_to_try(self, learned: Mapping[str, Any]) -> list[tuple[str, str]]:
        ways = self._all_ways()
        known = (str(learned.get("door", "")), str(learned.get("prefix", "")))
        return [known, *(way for way in ways if way != known)] if known in ways else ways

    # -- calls --------------------------------------------------------------
    def call(self, path: str, *arguments: Any, lane: str, reads: bool = False) -> Any:
        """One call. reads: it may be repeated after a fault inside the shop. Raises what the fault stands for."""
        for attempt in range(REPEATED_READS + 1):
            try:
                return self._with_session(path, arguments, lane)
            except RemoteFault as fault:
                if not (reads and is_passing(fault) and attempt < REPEATED_READS):
                    raise self.error(fault, path) from None
                time.sleep(self.deadlock_pause * (attempt + 1))
        raise AssertionError("the last attempt returns or raises")

    def read(self, path: str, *arguments: Any, lane: str) -> Any:
        return self.call(path, *arguments, lane=lane, reads=True)

    def rows(self, path: str, *arguments: Any, lane: str) -> list[dict[str, Any]]:
        """A list of records. PHP shows an empty map as an empty list, and a list with holes as a map."""
        found = self.read(path, *arguments, lane=lane)
        if isinstance(found, Mapping):
            found = list(found.values())
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise self.unexpected(path, found)
        return found

    def bundle(self, calls: Calls, *, lane: str) -> list[Row]:
        """Several calls in one, each with its own answer: a value, or a RemoteFault, in their order.

        Through a door that takes no bundles they go one by one; an error on the way is the answer of that row and of
        all after it, unless it is the first. Raises what concerns all of them.
        """
        if not calls:
            return []
        self._settle_door(lane)
        if self._ways[0][0] == SoapDoor.name:
            return self._one_by_one(calls, lane)
        try:
            found = self._with_session("multiCall", calls, lane)
        except RemoteFault as fault:
            raise self.error(fault, calls[0][0]) from None
        if not isinstance(found, list) or len(found) != len(calls):
            raise self.unexpected("multiCall", found)
        return [_row(one) for one in found]

    def _one_by_one(self, calls: Calls, lane: str) -> list[Row]:
        rows: list[Row] = []
        for path, arguments in calls:
            try:
                rows.append(self._with_session(path, arguments, lane))
            except RemoteFault as fault:
                rows.append(fault)
            except EcomsyncError as error:
                if not rows:
                    raise
                return rows + [error] * (len(calls) - len(rows))
        return rows

    def error(self, row: RemoteFault | EcomsyncError, path: str, what: str = "") -> EcomsyncError:
        """The error of a row of a bundle, or of a call."""
        if isinstance(row, RemoteFault):
            return error_from_fault(row, path, site=self.connection.site_code, what=what)
        return row

    def unexpected(self, path: str, found: Any) -> ShopUnavailable:
        return ShopUnavailable(
            f"The shop answered '{path}' with something else than it should.",
            code="unexpected_answer",
            cure="Look at the related request: a module of the shop changes the answers of its API.",
            site=self.connection.site_code,
            platform=PLATFORM,
            excerpt=str(found)[:300],
        )

    # -- sessions -----------------------------------------------------------
    def _with_session(self, path: str, arguments: Any, lane: str) -> Any:
        """The call with a session; when that is over, once more with a new one: the shop did nothing with it."""
        self._settle_door(lane)
        kept = BOOK.get(self._session_key)
        session = kept[0] if kept is not None else self._login(lane)
        try:
            return self._send(session, path, arguments, lane)
        except RemoteFault as fault:
            if fault.code != SESSION_EXPIRED:
                raise
            BOOK.drop(self._session_key, session)
        return self._send(self._login(lane), path, arguments, lane)

    def _send(self, session: str, path: str, arguments: Any, lane: str) -> Any:
        door = self._door(lane)
        if path == "multiCall":
            timeout = max(BUNDLE_TIMEOUT, self.connection.timeout) if len(arguments) > 1 else None
            names = sorted({name for name, _ in arguments})
            return self._exchange(
                door,
                door.bundle(session, arguments),
                path,
                lane,
                timeout=timeout,
                route=f"multiCall {' '.join(names)}",
            )
        return self._exchange(door, door.call(session, path, arguments), path, lane)

    def _login(self, lane: str) -> str:
        door = self._door(lane)
        try:
            session = self._exchange(door, door.login(self._user, self._api_key), "login", lane)
        except RemoteFault as fault:
            raise login_error(fault, site=self.connection.site_code) from None
        if not isinstance(session, str) or not session:
            raise self.unexpected("login", session)
        BOOK.keep(self._session_key, session, self._ways[0])
        return session

    # -- doors --------------------------------------------------------------
    def _settle_door(self, lane: str) -> None:
        """As long as no door has opened, a missing or blocked one makes us try the next. Signing in does nothing in
        the shop, so it is what is tried with."""
        if self._proven:
            return
        kept = BOOK.get(self._session_key)
        if kept is not None and kept[1] in self._all_ways():
            self._ways = [kept[1]]  # a session of this process came in by it
            return
        first: ConfigurationError | None = None
        while True:
            try:
                self._login(lane)
                return
            except ConfigurationError as error:
                if error.code not in _NO_DOOR:
                    raise
                first = first or error
                if not self._next_way(error):
                    self.start_over()
                    raise first from None

    def _next_way(self, error: ConfigurationError) -> bool:
        """Whether another way is worth a try. A door that is forbidden is forbidden under every prefix."""
        door, prefix = self._ways[0]
        rest = self._ways[1:]
        if error.code == "blocked_by_firewall":
            rest = [way for way in rest if way[0] != door]
        if not rest:
            return False
        logger.info("site %s: no API at %s%s, trying %s", self.connection.site_code, prefix, door, rest[0])
        self._ways = rest
        return True

    def _door(self, lane: str) -> Door:
        if self._ways[0][0] == XmlRpcDoor.name:
            return XmlRpcDoor()
        if not self._namespace:
            self._namespace = self._read_wsdl(lane)
        return SoapDoor(self._namespace)

    def _read_wsdl(self, lane: str) -> str:
        with self._permission(lane):
            answer = self.http.request("GET", self.address, params=[("wsdl", "1")], route="soap_v2 wsdl")
        self._teach(answer)
        if answer.status != 200:
            raise error_from_page(answer, site=self.connection.site_code, what="the WSDL")
        try:
            return soap.read_namespace(answer.body)
        except XmlFault as err:
            raise not_xml(answer, str(err), site=self.connection.site_code, what="the WSDL") from err

    # -- one exchange -------------------------------------------------------
    def _exchange(
        self, door: Door, body: bytes, path: str, lane: str, *, timeout: float | None = None, route: str = ""
    ) -> Any:
        with self._permission(lane):
            answer = self.http.request(
                "POST",
                self.address,
                data=body,
                headers=door.headers(),
                timeout=timeout,
                route=f"{door.name} {route or path}",
            )
        self._teach(answer)
        what = f"'{path}'"
        if answer.status not in _ANSWER_STATUSES:
            raise error_from_page(answer, site=self.connection.site_code, what=what)
        try:
            value = door.read(answer.body, path)
        except RemoteFault:
            self._proven = True
            raise
        except XmlFault as err:
            if answer.status != 200:
                raise error_from_page(answer, site=self.connection.site_code, what=what) from err
            raise not_xml(answer, str(err), site=self.connection.site_code, what=what) from err
        self._proven = True
        return value

    def _permission(self, lane: str) -> AbstractContextManager[None]:
        return nullcontext() if self._budget is None else self._budget.acquire(lane=lane)

    def _teach(self, answer: Answer) -> None:
        if self._budget is not None:
            self._budget.learn(
                status=answer.status, headers=answer.headers, retry_after=retry_after(answer.headers)
            )

    def fetch(self, url: str, *, lane: str) -> Answer:
        """GET a picture; any status is an answer."""
        with self._permission(lane):
            return self.http.request("GET", url, headers={"Accept": "image/*"}, route="picture")


def _row(value: Any) -> Row:
    """A row of a bundle; faults are rows of a success."""
    if isinstance(value, Mapping) and value.get("isFault"):
        from_text = str(value.get("faultCode", "")).strip()
        return RemoteFault(int(from_text) if from_text.isdigit() else 0, str(value.get("faultMessage") or ""))
    return value


def _masking(observer: Observer, api_key: str) -> Observer:
    """Exchanges without the key, the session ids and what stands for passwords, which have no names in this protocol."""
    secrets = [one for one in {api_key, escape(api_key)} if one]

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, MASK)
        return _HASH.sub(rf"\1{MASK}", _SESSION_ID.sub(MASK, text))

    def observe(exchange: Exchange) -> None:
        exchange.request_body = clean(exchange.request_body)
        exchange.response_body = clean(exchange.response_body)
        observer(exchange)

    return observe


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
            cure="Enter it as https://shop.example.com, with the sub-folder if the shop lives in one.",
            platform=PLATFORM,
        )
    path = re.split(r"/(?:index\.php|api|admin)(?:/|$)", parts.path)[0].rstrip("/")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def first_error(rows: Sequence[Row]) -> RemoteFault | EcomsyncError | None:
    """The first row of a bundle that is none."""
    return next((row for row in rows if isinstance(row, RemoteFault | EcomsyncError)), None)
