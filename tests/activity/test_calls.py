from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from activity.models import ApiCall
from activity.services import flush_all, observe, observe_calls, start_run
from activity.services.calls import FLUSH_EVERY
from ecomsync.common.http import Exchange


@pytest.mark.django_db
def test_observe_stores_a_call_at_once(exchange: Exchange) -> None:
    observe("S1", "woocommerce")(exchange)
    call = ApiCall.objects.get()
    assert (call.site_code, call.platform, call.status, call.duration_ms) == ("S1", "woocommerce", 200, 12)
    assert call.created_at == exchange.started_at
    assert call.succeeded


@pytest.mark.django_db
def test_observe_calls_stores_in_bulk_and_joins_the_run(
    exchange: Exchange, django_assert_num_queries
) -> None:
    run = start_run(site_code="S1", action="read_sales")
    inside = observe("S1", "woocommerce")
    # savepoint, one insert, release
    with django_assert_num_queries(3), observe_calls("S1", "woocommerce", run=run) as observer:
        for _number in range(10):
            observer(exchange)
        inside(exchange)
    assert ApiCall.objects.filter(run=run).count() == 11


@pytest.mark.django_db
def test_observe_calls_stores_every_fifty(exchange: Exchange) -> None:
    with observe_calls("S1", "woocommerce") as observer:
        for _number in range(FLUSH_EVERY):
            observer(exchange)
        assert ApiCall.objects.count() == FLUSH_EVERY


@pytest.mark.django_db(transaction=True)
def test_calls_survive_a_rollback_of_the_work(exchange: Exchange) -> None:
    with observe_calls("S1", "woocommerce") as observer, pytest.raises(RuntimeError), transaction.atomic():
        for _number in range(FLUSH_EVERY + 1):
            observer(exchange)
        raise RuntimeError
    assert ApiCall.objects.count() == FLUSH_EVERY + 1


@pytest.mark.django_db(transaction=True)
def test_a_plain_observer_keeps_calls_back_during_a_transaction(exchange: Exchange) -> None:
    observer = observe("S1", "woocommerce")
    with pytest.raises(RuntimeError), transaction.atomic():
        observer(exchange)
        raise RuntimeError
    assert ApiCall.objects.count() == 0
    flush_all()
    assert ApiCall.objects.count() == 1


@pytest.mark.django_db
def test_a_failing_store_never_breaks_the_work(exchange: Exchange, monkeypatch, caplog) -> None:
    def broken(*args, **kwargs):
        raise DatabaseError("disk full")

    monkeypatch.setattr("activity.services.calls.insert_rows", broken)
    observe("S1", "woocommerce")(exchange)
    assert "could not be stored" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "code"),
    [
        (None, "network"),
        (200, ""),
        (401, "bad_credentials"),
        (429, "rate_limited"),
        (503, "shop_unavailable"),
        (400, "rejected"),
    ],
)
def test_the_error_code_follows_the_status(exchange: Exchange, status: int | None, code: str) -> None:
    observe("S1", "woocommerce")(replace(exchange, status=status))
    assert ApiCall.objects.get().error_code == code


@pytest.mark.django_db
def test_characters_that_a_database_refuses_are_replaced(exchange: Exchange) -> None:
    observe("S1", "woocommerce")(replace(exchange, response_body="a\x00b \ud800 😀"))
    assert ApiCall.objects.get().response_body == "ab ? 😀"
    assert connection.vendor in ("sqlite", "postgresql")
