"""Every answer tells the trace under which its work is found in the logs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.test import Client

from ecomsync.common.logs import current_trace_id
from ecomsync.middleware import TraceMiddleware


def test_each_request_has_a_trace_of_its_own(client: Client) -> None:
    first, second = (client.get("/healthz").headers["X-Trace-Id"] for _ in range(2))

    assert len(first) == 32
    assert first != second
    assert current_trace_id() == ""


def test_work_of_the_request_runs_under_the_trace_that_is_told() -> None:
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(current_trace_id())
        return HttpResponse()

    response = TraceMiddleware(view)(HttpRequest())

    assert seen == [response.headers["X-Trace-Id"]]
