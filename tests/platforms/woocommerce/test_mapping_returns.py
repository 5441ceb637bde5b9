from decimal import Decimal

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.woocommerce.mapping_returns import return_from_json, with_restock
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


def refund(refund_id: int, *lines: tuple[str, int], **values: object) -> dict[str, object]:
    """lines: (id of the order's line, quantity)."""
    return {
        "id": refund_id,
        "date_created_gmt": "2024-05-02T08:00:00",
        "amount": "10.00",
        "line_items": [
            {
                "id": 90 + index,
                "quantity": -quantity,
                "total": "-5.00",
                "total_tax": "-1.15",
                "taxes": [{"id": 1, "total": "-0.75"}, {"id": 2, "total": "-0.4"}],
                "meta_data": [{"key": "_refunded_item_id", "value": line}],
            }
            for index, (line, quantity) in enumerate(lines)
        ],
        **values,
    }


def test_refund_tells_its_tax_per_rate_who_paid_and_whose_it_is() -> None:
    payload = refund(
        7,
        ("11", 1),
        tax_lines=[
            {"rate_id": 1, "label": "VAT", "rate_percent": 15},
            {"rate_id": 2, "label": "City", "rate_percent": 8},
        ],
        refunded_payment=True,
        meta_data=[{"key": "_erp_return", "value": "12:credit_note:3"}],
    )

    found = return_from_json(payload, order_remote_id="1", currency="SAR")

    assert [(tax.name, tax.rate_percent, tax.amount) for tax in found.lines[0].taxes] == [
        ("VAT", D(15), D("0.75")),
        ("City", D(8), D("0.40")),
    ]
    assert (found.paid_back, found.our_key) == (True, "12:credit_note:3")


@pytest.mark.parametrize(
    "quantity,reduced,restock",
    [
        (3, 3, False),  # one of three came back, all three are still off the stock
        (3, 2, True),
        (1, None, True),  # the mark goes when nothing is off the stock any more
        (3, None, None),  # the shop keeps no stock of it
        (3, "x", None),
    ],
)
def test_goods_went_back_to_stock_as_far_as_the_order_says_so(quantity, reduced, restock) -> None:
    found = return_from_json(refund(7, ("11", 1)), order_remote_id="1", currency="SAR")
    meta = [] if reduced is None else [{"key": "_reduced_stock", "value": reduced}]
    order = {"line_items": [{"id": 11, "quantity": quantity, "meta_data": meta}]}

    assert [entry.restock for entry in with_restock([found], order)] == [restock]


def test_two_refunds_of_one_line_that_went_different_ways_are_not_guessed() -> None:
    returns = [
        return_from_json(refund(number, ("11", 1)), order_remote_id="1", currency="SAR") for number in (7, 8)
    ]
    order = {
        "line_items": [{"id": 11, "quantity": 3, "meta_data": [{"key": "_reduced_stock", "value": "2"}]}]
    }

    assert [entry.restock for entry in with_restock(returns, order)] == [None, None]
