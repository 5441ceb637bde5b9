"""Fires prepared HTTP requests over some connections at once and measures each answer. One thread, raw sockets."""

from __future__ import annotations

import select
import socket
import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

TIMEOUT = 30.0


@dataclass
class Load:
    """What came back. latencies: seconds from the wish to send (the connection included) to the whole answer."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    connects: int = 0
    broken: int = 0
    answered: list[bytes] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds


class _Client:
    """One connection with one request under way."""

    __slots__ = ("answer", "began", "request", "sent", "socket")

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.request, self.sent, self.answer, self.began = b"", 0, bytearray(), 0.0


def post(path: str, body: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    """The bytes of a POST that keeps its connection."""
    told = "".join(f"{name}: {value}\r\n" for name, value in headers)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n{told}\r\n"
    return head.encode() + body


def fire(
    port: int, requests: Iterable[bytes], *, connections: int = 32, stop_when_broken: bool = False
) -> Load:
    """Send all, `connections` at a time; broken connections are counted and not tried again."""
    waiting, load, poll = deque(requests), Load(), select.epoll()
    clients: dict[int, _Client] = {}
    began = time.perf_counter()
    for _number in range(min(connections, len(waiting))):
        _start(_Client(), port, waiting, clients, poll, load)
    while clients:
        ready = poll.poll(TIMEOUT)
        if not ready:
            raise TimeoutError(f"No answer within {TIMEOUT:.0f} seconds.")
        for number, events in ready:
            client = clients[number]
            if not _step(client, events, load, poll):
                continue
            if stop_when_broken and load.broken:
                waiting.clear()
            _start(client, port, waiting, clients, poll, load)
    load.seconds = time.perf_counter() - began
    poll.close()
    return load


def _start(
    client: _Client,
    port: int,
    waiting: deque[bytes],
    clients: dict[int, _Client],
    poll: select.epoll,
    load: Load,
) -> None:
    """The next request, on the connection that is there or on a new one."""
    old = [number for number, one in clients.items() if one is client]
    for number in old:
        del clients[number]
    if not waiting:
        _close(client, poll)
        return
    client.request, client.sent, client.answer = waiting.popleft(), 0, bytearray()
    client.began = time.perf_counter()
    if client.socket is None:
        client.socket = socket.socket()
        client.socket.setblocking(False)
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.socket.connect_ex(("127.0.0.1", port))
        load.connects += 1
        poll.register(client.socket, select.EPOLLOUT)
    else:
        poll.modify(client.socket, select.EPOLLOUT)
    clients[client.socket.fileno()] = client


def _step(client: _Client, events: int, load: Load, poll: select.epoll) -> bool:
    """Go on with one connection; True when its request is over."""
    assert client.socket is not None
    try:
        if events & select.EPOLLOUT and client.sent < len(client.request):
            client.sent += client.socket.send(client.request[client.sent :])
            if client.sent == len(client.request):
                poll.modify(client.socket, select.EPOLLIN)
            return False
        data = client.socket.recv(65_536)
    except BlockingIOError:
        return False
    except OSError:
        data = b""
    client.answer += data
    head, separator, body = bytes(client.answer).partition(b"\r\n\r\n")
    whole = bool(separator) and _is_whole(head, body)
    if not data and not whole:
        load.broken += 1
        _close(client, poll)
        return True
    if whole:
        load.latencies.append(time.perf_counter() - client.began)
        load.statuses[int(head.split(b" ", 2)[1])] += 1
        load.answered.append(client.request)
        if not data or b"connection: close" in head.lower():
            _close(client, poll)
    return whole


def _is_whole(head: bytes, body: bytes) -> bool:
    if b"transfer-encoding: chunked" in head.lower():
        return body.endswith(b"0\r\n\r\n")
    return len(body) >= _length(head)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _colon, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _close(client: _Client, poll: select.epoll) -> None:
    if client.socket is not None:
        poll.unregister(client.socket)
        client.socket.close()
        client.socket = None
