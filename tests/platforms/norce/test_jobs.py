"""Imports as jobs: counted at the sandbox, followed to their end, one of a kind at a time, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import ConfigurationError, Rejected, StillAtWork
from platforms.norce.adapter import NorceAdapter
from platforms.types import Outcome
from sandbox.norce import NorceShop
from tests.contracts.bench import BenchProduct, prices, quantities
from tests.platforms.norce.bench import ONHANDS, PRICES, NorceBench

D = Decimal
IMPORT = "POST /commerce/connect/4.0/Product/ImportOnhands"
FULL = {"full_files_confirmed": True}


def patient(bench: NorceBench, adapter: NorceAdapter) -> list[float]:
    """Waiting moves the shop's clock; returns how long was waited each time."""
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        bench.shop.advance(int(seconds))

    adapter.client.pause = pause
    return waits


def pushed(bench: NorceBench, products: list[BenchProduct], figure: int, **settings: Any) -> list[Any]:
    with bench.adapter(**settings) as adapter:
        patient(bench, adapter)
        return adapter.push_quantities(quantities(products, figure))


def test_thousand_quantities_are_one_job(bench: NorceBench) -> None:
    products = bench.products(1000)

    results = pushed(bench, products, 7)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert len(bench.shop.jobs) == len(bench.shop.jobs_of(ONHANDS)) == bench.writes == 1
    assert bench.shop.counters.calls(IMPORT) == 1
    assert bench.calls == 4  # the warehouses once, the file, its job, the job's log
    assert {bench.quantity_of(product) for product in products} == {D(7)}
    assert bench.shop.jobs[0].header == {
        "FullFile": False,
        "SkuOnhandFieldsThatAreSet": [3, 10],
        "SerializationType": 0,
    }


def test_thousand_prices_are_one_job_and_two_pages(bench: NorceBench) -> None:
    products = bench.products(1000)

    with bench.adapter() as adapter:
        results = adapter.push_prices(prices(products, "12.50", bench.currency))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert len(bench.shop.jobs_of(PRICES)) == bench.writes == 1
    assert bench.calls == 6  # price lists, two pages of prices, the file, its job, the log
    assert {bench.price_of(product) for product in products} == {D("12.50")}


def test_job_is_followed_with_growing_waits(bench: NorceBench) -> None:
    bench.shop.options.job_seconds = 100
    products = bench.products(3)
    with bench.adapter() as adapter:
        waits = patient(bench, adapter)
        results = adapter.push_quantities(quantities(products, 7))

    assert waits == [5, 10, 20, 40, 45]
    assert {result.outcome for result in results} == {Outcome.OK}


def test_rows_of_the_log_are_refused_and_the_others_count(bench: NorceBench) -> None:
    products = bench.products(3)
    del bench.shop.store.skus[products[1].sku]

    results = pushed(bench, products, 4)

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.REJECTED, Outcome.OK]
    assert results[1].code == "not_found"
    assert "PartNo not found" in results[1].message and results[1].cure


def test_open_job_is_waited_for_and_no_second_one_is_sent(bench: NorceBench) -> None:
    bench.shop.options.job_seconds = 600
    products = bench.products(2)
    options = {"job_wait": 10}
    with bench.adapter(options=options) as adapter:
        patient(bench, adapter)
        first = adapter.push_quantities(quantities(products, 7))
        learned = adapter.learned
    connection = {"learned": learned}

    second = pushed(bench, products, 8, options=options, connection=connection)

    assert {(r.outcome, r.code) for r in (*first, *second)} == {(Outcome.RETRY, "job_open")}
    assert all(result.retry_after for result in second)
    assert len(bench.shop.jobs) == bench.shop.most_at_once(ONHANDS) == 1


def test_same_file_is_settled_by_the_job_that_was_open(bench: NorceBench) -> None:
    bench.shop.options.job_seconds = 600
    products = bench.products(2)
    with bench.adapter(options={"job_wait": 10}) as adapter:
        patient(bench, adapter)
        adapter.push_quantities(quantities(products, 7))
        learned = adapter.learned
    bench.shop.advance(600)

    with bench.adapter(connection={"learned": learned}) as adapter:
        results = adapter.push_quantities(quantities(products, 7))
        assert list(adapter.learned) == ["ended"]

    assert {result.outcome for result in results} == {Outcome.OK}
    assert len(bench.shop.jobs) == 1


def test_newer_figures_go_out_once_the_open_job_is_done(bench: NorceBench) -> None:
    bench.shop.options.job_seconds = 60
    products = bench.products(2)
    with bench.adapter(options={"job_wait": 10}) as adapter:
        patient(bench, adapter)
        adapter.push_quantities(quantities(products, 7))
        learned = adapter.learned
    bench.shop.advance(60)

    results = pushed(bench, products, 9, connection={"learned": learned})

    assert {result.outcome for result in results} == {Outcome.OK}
    assert {bench.quantity_of(product) for product in products} == {D(9)}
    assert (len(bench.shop.jobs), bench.shop.most_at_once(ONHANDS)) == (2, 1)


def test_slow_job_is_told_and_a_lost_one_is_given_up(bench: NorceBench) -> None:
    products = bench.products(1)
    bench.shop.options.job_seconds = 100_000
    with bench.adapter(options={"job_wait": 0}) as adapter:
        adapter.push_quantities(quantities(products, 7))
        open_job = dict(adapter.learned["jobs"][ONHANDS])
    hour_ago = {"jobs": {ONHANDS: {**open_job, "at": _ago(hours=1)}}}
    with bench.adapter(connection={"learned": hour_ago}) as adapter:
        assert adapter.push_quantities(quantities(products, 7))[0].code == "job_open"
        assert [finding.code for finding in adapter.findings] == ["job_slow"]
    bench.shop.options.job_seconds = 0
    two_days = {"jobs": {ONHANDS: {**open_job, "at": _ago(hours=48)}}}

    with bench.adapter(connection={"learned": two_days}, options={"job_wait": 0}) as adapter:
        adapter.push_quantities(quantities(products, 7))

    assert len(bench.shop.jobs) == 2


def _ago(*, hours: int) -> str:
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def test_failed_job_is_sent_again_and_three_in_a_row_are_told(bench: NorceBench) -> None:
    products = bench.products(2)
    bench.shop.fail_jobs(ONHANDS, count=3)
    with bench.adapter() as adapter:
        for _ in range(3):
            results = adapter.push_quantities(quantities(products, 7))
            assert {(r.outcome, r.code) for r in results} == {(Outcome.RETRY, "job_failed")}
        assert len(adapter.jobs.failures(ONHANDS)) == 3  # type: ignore[arg-type]
        assert [finding.code for finding in adapter.findings] == ["jobs_failing"]
        again = adapter.push_quantities(quantities(products, 7))
        assert list(adapter.learned) == ["ended"]

    assert {result.outcome for result in again} == {Outcome.OK}


@pytest.mark.parametrize("kind", ["http_500", "rate_limit", "html_200"])
def test_job_that_cannot_be_followed_is_settled_later_without_a_second_file(
    bench: NorceBench, kind: str
) -> None:
    products = bench.products(8)
    bench.shop.faults.add(kind, path="Job/Get", count=1)
    with bench.adapter() as adapter:
        lost = adapter.push_quantities(quantities(products, 7))
        learned = adapter.learned
    with bench.adapter(connection={"learned": learned}) as adapter:
        found = adapter.push_quantities(quantities(products, 7))

    assert {(r.outcome, r.code) for r in lost} == {(Outcome.RETRY, "job_open")}
    assert {r.outcome for r in found} == {Outcome.OK}
    assert len(bench.shop.jobs) == bench.writes == 1


def test_answers_of_the_contracts_and_jobs_below_api_are_understood(bench: NorceBench) -> None:
    bench.shop.options.nested_answers = True
    bench.shop.options.job_below_api = True
    products = bench.products(2)

    results = pushed(bench, products, 3, options={"job_path": "commerce/connect/4.0/api"})

    assert {result.outcome for result in results} == {Outcome.OK}


def test_log_that_fits_no_row_blames_nobody_and_is_told(bench: NorceBench) -> None:
    products = bench.products(2)
    inner = bench.shop.app.settle

    def settle() -> None:
        inner()
        for job in bench.shop.store.jobs.values():
            if not job.log:
                job.log.append({"SeverityId": 3, "Message": "Deadlock", "ImportedRow": "row 17"})
                job.fail = 1

    bench.shop.app.settle = settle  # type: ignore[method-assign]
    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(products, 3))
        assert [finding.code for finding in adapter.findings] == ["job_needs_review"]

    assert {result.outcome for result in results} == {Outcome.OK}


# ---------------------------------------------------------------- full files


def test_full_file_switches_off_what_it_does_not_name(bench: NorceBench) -> None:
    products = bench.products(10)
    with bench.adapter(options=FULL) as adapter:
        results = adapter.push_all_quantities(quantities(products[:9], 4), complete=True)
        learned = adapter.learned

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.shop.jobs[0].header["FullFile"] is True
    assert learned["full_files"] == {ONHANDS: 9}
    record = bench.shop.store.onhands[products[9].sku, "RUH", "RUH"]
    assert record["IsActive"] is False
    assert bench.quantity_of(products[0]) == D(4)


@pytest.mark.parametrize(
    ("options", "complete", "count", "code"),
    [
        ({}, True, 10, "full_file_unconfirmed"),
        (FULL, False, 10, "full_file_incomplete"),
        (FULL, True, 8, "full_file_shrunk"),
    ],
)
def test_full_file_that_may_not_be_whole_is_never_sent(
    bench: NorceBench, options: dict[str, Any], complete: bool, count: int, code: str
) -> None:
    products = bench.products(10)
    learned = {"full_files": {ONHANDS: 10}}
    with (
        bench.adapter(options=options, connection={"learned": learned}) as adapter,
        pytest.raises(ConfigurationError) as caught,
    ):
        adapter.push_all_quantities(quantities(products[:count], 4), complete=complete)

    assert caught.value.code == code and caught.value.cure
    assert bench.shop.jobs == []
    assert {bench.quantity_of(product) for product in products} == {D(5)}


def test_full_file_stays_one_call_and_discards_earlier_failures(bench: NorceBench) -> None:
    products = bench.products(12)
    bench.shop.fail_jobs(ONHANDS)
    options = {**FULL, "file_rows": 5}
    with bench.adapter(options=options) as adapter:
        adapter.push_quantities(quantities(products[:2], 1))
        assert adapter.learned["failed"] == {ONHANDS: [str(bench.shop.jobs[0].number)]}
        adapter.push_all_quantities(quantities(products, 4), complete=True)
        assert {**adapter.learned, "ended": {}} == {"full_files": {ONHANDS: 12}, "ended": {}}

    assert [len(job.rows) for job in bench.shop.jobs] == [2, 12]


def test_full_file_that_is_refused_is_never_sent_in_halves(bench: NorceBench) -> None:
    """Each half would switch off what the other names."""
    products = bench.products(8)
    bench.fail("refuse_batches_with", sku=products[3].sku)
    with bench.adapter(options=FULL) as adapter, pytest.raises(Rejected) as caught:
        adapter.push_all_quantities(quantities(products, 4), complete=True)

    assert caught.value.code == "job_validation_failed"
    assert len(bench.shop.jobs) == 1
    assert {bench.quantity_of(product) for product in products} == {D(5)}


def test_row_that_cannot_be_sent_keeps_the_full_file_back(bench: NorceBench) -> None:
    products = bench.products(2)
    unknown = replace(quantities(products[1:], 4)[0], location_id="MED")
    free = prices(products, "0", bench.currency)
    with bench.adapter(options=FULL) as adapter:
        with pytest.raises(ConfigurationError, match="MED"):
            adapter.push_all_quantities([*quantities(products[:1], 4), unknown], complete=True)
        with pytest.raises(ConfigurationError, match="prices of 0"):
            adapter.push_all_prices(free, complete=True)

    assert bench.shop.jobs == []


def test_full_file_is_asked_for_again_until_its_job_is_done_and_posted_once(bench: NorceBench) -> None:
    products = bench.products(3)
    bench.shop.options.job_seconds = 60
    kept: list[Any] = []
    with bench.adapter(options={**FULL, "job_wait": 0}) as adapter:
        adapter.keep = lambda: kept.append(dict(adapter.learned["jobs"]))
        with pytest.raises(StillAtWork) as caught:
            adapter.push_all_quantities(quantities(products, 4), complete=True)
    assert caught.value.retry_after and list(kept[0]) == [ONHANDS]
    bench.shop.advance(60)
    with bench.adapter(options=FULL, connection={"learned": {"jobs": kept[0]}}) as adapter:
        results = adapter.push_all_quantities(quantities(products, 4), complete=True)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert len(bench.shop.jobs) == 1


def test_full_file_of_prices_leaves_other_price_lists_alone(bench: NorceBench) -> None:
    products = bench.products(3)
    bench.shop.add_price_list("WHOLESALE")
    bench.shop.store.set_price(products[2].sku, "8.00", "WHOLESALE")
    with bench.adapter(options=FULL) as adapter:
        adapter.push_all_prices(prices(products[:2], "11.00", bench.currency), complete=True)

    assert [bench.shop.price_of(product.sku) for product in products] == [D(11), D(11), None]
    assert bench.shop.price_of(products[2].sku, "WHOLESALE") == D(8)


def test_deltas_are_cut_into_files_one_after_the_other(bench: NorceBench) -> None:
    products = bench.products(12)

    results = pushed(bench, products, 3, options={"file_rows": 5})

    assert {result.outcome for result in results} == {Outcome.OK}
    assert [len(job.rows) for job in bench.shop.jobs] == [5, 5, 2]
    assert bench.shop.most_at_once(ONHANDS) == 1


def test_warehouses_of_the_rows_are_kept_apart(bench: NorceBench) -> None:
    bench.shop.add_warehouse("JED", location="A1")
    (product,) = bench.products(1)
    (update,) = quantities([product], 3)
    updates = [
        update,
        replace(update, key="j", location_id="JED"),
        replace(update, key="x", location_id="MED"),
    ]
    with bench.adapter() as adapter:
        results = adapter.push_quantities(updates)

    assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK, Outcome.REJECTED]
    assert results[2].code == "unknown_warehouse" and "JED, RUH" in results[2].cure
    assert (bench.shop.stock_of(product.sku, "RUH"), bench.shop.stock_of(product.sku, "JED")) == (D(3), D(3))


def test_token_storm_is_one_call(shop: NorceShop) -> None:
    """Many adapters of one process share the token of an hour."""
    bench = NorceBench(shop)
    bench.products(1)
    for _ in range(25):
        with bench.adapter() as adapter:
            adapter.find_products(["BULK-00001"])

    assert shop.counters.calls("POST /identity/*") == 1


def test_lapsed_token_is_asked_for_anew_once(bench: NorceBench) -> None:
    bench.products(1)
    with bench.adapter() as adapter:
        adapter.find_products(["BULK-00001"])
        bench.shop.advance(3700)
        assert adapter.find_products(["BULK-00001"])

    assert bench.shop.counters.calls("POST /identity/*") == 2
