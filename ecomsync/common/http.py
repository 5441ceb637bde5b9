"""The one HTTP client: timeouts always, no redirects, no cookies, bounded answers, secrets masked, every exchange
observed.

Library errors end here: callers see only the classes of `ecomsync.common.errors`. A durable retry belongs to
the queue row; this client repeats nothing by itself except a connection that could not be opened, and a read
whose kept connection the other side had closed meanwhile.
"""

from __future__ import annotations

import json
import logging
import re
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit, urlunsplit

import urllib3
from urllib3.exceptions import InsecureRequestWarning, LocationValueError, MaxRetryError, NewConnectionError
from urllib3.util import Timeout, make_headers

from ecomsync.common.errors import (
    ConfigurationError,
    EcomsyncError,
    NetworkError,
    ShopUnavailable,
    UncertainOutcome,
)
from ecomsync.common.http_connections import (
    REPEATS,
    Progress,
    is_private_host,
    pool_manager,
    progress_of_call,
)
from ecomsync.common.masking import MASK, mask_body, mask_headers, mask_url

__all__ = [
    "MASK",
    "Answer",
    "Exchange",
    "HttpClient",
    "Observer",
    "is_private_host",
    "mask_body",
    "mask_headers",
    "mask_url",
]

logger = logging.getLogger(__name__)

MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_STORED_BODY = 20_000
USER_AGENT = "ecomsync/0.1"
READ_AT_ONCE = 65_536
# A server that drips a byte now and then never runs into the timeout of one read: the whole answer has one too.
WHOLE_ANSWER_FACTOR = 4
SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS"})

_LIBRARY_ERRORS = (urllib3.exceptions.HTTPError, OSError, UnicodeError)
_TIMEOUTS = (urllib3.exceptions.TimeoutError, TimeoutError)
#: What urllib3 unpacks here.
_UNPACKED = make_headers(accept_encoding=True)["accept-encoding"]
_BAD_HEADER = re.compile(r"^\s|[\r\n]").search
_TRANSIENT_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` has lower-case names; `body` is raw."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    elapsed_ms: int

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body as JSON; numbers with a fraction come as Decimal, so that no cent is lost to binary.

        A BOM and white space before it are stripped. Raises ValueError when the body is not JSON.
        """
        text = self.text.lstrip("\ufeff \t\r\n")
        try:
            return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        except RecursionError:
            raise ValueError("JSON nested too deeply") from None

    def excerpt(self, size: int = 300) -> str:
        """The first characters, safe to show."""
        return mask_body(self.text[:size])


@dataclass(slots=True)
class Exchange:
    """One call as the observer gets it: masked, cut to a size that can be stored."""

    method: str
    url: str
    route: str
    trace_id: str
    started_at: datetime
    status: int | None = None
    duration_ms: int = 0
    request_headers: dict[str, str] = field(default_factory=dict)
    request_body: str = ""
    response_headers: dict[str, str] = field(default_factory=dict)
    response_body: str = ""
    error: str = ""


Observer = Callable[[Exchange], None]


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: str
    host: str
    headers: Mapping[str, str]
    body: bytes | None
    connect_timeout: float
    timeout: float
    may_repeat: bool


class HttpClient:
    """A kept connection pool to one outside system, for any number of threads."""

    def __init__(
        self,
        *,
        timeout: float = 30.0,
        connect_timeout: float = 10.0,
        pool_size: int = 10,
        verify_tls: bool = True,
        allow_private: bool = False,
        observer: Observer | None = None,
        user_agent_suffix: str = "",
        trace_id: Callable[[], str] = lambda: "",
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._timeout = (min(connect_timeout, timeout), timeout)
        self._observer = observer
        self._trace_id = trace_id
        self._max_answer_bytes = max_answer_bytes
        self._headers = {
            "User-Agent": f"{USER_AGENT} {user_agent_suffix}".strip(),
            "Accept-Encoding": _UNPACKED,
            "Accept": "application/json",
        }
        self._pool = pool_manager(allow_private=allow_private, pool_size=pool_size, verify_tls=verify_tls)
        if not verify_tls:
            # 'Test Connection' and the site's form say it; a warning per call would only flood the log.
            urllib3.disable_warnings(InsecureRequestWarning)

    #: The other side's time at its last answer, as its Date header tells; None as long as it told none.
    server_time: datetime | None = None

    def close(self) -> None:
        self._pool.clear()

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Iterable[tuple[str, str]] = (),
        json_body: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        route: str = "",
        repeatable: bool = False,
    ) -> Answer:
        """Send one request and return whatever status came back.

        route: the address without its ids, for statistics. repeatable: a POST that only reads, as GraphQL's queries.
        Raises NetworkError (nothing was sent), UncertainOutcome (sent, no whole answer), ConfigurationError (TLS, bad
        address, private network), ShopUnavailable (answer too large).
        """
        parts = _parts_of(url)
        host = _host_of(parts)
        full_url = _with_params(url, params)
        sent_headers = dict(headers or {})
        body = data
        if json_body is not None:
            body = json.dumps(json_body, ensure_ascii=False, default=_encode).encode()
            sent_headers.setdefault("Content-Type", "application/json; charset=utf-8")
        exchange = Exchange(
            method=method,
            url=mask_url(full_url),
            route=route or parts.path,
            trace_id=self._trace_id(),
            started_at=datetime.now(UTC),
            request_headers=mask_headers(sent_headers),
            request_body=_stored(body or b""),
        )
        limits = (min(self._timeout[0], timeout), timeout) if timeout else self._timeout
        may_repeat = repeatable or method.upper() in SAFE_TO_REPEAT
        call = _Call(method.upper(), full_url, host, sent_headers, body, *limits, may_repeat)
        began = time.perf_counter()
        try:
            answer = self._send(call, exchange)
            self.server_time = http_date(answer.headers.get("date", "")) or self.server_time
            return answer
        except Exception as error:
            exchange.error = mask_body(str(error))
            raise
        finally:
            exchange.duration_ms = round((time.perf_counter() - began) * 1000)
            self._tell(exchange)

    def _tell(self, exchange: Exchange) -> None:
        if self._observer is None:
            return
        try:
            self._observer(exchange)
        except Exception:
            # The call is done; losing its record must not make the caller believe that it was not.
            logger.exception("The observer of a call to %s failed", exchange.url)

    def _send(self, call: _Call, exchange: Exchange) -> Answer:
        """Sends once, and a read once more when its kept connection turned out to be closed."""
        may_repeat = call.may_repeat
        while True:
            progress = Progress()
            token = progress_of_call.set(progress)
            try:
                return self._attempt(call, exchange)
            except _LIBRARY_ERRORS as err:
                stale = progress.reused and exchange.status is None and not isinstance(err, _TIMEOUTS)
                if not (may_repeat and stale):
                    raise _as_ours(err, progress, call) from err
                may_repeat = False
            finally:
                progress_of_call.reset(token)

    def _attempt(self, call: _Call, exchange: Exchange) -> Answer:
        began = time.perf_counter()
        url, headers = self._addressed(call)
        response = self._pool.urlopen(
            call.method,
            url,
            body=call.body,
            headers=headers,
            timeout=Timeout(connect=call.connect_timeout, read=call.timeout),
            retries=REPEATS,
            # Where a redirect leads is the caller's business; its body is an answer like any other.
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            exchange.status = response.status
            told = dict(response.headers.itermerged())
            exchange.response_headers = mask_headers(told)
            body = self._read_bounded(response, call, began + WHOLE_ANSWER_FACTOR * call.timeout)
        finally:
            response.close()  # a connection whose answer was read to its end is back in the pool already
            response.release_conn()
        exchange.response_body = _stored(body)
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in told.items()},
            body=body,
            url=exchange.url,
            elapsed_ms=round((time.perf_counter() - began) * 1000),
        )

    def _addressed(self, call: _Call) -> tuple[str, dict[str, str]]:
        """The address as it is called, and all headers. User and password of an address go into a header."""
        given = {name.lower() for name in call.headers}
        headers = {name: value for name, value in self._headers.items() if name.lower() not in given}
        headers.update(call.headers)
        for value in call.headers.values():
            if _BAD_HEADER(value):
                raise _bad_header(call.host)
        if "@" not in call.url:
            return call.url, headers
        parts = urlsplit(call.url)
        user, _at, host = parts.netloc.rpartition("@")
        if user and "authorization" not in given:
            headers.update(make_headers(basic_auth=unquote(user)))
        return urlunsplit(parts._replace(netloc=host)), headers

    def _read_bounded(self, response: urllib3.BaseHTTPResponse, call: _Call, deadline: float) -> bytes:
        """The body. `read1` returns what is there, so that size and time are looked at all along."""
        chunks: list[bytes] = []
        size = response.length_remaining or 0
        if size <= self._max_answer_bytes:
            size = 0
        while size <= self._max_answer_bytes:
            chunk = response.read1(READ_AT_ONCE, decode_content=True)
            if not chunk:
                return b"".join(chunks)
            if time.perf_counter() > deadline:
                raise TimeoutError("the answer dripped too slowly")
            chunks.append(chunk)
            size += len(chunk)
        raise ShopUnavailable(
            f"The answer of {call.host} is larger than {_readable(self._max_answer_bytes)}.",
            code="too_large",
            status=response.status,
        )


def http_date(value: str) -> datetime | None:
    """An HTTP date as aware UTC; None for what is none."""
    try:
        moment = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _as_ours(err: Exception, progress: Progress, call: _Call) -> EcomsyncError:
    """What a library's error means for the caller, by how far the request got and never by its text."""
    host = call.host
    if isinstance(err, MaxRetryError) and err.reason is not None:
        err = err.reason
    if progress.sent:
        if isinstance(err, _TIMEOUTS):
            return UncertainOutcome(f"{host} did not answer in time ({call.timeout:g} s).")
        return UncertainOutcome(
            f"The connection to {host} broke before the whole answer came: {_reason(err)}."
        )
    if isinstance(err, LocationValueError):
        return _bad_address(call.url)
    if isinstance(err, UnicodeError):
        return _bad_header(host)
    tls = next((cause for cause in _causes(err) if isinstance(cause, ssl.SSLError)), None)
    if tls is not None and not isinstance(tls, _TRANSIENT_TLS):
        return _tls_error(tls, host)
    if isinstance(err, _TIMEOUTS) and not isinstance(
        err, NewConnectionError
    ):  # a kind of time-out to urllib3
        return NetworkError(f"{host} cannot be reached: no connection within {call.connect_timeout:g} s.")
    return NetworkError(f"{host} cannot be reached: {_reason(err)}.")


def _tls_error(tls: ssl.SSLError, host: str) -> ConfigurationError:
    if isinstance(tls, ssl.SSLCertVerificationError):
        return ConfigurationError(
            f"The TLS certificate of {host} is not trusted: {tls.verify_message.rstrip('.')}.",
            code="tls",
            cure="Renew the shop's certificate; switch 'verify TLS' off only for a test shop.",
        )
    return ConfigurationError(
        f"No TLS connection to {host} can be made: {_readable_tls(tls)}.",
        code="tls",
        cure="Check that the address and port of the site speak https with TLS 1.2 or newer.",
    )


def _readable_tls(tls: ssl.SSLError) -> str:
    return str(getattr(tls, "reason", "") or tls).replace("_", " ").lower()


def _bad_address(url: str) -> ConfigurationError:
    return ConfigurationError(
        f"'{mask_url(url)}' is not a valid web address.", code="bad_url", cure="Correct the URL of the site."
    )


def _bad_header(host: str) -> ConfigurationError:
    return ConfigurationError(
        f"A header for {host} holds characters that cannot be sent.",
        code="bad_header",
        cure="Enter the credentials of the site again, without line breaks and non-Latin letters.",
    )


def _parts_of(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as err:
        raise _bad_address(url) from err


def _host_of(parts: SplitResult) -> str:
    """The host of an address, with its port when one is named. Raises ConfigurationError when there is none, or no
    scheme."""
    try:
        host, port = parts.hostname, parts.port
    except ValueError as err:
        raise _bad_address(parts.geturl()) from err
    # Without a scheme urllib3 would call by plain http.
    if not parts.scheme or not host or host.startswith(("*", ".")):
        raise _bad_address(parts.geturl())
    return f"{host}:{port}" if port else host


def _causes(err: BaseException) -> Iterator[BaseException]:
    """The error and what it was made from: libraries put the original into args, `reason` or `__cause__`."""
    waiting: list[object] = [err]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__]


def _reason(err: BaseException) -> str:
    """The innermost cause in words; library texts repeat the whole address with its secrets."""
    causes = list(_causes(err))
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.rstrip(".")
    return mask_body(str(causes[-1])[:200]).strip().rstrip(".")


def _stored(body: bytes) -> str:
    """The beginning of a body, masked. Cut before decoding: bodies may be huge."""
    text = body[: 4 * MAX_STORED_BODY].decode("utf-8", errors="replace")
    return mask_body(text[:MAX_STORED_BODY])


def _with_params(url: str, params: Iterable[tuple[str, str]]) -> str:
    pairs = list(params)
    if not pairs:
        return url
    joint = "&" if urlsplit(url).query else "?"
    return url + joint + urlencode(pairs, quote_via=quote, safe="")


def _readable(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size} bytes"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _encode(value: object) -> Any:
    """Decimals leave as numbers only where a mapping asked for it; here they are text."""
    return str(value)
