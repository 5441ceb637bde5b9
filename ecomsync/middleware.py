"""One trace id per request, told back to the caller so that a report from staff can be found in the logs; and its user."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ecomsync.common.actor import acting
from ecomsync.common.logs import new_trace


class MonitorMiddleware:
    """Monitors are answered without the addresses of all pages, which load these."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.split("/", 2)[1] in ("healthz", "readyz", "metrics"):
            request.urlconf = "ecomsync.monitor_urls"
        return self.get_response(request)


class TraceMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with new_trace() as trace_id:
            response = self.get_response(request)
            response["X-Trace-Id"] = trace_id
            return response


class ActorMiddleware:
    """What a request writes down is by its user. Asked only when needed, so it costs no statement."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def name() -> str:
            user = getattr(request, "user", None)
            return str(user.get_username()) if user is not None and user.is_authenticated else ""

        with acting(name):
            return self.get_response(request)
