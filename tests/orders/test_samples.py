"""Payloads of a real WooCommerce, from its JSON to our documents, by component.

Samples: tests/samples/woocommerce, captured 2026-11-20 from WooCommerce 9.9.5.
"""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from erp.models import SalesOrder
from orders.models import Order
from orders.services.import_order import import_order
from orders.services.returns import import_return
from orders.services.totals import saved_figures
from orders.states import ImportOutcome, OrderState
from platforms.woocommerce.mapping_orders import order_from_json
from platforms.woocommerce.mapping_returns import return_from_json
from tests.orders.factories import make_item, make_shop_site, one

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[1] / "samples" / "woocommerce"
D = Decimal


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())["body"]


@pytest.fixture
def site():
    make_item("SKU-001", stock=9), make_item("B-1", stock=9)
    return make_shop_site(
        currency="EUR",
        rule={"create_invoice": True, "create_delivery": True, "create_receipt": True},
        return_policy="credit_note",
    )


@pytest.mark.parametrize(
    "payload",
    [sample("order_create.json"), sample("order_get.json"), sample("orders_modified_after.json")[0]],
)
def test_real_order_becomes_documents_of_the_same_amounts_by_component(site, payload):
    result = import_order(site=site, remote=order_from_json(payload))
    assert result.outcome == ImportOutcome.CREATED, result.message
    document = one(SalesOrder)
    figures = saved_figures(document)
    shown = {
        name: figures[name] for name in ("goods_net", "shipping", "shipping_tax", "fees", "line_discounts")
    }
    assert shown == {
        "goods_net": D("28.92"),
        "shipping": D(payload["shipping_total"]),
        "shipping_tax": D(payload["shipping_tax"]),
        "fees": 0,
        "line_discounts": D(payload["discount_total"]),
    }
    assert figures["goods_tax"] == D(payload["cart_tax"])
    assert document.tax_total == D(payload["total_tax"])
    assert document.grand_total == D(payload["total"])
    assert [line.tax_rate for line in document.lines.all()] == [21, 21]
    assert next(line.unit_price for line in document.lines.order_by("line_no")) == D("12.5")
    assert document.customer.mobile == "+34600000000"
    assert {row.document_type for row in one(Order).documents.all()} >= {
        "invoice",
        "receipt",
        "delivery",
    }


def test_the_same_real_order_read_three_ways_is_one_order(site):
    for payload in (
        sample("order_create.json"),
        sample("order_get.json"),
        sample("orders_modified_after.json")[0],
    ):
        import_order(site=site, remote=order_from_json(payload))
    assert SalesOrder.objects.count() == 1
    order = one(Order)
    assert (order.status_remote, order.refunded_total) == ("completed", 5)


def test_real_refund_of_an_amount_becomes_a_credit_note(site):
    import_order(site=site, remote=order_from_json(sample("orders_modified_after.json")[0]))
    remote = return_from_json(sample("order_refund.json"), order_remote_id="17", currency="EUR")
    assert import_return(site=site, remote=remote) == ImportOutcome.CREATED
    assert one(Order).returns.get().credit_note.grand_total == 5


def test_real_order_with_a_coupon_a_fee_and_a_discount_fee(site):
    payload = copy.deepcopy(sample("order_get.json"))
    line = payload["line_items"][0]
    line |= {"total": "18.59", "total_tax": "3.90"}
    payload["coupon_lines"] = [{"id": 9, "code": "ten", "discount": "2.07", "discount_tax": "0.44"}]
    payload["fee_lines"] = [
        {
            "id": 10,
            "name": "Gift",
            "total": "2.00",
            "total_tax": "0.42",
            "taxes": [{"id": 1, "total": "0.42"}],
        },
        {
            "id": 11,
            "name": "Loyal",
            "total": "-1.00",
            "total_tax": "-0.21",
            "taxes": [{"id": 1, "total": "-0.21"}],
        },
    ]
    payload |= {
        "discount_total": "2.07",
        "discount_tax": "0.44",
        "cart_tax": "5.85",
        "total_tax": "6.90",
        "total": "39.75",
    }
    payload["tax_lines"][0] |= {"tax_total": "5.85", "shipping_tax_total": "1.05"}
    result = import_order(site=site, remote=order_from_json(payload))
    assert result.outcome == ImportOutcome.CREATED, (result.message, one(Order).proof)
    proof = {row["component"]: row["erp"] for row in one(Order).proof}
    names = ("coupons", "header_discounts", "fees", "fees_tax", "tax_rate 21")
    assert [D(proof[name]) for name in names] == [D(text) for text in ("2.07", "1", "2", "0.42", "6.90")]
    figures = saved_figures(one(SalesOrder))
    assert figures["grand_total"] == D("39.75") and figures["tax_total"] == D("6.90")


def test_real_order_of_a_deleted_product_is_held(site):
    payload = copy.deepcopy(sample("order_get.json"))
    payload["line_items"][1] |= {"sku": None, "product_id": 0}
    import_order(site=site, remote=order_from_json(payload))
    order = one(Order)
    assert order.state == OrderState.HELD and order.holds.get().subject == "Prod 1"
