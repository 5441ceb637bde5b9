"""Batches out: idempotent, one result per row, no bad row stops the others."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from platforms.types import CategorySheet, Outcome, ProductSheet
from tests.contracts.bench import Bench, need, need_capability, prices, quantities

D = Decimal


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
        need(bench, "refuse_rows")
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
        item = bench.unknown_id if updates[0].inventory_id else ""  # what kept its stock is gone with it
        updates[0] = replace(updates[0], remote_id=bench.unknown_id, inventory_id=item)

        with bench.adapter() as adapter:
            results = adapter.push_quantities(updates)

        assert [result.outcome for result in results] == [Outcome.REJECTED, Outcome.OK]

    def test_batch_refused_as_a_whole_is_split_until_the_bad_row_stands_alone(self, bench: Bench) -> None:
        need(bench, "refuse_batches_with")
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

    def test_variants_take_quantities_and_prices_of_their_own(self, bench: Bench) -> None:
        need(bench, "variants")
        variants = bench.variants(2, 3)

        with bench.adapter() as adapter:
            answers = adapter.push_quantities(quantities(variants, 8))
            answers += adapter.push_prices(prices(variants, "11.00", bench.currency))

        assert all(answer.is_ok for answer in answers)
        assert {bench.quantity_of(variant) for variant in variants} == {D(8)}
        assert {bench.price_of(variant) for variant in variants} == {D("11.00")}

    def test_price_of_the_erp_leaves_the_promotion_of_the_shop(self, bench: Bench) -> None:
        need(bench, "promotions")
        product = bench.products(1)[0]
        bench.start_promotion(product, "7.00")

        with bench.adapter() as adapter:
            need_capability(adapter, "special_prices")
            (result,) = adapter.push_prices(prices([product], "12.00", bench.currency))

        assert result.is_ok
        assert (bench.price_of(product), bench.special_of(product)) == (D("12.00"), D("7.00"))

    def test_price_that_would_end_the_promotion_of_the_shop_is_not_pushed_in_silence(
        self, bench: Bench
    ) -> None:
        need(bench, "promotions")
        product = bench.products(1)[0]
        bench.start_promotion(product, "7.00")

        with bench.adapter() as adapter:
            need_capability(adapter, "special_prices")
            (result,) = adapter.push_prices(prices([product], "6.00", bench.currency))

        assert bench.special_of(product) == D("7.00") or result.warning or not result.is_ok

    def test_special_price_of_the_erp_is_set_once_and_taken_away(self, bench: Bench) -> None:
        product = bench.products(1)[0]
        plain = prices([product], "10.00", bench.currency)[0]

        with bench.adapter() as adapter:
            need_capability(adapter, "special_prices")
            assert adapter.push_prices([replace(plain, special=D("8.00"))])[0].is_ok
            assert bench.special_of(product) == D("8.00")
            written = bench.writes
            assert adapter.push_prices([replace(plain, special=D("8.00"))])[0].outcome is Outcome.UNCHANGED
            assert bench.writes == written
            assert adapter.push_prices([replace(plain, clear_special=True)])[0].is_ok

        assert bench.special_of(product) is None

    def test_price_in_another_currency_is_refused(self, bench: Bench) -> None:
        product = bench.products(1)[0]
        other = "USD" if bench.currency != "USD" else "EUR"

        with bench.adapter() as adapter:
            need_capability(adapter, "push_prices")
            (result,) = adapter.push_prices(prices([product], "9.00", other))

        assert result.outcome is Outcome.REJECTED and result.cure
        assert bench.price_of(product) == D("10.00")

    def test_prices_whose_answer_was_lost_are_pushed_again_safely(self, bench: Bench) -> None:
        product = bench.products(1)[0]
        bench.fail("silence_after", writes_only=True)

        with bench.adapter(timeout=1.0) as adapter:
            (lost,) = adapter.push_prices(prices([product], "12.00", bench.currency))
            bench.heal()
            (again,) = adapter.push_prices(prices([product], "12.00", bench.currency))

        assert lost.outcome is Outcome.RETRY
        assert again.is_ok
        assert bench.price_of(product) == D("12.00")

    def test_categories_are_made_once_parents_first(self, bench: Bench) -> None:
        child = CategorySheet("c", "قمصان", parent_key="p")
        parent = CategorySheet("p", "Clothes")

        with bench.adapter() as adapter:
            need_capability(adapter, "push_categories")
            first = adapter.push_categories([child, parent])
            written = bench.writes
            linked = [
                replace(sheet, remote_id=result.remote_id)
                for sheet, result in zip((child, parent), first, strict=True)
            ]
            second = adapter.push_categories(linked)
            tree = {row.remote_id: row for row in adapter.iter_categories()}

        assert [result.outcome for result in first] == [Outcome.OK, Outcome.OK]
        assert {result.outcome for result in second} == {Outcome.UNCHANGED}
        assert bench.writes == written
        assert tree[first[0].remote_id].parent_remote_id == first[1].remote_id
        assert tree[first[0].remote_id].name == "قمصان"
