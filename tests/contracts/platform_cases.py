"""What every platform adapter must prove, written once.

A platform's test module subclasses the four classes and gives a fixture `bench`: its sandbox behind a small interface.
A case that a platform cannot show (no batch route, no signatures) is skipped there with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest

from ecomsync.common.errors import (
    BadCredentials,
    ConfigurationError,
    InvalidPayload,
    InvalidSignature,
    MissingPermission,
    NetworkError,
    NotFound,
    RateLimited,
    RetryableError,
    ShopUnavailable,
    UncertainOutcome,
)
from platforms.base import PlatformAdapter
from platforms.types import (
    EventKind,
    OrderReadFailure,
    Outcome,
    PriceUpdate,
    ProductSheet,
    QuantityUpdate,
    RemoteOrder,
    WebhookDelivery,
)

D = Decimal
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BenchProduct:
    remote_id: str
    sku: str
    parent_remote_id: str = ""


class Bench(Protocol):
    """A platform's sandbox as the cases see it."""

    currency: str

    def adapter(
        self, *, timeout: float = 10.0, credentials: Mapping[str, str] | None = None
    ) -> PlatformAdapter: ...

    def products(self, count: int) -> list[BenchProduct]:
        """New simple products at price 10.00 with 5 pieces."""
        ...

    def order(self, **buyer: str) -> str:
        """A new order; returns its id. buyer: first_name, city, note …"""
        ...

    def touch_order(self, remote_id: str) -> None:
        """Change an order as the shop's staff would, so that its date moves."""
        ...

    def quantity_of(self, product: BenchProduct) -> Decimal: ...

    def price_of(self, product: BenchProduct) -> Decimal: ...

    def count_by_sku(self, sku: str) -> int: ...

    def fail(self, kind: str, **params: Any) -> None:
        """kind: rate_limit | server_error | maintenance_page | html | broken_json | silence_before |
        silence_after | refuse_rows (skus=…) | refuse_batches_with (sku=…) | drop_field (field=…) | firewall."""
        ...

    def heal(self) -> None:
        """Take all faults away."""
        ...

    @property
    def calls(self) -> int: ...

    @property
    def writes(self) -> int: ...

    def read_only_credentials(self) -> dict[str, str]: ...

    def powerless_credentials(self) -> dict[str, str]:
        """Valid keys of a user without rights."""
        ...

    def delivery(self, topic: str, body: bytes, *, secret: str | None = None) -> WebhookDelivery: ...

    def order_topic(self) -> str: ...


def quantities(products: Sequence[BenchProduct], figure: int) -> list[QuantityUpdate]:
    return [
        QuantityUpdate(f"key-{p.sku}", p.remote_id, D(figure), sku=p.sku, parent_remote_id=p.parent_remote_id)
        for p in products
    ]


def prices(products: Sequence[BenchProduct], price: str, currency: str) -> list[PriceUpdate]:
    return [PriceUpdate(f"key-{p.sku}", p.remote_id, D(price), currency, sku=p.sku) for p in products]


class PushCases:
    """Batches out: idempotent, one result per row, no bad row stops the others."""

    def test_push_of_quantities_answers_each_row_in_order(self, bench: Bench) -> None:
        products = bench.products(7)

        with bench.adapter() as adapter:
            results = adapter.push_quantities(quantities(products, 12))

        assert [result.key for result in results] == [f"key-{p.sku}" for p in products]
        assert all(result.is_ok for result in results)
        assert {bench.quantity_of(p) for p in products} == {D(12)}

    def test_push_of_quantities_twice_leaves_the_same(self, bench: Bench) -> None:
        products = bench.products(3)

        with bench.adapter() as adapter:
            for _ in range(2):
                assert all(result.is_ok for result in adapter.push_quantities(quantities(products, 4)))

        assert {bench.quantity_of(p) for p in products} == {D(4)}

    def test_push_of_prices_twice_writes_once(self, bench: Bench) -> None:
        products = bench.products(3)

        with bench.adapter() as adapter:
            first = adapter.push_prices(prices(products, "12.50", bench.currency))
            written = bench.writes
            second = adapter.push_prices(prices(products, "12.50", bench.currency))

        assert {result.outcome for result in first} == {Outcome.OK}
        assert {result.outcome for result in second} == {Outcome.UNCHANGED}
        assert bench.writes == written
        assert {bench.price_of(p) for p in products} == {D("12.50")}

    def test_push_of_nothing_makes_no_call(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            assert adapter.push_quantities([]) == []
            assert adapter.push_prices([]) == []
            assert adapter.push_products([]) == []

        assert bench.calls == 0

    def test_refused_row_does_not_stop_its_batch(self, bench: Bench) -> None:
        products = bench.products(10)
        bench.fail("refuse_rows", skus=[products[3].sku])

        with bench.adapter() as adapter:
            results = adapter.push_quantities(quantities(products, 9))

        assert [n for n, result in enumerate(results) if not result.is_ok] == [3]
        assert results[3].code and results[3].message
        assert bench.quantity_of(products[3]) == D(5)
        assert all(bench.quantity_of(p) == D(9) for n, p in enumerate(products) if n != 3)

    def test_row_without_link_is_refused_and_the_rest_is_sent(self, bench: Bench) -> None:
        products = bench.products(2)
        updates = quantities(products, 8)
        updates.insert(1, replace(updates[0], key="unlinked", remote_id=""))

        with bench.adapter() as adapter:
            results = adapter.push_quantities(updates)

        assert [result.outcome for result in results] == [Outcome.OK, Outcome.REJECTED, Outcome.OK]
        assert (results[1].key, results[1].code) == ("unlinked", "not_linked")
        assert results[1].cure

    def test_row_of_a_product_that_is_gone_is_refused(self, bench: Bench) -> None:
        products = bench.products(2)
        updates = quantities(products, 8)
        updates[0] = replace(updates[0], remote_id="99999999")

        with bench.adapter() as adapter:
            results = adapter.push_quantities(updates)

        assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK]

    def test_batch_refused_as_a_whole_is_split_until_the_bad_row_stands_alone(self, bench: Bench) -> None:
        products = bench.products(16)
        bench.fail("refuse_batches_with", sku=products[11].sku, remote_id=products[11].remote_id)

        with bench.adapter() as adapter:
            results = adapter.push_quantities(quantities(products, 3))

        assert [n for n, result in enumerate(results) if result.outcome is not Outcome.OK] == [11]
        assert bench.quantity_of(products[10]) == D(3)

    def test_quantity_below_zero_is_never_published(self, bench: Bench) -> None:
        product = bench.products(1)[0]

        with bench.adapter() as adapter:
            (result,) = adapter.push_quantities([replace(quantities([product], 1)[0], quantity=D(-4))])

        assert bench.quantity_of(product) >= 0
        assert result.warning or not result.is_ok

    def test_product_created_twice_exists_once(self, bench: Bench) -> None:
        sheet = ProductSheet("p1", "NEW-1", "simple", name="كوب خزفي ☕", price=D("5.00"), quantity=D(2))

        with bench.adapter() as adapter:
            first = adapter.push_products([sheet])[0]
            second = adapter.push_products([sheet])[0]

        assert first.outcome is Outcome.OK
        assert second.is_ok and second.remote_id == first.remote_id
        assert bench.count_by_sku("NEW-1") == 1

    def test_creation_whose_answer_was_lost_is_found_again(self, bench: Bench) -> None:
        sheet = ProductSheet("p1", "LOST-1", "simple", name="Lamp", price=D("5.00"))
        bench.fail("silence_after", writes_only=True)

        with bench.adapter(timeout=1.0) as adapter:
            lost = adapter.push_products([sheet])[0]
            bench.heal()
            found = adapter.push_products([sheet])[0]

        assert lost.outcome is Outcome.RETRY
        assert found.is_ok and found.remote_id
        assert bench.count_by_sku("LOST-1") == 1


class FailureCases:
    """What goes wrong between us and the shop leaves as the class that tells the caller what to do."""

    def test_wrong_key_is_bad_credentials(self, bench: Bench) -> None:
        with (
            bench.adapter(credentials={"username": "ck_wrong", "password": "cs_wrong"}) as adapter,
            pytest.raises(BadCredentials) as caught,
        ):
            list(adapter.iter_orders(modified_from=LONG_AGO))

        assert caught.value.status == 401
        assert caught.value.cure

    def test_wrong_key_on_a_push_is_raised_not_put_on_rows(self, bench: Bench) -> None:
        products = bench.products(2)
        with (
            bench.adapter(credentials={"username": "ck_wrong", "password": "cs_wrong"}) as adapter,
            pytest.raises(ConfigurationError),
        ):
            adapter.push_quantities(quantities(products, 1))

    def test_missing_credentials_are_named(self, bench: Bench) -> None:
        adapter = bench.adapter(credentials={"username": "", "password": ""})

        report = adapter.check()

        assert not report.is_ok
        assert report.steps[0].cure

    def test_read_only_key_on_a_push_is_missing_permission(self, bench: Bench) -> None:
        products = bench.products(1)
        with (
            bench.adapter(credentials=bench.read_only_credentials()) as adapter,
            pytest.raises(MissingPermission) as caught,
        ):
            adapter.push_quantities(quantities(products, 1))

        assert caught.value.cure

    def test_user_without_rights_is_missing_permission(self, bench: Bench) -> None:
        with (
            bench.adapter(credentials=bench.powerless_credentials()) as adapter,
            pytest.raises(MissingPermission) as caught,
        ):
            list(adapter.iter_orders(modified_from=LONG_AGO))

        assert caught.value.status == 403

    def test_unknown_order_is_not_found(self, bench: Bench) -> None:
        with bench.adapter() as adapter, pytest.raises(NotFound):
            adapter.get_order("99999999")

    def test_rate_limit_tells_how_long_to_wait(self, bench: Bench) -> None:
        bench.fail("rate_limit", retry_after=7)

        with bench.adapter() as adapter, pytest.raises(RateLimited) as caught:
            adapter.get_order("1")

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
        remote_id = bench.order()
        bench.fail(kind)

        with bench.adapter() as adapter, pytest.raises(ShopUnavailable) as caught:
            adapter.get_order(remote_id)

        assert caught.value.message

    @pytest.mark.parametrize("kind", ["server_error", "maintenance_page", "html", "broken_json"])
    def test_fault_of_the_shop_on_a_push_leaves_rows_to_be_tried_again(self, bench: Bench, kind: str) -> None:
        products = bench.products(3)
        bench.fail(kind)

        with bench.adapter() as adapter:
            results = adapter.push_quantities(quantities(products, 6))
            bench.heal()
            again = adapter.push_quantities(quantities(products, 6))

        assert {result.outcome for result in results} == {Outcome.RETRY}
        assert all(result.is_ok for result in again)

    def test_firewall_page_is_a_matter_of_set_up(self, bench: Bench) -> None:
        bench.fail("firewall")

        with bench.adapter() as adapter, pytest.raises(ConfigurationError) as caught:
            adapter.get_order("1")

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
            adapter.get_order("1")

    def test_faults_never_show_the_secret(self, bench: Bench) -> None:
        bench.fail("html")
        with bench.adapter() as adapter, pytest.raises(RetryableError) as caught:
            adapter.get_order("1")

        shown = f"{caught.value} {caught.value.excerpt} {caught.value.details}"
        assert adapter.connection.credentials["password"] not in shown


class ReadingCases:
    """Orders in: every row to the last, whatever happens meanwhile, in any script."""

    def test_orders_are_read_to_the_last_over_pages(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            made = [bench.order() for _ in range(adapter.capabilities.order_page + 7)]
            found = [order.remote_id for order in adapter.iter_orders(modified_from=LONG_AGO)]

        assert sorted(found, key=int) == sorted(made, key=int)
        assert len(found) == len(set(found))

    def test_orders_that_change_while_they_are_read_are_not_skipped(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            made = [bench.order() for _ in range(adapter.capabilities.order_page + 7)]
            reading = adapter.iter_orders(modified_from=LONG_AGO)
            found = [next(reading).remote_id for _ in range(5)]
            for remote_id in made[:5]:
                bench.touch_order(remote_id)
            found += [order.remote_id for order in reading]

        assert set(found) == set(made)

    def test_limit_bounds_the_orders_and_the_oldest_change_comes_first(self, bench: Bench) -> None:
        for _ in range(6):
            bench.order()

        with bench.adapter() as adapter:
            found = list(adapter.iter_orders(modified_from=LONG_AGO, limit=4))

        moments = [order.updated_at for order in found if isinstance(order, RemoteOrder)]
        assert len(found) == 4
        assert moments == sorted(moments)

    def test_changed_since_includes_the_very_moment(self, bench: Bench) -> None:
        remote_id = bench.order()

        with bench.adapter() as adapter:
            moment = adapter.get_order(remote_id).updated_at
            at = [order.remote_id for order in adapter.iter_orders(modified_from=moment)]
            after = [
                order.remote_id for order in adapter.iter_orders(modified_from=moment + timedelta(seconds=2))
            ]

        assert at == [remote_id]
        assert after == []

    def test_arabic_and_emoji_survive(self, bench: Bench) -> None:
        remote_id = bench.order(first_name="عبد الله 👍", city="الرياض", note="اترك الطلب عند الباب — شكرًا")

        with bench.adapter() as adapter:
            order = adapter.get_order(remote_id)

        assert order.billing.first_name == "عبد الله 👍"
        assert order.billing.city == "الرياض"
        assert order.note == "اترك الطلب عند الباب — شكرًا"

    def test_order_sums_to_its_total(self, bench: Bench) -> None:
        remote_id = bench.order()

        with bench.adapter() as adapter:
            order = adapter.get_order(remote_id)

        rows: list[Any] = [*order.lines, *order.charges]
        outside = [discount for discount in order.discounts if not discount.in_lines]
        total = sum((row.net + row.tax for row in rows), D(0)) + order.totals.rounding
        total -= sum((discount.net + discount.tax for discount in outside), D(0))
        assert total == order.totals.grand_total > 0

    def test_unreadable_order_is_kept_and_the_rest_is_read(self, bench: Bench) -> None:
        bench.order()
        bench.fail("drop_field", field="total")

        with bench.adapter() as adapter:
            (found,) = adapter.iter_orders(modified_from=LONG_AGO)

        assert isinstance(found, OrderReadFailure)
        assert found.code == InvalidPayload.default_code
        assert "total" in found.message
        assert found.cure and found.raw

    def test_products_are_read_to_the_last_over_pages(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            made = bench.products(adapter.capabilities.product_page + 3)
            found = [product.sku for product in adapter.iter_products()]

        assert sorted(found) == sorted(product.sku for product in made)

    def test_products_are_found_by_sku(self, bench: Bench) -> None:
        made = bench.products(5)

        with bench.adapter() as adapter:
            found = adapter.find_products([made[1].sku, made[4].sku, "nowhere"])

        assert {(product.remote_id, product.sku) for product in found} == {
            (made[1].remote_id, made[1].sku),
            (made[4].remote_id, made[4].sku),
        }

    def test_check_of_a_healthy_shop_is_ok(self, bench: Bench) -> None:
        with bench.adapter() as adapter:
            report = adapter.check()

        assert report.is_ok, report.steps
        assert report.info is not None and report.info.currency == bench.currency


class WebhookCases:
    """Deliveries in: proved, named, and told apart."""

    def test_signed_delivery_is_read(self, bench: Bench) -> None:
        delivery = bench.delivery(bench.order_topic(), b'{"id":4711,"status":"processing"}')

        notice = bench.adapter().read_webhook(delivery)

        assert notice.kind in (EventKind.ORDER_CREATED, EventKind.ORDER_UPDATED)
        assert (notice.topic, notice.remote_id) == (bench.order_topic(), "4711")
        assert notice.identity and not notice.error

    def test_wrong_signature_is_refused(self, bench: Bench) -> None:
        delivery = bench.delivery(bench.order_topic(), b'{"id":4711}', secret="another secret")

        with pytest.raises(InvalidSignature) as caught:
            bench.adapter().read_webhook(delivery)

        assert caught.value.cure

    def test_changed_body_is_refused(self, bench: Bench) -> None:
        delivery = bench.delivery(bench.order_topic(), b'{"id":4711}')

        with pytest.raises(InvalidSignature):
            bench.adapter().read_webhook(replace(delivery, body=b'{"id":4712}'))

    def test_unsigned_delivery_is_refused(self, bench: Bench) -> None:
        delivery = bench.delivery(bench.order_topic(), b'{"id":4711}')
        bare = {
            name: value
            for name, value in delivery.headers.items()
            if "signature" not in name and "hmac" not in name
        }

        with pytest.raises(InvalidSignature):
            bench.adapter().read_webhook(replace(delivery, headers=bare))

    def test_site_without_secret_refuses_everything(self, bench: Bench) -> None:
        adapter = bench.adapter()
        adapter.connection = replace(adapter.connection, webhook_secret="")

        with pytest.raises(InvalidSignature):
            adapter.read_webhook(bench.delivery(bench.order_topic(), b'{"id":4711}', secret=""))

    def test_replayed_delivery_has_the_same_identity(self, bench: Bench) -> None:
        adapter = bench.adapter()
        delivery = bench.delivery(bench.order_topic(), b'{"id":4711}')

        assert adapter.read_webhook(delivery).identity == adapter.read_webhook(delivery).identity

    def test_other_bodies_have_other_identities(self, bench: Bench) -> None:
        adapter = bench.adapter()
        bodies = [b'{"id":1}', b'{"id":2}', b'{"id":1,"status":"completed"}']

        identities = {
            adapter.read_webhook(bench.delivery(bench.order_topic(), body)).identity for body in bodies
        }

        assert len(identities) == 3

    def test_unknown_topic_is_kept_as_unknown(self, bench: Bench) -> None:
        notice = bench.adapter().read_webhook(bench.delivery("moon.landed", b'{"id":1}'))

        assert (notice.kind, notice.topic) == (EventKind.UNKNOWN, "moon.landed")

    def test_signed_body_that_is_not_json_is_an_invalid_payload(self, bench: Bench) -> None:
        with pytest.raises(InvalidPayload):
            bench.adapter().read_webhook(bench.delivery(bench.order_topic(), b"<b>Warning</b> {"))

    def test_arabic_body_is_proved_by_its_raw_bytes(self, bench: Bench) -> None:
        body = '{"id":4711,"note":"شكرًا 👍","url":"https:\\/\\/x"}'.encode()

        notice = bench.adapter().read_webhook(bench.delivery(bench.order_topic(), body))

        assert notice.payload["note"] == "شكرًا 👍"
