"""The porch before Django's own handler: what it answers there, on a connection that lives, and on one that broke."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import OperationalError, connection

from sites.models import Site
from tests.webhooks.world import body_of, make_site, order_payload, sign
from webhooks.models import WebhookEvent
from webhooks.porch import PorchBefore
from webhooks.services import insertion
from webhooks.services.prepared import PreparedStatement
from webhooks.services.sites import cards

needs_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has no sessions that could break or prepare"
)


class Server:
    """Calls the porch as a WSGI server does."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._porch = PorchBefore(self._pages)

    def _pages(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"beyond"]

    def call(self, path: str, body: bytes = b"", *, method: str = "POST", **environ: Any) -> Any:
        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            self.status, self.headers = int(status[:3]), dict(headers)

        told = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **environ,
        }
        answer = b"".join(self._porch(told, start_response))
        return json.loads(answer) if answer and answer != b"beyond" else answer

    def deliver(self, site: Site, payload: Any, **environ: Any) -> Any:
        body = body_of(payload)
        told = {
            "CONTENT_TYPE": "application/json",
            "HTTP_X_WC_WEBHOOK_TOPIC": "order.updated",
            "HTTP_X_WC_WEBHOOK_SIGNATURE": sign(body),
            "HTTP_COOKIE": "a=b",
        }
        return self.call(site.webhook_path, body, **{**told, **environ})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, db: None) -> Server:
    if connection.in_atomic_block:  # as Django's test client does: the transaction of the test stays
        monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)
    return Server()


def test_a_delivery_is_kept_and_answered(server: Server) -> None:
    site = make_site()
    assert server.deliver(site, order_payload()) == {"status": "stored"}
    assert (server.status, server.headers["Content-Length"]) == (200, "20")
    event = WebhookEvent.objects.get()
    assert (event.site, event.remote_id, event.occurrences) == (site, "7", 1)
    assert event.headers == {
        "content-type": "application/json",
        "content-length": str(len(body_of(order_payload()))),
        "x-wc-webhook-topic": "order.updated",
    }
    assert len(event.trace_id) == 32


def test_refusals_and_everything_else(server: Server) -> None:
    site = make_site()
    assert server.deliver(site, order_payload(), HTTP_X_WC_WEBHOOK_SIGNATURE="x")["status"] == "bad_signature"
    assert server.status == 401
    assert server.call("/webhooks/woocommerce/nobody/")["status"] == "unknown_site"
    assert server.status == 404
    assert server.call(site.webhook_path, method="HEAD") == b""
    assert (server.status, server.headers["Allow"]) == (405, "POST")
    assert server.deliver(site, {"id": 1}, CONTENT_LENGTH=str(1 << 40))["status"] == "too_large"
    assert server.call("/admin/", method="GET") == b"beyond"
    assert not WebhookEvent.objects.exists()


def test_a_body_that_comes_in_chunks_is_read_to_its_end(server: Server, settings: Any) -> None:
    site = make_site()
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert server.deliver(site, order_payload(), **chunked) == {"status": "stored"}
    settings.WEBHOOK_MAX_BODY_BYTES = 50
    assert server.deliver(site, order_payload(8), **chunked)["status"] == "too_large"
    assert WebhookEvent.objects.count() == 1


def test_a_database_that_refuses_is_told_and_nothing_is_called_stored(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_values: Any) -> Any:
        raise OperationalError("disk full")

    site = make_site()
    monkeypatch.setattr(insertion, "_inserted", refuse)
    answer = server.deliver(site, order_payload())
    assert (server.status, answer["status"]) == (503, "not_stored")
    assert "again" in answer["cure"]


def test_an_error_of_ours_is_no_answer_that_the_shop_takes_for_success(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site()
    monkeypatch.setattr(cards, "get", lambda *_values, **_more: 1 / 0)
    assert server.deliver(site, order_payload())["status"] == "internal"
    assert server.status == 500


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_broken_connection_costs_no_delivery(server: Server) -> None:
    """The session ends on the side of the database, as with a restart of it."""
    site = make_site()
    server.deliver(site, order_payload(1))
    broken = connection.connection
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [broken.info.backend_pid])
    other.close()
    assert server.deliver(site, order_payload(2)) == {"status": "stored"}
    assert connection.connection is not broken
    assert set(WebhookEvent.objects.values_list("remote_id", "occurrences")) == {("1", 1), ("2", 1)}


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_where_nothing_stays_prepared_the_statement_goes_as_it_is(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a pooler that gives each transaction another session."""
    prepared = PreparedStatement("webhooks_insert_one")
    monkeypatch.setattr(insertion, "_insert_one", prepared)
    site = make_site()
    connection.close()
    server.deliver(site, order_payload(1))
    [name] = names_of_prepared()
    assert name.startswith("webhooks_insert_one")
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    for number in (2, 2, 3):
        assert server.deliver(site, order_payload(number)) == {"status": "stored"}
    assert names_of_prepared() == []
    assert dict(WebhookEvent.objects.values_list("remote_id", "occurrences")) == {"1": 1, "2": 2, "3": 1}


@needs_postgresql
@pytest.mark.django_db(transaction=True)
def test_what_another_version_prepared_in_a_shared_session_is_never_carried_out() -> None:
    """A pooler keeps sessions beyond the life of a process: a statement of that name may be of an older release."""
    older = PreparedStatement("webhooks_of_a_release")
    newer = PreparedStatement("webhooks_of_a_release")
    assert older.rows("SELECT %s - %s", ["integer", "integer"], [7, 2]) == [(5,)]
    newer._sessions.add(connection.connection)  # its PREPARE went to another session
    assert newer.rows("SELECT %s + %s", ["integer", "integer"], [7, 2]) == [(9,)]


def names_of_prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE name LIKE 'webhooks%'")
        return [name for (name,) in cursor.fetchall()]
