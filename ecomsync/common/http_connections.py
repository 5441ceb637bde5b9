"""Connections of the HTTP client: they tell how far a request got, and keep out of private networks.

The guard resolves a name once, refuses it when any of its addresses is not on the public internet, and connects
to just the addresses it looked at. A name that answers differently the next time gains nothing by it. Host header,
SNI and the check of the certificate still use the name.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import certifi
from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import allowed_gai_family
from urllib3.util.retry import Retry

from ecomsync.common.errors import ConfigurationError

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: Parts of a request up to so many bytes are put together before they are sent.
TOGETHER = 65_536
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(slots=True)
class Progress:
    """How far a request got. `sent`: a byte of it may have left. `reused`: on a connection kept from before."""

    sent: bool = False
    reused: bool = False


progress_of_call: ContextVar[Progress] = ContextVar("progress_of_call")


def is_private_host(host: str) -> bool:
    """True when the host is, or resolves to, an address that is not on the public internet."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        return False  # the connection itself will tell that the name is unknown
    return any(not is_public(entry[4][0]) for entry in found)


def is_public(text: str | int) -> bool:
    """Whether an address lies on the public internet, also when it is an IPv4 address wrapped into IPv6."""
    address = ipaddress.ip_address(str(text).partition("%")[0])
    return all(one.is_global and not one.is_multicast for one in _unwrapped(address))


def _unwrapped(address: _Address) -> list[_Address]:
    """The address and those that gateways would make of it."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    found: list[_Address] = [address, *(address.teredo or ())]
    if address.sixtofour:
        found.append(address.sixtofour)
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    return found


def _look_up(host: str, port: int) -> list[tuple[int, int, int, Any]]:
    """(family, type, protocol, address) to connect to. Raises ConfigurationError when one of them is private."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, allowed_gai_family(), socket.SOCK_STREAM)
    except UnicodeError:
        raise LocationParseError(f"'{host}', label empty or too long") from None
    if any(not is_public(entry[4][0]) for entry in found):
        raise ConfigurationError(
            f"The address '{host}' lies in a private network.",
            code="private_address",
            cure="Use the shop's public address, or set ALLOW_PRIVATE_ADDRESSES=true on this installation.",
        )
    return [(family, kind, protocol, address) for family, kind, protocol, _, address in found]


class TrackedConnection(HTTPConnection):
    """Notes in `progress_of_call` when the first byte leaves. Head and body leave together, in one packet where they
    fit."""

    _served = 0
    _held: list[bytes] | None = None

    def connect(self) -> None:
        self._served = 0
        super().connect()

    def send(self, data: Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        if self._held is not None and isinstance(data, bytes) and len(data) <= TOGETHER:
            self._held.append(data)
            return
        self._let_go()
        self._send_now(data)

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held:
            self._send_now(b"".join(held))

    def _send_now(self, data: Any) -> None:
        progress = progress_of_call.get()
        progress.reused = self._served > 0
        progress.sent = True
        super().send(data)

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._held = []
        try:
            super().request(*args, **kwargs)
            self._let_go()
        finally:
            self._held = None
        self._served += 1


class GuardedConnection(TrackedConnection):
    """Connects to public addresses only, and to those that were looked at."""

    def _new_conn(self) -> socket.socket:
        try:
            candidates = _look_up(self._dns_host, self.port)
        except socket.gaierror as err:
            raise NameResolutionError(self.host, self, err) from err
        fault: OSError = OSError(f"{self.host} has no address")
        for family, kind, protocol, address in candidates:
            try:
                return self._open(family, kind, protocol, address)
            except OSError as err:
                fault = err
        if isinstance(fault, TimeoutError):
            raise ConnectTimeoutError(self, f"Connection to {self.host} timed out.") from fault
        raise NewConnectionError(self, f"Failed to establish a new connection: {fault}") from fault

    def _open(self, family: int, kind: int, protocol: int, address: Any) -> socket.socket:
        opened = socket.socket(family, kind, protocol)
        try:
            for option in self.socket_options or ():
                opened.setsockopt(*option)
            if isinstance(self.timeout, int | float):
                opened.settimeout(self.timeout)
            opened.connect(address)
        except BaseException:
            opened.close()
            raise
        sys.audit("http.client.connect", self, self.host, self.port)
        return opened


class TrackedTlsConnection(TrackedConnection, HTTPSConnection):
    pass


class GuardedTlsConnection(GuardedConnection, HTTPSConnection):
    pass


class TrackedPool(HTTPConnectionPool):
    ConnectionCls = TrackedConnection


class TrackedTlsPool(HTTPSConnectionPool):
    ConnectionCls = TrackedTlsConnection


class GuardedPool(HTTPConnectionPool):
    ConnectionCls = GuardedConnection


class GuardedTlsPool(HTTPSConnectionPool):
    ConnectionCls = GuardedTlsConnection


#: Nothing is repeated but a connection that could not be opened.
REPEATS = Retry(total=None, connect=1, read=False, redirect=0, status=0, other=0, backoff_factor=0.2)


def pool_manager(*, allow_private: bool, pool_size: int, verify_tls: bool) -> PoolManager:
    """A pool of our connections, at most `pool_size` of them kept per host."""
    trust: dict[str, Any] = (
        {"cert_reqs": "CERT_REQUIRED", "ca_certs": certifi.where()}
        if verify_tls
        else {"cert_reqs": "CERT_NONE"}
    )
    pools = PoolManager(num_pools=pool_size, maxsize=pool_size, block=False, **trust)
    pools.pool_classes_by_scheme = (
        {"http": TrackedPool, "https": TrackedTlsPool}
        if allow_private
        else {"http": GuardedPool, "https": GuardedTlsPool}
    )
    return pools
