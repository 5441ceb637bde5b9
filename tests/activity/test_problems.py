from __future__ import annotations

import threading

import pytest
from django.db import connection

from activity.models import SiteError
from activity.services import close_rows, reopen_rows, report_error, resolve_errors
from ecomsync.common.errors import BadCredentials, NotLinked

pytestmark = pytest.mark.django_db


def test_report_error_counts_the_same_problem_up() -> None:
    first = report_error(
        site_code="S1", error=NotLinked("Item A has no product."), subject=("erp.item", 1, "A")
    )
    again = report_error(
        site_code="S1", error=NotLinked("Item A still has none."), subject=("erp.item", 1, "A")
    )
    assert again.pk == first.pk
    assert (again.count, again.message, again.code) == (2, "Item A still has none.", "not_linked")
    assert again.cure == NotLinked.default_cure


def test_report_error_keeps_different_records_apart() -> None:
    for number in (1, 2):
        report_error(
            site_code="S1", code="unknown_sku", message="x", subject=("orders.order", number, str(number))
        )
    report_error(site_code="S2", code="unknown_sku", message="x", subject=("orders.order", 1, "1"))
    assert SiteError.objects.count() == 3


def test_a_resolved_problem_opens_anew() -> None:
    first = report_error(site_code="S1", error=BadCredentials("Refused.", status=401, excerpt="no"))
    assert first.details == {"status": "401", "excerpt": "no"}
    assert resolve_errors(site_code="S1", code="bad_credentials") == 1
    second = report_error(site_code="S1", error=BadCredentials("Refused."))
    assert second.pk != first.pk
    assert second.count == 1


def test_resolve_errors_touches_only_what_is_named() -> None:
    for code in ("timeout", "network", "tls"):
        report_error(site_code="S1", code=code, message="x")
    report_error(site_code="S1", code="timeout", message="x", subject=("orders.order", 1, "1"))
    assert resolve_errors(site_code="S1", code=["timeout", "network"], subject=("orders.order", 1, "1")) == 1
    assert resolve_errors(site_code="S2") == 0
    assert resolve_errors(site_code="S1") == 3
    assert not SiteError.objects.filter(state="open").exists()


def test_reopen_leaves_rows_closed_whose_problem_is_open_again() -> None:
    old = report_error(site_code="S1", code="tls", message="x")
    close_rows(SiteError.objects.all(), by="boss")
    report_error(site_code="S1", code="tls", message="x")
    other = report_error(site_code="S1", code="network", message="x")
    close_rows(SiteError.objects.filter(pk=other.pk), by="boss")
    assert reopen_rows(SiteError.objects.all()) == (1, 1)
    old.refresh_from_db()
    assert old.state == "resolved"


@pytest.mark.django_db(transaction=True)
def test_report_error_from_two_workers_makes_one_row() -> None:
    barrier = threading.Barrier(2)

    def work() -> None:
        barrier.wait()
        for _number in range(5):
            report_error(site_code="S1", code="timeout", message="x")
        connection.close()

    workers = [threading.Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert SiteError.objects.get().count == 10


def test_remedy_speaks_the_readers_language_and_falls_back_to_the_error() -> None:
    known = report_error(site_code="S1", code="unknown_sku", message="SKU X")
    strange = report_error(site_code="S1", code="never_heard", message="A cause.", cure="A cure.")
    assert str(known.remedy.title) == "An ordered SKU is not known here"
    assert (strange.remedy.title, strange.remedy.cure) == ("A cause.", "A cure.")
