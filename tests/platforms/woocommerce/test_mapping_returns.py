from decimal import Decimal

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.woocommerce.mapping_returns import return_from_json
from tests.platforms.woocommerce.samples import body

D = Decimal


def test_real_refund_of_an_amount_has_no_lines_and_is_unexplained() -> None:
    found = return_from_json(body("order_refund"), order_remote_id="17", currency="eur")

    assert (found.remote_id, found.order_remote_id, found.currency, found.total) == (
        "18",
        "17",
        "EUR",
        D("5.00"),
    )
    assert found.lines == ()
    assert found.unexplained == D("5.00")


def test_refund_with_lines_gives_positive_figures_and_the_order_line() -> None:
    payload = {
        "id": 4720,
        "date_created_gmt": "2024-05-02T08:00:00",
        "amount": "32.62",
        "reason": "تالف",
        "line_items": [
            {
                "id": 31,
                "name": "Shirt",
                "sku": "SHIRT-RED-M",
                "quantity": -1,
                "product_id": 301,
                "variation_id": 305,
                "total": "-22.50",
                "total_tax": "-4.28",
                "meta_data": [{"id": 120, "key": "_refunded_item_id", "value": "11"}],
            },
            {
                "id": 32,
                "name": "Untouched",
                "quantity": 0,
                "total": "0.00",
                "total_tax": "0.00",
                "meta_data": [],
            },
        ],
        "shipping_lines": [
            {
                "id": 33,
                "method_title": "Flat rate",
                "total": "-4.91",
                "total_tax": "-0.93",
                "meta_data": [{"key": "_refunded_item_id", "value": "12"}],
            }
        ],
    }

    found = return_from_json(payload, order_remote_id="4711", currency="EUR")

    assert [(line.kind, line.order_line_id, line.quantity, line.net, line.tax) for line in found.lines] == [
        ("line", "11", D(1), D("22.50"), D("4.28")),
        ("shipping", "12", D(0), D("4.91"), D("0.93")),
    ]
    assert found.unexplained == 0
    assert found.reason == "تالف"


def test_refund_without_amount_is_refused() -> None:
    with pytest.raises(InvalidPayload, match="amount is missing"):
        return_from_json(
            {"id": 1, "date_created_gmt": "2024-05-02T08:00:00"}, order_remote_id="1", currency="EUR"
        )
