"""Quantities: at the right place, in whole numbers, compared when the site wants it, and all or nothing per call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import Conflict, Rejected
from ecomsync.common.http import Exchange
from platforms.shopify import quantities as module
from platforms.shopify.errors import error_of_user_errors
from platforms.shopify.ids import number_of
from platforms.types import Outcome, QuantityUpdate
from tests.contracts.bench import BenchProduct, quantities
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal


def expecting(products: list[BenchProduct], figure: int, expected: int) -> list[QuantityUpdate]:
    return [replace(update, expected=D(expected)) for update in quantities(products, figure)]


class TestPlaces:
    def test_each_row_goes_to_its_own_location(self, bench: ShopifyBench) -> None:
        other = bench.shop.add_location("Jeddah")
        product = bench.products(1)[0]
        bench.shop.set_stock(product.sku, 1, "Jeddah")
        first = quantities([product], 4)[0]
        rows = [first, replace(first, key="there", location_id=number_of(other["id"]), quantity=D(9))]

        with bench.adapter() as adapter:
            results = adapter.push_quantities(rows)

        assert [result.outcome for result in results] == [Outcome.OK, Outcome.OK]
        assert bench.shop.stock_of(product.sku, other["id"]) == 9
        assert bench.shop.stock_of(product.sku) == 4 + 9
        assert bench.calls == 1

    def test_a_location_that_is_gone_is_refused_by_name(self, bench: ShopifyBench) -> None:
        products = bench.products(2)
        rows = quantities(products, 4)
        rows[0] = replace(rows[0], location_id="99999999")

        with bench.adapter() as adapter:
            results = adapter.push_quantities(rows)

        assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK]
        assert results[0].code == "invalid_location" and results[0].cure

    def test_on_hand_is_set_when_the_site_says_so(self, bench: ShopifyBench) -> None:
        """Shopify takes off what its own orders have bound."""
        bench.shop.add_product(sku="OH", price="10.00", stock=5)
        bench.shop.buy("OH", 2)
        row = bench.shop.by_sku("OH") or {}
        update = QuantityUpdate("k", number_of(row["id"]), D(10), inventory_id=number_of(row["_item"]))

        with bench.adapter(options={"quantity_name": "on_hand"}) as adapter:
            assert adapter.push_quantities([update])[0].is_ok

        assert bench.shop.stock_of("OH") == 8

    def test_the_same_item_twice_goes_in_two_calls(self, bench: ShopifyBench) -> None:
        """Shopify refuses a call that names a pair of item and location twice."""
        update = quantities(bench.products(1), 4)[0]

        with bench.adapter() as adapter:
            results = adapter.push_quantities([update, replace(update, key="again", quantity=D(6))])

        assert [result.is_ok for result in results] == [True, True]
        assert bench.calls == 2


class TestNumbers:
    def test_fraction_is_refused_or_floored(self, bench: ShopifyBench) -> None:
        product = bench.products(1)[0]
        update = replace(quantities([product], 1)[0], quantity=D("2.7"))

        with bench.adapter() as strict, bench.adapter(options={"fractional_quantities": "floor"}) as flooring:
            refused = strict.push_quantities([update])[0]
            floored = flooring.push_quantities([update])[0]

        assert (refused.outcome, refused.code) == (Outcome.REJECTED, "fractional_quantity")
        assert floored.is_ok and floored.warning == "The quantity 2.7 was published as 2."
        assert bench.quantity_of(product) == 2

    def test_more_than_shopify_keeps_is_refused_without_a_call(self, bench: ShopifyBench) -> None:
        update = replace(quantities(bench.products(1), 1)[0], quantity=D(2_000_000_000))

        with bench.adapter() as adapter:
            result = adapter.push_quantities([update])[0]

        assert result.code == "invalid_quantity_too_high"
        assert bench.calls == 0

    def test_what_is_right_already_is_unchanged(self, bench: ShopifyBench) -> None:
        products = bench.products(2)
        bench.shop.set_stock(products[0].sku, 8)

        with bench.adapter() as adapter:
            results = adapter.push_quantities(quantities(products, 8))

        assert [result.outcome for result in results] == [Outcome.UNCHANGED, Outcome.OK]

    def test_stock_of_a_bundle_is_refused_and_the_rest_passes(self, bench: ShopifyBench) -> None:
        bench.shop.add_product(sku="PART", price="5.00", stock=8)
        row = bench.shop.add_bundle("SET", {"PART": 2})
        bundle = BenchProduct(
            number_of(row["variant_id"]), "SET", number_of(row["id"]), number_of(row["inventory_item_id"])
        )
        product = bench.products(1)[0]

        with bench.adapter() as adapter:
            results = adapter.push_quantities(quantities([bundle, product], 3))

        assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK]
        assert results[0].code == "non_mutable_inventory_item"
        assert "bundle" in results[0].cure


class TestCompareAndSet:
    def test_what_was_changed_meanwhile_is_seen_and_set_on_top(self, bench: ShopifyBench) -> None:
        products = bench.products(3)
        bench.shop.set_stock(products[1].sku, 3)

        with bench.adapter() as adapter:
            results = adapter.push_quantities(expecting(products, 9, expected=5))

        assert {result.outcome for result in results} == {Outcome.OK}
        assert results[1].warning == "The shop had 3 where 5 was expected."
        assert {bench.quantity_of(product) for product in products} == {D(9)}
        assert bench.calls == 3  # refused as a whole, read again, sent again

    def test_what_a_sale_has_brought_to_the_figure_is_not_written(self, bench: ShopifyBench) -> None:
        product = bench.products(1)[0]
        bench.shop.buy(product.sku, 1)

        with bench.adapter() as adapter:
            (result,) = adapter.push_quantities(expecting([product], 4, expected=5))

        assert result.outcome is Outcome.UNCHANGED
        assert bench.calls == 2

    def test_nothing_is_compared_where_the_site_does_not_want_it(self, bench: ShopifyBench) -> None:
        product = bench.products(1)[0]

        with bench.adapter(options={"compare_quantities": False}) as adapter:
            (result,) = adapter.push_quantities(expecting([product], 4, expected=77))

        assert result.outcome is Outcome.OK
        assert bench.calls == 1

    def test_a_row_that_never_rests_waits_for_the_next_run(
        self, bench: ShopifyBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        product = bench.products(1)[0]
        asked = module.QuantityPusher._quantities_now

        def moving(self: Any, rows: Any) -> dict[tuple[str, str], int]:
            found = asked(self, rows)
            bench.shop.set_stock(product.sku, int(bench.quantity_of(product)) + 1)
            return found

        monkeypatch.setattr(module.QuantityPusher, "_quantities_now", moving)
        with bench.adapter() as adapter:
            (result,) = adapter.push_quantities(expecting([product], 50, expected=0))

        assert (result.outcome, result.code) == (Outcome.RETRY, "conflict")

    @pytest.mark.parametrize("told", ["none", "one"])
    def test_stale_rows_are_found_whichever_way_they_are_told(
        self, bench: ShopifyBench, monkeypatch: pytest.MonkeyPatch, told: str
    ) -> None:
        """How Shopify names them is not confirmed: it may name none, or only the first."""
        products = bench.products(6)
        for product in products[1:5]:
            bench.shop.set_stock(product.sku, 3)
        call = module.QuantityPusher._call

        def less_told(self: Any, rows: Any) -> Mapping[str, Any]:
            payload = dict(call(self, rows))
            errors = payload.get("userErrors") or []
            if told == "none":
                payload["userErrors"] = [{**error, "field": None} for error in errors]
            else:
                payload["userErrors"] = errors[:1]
            return payload

        monkeypatch.setattr(module.QuantityPusher, "_call", less_told)
        with bench.adapter() as adapter:
            results = adapter.push_quantities(expecting(products, 9, expected=5))

        assert {result.outcome for result in results} == {Outcome.OK}
        assert {bench.quantity_of(product) for product in products} == {D(9)}
        assert bench.calls == (3 if told == "none" else 5)

    def test_a_lost_answer_is_no_conflict(self, bench: ShopifyBench) -> None:
        """The figure is there already, whatever we believe to have sent last."""
        products = bench.products(2)
        with bench.adapter() as adapter:
            adapter.push_quantities(expecting(products, 9, expected=5))
            results = adapter.push_quantities(expecting(products, 9, expected=5))

        assert {result.outcome for result in results} == {Outcome.UNCHANGED}
        assert {result.warning for result in results} == {""}

    def test_stale_is_a_conflict_by_its_class(self) -> None:
        errors = [{"code": "CHANGE_FROM_QUANTITY_STALE", "message": "stale", "field": None}]

        assert isinstance(error_of_user_errors(errors, what="the quantities"), Conflict)


class TestFirstStock:
    def test_product_is_stocked_at_a_place_where_it_never_was(self, bench: ShopifyBench) -> None:
        """2026-07 refuses such a row; what later versions do is not confirmed, so both ways must end well."""
        other = bench.shop.add_location("Jeddah")
        for version in ("2026-07", "2026-10"):
            row = bench.shop.add_product(sku=f"N-{version}", price="10.00", stock=5)
            product = BenchProduct(
                number_of(row["variant_id"]),
                row["sku"],
                number_of(row["id"]),
                number_of(row["inventory_item_id"]),
            )
            update = replace(quantities([product], 6)[0], location_id=number_of(other["id"]))

            with bench.adapter(connection={"api_version": version}) as adapter:
                (result,) = adapter.push_quantities([update])

            assert result.is_ok, (version, result)
            assert bench.shop.stock_of(row["sku"], other["id"]) == 6


class TestCalls:
    def test_each_call_has_a_key_of_its_own(self, bench: ShopifyBench) -> None:
        """With a key of the content Shopify would answer the second push with the first result, and set nothing."""
        product = bench.products(1)[0]
        seen: list[Exchange] = []
        with bench.adapter(observer=seen.append) as adapter:
            adapter.push_quantities(quantities([product], 9))
            bench.shop.set_stock(product.sku, 2)
            adapter.push_quantities(quantities([product], 9))

        assert bench.quantity_of(product) == 9
        assert seen[0].request_body != seen[1].request_body
        assert '"changeFromQuantity": null' in seen[0].request_body

    def test_an_error_that_names_no_row_is_narrowed_down(
        self, bench: ShopifyBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        products = bench.products(16)
        call = module.QuantityPusher._call
        bad = products[11].inventory_id

        def refusing(self: Any, rows: Any) -> Mapping[str, Any]:
            if any(row.item == bad for row in rows):
                return {"userErrors": [{"code": "INVALID_INVENTORY_ITEM", "message": "no", "field": None}]}
            return call(self, rows)

        monkeypatch.setattr(module.QuantityPusher, "_call", refusing)
        with bench.adapter() as adapter:
            results = adapter.push_quantities(quantities(products, 3))

        assert [n for n, result in enumerate(results) if not result.is_ok] == [11]
        assert bench.quantity_of(products[10]) == 3

    def test_error_without_a_row_is_a_refusal(self) -> None:
        assert isinstance(module._unnamed([{"code": "INVALID_REASON", "message": "no"}]), Rejected)
