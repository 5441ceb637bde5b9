"""One trace id per request, told back to the caller so that a report from staff can be found in the logs."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ecomsync.common.logs import new_trace


class TraceMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with new_trace() as trace_id:
            response = self.get_response(request)
            response["X-Trace-Id"] = trace_id
            return response
