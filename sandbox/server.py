"""The HTTP side of every sandbox: threads, keep-alive, chunked bodies, dropped connections."""

import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.base import CONTROL, SandboxApp
from sandbox.messages import DropConnection, Request, Response, html_page

MAX_BODY = 64 * 1024 * 1024


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 120
    server: "_Listener"

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        try:
            super().finish()
        except OSError:
            self.close_connection = True

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        app = self.server.app
        try:
            control = request.target.startswith(CONTROL)
            response = app.serve_control(request) if control else app.serve(request)
        except DropConnection as drop:
            self._drop(drop)
            return
        self._write(response)

    def __getattr__(self, name: str) -> Any:
        # The base class looks for do_GET, do_POST and so on: one answer serves every method.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header tells the shop's own time, wherever its clock was moved to."""
        return super().date_time_string(self.server.app.clock.now() if timestamp is None else timestamp)

    def version_string(self) -> str:
        return "Apache"

    def _read_body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            self._write(html_page(413, "Request Entity Too Large"))
            return None
        return self.rfile.read(length) if length else b""

    def _read_chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline().split(b";")[0].strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            continue
        return b"".join(parts)

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _drop(self, drop: DropConnection) -> None:
        self.close_connection = True
        if drop.reset:
            # Closing with a linger time of zero sends RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        if self.server.verbose:
            super().log_message(format, *args)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], app: SandboxApp, *, verbose: bool) -> None:
        self.app = app
        self.verbose = verbose
        self.connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def shutdown_request(self, request: Any) -> None:
        try:
            super().shutdown_request(request)
        except OSError:
            self.connections.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if self.verbose or not self.app.stopping.is_set():
            super().handle_error(request, client_address)


class SandboxServer:
    """Listens for one app. `start()` runs it in a thread; `stop()` closes every connection."""

    def __init__(
        self,
        app: SandboxApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: tuple[str, str] | None = None,
        verbose: bool = False,
    ) -> None:
        self.app = app
        self._listener = _Listener((host, port), app, verbose=verbose)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True)
        shown = "127.0.0.1" if host in ("0.0.0.0", "") else host
        self.port = int(self._listener.server_address[1])
        self.url = f"{'https' if tls else 'http'}://{shown}:{self.port}"
        app.base_url = self.url
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._loop, name=f"sandbox-{self.port}", daemon=True)
        self._thread.start()
        self.app.started()

    def _loop(self) -> None:
        self._listener.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        self.app.stopping.set()
        if self._thread:
            # Without a running loop shutdown() would wait for ever.
            self._listener.shutdown()
        self._listener.server_close()
        for connection in list(self._listener.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        if self._thread:
            self._thread.join(timeout=5)
        self.app.stopped()
