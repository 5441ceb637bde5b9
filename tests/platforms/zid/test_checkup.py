"""'Test Connection' names what lacks and what to do."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from platforms.types import CheckReport
from platforms.zid.checkup import issued_at
from sandbox.zid.state import ALL_SCOPES, READ_SCOPES
from tests.platforms.zid.bench import ZidBench


def states(report: CheckReport) -> dict[str, str]:
    return {step.name: step.state for step in report.steps}


def test_healthy_store_tells_all_that_staff_map(bench: ZidBench) -> None:
    bench.order()
    with bench.adapter() as adapter:
        report = adapter.check()

    assert set(states(report).values()) <= {"ok", "warn"} and states(report)["tls"] == "warn"
    info = report.info
    assert info is not None
    assert (info.currency, info.currency_decimals, info.time_zone) == ("SAR", 2, "Asia/Riyadh")
    assert (info.prices_include_tax, info.languages) == (True, ("ar", "en"))
    assert ("credit_card", "Credit Card") in info.payment_methods
    assert list(info.locations) == [(bench.shop.location, "الرياض")]
    assert [(code, rate) for code, _, rate in info.taxes] == [("vat-15", Decimal(15))]
    assert info.extra["store_id"] == "90210"


def test_each_missing_scope_is_named_with_its_extent(bench: ZidBench) -> None:
    scopes = tuple(s for s in ALL_SCOPES if s not in ("inventories.write", "customers.read"))
    keys = bench._keys(bench.shop.add_key(scopes))

    with bench.adapter(credentials=keys) as adapter:
        report = adapter.check()

    lacking = {step.name: (step.state, step.message) for step in report.steps if "lacks" in step.message}
    assert lacking == {
        "read_customers": ("warn", "The app lacks the scope 'customers' (read)."),
        "write_stock": ("fail", "The app lacks the scope 'inventories' (write)."),
    }
    assert not report.is_ok


def test_reading_app_fails_where_it_must_write(bench: ZidBench) -> None:
    with bench.adapter(credentials=bench._keys(bench.shop.add_key(READ_SCOPES))) as adapter:
        found = states(adapter.check())

    assert {found[name] for name in ("write_orders", "write_products", "write_stock")} == {"fail"}
    assert {found[name] for name in ("read_orders", "read_products", "read_stock")} == {"ok"}


def test_the_test_itself_writes_nothing(bench: ZidBench) -> None:
    order, product = bench.order(), bench.products(1)[0]
    before = (bench.shop.order(int(order)), bench.shop.product(product.remote_id))

    with bench.adapter() as adapter:
        adapter.check()

    assert (bench.shop.order(int(order)), bench.shop.product(product.remote_id)) == before


def test_suspended_store_is_told_with_what_to_do_afterwards(bench: ZidBench) -> None:
    bench.shop.options.suspended = True

    with bench.adapter() as adapter:
        step = next(step for step in adapter.check().steps if step.name == "store")

    assert step.state == "warn" and "Register Webhooks" in step.cure


def test_zone_of_orders_is_checked_by_the_invoice(bench: ZidBench) -> None:
    bench.order()

    with bench.adapter() as adapter:
        right = next(step for step in adapter.check().steps if step.name == "order_times")
    with bench.adapter(options={"order_timezone": "Asia/Tokyo"}) as adapter:
        wrong = next(step for step in adapter.check().steps if step.name == "order_times")

    assert right.state == "ok"
    assert wrong.state == "warn" and "Time zone of orders" in wrong.cure


def test_invoice_times_with_arabic_halves_of_the_day() -> None:
    zone = ZoneInfo("Asia/Riyadh")
    found = [issued_at(text, zone) for text in ("31-01-2026 | 03:56 ص", "31-01-2026 | 12:10 م", "soon")]

    assert [moment.strftime("%d %H:%M") if moment else None for moment in found] == [
        "31 00:56",
        "31 09:10",
        None,
    ]


def test_wrong_currency_and_wrong_location_fail(bench: ZidBench) -> None:
    options = {"location_id": "8ee590aa-d02d-4c50-9184-f628bb8b0001"}
    with bench.adapter(options=options, connection={"currency": "KWD"}) as adapter:
        found = states(adapter.check())

    assert (found["currency"], found["location"]) == ("fail", "fail")
