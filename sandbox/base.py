"""What every sandbox app shares: faults, counters, the control API.

A platform subclasses `SandboxApp`: route names, answers, its own control routes.
"""

import json
import re
import threading
import time
from http import HTTPStatus
from typing import Any

from sandbox.clock import ShopClock
from sandbox.counters import Counters
from sandbox.faults import Fault, FaultEngine
from sandbox.messages import DropConnection, Request, Response, html_page, json_answer
from sandbox.page_cache import keep, kept_answer
from sandbox.rate_limit import too_fast

CONTROL = "/__sandbox__"
_SECRETS = re.compile(r"(consumer_secret|consumer_key|oauth_[a-z_]+)=[^&]*")


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

    def subject(self, request: Request) -> str:
        """What the `path` of a fault is searched in."""
        return request.target

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
        request.faults = self.faults.fire(method, self.subject(request))
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
            response = self._after(fault, request, response)
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
        elif kind == "limit":
            return too_fast(fault)
        elif kind == "frozen_cache":
            return kept_answer(fault, request)
        elif kind == "block_methods":
            # What matters to a web server is the method of the request, not what a header says it stands for.
            if request.method in ("PUT", "PATCH", "DELETE"):
                return html_page(
                    int(params.get("status", 405)), "Method Not Allowed", "The method is not allowed."
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

    def _after(self, fault: Fault, request: Request, response: Response) -> Response:
        kind, params = fault.kind, fault.params
        if kind == "frozen_cache":
            keep(fault, request, response)
            return response
        if kind == "timeout_after":
            self.stopping.wait(params.get("ms", 60_000) / 1000)
            raise DropConnection(reset=False)
        if kind == "error_after":
            status = int(params.get("status", 504))
            return html_page(
                status, f"{status} {HTTPStatus(status).phrase}", "The upstream did not answer in time."
            )
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
    listed = value.get("items") if isinstance(value, dict) else None
    rows = value if isinstance(value, list) else [value, *(listed if isinstance(listed, list) else ())]
    for row in rows:
        if isinstance(row, dict):
            for name in fields:
                row.pop(name, None)
    return json.dumps(value, separators=(",", ":")).encode()
