"""Full runs of a site as one complete file each: what is switched off, what keeps the file back, what a kill leaves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from activity.models import Alert, Run
from erp.inputs import ItemPriceInput
from erp.models import Item, PriceList
from erp.services.prices import set_item_prices
from linking.models import ItemLinkerLine
from sites.models import PriceListLine, Site
from sites.runs import request_run
from sites.services.execute_runs import claim_runs, execute, execute_waiting_runs
from sync_queues.inputs import RequestInput
from sync_queues.kinds import KINDS
from sync_queues.models import State, UpdateQtyRequest
from sync_queues.services import writer_turn
from sync_queues.services.drain import drain
from sync_queues.services.enqueue import enqueue
from sync_queues.services.lanes import only_writer
from tests.contracts.bench import BenchProduct
from tests.contracts.journey_cases import act, drain_all, make_site
from tests.orders.factories import make_item
from tests.platforms.norce.bench import ONHANDS, PRICES, PRODUCTS, NorceBench

pytestmark = pytest.mark.django_db

D = Decimal
OF = {"update_all_qtys": ONHANDS, "update_all_prices": PRICES, "send_items": PRODUCTS}


@pytest.fixture
def products(bench: NorceBench) -> list[BenchProduct]:
    return bench.products(10)


@pytest.fixture
def site(bench: NorceBench, products: list[BenchProduct]) -> Site:
    """A site whose full runs switch off what is missing; each product is an item with seven in stock for 12.50."""
    site = make_site(bench, full_run_deactivates_missing=True, max_deactivation_percent=D(10))
    site.platform_options = {**site.platform_options, "full_files_confirmed": True}
    site.save()
    for product in products:
        make_item(product.sku, stock=7, sales_price=D("12.50"))
    act(site, "link_items")
    return site


def codes(run: Run) -> set[str]:
    return {note.code for note in run.notes.all() if note.code}


def test_all_quantities_are_one_full_job_and_what_it_lacks_is_off(
    bench: NorceBench, products: list[BenchProduct], site: Site
) -> None:
    site.update_qty_for.create(expression=f'code != "{products[9].sku}"')
    calls = bench.calls

    run = act(site, "update_all_qtys")

    (job,) = bench.shop.jobs
    assert (job.kind, job.header["FullFile"], len(job.rows)) == (ONHANDS, True, 9)
    assert bench.calls - calls == 4  # the warehouses, the file, its job, its log
    assert {bench.quantity_of(product) for product in products[:9]} == {D(7)}
    assert bench.shop.store.onhands[products[9].sku, "RUH", "RUH"]["IsActive"] is False
    assert (run.found, run.updated, run.counts["skipped"], run.counts["switched_off"]) == (10, 9, 1, 1)
    assert not UpdateQtyRequest.objects.exists()
    sent = ItemLinkerLine.objects.filter(site=site).values_list("last_sent_quantity", flat=True)
    assert sorted(sent, key=str) == [*[D(7)] * 9, None]
    drain_all(site, "qty")
    assert len(bench.shop.jobs) == 1


def test_quantity_breaks_in_the_list_of_the_file_are_there_after_it(
    bench: NorceBench, products: list[BenchProduct], site: Site
) -> None:
    """The ERP's list of breaks is mapped to the very list of the base prices, of which the file switches off the rest."""
    prices = PriceList.objects.create(code="BREAKS", currency=site.currency)
    PriceListLine.objects.create(site=site, price_list=prices, remote_code=bench.shop.options.price_list)
    item = Item.objects.get(code=products[0].sku)
    set_item_prices(price_list=prices, prices=[ItemPriceInput(item, D(11), min_quantity=D(10))])
    drain_all(site, "price")
    act(site, "update_all_prices")
    drain_all(site, "price")
    price_of = bench.shop.price_of
    assert (price_of(products[0].sku), price_of(products[0].sku, quantity_break=10)) == (D("12.50"), D(11))


def test_all_prices_are_one_full_job(bench: NorceBench, products: list[BenchProduct], site: Site) -> None:
    bench.shop.add_product("NOT-OURS", regular_price="9.00")

    run = act(site, "update_all_prices")

    (job,) = bench.shop.jobs_of(PRICES)
    assert (job.header["FullFile"], len(job.rows), run.updated) == (True, 10, 10)
    assert {bench.price_of(product) for product in products} == {D("12.50")}
    assert bench.shop.price_of("NOT-OURS") is None
    drain_all(site, "price")
    assert len(bench.shop.jobs) == 1


def test_products_are_named_by_one_full_job_before_their_changes(
    bench: NorceBench, products: list[BenchProduct], site: Site
) -> None:
    Item.objects.filter(code=products[9].sku).update(active=False)
    ItemLinkerLine.objects.filter(site=site).update(last_sent_hash="x")

    run = act(site, "send_items")

    (job,) = bench.shop.jobs_of(PRODUCTS)
    assert job.header["FullFile"] is True
    assert {"SkuFieldsThatAreSet", "ProductCultureFieldsThatAreSet"}.isdisjoint(job.header)
    assert [bench.shop.by_sku(product.sku)["Status"] for product in products] == [*[1] * 9, 5]
    assert (run.counts["named"], run.counts["switched_off"]) == (9, 1)
    assert ItemLinkerLine.objects.get(remote_sku=products[9].sku).last_sent_hash == ""
    drain_all(site, "item")
    assert [bench.shop.by_sku(product.sku)["Status"] for product in products] == [*[1] * 9, 5]

    Item.objects.filter(code=products[9].sku).update(active=True)
    act(site, "send_items")
    drain_all(site, "item")
    assert bench.shop.by_sku(products[9].sku)["Status"] == 1


@pytest.mark.parametrize(
    ("values", "options", "wanted"),
    [
        ({"max_deactivation_percent": D(9)}, {}, "too_many_deactivations"),
        ({}, {"full_files_confirmed": False}, "full_file_unconfirmed"),
        ({"full_run_deactivates_missing": False}, {}, ""),
        ({"dry_run": True}, {}, ""),
    ],
)
@pytest.mark.parametrize("action", ["update_all_qtys", "update_all_prices"])
def test_without_a_file_everything_is_asked_for_as_changes(
    bench: NorceBench, site: Site, values: dict[str, Any], options: dict[str, Any], wanted: str, action: str
) -> None:
    """Ten of eleven products are ours: nine per cent may go, and one more must not."""
    bench.shop.add_product("NOT-OURS")
    act(site, "link_items")
    Site.objects.filter(pk=site.pk).update(**values, platform_options={**site.platform_options, **options})

    run = act(site, action)

    assert bench.shop.jobs == []
    assert (run.found, run.created) == (10, 10)
    assert codes(run) == ({wanted} - {""})
    told = Alert.objects.filter(site_code=site.code, acknowledged_at=None)
    assert told.exists() == (wanted == "too_many_deactivations")
    Site.objects.filter(pk=site.pk).update(dry_run=False)
    for kind in ("qty", "price"):
        drain_all(site, kind)
    assert [job.header["FullFile"] for job in bench.shop.jobs] == [False]

    Site.objects.filter(pk=site.pk).update(
        max_deactivation_percent=D(10),
        full_run_deactivates_missing=True,
        platform_options=site.platform_options,
    )
    act(site, action)
    assert bench.shop.jobs[-1].header["FullFile"] is True
    assert not told.exists()


def test_price_that_cannot_be_made_out_keeps_the_file_back(
    bench: NorceBench, products: list[BenchProduct], site: Site
) -> None:
    Item.objects.filter(code=products[2].sku).update(sales_price=0)

    run = act(site, "update_all_prices")

    assert bench.shop.jobs == []
    assert "full_file_incomplete" in codes(run) and run.created == 10
    assert any(products[2].sku in note.message for note in run.notes.all())
    assert Alert.objects.filter(site_code=site.code, code="full_file_refused").exists()


def test_row_that_the_job_refuses_is_told_and_left_in_the_queue_with_its_cure(
    bench: NorceBench, products: list[BenchProduct], site: Site
) -> None:
    del bench.shop.store.skus[products[3].sku]

    run = act(site, "update_all_qtys")

    assert (run.found, run.updated, run.failed) == (10, 9, 1)
    (row,) = UpdateQtyRequest.objects.filter(site=site)
    drain(site.pk, "qty")
    row.refresh_from_db()
    assert (row.item.code, row.state, row.error_code) == (products[3].sku, State.FAILED, "not_found")
    assert "PartNo not found" in row.error_message and row.remedy


def test_earlier_requests_are_set_aside_and_later_ones_stay(
    bench: NorceBench, products: list[BenchProduct], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = list(Item.objects.filter(code__in=[product.sku for product in products]).order_by("code"))
    enqueue("qty", site=site, rows=[RequestInput(item_id=item.pk) for item in items[:3]])
    UpdateQtyRequest.objects.filter(item=items[0]).update(state=State.DEAD)
    past = timezone.now() - timedelta(minutes=1)
    UpdateQtyRequest.objects.update(updated_at=past)
    inner = writer_turn.until_settled

    def meanwhile(run: Any, call: Any) -> Any:
        enqueue("qty", site=site, rows=[RequestInput(item_id=items[5].pk)])
        return inner(run, call)

    monkeypatch.setattr("sync_queues.services.full_file.until_settled", meanwhile)

    run = act(site, "update_all_qtys")

    states = dict(UpdateQtyRequest.objects.values_list("item__code", "state"))
    assert run.counts["set_aside"] == 3
    assert [states[item.code] for item in (*items[:3], items[5])] == [*["superseded"] * 3, "pending"]


def test_slow_job_is_waited_for_and_never_posted_twice(
    bench: NorceBench, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.platform_options = {**site.platform_options, "job_wait": 0}
    site.save()
    bench.shop.options.job_seconds = 90
    held: list[bool] = []

    def pause(seconds: float) -> None:
        with only_writer(site.pk, "somebody else") as is_ours:
            held.append(is_ours)
        bench.shop.advance(int(seconds))

    monkeypatch.setattr("sync_queues.services.writer_turn.pause", pause)

    run = act(site, "update_all_qtys")

    assert (run.updated, len(bench.shop.jobs)) == (10, 1)
    assert held and not any(held)


def test_job_that_outlasts_the_run_is_told_and_waiting_for_it_uses_up_no_attempt(
    bench: NorceBench, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.platform_options = {**site.platform_options, "job_wait": 0}
    site.save()
    bench.shop.options.job_seconds = 3600
    monkeypatch.setattr("sync_queues.services.writer_turn.PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr("platforms.norce.jobs.SLOW_SECONDS", 0)

    run = act(site, "update_all_qtys")

    assert (run.created, codes(run)) == (10, {"job_open"})
    assert Alert.objects.filter(site_code=site.code, code="job_slow").exists()
    for _turn in range(12):
        UpdateQtyRequest.objects.update(not_before=timezone.now())
        drain(site.pk, "qty")
    rows = UpdateQtyRequest.objects.values_list("state", "error_code", "retry_count").distinct()
    assert set(rows) == {(State.PENDING, "job_open", 0)}
    assert len(bench.shop.jobs) == 1

    act(site, "test_connection")
    site.refresh_from_db()
    assert list(site.shop_info["learned"]["values"]["jobs"]) == [ONHANDS]

    bench.shop.options.job_seconds = 0
    bench.shop.advance(3600)
    drain_all(site, "qty")
    site.refresh_from_db()
    assert list(site.shop_info["learned"]["values"]) == ["ended"]
    assert [job.header["FullFile"] for job in bench.shop.jobs] == [True, False]
    assert bench.shop.most_at_once(ONHANDS) == 1


class Killed(BaseException):
    """The worker is gone: no handler runs, no report is written."""


def test_killed_run_goes_on_with_the_job_that_norce_still_has(
    bench: NorceBench, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.platform_options = {**site.platform_options, "job_wait": 0}
    site.save()
    bench.shop.options.job_seconds = 60

    def die(seconds: float) -> None:
        raise Killed

    request_run(site=site, action="update_all_qtys")
    (run,) = claim_runs(limit=1)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr("sync_queues.services.writer_turn.pause", die)
        execute(run)
    assert len(bench.shop.jobs) == 1
    bench.shop.advance(60)
    silent = timezone.now() - timedelta(hours=1)
    Run.objects.filter(pk=run.pk).update(heartbeat=silent, state=Run.State.RUNNING, finished_at=None)

    assert execute_waiting_runs() == 1

    run.refresh_from_db()
    assert (run.state, run.found, run.updated, run.adds_up) == (Run.State.FINISHED, 10, 10, True)
    assert len(bench.shop.jobs) == 1
    assert KINDS["qty"].model._default_manager.count() == 0


def test_refused_file_gives_way_to_changes_of_which_the_bad_one_stands_alone(
    bench: NorceBench, products: list[BenchProduct], site: Site
) -> None:
    bench.fail("refuse_batches_with", sku=products[3].sku)

    run = act(site, "update_all_qtys")

    assert [job.header["FullFile"] for job in bench.shop.jobs] == [True]
    assert codes(run) == {"job_validation_failed"} and run.created == 10
    drain(site.pk, "qty")
    states = dict(UpdateQtyRequest.objects.values_list("item__code", "state"))
    assert states.pop(products[3].sku) == State.FAILED
    assert set(states.values()) == {State.COMPLETED}
