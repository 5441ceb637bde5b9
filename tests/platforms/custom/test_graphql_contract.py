"""The same shop by its other door: GraphQL alone, by another settings file."""

import copy
from collections.abc import Iterator
from decimal import Decimal

import pytest

from ecomsync.common.errors import ConfigurationError, MissingPermission, Rejected
from platforms.custom.examples import example_options
from platforms.types import Outcome, ShipmentNotice
from sandbox.custom import CustomShop
from tests.contracts.bench import LONG_AGO, quantities
from tests.contracts.failure_cases import FailureCases
from tests.contracts.order_cases import OrderUpdateCases
from tests.contracts.push_cases import PushCases
from tests.contracts.reading_cases import ReadingCases
from tests.platforms.custom.bench import CustomBench


class GraphQLBench(CustomBench):
    example = "generic_graphql"
    cannot = {"drop_field": "an answer of GraphQL has what was asked for, or an error"}


@pytest.fixture
def bench(shop: CustomShop) -> Iterator[CustomBench]:
    yield GraphQLBench(shop)


class TestPush(PushCases):
    """Idempotent, partial, split in halves."""


class TestFailure(FailureCases):
    """Refusals stand in answers of status 200 and leave as the right class."""


class TestReading(ReadingCases):
    """To the last row while rows change, by cursor."""


class TestOrderUpdates(OrderUpdateCases):
    """Written once, also after a lost answer."""


def test_own_document_is_run_and_tried_at_the_shop(bench: CustomBench) -> None:
    product = bench.products(1)[0]
    document = "query look($id: ID!) { products(ids: [$id]) { nodes { sku quantity } } }"
    values = {"id": product.remote_id}

    with bench.adapter() as adapter:
        found = adapter.run_graphql(document, values)
        trial = adapter.try_graphql(document, values, send=True, result_path="products.nodes[0].sku")
        unsent = adapter.try_graphql(document, values, send=False)

    assert found["products"]["nodes"][0]["sku"] == product.sku
    assert trial.mapped == ((("products.nodes[0].sku", f'"{product.sku}"'),),)
    assert unsent.mapped == () and bench.calls == 2
    assert bench.shop.key not in str((trial, unsent))


def test_document_that_the_shop_cannot_read_is_refused_with_its_words(bench: CustomBench) -> None:
    with bench.adapter() as adapter, pytest.raises(Rejected) as caught:
        adapter.run_graphql("{ products { nothing } }", {})

    assert "nothing" in caught.value.message and caught.value.status == 200


def test_own_document_may_change_what_the_key_may_change(bench: CustomBench) -> None:
    (product,) = bench.products(1)
    document = "mutation set($id: ID!) { set_stock(rows: [{id: $id, quantity: 4}]) { ok } }"
    with bench.adapter() as adapter:
        assert adapter.run_graphql(document, {"id": product.remote_id}) == {"set_stock": [{"ok": True}]}
    with (
        bench.adapter(credentials=bench.read_only_credentials()) as adapter,
        pytest.raises(MissingPermission),
    ):
        adapter.run_graphql(document, {"id": product.remote_id})

    assert bench.quantity_of(product) == Decimal(4)


def test_errors_of_the_user_in_a_good_answer_are_refusals(bench: CustomBench) -> None:
    order = bench.order()
    with bench.adapter() as adapter:
        line = adapter.get_order(order).lines[0].remote_id
        result = adapter.push_shipment(ShipmentNotice("k", order, ((line, Decimal(9)),)))

    assert (result.outcome, result.code) == (Outcome.REJECTED, "BAD_LINE")
    assert "cannot ship" in result.message


def test_a_thousand_quantities_are_ten_calls(bench: CustomBench) -> None:
    made = bench.products(1000)
    with bench.adapter() as adapter:
        results = adapter.push_quantities(quantities(made, 3))

    assert {result.outcome for result in results} == {Outcome.OK}
    assert bench.calls == bench.shop.counters.calls("POST /graphql/set_stock") == 10


def test_orders_of_one_second_behind_a_page_that_never_goes_on_are_told(bench: CustomBench) -> None:
    """A request without the place in the list would be sent again and again."""
    operations = copy.deepcopy(example_options("generic_graphql")["operations"])
    operations["list_orders"]["paging"]["size"] = 2
    operations["list_orders"]["variables"]["skip"] = 0
    for _ in range(3):
        bench.order()
    with (
        bench.adapter(options={"operations": operations}) as adapter,
        pytest.raises(ConfigurationError) as caught,
    ):
        list(adapter.iter_orders(modified_from=LONG_AGO))

    assert "paging.offset" in caught.value.message and bench.calls < 6
