"""The HTTP side that every sandbox shares: threads, keep-alive, faults, counters, control API.

A platform subclasses `SandboxApp` (route names, answers, its own control routes) and is served by
`SandboxServer`, alone in a process or on port 0 in a thread of a test.
"""

import json
import re
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.clock import ShopClock
from sandbox.counters import Counters
from sandbox.faults import Fault, FaultEngine

CONTROL = "/__sandbox__"
MAX_BODY = 64 * 1024 * 1024
_SECRETS = re.compile(r"(consumer_secret|consumer_key|oauth_[a-z_]+)=[^&]*")


class DropConnection(Exception):
    """No answer: the connection closes, or is reset."""

    def __init__(self, *, reset: bool) -> None:
        super().__init__("connection dropped")
        self.reset = reset


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    faults: list[Fault] = field(default_factory=list)
    memo: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @cached_property
    def raw_query(self) -> str:
        return self.target.partition("?")[2]

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.raw_query, keep_blank_values=True)

    def fault(self, kind: str) -> Fault | None:
        return next((f for f in self.faults if f.kind == kind), None)


@dataclass
class Response:
    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)


def html_page(
    status: int, title: str, text: str = "", headers: list[tuple[str, str]] | None = None
) -> Response:
    body = (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n"
        f"<body><h1>{title}</h1><p>{text}</p></body></html>\n"
    )
    return Response(status, body.encode(), [("Content-Type", "text/html; charset=UTF-8"), *(headers or [])])


def json_answer(value: Any, status: int = 200) -> Response:
    return Response(
        status, json.dumps(value, ensure_ascii=False).encode(), [("Content-Type", "application/json")]
    )


class SandboxApp:
    """One shop: counts and spoils requests, and leaves the answering to the platform."""

    platform = ""

    def __init__(self, *, time_zone: str, seed: int) -> None:
        self.clock = ShopClock(time_zone)
        self.counters = Counters()
        self.faults = FaultEngine(seed)
        self.stopping = threading.Event()
        self.base_url = ""

    # What a platform provides.

    def route_name(self, request: Request) -> tuple[str, str]:
        """(method, route template) to count the request under."""
        return request.method, request.path

    def answer(self, request: Request) -> Response:
        raise LookupError(f"{type(self).__name__} answers nothing.")

    def control(self, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        """Platform control routes; returns JSON, or raises LookupError when the route is unknown."""
        raise LookupError(path)

    def started(self) -> None:
        """Called once the server listens."""

    def stopped(self) -> None:
        """Called when the server has closed."""

    # What all share.

    def serve(self, request: Request) -> Response:
        began = time.perf_counter()
        method, route = self.route_name(request)
        self.counters.arrived(method, route)
        request.faults = self.faults.fire(method, request.target)
        status = 0
        try:
            response = self._spoiled(request) if request.faults else self.answer(request)
            status = response.status
            return response
        finally:
            millis = (time.perf_counter() - began) * 1000
            target = _SECRETS.sub(r"\1=***", request.target)
            self.counters.answered(method, route, target, status, millis)

    def _spoiled(self, request: Request) -> Response:
        for fault in request.faults:
            early = self._before(fault, request)
            if early is not None:
                return early
        response = self.answer(request)
        for fault in request.faults:
            response = self._after(fault, response)
        return response

    def _before(self, fault: Fault, request: Request) -> Response | None:
        kind, params = fault.kind, fault.params
        if kind == "slow":
            self.stopping.wait(params.get("ms", 1000) / 1000)
        elif kind == "strip_authorization":
            request.headers.pop("authorization", None)
        elif kind == "reset":
            raise DropConnection(reset=True)
        elif kind == "timeout_before":
            self.stopping.wait(params.get("ms", 60_000) / 1000)
            raise DropConnection(reset=False)
        elif kind == "rate_limit":
            return html_page(
                429, "Too Many Requests", "Slow down.", [("Retry-After", str(params.get("retry_after", 2)))]
            )
        elif kind == "waf_403":
            return html_page(403, "Access Denied", "This request was blocked by the security rules.")
        elif kind.startswith("http_"):
            return self._error_page(fault)
        return None

    @staticmethod
    def _error_page(fault: Fault) -> Response:
        number = fault.kind.removeprefix("http_")
        status = int(number) if number.isdigit() else int(fault.params.get("status", 503))
        extra = [("Retry-After", str(fault.params["retry_after"]))] if "retry_after" in fault.params else []
        try:
            title = HTTPStatus(status).phrase
        except ValueError:
            title = "Error"
        return html_page(status, f"{status} {title}", "The server could not answer.", extra)

    def _after(self, fault: Fault, response: Response) -> Response:
        kind, params = fault.kind, fault.params
        if kind == "timeout_after":
            self.stopping.wait(params.get("ms", 60_000) / 1000)
            raise DropConnection(reset=False)
        if kind == "reset_after":
            raise DropConnection(reset=True)
        if kind == "php_warning":
            warning = (
                b"<br />\n<b>Warning</b>:  Undefined array key &quot;x&quot; in <b>/var/www/html/"
                b"wp-content/plugins/seo/seo.php</b> on line <b>12</b><br />\n"
            )
            return Response(response.status, warning + response.body, response.headers)
        if kind == "bom":
            return Response(response.status, b"\xef\xbb\xbf" + response.body, response.headers)
        if kind == "broken_json":
            return Response(response.status, response.body[: len(response.body) // 2], response.headers)
        if kind == "html_200":
            return html_page(200, "Coming soon", "We are polishing our shop.")
        if kind == "drop_fields":
            return Response(
                response.status, _without(response.body, params.get("fields", [])), response.headers
            )
        return response

    # Control API.

    def serve_control(self, request: Request) -> Response:
        path = request.path.removeprefix(CONTROL).strip("/")
        try:
            body = json.loads(request.body) if request.body.strip() else {}
        except ValueError as err:
            return json_answer({"error": f"The body is not JSON: {err}"}, 400)
        try:
            return json_answer(self._common_control(request.method, path, body, dict(request.pairs)))
        except LookupError as err:
            return json_answer(
                {"error": f"No such control route or row: {request.method} {path} ({err})"}, 404
            )
        except (ValueError, TypeError, KeyError) as err:
            return json_answer({"error": str(err)}, 400)

    def _common_control(self, method: str, path: str, body: dict[str, Any], query: dict[str, str]) -> Any:
        if path == "counters" and method == "GET":
            return self.counters.snapshot()
        if path in ("counters/reset", "reset-counters") and method == "POST":
            self.counters.reset()
            return {"ok": True}
        if path == "log" and method == "GET":
            return list(self.counters.log)
        if path == "faults":
            return self._control_faults(method, body)
        if path == "clock":
            return self._control_clock(method, body)
        return self.control(method, path, body, query)

    def _control_faults(self, method: str, body: dict[str, Any]) -> Any:
        if method == "POST":
            if "seed" in body:
                self.faults.seed(int(body.pop("seed")))
            if body.pop("clear", False):
                self.faults.clear()
            if "kind" in body:
                return {"id": self.faults.add(**body), "faults": self.faults.listing()}
        elif method == "DELETE":
            self.faults.clear(body.get("id"))
        return {"faults": self.faults.listing()}

    def _control_clock(self, method: str, body: dict[str, Any]) -> Any:
        if method == "POST":
            if body.get("freeze"):
                self.clock.freeze()
            if body.get("unfreeze"):
                self.clock.unfreeze()
            if "set" in body:
                self.clock.set_to(self.clock.parse(body["set"], gmt=True))
            if "advance" in body:
                self.clock.advance(int(body["advance"]))
        now = self.clock.now()
        return {"now": self.clock.local(now), "now_gmt": self.clock.gmt(now), "zone": self.clock.zone_name}


def _without(body: bytes, fields: list[str]) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        return body
    for row in value if isinstance(value, list) else [value]:
        if isinstance(row, dict):
            for name in fields:
                row.pop(name, None)
    return json.dumps(value, separators=(",", ":")).encode()


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
