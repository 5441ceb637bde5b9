"""A network that can be cut: passes connections on to a server, and breaks them off when told to."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass


@dataclass
class _Exchange:
    """The request that is being answered, and how much of the answer has passed."""

    path: bytes = b""
    passed: int = 0


class CuttingProxy:
    """cut_after: bytes of an answer after which the connection breaks off; None passes all. down: nobody gets through.
    cuts counts the connections that were broken."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_after: int | None = None
        self.only_path = b""
        self.down = False
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def retarget(self, port: int) -> None:
        self._target = port

    def _accept(self) -> None:
        while True:
            try:
                inner, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(inner,), daemon=True).start()

    def _serve(self, inner: socket.socket) -> None:
        with inner:
            if self.down:
                self.cuts += 1
                return
            try:
                outer = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                return
            with outer:
                self._pass_on(inner, outer)

    def _pass_on(self, inner: socket.socket, outer: socket.socket) -> None:
        """Requests are followed one by one, so that a cut hits the answer of a chosen path alone."""
        state = _Exchange()

        def forward() -> None:
            with suppress(OSError):
                while data := inner.recv(65536):
                    first = data.split(b"\r\n", 1)[0]
                    if first.endswith(b"HTTP/1.1"):
                        state.path, state.passed = first, 0
                    outer.sendall(data)
                outer.shutdown(socket.SHUT_WR)

        threading.Thread(target=forward, daemon=True).start()
        with suppress(OSError):
            while data := outer.recv(4096):
                hit = self.cut_after is not None and self.only_path in state.path
                if hit:
                    room = max(0, (self.cut_after or 0) - state.passed)
                    if len(data) > room:
                        if room:
                            inner.sendall(data[:room])
                        self.cuts += 1
                        inner.shutdown(socket.SHUT_RDWR)
                        return
                state.passed += len(data)
                inner.sendall(data)
