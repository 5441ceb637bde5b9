"""The one HTTP client: timeouts always, no silent redirects, bounded answers, secrets masked, every exchange observed.

Library errors end here: callers see only the classes of `ecomsync.common.errors`. A durable retry belongs to
the queue row; this client repeats nothing by itself except a connection that could not be opened.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.models import PreparedRequest
from urllib3.exceptions import NewConnectionError
from urllib3.util.retry import Retry

from ecomsync.common.errors import ConfigurationError, NetworkError, ShopUnavailable, UncertainOutcome

MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_STORED_BODY = 20_000
USER_AGENT = "ecomsync/0.1"
MASK = "***"

_SECRET_NAME = re.compile(
    r"(authorization|secret|password|passwd|token|api[-_]?key|consumer_key|signature|cookie|client_id|nonce)",
    re.I,
)
_SECRET_JSON = re.compile(
    r'("(?:[^"\\]*?(?:secret|password|token|api_?key|consumer_key|consumer_secret)[^"\\]*?)"\s*:\s*)"(?:[^"\\]|\\.)*"',
    re.I,
)


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

        A BOM is stripped. Raises ValueError when the body is not JSON.
        """
        return json.loads(self.body.decode("utf-8-sig", errors="replace").lstrip(), parse_float=Decimal)

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


def mask_url(url: str) -> str:
    """The address without user, password and secret parameters."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode(
        [(name, MASK if _SECRET_NAME.search(name) else value) for name, value in pairs], safe="*[]:,"
    )
    return urlunsplit((parts.scheme, netloc, parts.path, query, ""))


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with secrets replaced; links lose the secrets in their addresses."""
    masked = {}
    for name, value in headers.items():
        if _SECRET_NAME.search(name):
            masked[name] = MASK
        elif name.lower() in ("link", "location"):
            masked[name] = re.sub(r"https?://[^>\s;]+", lambda match: mask_url(match.group(0)), value)
        else:
            masked[name] = value
    return masked


def mask_body(body: str) -> str:
    """A JSON or form body with the values of secret names replaced."""
    masked = _SECRET_JSON.sub(rf'\1"{MASK}"', body)
    return re.sub(
        r"((?:consumer_secret|consumer_key|client_secret|password|token)=)[^&\s\"<]+", rf"\1{MASK}", masked
    )


def is_private_host(host: str) -> bool:
    """True when the host is, or resolves to, an address that is not on the public internet."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        return False  # the connection itself will tell that the name is unknown
    return any(not _address(entry[4][0]).is_global for entry in found)


def _address(text: str | int) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = ipaddress.ip_address(str(text).partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


class GuardedAdapter(HTTPAdapter):
    """Refuses hosts on private networks unless the installation allows them.

    Checked before each request; a redirect is never followed, so it cannot lead elsewhere.
    """

    def __init__(self, *, allow_private: bool, pool_size: int) -> None:
        self._allow_private = allow_private
        super().__init__(
            pool_connections=pool_size,
            pool_maxsize=pool_size,
            max_retries=Retry(
                total=None, connect=1, read=0, redirect=0, status=0, other=0, backoff_factor=0.2
            ),
        )

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        host = urlsplit(request.url or "").hostname or ""
        if not self._allow_private and is_private_host(host):
            raise ConfigurationError(
                f"The address '{host}' lies in a private network.",
                code="private_address",
                cure="Use the shop's public address, or set ALLOW_PRIVATE_ADDRESSES=true on this installation.",
            )
        return super().send(request, *args, **kwargs)


class HttpClient:
    """A kept connection pool to one outside system. Thread-safe as far as `requests.Session` sends are."""

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
    ) -> None:
        self._timeout = (min(connect_timeout, timeout), timeout)
        self._observer = observer
        self._trace_id = trace_id
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = verify_tls
        self._session.headers["User-Agent"] = f"{USER_AGENT} {user_agent_suffix}".strip()
        self._session.headers["Accept"] = "application/json"
        adapter = GuardedAdapter(allow_private=allow_private, pool_size=pool_size)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def close(self) -> None:
        self._session.close()

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
    ) -> Answer:
        """Send one request and return whatever status came back.

        route: the address without its ids, for statistics. Raises NetworkError (nothing was sent),
        UncertainOutcome (sent, no whole answer), ConfigurationError (TLS, bad address, private network),
        ShopUnavailable (answer too large).
        """
        full_url = _with_params(url, params)
        sent_headers = dict(headers or {})
        body = data
        if json_body is not None:
            body = json.dumps(json_body, ensure_ascii=False, default=_encode).encode()
            sent_headers.setdefault("Content-Type", "application/json; charset=utf-8")
        exchange = Exchange(
            method=method,
            url=mask_url(full_url),
            route=route or urlsplit(full_url).path,
            trace_id=self._trace_id(),
            started_at=datetime.now(UTC),
            request_headers=mask_headers(sent_headers),
            request_body=mask_body((body or b"").decode("utf-8", errors="replace")[:MAX_STORED_BODY]),
        )
        began = time.perf_counter()
        try:
            answer = self._send(method, full_url, body, sent_headers, timeout)
        except Exception as error:
            exchange.error = mask_body(str(error))
            raise
        else:
            exchange.status = answer.status
            exchange.response_headers = mask_headers(answer.headers)
            exchange.response_body = mask_body(answer.text[:MAX_STORED_BODY])
            return answer
        finally:
            exchange.duration_ms = round((time.perf_counter() - began) * 1000)
            if self._observer is not None:
                self._observer(exchange)

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout: float | None
    ) -> Answer:
        limits = (min(self._timeout[0], timeout), timeout) if timeout else self._timeout
        began = time.perf_counter()
        host = urlsplit(url).hostname or url
        try:
            with self._session.request(
                method, url, data=body, headers=headers, timeout=limits, allow_redirects=False, stream=True
            ) as response:
                content = _read_bounded(response, host)
                return Answer(
                    status=response.status_code,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=content,
                    url=mask_url(url),
                    elapsed_ms=round((time.perf_counter() - began) * 1000),
                )
        except requests.exceptions.SSLError as err:
            raise ConfigurationError(
                f"The TLS certificate of {host} is not trusted: {_reason(err)}.",
                code="tls",
                cure="Renew the shop's certificate; switch 'verify TLS' off only for a test shop.",
            ) from err
        except (requests.exceptions.ConnectTimeout, requests.exceptions.ConnectionError) as err:
            raise _connection_error(err, host) from err
        except (requests.exceptions.Timeout, requests.exceptions.ChunkedEncodingError) as err:
            raise UncertainOutcome(
                f"{host} did not answer in time ({limits[1]:g} s): {_reason(err)}."
            ) from err
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
        ) as err:
            raise ConfigurationError(
                f"'{mask_url(url)}' is not a valid web address.",
                code="bad_url",
                cure="Correct the URL of the site.",
            ) from err
        except requests.exceptions.RequestException as err:
            raise NetworkError(f"The call to {host} failed: {_reason(err)}.") from err


def _connection_error(err: requests.exceptions.ConnectionError, host: str) -> NetworkError | UncertainOutcome:
    """A refused connection did nothing; one that broke later may have done all."""
    if (
        isinstance(err, requests.exceptions.ConnectTimeout)
        or "NewConnectionError" in repr(err)
        or _never_opened(err)
    ):
        return NetworkError(f"{host} cannot be reached: {_reason(err)}.")
    return UncertainOutcome(f"The connection to {host} broke before the answer came: {_reason(err)}.")


def _never_opened(err: BaseException) -> bool:
    seen: BaseException | None = err
    while seen is not None:
        if isinstance(seen, NewConnectionError | socket.gaierror | ConnectionRefusedError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _reason(err: BaseException) -> str:
    text = str(err)
    inner = re.search(r"\[Errno -?\d+\] ([^'\")]+)", text)
    return mask_body(inner.group(1) if inner else text[:200]).strip().rstrip(".")


def _read_bounded(response: requests.Response, host: str) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_content(65_536):
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise ShopUnavailable(
                f"The answer of {host} is larger than {MAX_ANSWER_BYTES // 2**20} MiB.", code="too_large"
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _with_params(url: str, params: Iterable[tuple[str, str]]) -> str:
    pairs = list(params)
    if not pairs:
        return url
    joint = "&" if urlsplit(url).query else "?"
    return url + joint + urlencode(pairs, quote_via=quote, safe="")


def _encode(value: object) -> Any:
    """Decimals leave as numbers only where a mapping asked for it; here they are text."""
    return str(value)
