"""GraphQL lines of a site: read and write what no part of ours does, with the event's object filled in."""

from __future__ import annotations

import pytest

from ecomsync.common.errors import Rejected
from platforms.shopify.ids import gid
from tests.platforms.shopify.bench import ShopifyBench

TAG = """mutation Tag($orderId: ID!, $tags: [String!]!) {
  tagsAdd(id: $orderId, tags: $tags) { userErrors { field message } }
}"""


def test_event_fills_the_address_in(bench: ShopifyBench) -> None:
    order = bench.order()
    with bench.adapter() as adapter:
        adapter.run_graphql(TAG, {"tags": ["erp"], "id": order})
        found = adapter.run_graphql(
            "query Q($orderId: ID!) { order(id: $orderId) { name tags } }", {"id": order}
        )

    assert bench.shop.order(gid("Order", order))["tags"] == ["erp"]
    assert found["order"]["tags"] == ["erp"]


def test_short_form_and_undeclared_variables_pass(bench: ShopifyBench) -> None:
    with bench.adapter() as adapter:
        assert (
            adapter.run_graphql("{ shop { currencyCode } }", {"id": "5", "x": 1})["shop"]["currencyCode"]
            == "SAR"
        )


def test_user_errors_are_a_refusal(bench: ShopifyBench) -> None:
    with bench.adapter() as adapter, pytest.raises(Rejected) as caught:
        adapter.run_graphql(TAG, {"tags": ["erp"], "id": "99999999"})

    assert "tagsAdd" in caught.value.message


def test_malformed_operation_is_a_refusal(bench: ShopifyBench) -> None:
    with bench.adapter() as adapter, pytest.raises(Rejected):
        adapter.run_graphql("query Q { shop { nothing } }", {})
