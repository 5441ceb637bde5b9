"""Private networks stay closed, whatever the address looks like; TLS faults are named."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ecomsync.common import http_connections
from ecomsync.common.errors import ConfigurationError, NetworkError
from ecomsync.common.http import HttpClient, is_private_host
from ecomsync.common.http_connections import is_public
from tests.common.raw_server import RawServer, raw_server, self_signed

PUBLIC = "93.184.216.34"


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture
def guarded() -> Iterator[HttpClient]:
    client = HttpClient(timeout=5.0)
    yield client
    client.close()


@pytest.fixture
def open_client() -> Iterator[HttpClient]:
    client = HttpClient(timeout=5.0, allow_private=True)
    yield client
    client.close()


def entry(address: str, port: int) -> tuple[Any, ...]:
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, list[list[str]]], None]:
    """`dns(name, answers)`: the name is answered so, one list per question; the last one stays."""
    real = socket.getaddrinfo

    def pretend(name: str, answers: list[list[str]]) -> None:
        waiting = list(answers)

        def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            if host != name:
                return real(host, port, *args, **kwargs)
            addresses = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return [entry(address, port) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return pretend


@pytest.fixture
def connects(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that somebody tried to connect to; all of them refuse."""
    seen: list[str] = []

    def refuse(self: socket.socket, address: Any) -> None:
        seen.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return seen


# ---------------------------------------------------------------- the guard

PRIVATE_HOSTS = [
    "127.0.0.1",
    "127.1",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00::1]",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0x7f.0.0.1",
    "0",
    "0.0.0.0",
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.1.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("host", PRIVATE_HOSTS)
def test_private_address_is_refused_before_anything_is_opened(
    guarded: HttpClient, connects: list[str], host: str
) -> None:
    with pytest.raises(ConfigurationError, match="private network") as caught:
        guarded.request("GET", f"http://{host}:8000/")

    assert caught.value.code == "private_address"
    assert "ALLOW_PRIVATE_ADDRESSES" in caught.value.cure
    assert connects == []


def test_guard_holds_for_tls_too(guarded: HttpClient, connects: list[str]) -> None:
    with pytest.raises(ConfigurationError, match="private network"):
        guarded.request("GET", "https://127.0.0.1/")

    assert connects == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_private_address_is_reached_when_the_installation_allows_it(
    open_client: HttpClient, server: RawServer, host: str
) -> None:
    assert open_client.request("GET", f"http://{host}:{server.port}/").status == 200


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_name_with_one_private_address_among_public_ones_is_refused(
    guarded: HttpClient, dns: Callable[..., None], connects: list[str]
) -> None:
    dns("mixed.test", [[PUBLIC, "10.0.0.1"]])

    with pytest.raises(ConfigurationError, match="private network"):
        guarded.request("GET", "http://mixed.test/")

    assert connects == []


def test_name_that_turns_private_after_the_check_does_not_get_through(
    guarded: HttpClient, dns: Callable[..., None], connects: list[str]
) -> None:
    dns("rebind.test", [[PUBLIC], ["127.0.0.1"]])

    # The public address refuses; opening is tried once more, and the new answer is looked at again.
    with pytest.raises(ConfigurationError, match="private network"):
        guarded.request("GET", "http://rebind.test/")

    assert connects == [PUBLIC]


def test_all_addresses_of_a_name_are_tried(
    guarded: HttpClient, dns: Callable[..., None], connects: list[str]
) -> None:
    dns("two.test", [[PUBLIC, "8.8.8.8"]])

    with pytest.raises(NetworkError, match="Connection refused"):
        guarded.request("GET", "http://two.test/")

    assert connects[:2] == [PUBLIC, "8.8.8.8"]


def test_guarded_call_keeps_the_host_header(
    guarded: HttpClient, dns: Callable[..., None], server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connections, "is_public", lambda address: True)
    dns("shop.test", [["127.0.0.1"]])

    for _ in range(3):
        assert guarded.request("GET", f"http://shop.test:{server.port}/").status == 200

    assert server.received[0].header("Host") == f"shop.test:{server.port}"
    assert server.connections == 1


@pytest.mark.parametrize(
    ("host", "private"), [("127.0.0.1", True), ("8.8.8.8", False), ("no-such.invalid", False)]
)
def test_is_private_host_tells(host: str, private: bool) -> None:
    assert is_private_host(host) is private


# ---------------------------------------------------------------- TLS


@pytest.fixture
def tls_server(tmp_path: Path) -> Iterator[tuple[RawServer, Path]]:
    context, certificate = self_signed(tmp_path)
    with raw_server(tls=context) as running:

        def note(connection: Any, name: str | None, _: Any) -> None:
            running.names.append(name)

        context.sni_callback = note
        yield running, certificate


def test_untrusted_certificate_is_a_configuration_error(
    open_client: HttpClient, tls_server: tuple[RawServer, Path]
) -> None:
    server, _ = tls_server
    with pytest.raises(ConfigurationError, match=r"not trusted: self.signed certificate") as caught:
        open_client.request("POST", server.url, json_body={})

    assert caught.value.code == "tls"
    assert "certificate" in caught.value.cure
    assert server.received == []


def test_untrusted_certificate_is_accepted_where_checking_is_off(tls_server: tuple[RawServer, Path]) -> None:
    server, _ = tls_server
    client = HttpClient(timeout=5.0, allow_private=True, verify_tls=False)

    assert client.request("GET", server.url).status == 200
    client.close()


@pytest.fixture
def trusting(
    tls_server: tuple[RawServer, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., HttpClient]]:
    """Clients that trust the server's certificate."""
    monkeypatch.setattr("certifi.where", lambda: str(tls_server[1]))
    made: list[HttpClient] = []

    def client(*, allow_private: bool) -> HttpClient:
        made.append(HttpClient(timeout=5.0, allow_private=allow_private))
        return made[-1]

    yield client
    for one in made:
        one.close()


def test_certificate_for_another_name_is_a_configuration_error(
    trusting: Callable[..., HttpClient], tls_server: tuple[RawServer, Path]
) -> None:
    server, _ = tls_server
    with pytest.raises(ConfigurationError, match="Hostname mismatch") as caught:
        trusting(allow_private=True).request("GET", f"https://localhost:{server.port}/")

    assert caught.value.code == "tls"


def test_guarded_call_checks_the_certificate_of_the_name(
    trusting: Callable[..., HttpClient],
    dns: Callable[..., None],
    tls_server: tuple[RawServer, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server, _ = tls_server
    monkeypatch.setattr(http_connections, "is_public", lambda address: True)
    dns("shop.test", [["127.0.0.1"]])

    answer = trusting(allow_private=False).request("GET", f"https://shop.test:{server.port}/")

    assert answer.status == 200
    assert server.names == ["shop.test"]
    assert server.received[0].header("Host") == f"shop.test:{server.port}"


@contextmanager
def first_bytes_answered_by(answer: bytes) -> Iterator[int]:
    """A listener that reads the first bytes of a connection, answers and hangs up; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(10_000)
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_plain_http_on_a_tls_address_is_a_configuration_error(open_client: HttpClient) -> None:
    with (
        first_bytes_answered_by(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port,
        pytest.raises(ConfigurationError, match="No TLS connection") as caught,
    ):
        open_client.request("POST", f"https://127.0.0.1:{port}/")

    assert caught.value.code == "tls"


def test_hang_up_during_the_handshake_is_a_network_error(open_client: HttpClient) -> None:
    with first_bytes_answered_by(b"") as port, pytest.raises(NetworkError, match="cannot be reached"):
        open_client.request("POST", f"https://127.0.0.1:{port}/")
