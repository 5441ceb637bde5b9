"""Answers that are not what was asked for: HTML, warnings, cut JSON, 500s, silence."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from activity.models import ApiCall, SiteError
from orders.models import Order
from sandbox.messages import Request
from sandbox.woocommerce import WooShop
from sites.choices import Flow
from sites.models import Site
from sites.services import cursors
from tests.journeys.bad_input.world import act, failed, problem, spoiled

pytestmark = pytest.mark.django_db


def recovers(site: Site, shop: WooShop, placed: dict[str, Any]) -> None:
    """As soon as the shop is well, the same button brings the order, once."""
    shop.faults.clear()
    if SiteError.objects.filter(code="blocked_by_firewall").exists():
        act(site, "test_connection")
    assert act(site, "read_sales").created == 1
    assert Order.objects.get().remote_id == str(placed["id"])
    assert not SiteError.objects.filter(state="open").exists()


@pytest.mark.parametrize(
    ("fault", "code", "word"),
    [
        ({"kind": "html_200"}, "not_json", "not JSON"),
        ({"kind": "http_503"}, "shop_unavailable", "503"),
        ({"kind": "http_500"}, "shop_unavailable", "500"),
        ({"kind": "internal_error"}, "shop_unavailable", "critical error"),
        ({"kind": "broken_json"}, "not_json", "not JSON"),
        ({"kind": "waf_403"}, "blocked_by_firewall", "firewall"),
        ({"kind": "reset"}, "timeout", "broke"),
        ({"kind": "timeout_before", "ms": 2500}, "timeout", "answer"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_a_faulty_answer_names_its_cause_and_loses_nothing(
    site: Site, woo: WooShop, fault: dict[str, Any], code: str, word: str
) -> None:
    Site.objects.filter(pk=site.pk).update(request_timeout=1)
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    woo.faults.add(**fault)
    run = failed(act(site, "read_sales"), code)
    assert word in run.message
    problem(site, code)
    assert not Order.objects.exists()
    assert cursors.position(site, Flow.ORDERS) is None
    site.refresh_from_db()
    assert not site.paused
    assert ApiCall.objects.filter(site_code=site.code).exists(), "the related request can be looked at"
    recovers(site, woo, placed)


def test_a_php_warning_before_the_json_says_how_to_switch_it_off(site: Site, woo: WooShop) -> None:
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    woo.faults.add("php_warning")
    run = failed(act(site, "read_sales"), "not_json")
    assert "WP_DEBUG_DISPLAY" in run.message
    recovers(site, woo, placed)


def test_a_byte_order_mark_before_the_json_does_not_matter(site: Site, woo: WooShop) -> None:
    woo.place_order([{"sku": "S1", "quantity": 1}])
    woo.faults.add("bom")
    assert act(site, "read_sales").created == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b'"orders"', b"17", b'{"orders": []}', b'[{"id": 1}, 7]', b"[" * 100_000, b"\xff\xfe[]"],
    ids=["empty", "null", "text", "number", "object", "mixed list", "nested too deep", "not utf-8"],
)
def test_json_of_another_kind(site: Site, woo: WooShop, body: bytes) -> None:
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])
    with spoiled(woo, lambda request, data: body):
        run = act(site, "read_sales")
    assert run.state == "failed", run.message
    note = run.notes.get(level="error")
    failed(run, note.code)
    assert note.code in ("not_json", "unexpected_answer"), note.message
    recovers(site, woo, placed)


def test_an_error_object_with_status_200(site: Site, woo: WooShop) -> None:
    error = {"code": "cache_error", "message": "Cached nonsense", "data": {"status": 500}}
    with spoiled(woo, lambda request, data: error):
        failed(act(site, "read_sales"), "unexpected_answer")


def test_duplicates_in_one_page_are_imported_once(site: Site, woo: WooShop) -> None:
    woo.place_order([{"sku": "S1", "quantity": 1}])
    woo.place_order([{"sku": "S2", "quantity": 1}])
    with spoiled(woo, lambda request, data: data + data + data[:1]):
        run = act(site, "read_sales")
    assert (run.created, run.failed, Order.objects.count()) == (2, 0, 2)
    assert run.adds_up


def test_two_versions_of_an_order_in_one_page_leave_the_newer(site: Site, woo: WooShop) -> None:
    placed = woo.place_order([{"sku": "S1", "quantity": 1}])

    def older_too(request: Request, data: Any) -> Any:
        newer = json.loads(json.dumps(data[0]))
        newer["status"] = "completed"
        later = datetime.fromisoformat(newer["date_modified_gmt"]) + timedelta(seconds=60)
        newer["date_modified_gmt"] = later.isoformat()
        return [newer, *data]

    with spoiled(woo, older_too):
        run = act(site, "read_sales")
    order = Order.objects.get(remote_id=str(placed["id"]))
    assert order.status_remote == "completed"
    assert (run.created, run.unchanged, run.adds_up) == (1, 1, True)


def test_an_order_that_changes_while_it_is_read_is_read_again(
    site: Site, woo: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platforms.woocommerce.orders.PAGE_SIZE", 2)
    orders = [
        woo.place_order([{"sku": "S1", "quantity": 1}], created_gmt=f"2026-01-01T1{hour}:00:00")
        for hour in range(4)
    ]
    first = orders[0]
    changed: list[Any] = []

    def change(request: Request, data: Any) -> Any:
        if not changed:
            changed.append(woo.set_order_status(first["id"], "completed"))
        return data

    with spoiled(woo, change):
        run = act(site, "read_sales")
    assert {row.remote_id for row in Order.objects.all()} == {str(row["id"]) for row in orders}
    assert Order.objects.get(remote_id=str(first["id"])).status_remote == "completed"
    assert run.created == 4
    assert run.adds_up
    assert act(site, "read_sales").created == 0
