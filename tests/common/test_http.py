"""The HTTP client over real sockets: what each kind of trouble means, and what is kept of a call."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import logging
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import ConfigurationError, NetworkError, ShopUnavailable, UncertainOutcome
from ecomsync.common.http import MAX_STORED_BODY, Answer, Exchange, HttpClient
from tests.common.raw_server import RawServer, Received, raw_server, reply, reset, say


@pytest.fixture
def server() -> Iterator[RawServer]:
    with raw_server() as running:
        yield running


@pytest.fixture
def make() -> Iterator[Callable[..., HttpClient]]:
    made: list[HttpClient] = []

    def client(**options: Any) -> HttpClient:
        made.append(HttpClient(**{"timeout": 5.0, "allow_private": True, **options}))
        return made[-1]

    yield client
    for one in made:
        one.close()


def answer(body: bytes) -> Answer:
    return Answer(status=200, headers={}, body=body, url="http://shop.test/", elapsed_ms=1)


# ---------------------------------------------------------------- silence


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_silence_is_an_uncertain_outcome_and_is_asked_once(
    server: RawServer, make: Callable[..., HttpClient], method: str
) -> None:
    server.script = lambda connection, received: bool(server.stopping.wait(5))

    began = time.perf_counter()
    with pytest.raises(UncertainOutcome, match=r"127\.0\.0\.1:\d+ did not answer in time \(0\.3 s\)"):
        make(timeout=0.3).request(method, server.url)

    assert time.perf_counter() - began < 2
    assert len(server.received) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_silence_on_a_kept_connection_is_not_repeated(
    server: RawServer, make: Callable[..., HttpClient], method: str
) -> None:
    client = make(timeout=0.3)
    client.request("GET", server.url)
    server.script = lambda connection, received: bool(server.stopping.wait(5))

    with pytest.raises(UncertainOutcome):
        client.request(method, server.url)

    assert len(server.received) == 2


def test_silence_in_the_middle_of_the_body_is_an_uncertain_outcome(
    server: RawServer, make: Callable[..., HttpClient]
) -> None:
    def script(connection: socket.socket, received: Received) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half"')
        server.stopping.wait(5)

    server.script = script
    with pytest.raises(UncertainOutcome, match="in time"):
        make(timeout=0.3).request("POST", server.url, json_body={})


def test_body_that_drips_for_ever_ends_by_the_time_of_the_whole_answer(
    server: RawServer, make: Callable[..., HttpClient]
) -> None:
    def script(connection: socket.socket, received: Received) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not server.stopping.wait(0.1):
            connection.sendall(b"x")

    server.script = script
    began = time.perf_counter()
    with pytest.raises(UncertainOutcome, match="in time"):
        make(timeout=0.4).request("GET", server.url)

    assert time.perf_counter() - began < 4


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nhalf",
        b"no HTTP at all\r\n\r\n",
        b"",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_answer_that_breaks_off_is_an_uncertain_outcome(
    server: RawServer, make: Callable[..., HttpClient], head: bytes, method: str
) -> None:
    server.script = lambda connection, received: connection.sendall(head)

    with pytest.raises(UncertainOutcome, match="broke before the whole answer came"):
        make().request(method, server.url)

    assert len(server.received) == 1


# ---------------------------------------------------------------- nothing was sent


def test_refused_connection_is_a_network_error(make: Callable[..., HttpClient]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    with pytest.raises(
        NetworkError, match=r"127\.0\.0\.1:\d+ cannot be reached: Connection refused"
    ) as caught:
        make().request("POST", f"http://127.0.0.1:{port}/", json_body={})

    assert caught.value.cure


@pytest.mark.parametrize("private", [True, False])
def test_unknown_host_is_a_network_error(make: Callable[..., HttpClient], private: bool) -> None:
    with pytest.raises(NetworkError, match=r"no-such-shop\.invalid cannot be reached"):
        make(allow_private=private).request("GET", "http://no-such-shop.invalid/")


def test_unanswered_connection_attempt_is_a_network_error(
    make: Callable[..., HttpClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: Any) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket.socket, "connect", slow)
    with pytest.raises(NetworkError, match=r"no connection within 0\.2 s"):
        make(connect_timeout=0.2).request("POST", "http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example.com/x",
        "ftp://shop.example.com",
        "//127.0.0.1/x",
        "http://",
        "http://[::1",
        "http://a:b/",
        "http://*/",
    ],
)
def test_bad_address_is_a_configuration_error(make: Callable[..., HttpClient], url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make().request("GET", url)

    assert caught.value.code == "bad_url"


@pytest.mark.parametrize("private", [True, False])
def test_host_with_an_impossible_label_is_a_configuration_error(
    make: Callable[..., HttpClient], private: bool
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make(allow_private=private).request("GET", f"http://{'a' * 70}.example.com/")

    assert caught.value.code == "bad_url"


@pytest.mark.parametrize("value", ["Bearer geheim\r\nX-Evil: 1", "Bearer geheim\u0645"])
def test_credential_that_cannot_be_a_header_is_named_without_its_value(
    server: RawServer, make: Callable[..., HttpClient], value: str
) -> None:
    kept: list[Exchange] = []
    with pytest.raises(ConfigurationError) as caught:
        make(observer=kept.append).request("GET", server.url, headers={"Authorization": value})

    assert caught.value.code == "bad_header"
    assert "geheim" not in str(caught.value) + repr(kept)
    assert server.received == []


# ---------------------------------------------------------------- kept connections


@pytest.mark.parametrize(("size", "parts"), [(1_900, 1), (200_000, 2)])
def test_head_and_body_leave_together(
    server: RawServer,
    make: Callable[..., HttpClient],
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    parts: int,
) -> None:
    sent: list[int] = []
    usual = http.client.HTTPConnection.send

    def counted(self: http.client.HTTPConnection, data: Any) -> None:
        sent.append(len(data))
        usual(self, data)

    monkeypatch.setattr(http.client.HTTPConnection, "send", counted)
    make().request("POST", server.url, data=b"x" * size)
    assert len(sent) == parts
    assert server.received[0].body == b"x" * size


def test_user_and_password_of_the_address_become_a_header(
    server: RawServer, make: Callable[..., HttpClient]
) -> None:
    address = server.url.replace("http://", "http://us%20er:pass%40word@")
    make().request("GET", address)
    make().request("GET", address, headers={"authorization": "Bearer x"})
    wanted = "Basic " + base64.b64encode(b"us er:pass@word").decode()
    assert [one.header("Authorization") for one in server.received] == [wanted, "Bearer x"]
    assert "word" not in server.received[0].head.replace(wanted, "")


def test_connection_is_kept_and_used_again(server: RawServer, make: Callable[..., HttpClient]) -> None:
    client = make()

    for _ in range(5):
        client.request("GET", server.url)
        client.request("POST", server.url, json_body={"a": 1})

    assert len(server.received) == 10
    assert server.connections == 1


def test_connection_is_kept_also_after_a_redirect_and_an_error(
    server: RawServer, make: Callable[..., HttpClient]
) -> None:
    client = make()
    for status in ("302 Found", "500 Oops", "404 Not Found"):
        server.script = say(b"<html>", status, f"Location: {server.url}/elsewhere\r\n")
        client.request("GET", server.url)

    assert server.connections == 1


def test_kept_connection_that_was_closed_in_good_time_is_opened_anew(
    server: RawServer, make: Callable[..., HttpClient]
) -> None:
    client = make()
    server.script = lambda connection, received: connection.sendall(reply())  # and close
    client.request("GET", server.url)
    time.sleep(0.1)

    client.request("POST", server.url, json_body={})

    assert server.connections == 2
    assert len(server.received) == 2


def keep_then_reset(connection: socket.socket, received: Received) -> bool:
    """Answers the first connection once; its second request is read and met with a reset."""
    if received.connection == 1 and keep_then_reset.answered:  # type: ignore[attr-defined]
        reset(connection)
        return False
    keep_then_reset.answered = True  # type: ignore[attr-defined]
    connection.sendall(reply())
    return True


def test_read_is_repeated_once_when_its_kept_connection_is_reset(
    server: RawServer, make: Callable[..., HttpClient]
) -> None:
    keep_then_reset.answered = False  # type: ignore[attr-defined]
    server.script = keep_then_reset
    client = make()
    client.request("GET", server.url)

    assert client.request("GET", server.url).status == 200

    assert [one.connection for one in server.received] == [1, 1, 2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_write_on_a_kept_connection_that_is_reset_is_uncertain_and_not_repeated(
    server: RawServer, make: Callable[..., HttpClient], method: str
) -> None:
    keep_then_reset.answered = False  # type: ignore[attr-defined]
    server.script = keep_then_reset
    client = make()
    client.request("GET", server.url)

    with pytest.raises(UncertainOutcome):
        client.request(method, server.url, json_body={"sku": "A"})

    assert [one.method for one in server.received] == ["GET", method]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_reset_of_a_fresh_connection_after_sending_is_uncertain(
    server: RawServer, make: Callable[..., HttpClient], method: str
) -> None:
    def script(connection: socket.socket, received: Received) -> None:
        reset(connection)

    server.script = script
    with pytest.raises(UncertainOutcome, match="broke before"):
        make().request(method, server.url)

    assert len(server.received) == 1


def test_read_is_repeated_at_most_once(server: RawServer, make: Callable[..., HttpClient]) -> None:
    client = make()
    client.request("GET", server.url)

    def script(connection: socket.socket, received: Received) -> None:
        reset(connection)

    server.script = script
    with pytest.raises(UncertainOutcome):
        client.request("GET", server.url)

    assert len(server.received) == 3


# ---------------------------------------------------------------- redirects, cookies, size


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_redirect_is_told_and_not_followed(
    server: RawServer, make: Callable[..., HttpClient], status: str
) -> None:
    server.script = say(b"moved", status, f"Location: {server.url}/other?token=geheim\r\n")
    kept: list[Exchange] = []

    result = make(observer=kept.append).request("POST", server.url, json_body={})

    assert result.status == int(status[:3])
    assert result.headers["location"].endswith("/other?token=geheim")
    assert kept[0].response_headers["Location"].endswith("/other?token=***")
    assert len(server.received) == 1


def test_redirect_to_nonsense_is_an_answer_like_any_other(
    server: RawServer, make: Callable[..., HttpClient]
) -> None:
    server.script = say(b"", "302 Found", "Location: http://[::1\r\n")

    assert make().request("GET", server.url).status == 302


def test_body_of_a_redirect_is_bounded_too(server: RawServer, make: Callable[..., HttpClient]) -> None:
    server.script = say(b"x" * 50_000, "302 Found", "Location: /a\r\n")

    with pytest.raises(ShopUnavailable):
        make(max_answer_bytes=10_000).request("GET", server.url)


def test_cookies_of_the_shop_are_not_sent_back(server: RawServer, make: Callable[..., HttpClient]) -> None:
    server.script = say(headers="Set-Cookie: session=1; Path=/\r\n")
    client = make()
    client.request("GET", server.url)
    client.request("GET", server.url)

    assert server.received[1].header("Cookie") == ""


@pytest.mark.parametrize("framing", ["announced", "chunked", "until the end", "packed"])
def test_gigantic_answer_is_refused(server: RawServer, make: Callable[..., HttpClient], framing: str) -> None:
    def script(connection: socket.socket, received: Received) -> None:
        if framing == "announced":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
        elif framing == "packed":
            body = gzip.compress(b"x" * 5_000_000)
            connection.sendall(reply(body, headers="Content-Encoding: gzip\r\n"))
        elif framing == "chunked":
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        piece = b"x" * 10_000
        while framing != "packed" and not server.stopping.is_set():
            connection.sendall(b"2710\r\n" + piece + b"\r\n" if framing == "chunked" else piece)

    server.script = script
    kept: list[Exchange] = []
    with pytest.raises(ShopUnavailable, match=r"larger than 1 MiB") as caught:
        make(max_answer_bytes=2**20, observer=kept.append).request("GET", server.url)

    assert (caught.value.code, caught.value.status) == ("too_large", 200)
    assert kept[0].status == 200
    assert "larger than" in kept[0].error


def test_answer_of_just_the_limit_passes(server: RawServer, make: Callable[..., HttpClient]) -> None:
    server.script = say(b"x" * 1000)

    assert len(make(max_answer_bytes=1000).request("GET", server.url).body) == 1000


# ---------------------------------------------------------------- what is sent and read


def test_request_carries_what_was_given(server: RawServer, make: Callable[..., HttpClient]) -> None:
    make(user_agent_suffix="shop/1").request(
        "POST",
        server.url + "/wp-json?a=1",
        params=[("b", "x y&z"), ("c[]", "1")],
        json_body={"name": "قميص", "price": Decimal("10.10")},
        headers={"X-Own": "1"},
    )

    received = server.received[0]
    assert received.head.startswith("POST /wp-json?a=1&b=x%20y%26z&c%5B%5D=1 HTTP/1.1")
    assert received.header("User-Agent").endswith(" shop/1")
    assert received.header("X-Own") == "1"
    assert json.loads(received.body) == {"name": "قميص", "price": "10.10"}
    assert "قميص".encode() in received.body


def test_decimals_are_read_exactly() -> None:
    data = answer(b'{"a": 0.1, "b": 19.990, "c": 12345678901234567.89, "n": 3}').json()

    assert data["a"] + Decimal("0.2") == Decimal("0.3")
    assert str(data["b"]) == "19.990"
    assert str(data["c"]) == "12345678901234567.89"
    assert type(data["n"]) is int


@pytest.mark.parametrize("prefix", ["\ufeff", "\ufeff\ufeff", "\n\ufeff ", " \r\n\t"])
def test_byte_order_mark_and_white_space_do_not_hurt(prefix: str) -> None:
    assert answer((prefix + '{"a": 1}').encode()).json() == {"a": 1}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a":', b'{"a": NaN}', b"[Infinity]", b"[" * 200_000, b"\xff\xfe{"]
)
def test_what_is_not_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        answer(body).json()


# ---------------------------------------------------------------- what is kept


def test_exchange_tells_the_call(server: RawServer, make: Callable[..., HttpClient]) -> None:
    server.script = say(b'{"id": 7, "token": "geheim"}', headers="Set-Cookie: a=geheim\r\n")
    kept: list[Exchange] = []

    make(observer=kept.append, trace_id=lambda: "t-1").request(
        "PUT",
        f"{server.url}/orders/7?consumer_secret=geheim",
        json_body={"client_secret": "geheim", "total": "1.00"},
        headers={"Authorization": "Basic geheim"},
        route="/orders/{id}",
    )

    exchange = kept[0]
    assert (exchange.method, exchange.route, exchange.status) == ("PUT", "/orders/{id}", 200)
    assert (exchange.trace_id, exchange.error) == ("t-1", "")
    assert exchange.started_at.tzinfo is not None
    assert exchange.duration_ms >= 0
    assert '"total": "1.00"' in exchange.request_body
    assert '"id": 7' in exchange.response_body
    assert "geheim" not in repr(exchange)


def test_exchange_is_kept_when_the_call_fails(make: Callable[..., HttpClient]) -> None:
    kept: list[Exchange] = []
    with pytest.raises(NetworkError):
        make(observer=kept.append).request(
            "GET", "http://127.0.0.1:1/x", params=[("oauth_signature", "geheim"), ("consumer_key", "geheim")]
        )

    assert kept[0].status is None
    assert "cannot be reached" in kept[0].error
    assert "geheim" not in repr(kept)


def test_no_secret_of_the_address_is_in_the_text_of_an_error(
    server: RawServer, make: Callable[..., HttpClient]
) -> None:
    server.script = lambda connection, received: connection.sendall(b"garbage\r\n\r\n")
    with pytest.raises(UncertainOutcome) as caught:
        make().request(
            "GET", f"{server.url}/?consumer_secret=geheim&oauth_signature=geheim&access_token=geheim"
        )

    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("size", [50_000, 5_000_000])
def test_long_bodies_are_stored_cut(server: RawServer, make: Callable[..., HttpClient], size: int) -> None:
    server.script = say(b"a" * size)
    kept: list[Exchange] = []

    result = make(observer=kept.append).request("POST", server.url, data="ب".encode() * size)

    assert len(result.body) == size
    assert len(kept[0].response_body) == MAX_STORED_BODY
    assert kept[0].request_body == "ب" * MAX_STORED_BODY


def test_observer_that_fails_does_not_break_the_call(
    server: RawServer, make: Callable[..., HttpClient], caplog: pytest.LogCaptureFixture
) -> None:
    def broken(exchange: Exchange) -> None:
        raise RuntimeError("disk full")

    with caplog.at_level(logging.ERROR):
        result = make(observer=broken).request("POST", server.url + "/?token=geheim", json_body={})

    assert result.status == 200
    assert "disk full" in caplog.text
    assert "geheim" not in caplog.text


def test_observer_that_fails_does_not_hide_the_error_of_the_call(make: Callable[..., HttpClient]) -> None:
    def broken(exchange: Exchange) -> None:
        raise RuntimeError("disk full")

    with pytest.raises(NetworkError):
        make(observer=broken).request("GET", "http://127.0.0.1:1/")


def test_client_is_shared_by_threads(server: RawServer, make: Callable[..., HttpClient]) -> None:
    client = make(pool_size=4)
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: client.request("GET", server.url).status, range(40)))

    assert statuses == [200] * 40
    assert server.connections <= 4
