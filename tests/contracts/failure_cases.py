"""What goes wrong between us and the shop leaves as the class that tells the caller what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    MissingPermission,
    NetworkError,
    NotFound,
    RateLimited,
    RetryableError,
    ShopUnavailable,
    UncertainOutcome,
)
from ecomsync.common.http import Exchange
from platforms.types import Outcome, Quota
from tests.contracts.bench import LONG_AGO, Bench, need, quantities

D = Decimal


@dataclass
class BudgetOfTest:
    """Lets every call pass and keeps what it was told."""

    asked: int = 0
    waits: list[float | None] = field(default_factory=list)

    @contextmanager
    def acquire(self, *, lane: str, cost: float = 1.0) -> Iterator[None]:
        assert lane in ("orders", "stock", "prices", "products")
        self.asked += 1
        yield

    def learn(
        self,
        *,
        status: int,
        headers: Mapping[str, str],
        retry_after: float | None,
        quota: Quota | None = None,
    ) -> None:
        self.waits.append(retry_after)


class FailureCases:
    """What goes wrong between us and the shop leaves as the class that tells the caller what to do."""

    def test_wrong_key_is_bad_credentials(self, bench: Bench) -> None:
        with (
            bench.adapter(credentials=bench.wrong_credentials()) as adapter,
            pytest.raises(BadCredentials) as caught,
        ):
            list(adapter.iter_orders(modified_from=LONG_AGO))

        assert caught.value.status == 401
        assert caught.value.cure

    def test_wrong_key_on_a_push_is_raised_not_put_on_rows(self, bench: Bench) -> None:
        products = bench.products(2)
        with (
            bench.adapter(credentials=bench.wrong_credentials()) as adapter,
            pytest.raises(ConfigurationError),
        ):
            adapter.push_quantities(quantities(products, 1))

    def test_missing_credentials_are_named(self, bench: Bench) -> None:
        adapter = bench.adapter(credentials=bench.no_credentials())

        report = adapter.check()

        assert not report.is_ok
        assert report.steps[0].cure

    def test_read_only_key_on_a_push_is_missing_permission(self, bench: Bench) -> None:
        need(bench, "read_only")
        products = bench.products(1)
        with (
            bench.adapter(credentials=bench.read_only_credentials()) as adapter,
            pytest.raises(MissingPermission) as caught,
        ):
            adapter.push_quantities(quantities(products, 1))

        assert caught.value.cure

    def test_user_without_rights_is_missing_permission(self, bench: Bench) -> None:
        need(bench, "powerless")
        with (
            bench.adapter(credentials=bench.powerless_credentials()) as adapter,
            pytest.raises(MissingPermission) as caught,
        ):
            list(adapter.iter_orders(modified_from=LONG_AGO))

        assert caught.value.status in (401, 403)  # some platforms know no 403 and name the right instead

    def test_unknown_order_is_not_found(self, bench: Bench) -> None:
        with bench.adapter() as adapter, pytest.raises(NotFound):
            adapter.get_order(bench.unknown_id)

    def test_rate_limit_tells_how_long_to_wait(self, bench: Bench) -> None:
        bench.fail("rate_limit", retry_after=7)

        with bench.adapter() as adapter, pytest.raises(RateLimited) as caught:
            adapter.get_order(bench.unknown_id)

        assert caught.value.retry_after == 7

    def test_rate_limit_in_the_middle_of_a_push_keeps_what_was_accepted(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            size = adapter.capabilities.quantity_batch
            products = bench.products(size + 5)
            bench.fail("rate_limit", retry_after=3, skip=1)
            results = adapter.push_quantities(quantities(products, 2))

        assert {result.outcome for result in results[:size]} == {Outcome.OK}
        assert {result.outcome for result in results[size:]} == {Outcome.RETRY}
        assert {result.retry_after for result in results[size:]} == {3}

    @pytest.mark.parametrize("kind", ["server_error", "maintenance_page", "html", "broken_json"])
    def test_fault_of_the_shop_is_to_be_tried_again(self, bench: Bench, kind: str) -> None:
        need(bench, kind)
        remote_id = bench.order()
        bench.fail(kind)

        with bench.adapter() as adapter, pytest.raises(ShopUnavailable) as caught:
            adapter.get_order(remote_id)

        assert caught.value.message

    @pytest.mark.parametrize("kind", ["server_error", "maintenance_page", "html", "broken_json"])
    def test_fault_of_the_shop_on_a_push_leaves_rows_to_be_tried_again(self, bench: Bench, kind: str) -> None:
        need(bench, kind)
        products = bench.products(3)
        bench.fail(kind)

        with bench.adapter() as adapter:
            results = adapter.push_quantities(quantities(products, 6))
            bench.heal()
            again = adapter.push_quantities(quantities(products, 6))

        assert {result.outcome for result in results} == {Outcome.RETRY}
        assert all(result.is_ok for result in again)

    def test_firewall_page_is_a_matter_of_set_up(self, bench: Bench) -> None:
        need(bench, "firewall")
        bench.fail("firewall")

        with bench.adapter() as adapter, pytest.raises(ConfigurationError) as caught:
            adapter.get_order(bench.unknown_id)

        assert "firewall" in caught.value.cure.lower()

    def test_silence_before_the_work_is_uncertain_and_did_nothing(self, bench: Bench) -> None:
        product = bench.products(1)[0]
        bench.fail("silence_before")

        with bench.adapter(timeout=1.0) as adapter:
            (result,) = adapter.push_quantities(quantities([product], 9))

        assert (result.outcome, result.code) == (Outcome.RETRY, UncertainOutcome.default_code)
        assert bench.quantity_of(product) == D(5)

    def test_silence_after_the_work_is_uncertain_and_a_repetition_is_safe(self, bench: Bench) -> None:
        product = bench.products(1)[0]
        bench.fail("silence_after")

        with bench.adapter(timeout=1.0) as adapter:
            (lost,) = adapter.push_quantities(quantities([product], 9))
            bench.heal()
            (again,) = adapter.push_quantities(quantities([product], 9))

        assert lost.outcome is Outcome.RETRY
        assert again.is_ok
        assert bench.quantity_of(product) == D(9)

    def test_shop_that_is_not_there_is_a_network_error(self, bench: Bench) -> None:
        adapter = bench.adapter()
        adapter.connection = replace(adapter.connection, url="http://127.0.0.1:9")

        with adapter, pytest.raises(NetworkError):
            adapter.get_order(bench.unknown_id)

    def test_rate_limit_on_the_first_call_of_a_push_is_raised_with_the_wait(self, bench: Bench) -> None:
        products = bench.products(2)
        bench.fail("rate_limit", retry_after=5)

        with bench.adapter() as adapter, pytest.raises(RateLimited) as caught:
            adapter.push_quantities(quantities(products, 2))

        assert caught.value.retry_after == 5
        assert {bench.quantity_of(product) for product in products} == {D(5)}

    def test_budget_is_asked_before_each_call_and_taught_of_the_limit(self, bench: Bench) -> None:
        budget = BudgetOfTest()
        bench.fail("rate_limit", retry_after=9)

        with bench.adapter(budget=budget) as adapter, pytest.raises(RateLimited):
            adapter.get_order(bench.unknown_id)

        assert budget.asked == bench.calls == 1
        assert budget.waits == [9.0]

    def test_no_exchange_and_no_error_shows_a_secret(self, bench: Bench) -> None:
        seen: list[Exchange] = []
        order, product = bench.order(), bench.products(1)[0]
        with bench.adapter(observer=seen.append) as adapter:
            adapter.get_order(order)
            list(adapter.iter_orders(modified_from=LONG_AGO))
            adapter.push_quantities(quantities([product], 3))
            bench.fail("html")
            with pytest.raises(RetryableError) as caught:
                adapter.get_order(order)

        shown = f"{caught.value} {caught.value.excerpt} {caught.value.details} {seen}"
        secrets = [
            adapter.connection.credentials[field.name] for field in adapter.credential_fields if field.secret
        ]
        assert secrets and len(seen) >= 4
        assert not [secret for secret in secrets if secret and secret in shown]
