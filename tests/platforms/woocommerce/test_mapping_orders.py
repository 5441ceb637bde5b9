from __future__ import annotations

import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecomsync.common.errors import InvalidPayload
from platforms.types import ChargeKind, FinancialStatus, OrderPhase, RemoteOrder
from platforms.woocommerce.mapping_orders import order_from_json, total_differences
from tests.platforms.woocommerce.samples import body, order, sampled_orders

D = Decimal
VAT_KEYS = ("_billing_vat_number", "_vat_number")


def components(found: RemoteOrder) -> Decimal:
    rows: list[Any] = [*found.lines, *found.charges]
    return sum((row.net for row in rows), D(0)) + found.totals.tax_total + found.totals.rounding


def test_samples_hold_orders() -> None:
    assert len(sampled_orders()) >= 4


@pytest.mark.parametrize(
    "payload", sampled_orders(), ids=lambda payload: f"order-{payload['id']}-{payload['status']}"
)
def test_sampled_order_sums_to_its_total_by_component(payload: dict[str, Any]) -> None:
    found = order_from_json(payload)

    assert components(found) == found.totals.grand_total == D(payload["total"])
    assert found.totals.rounding == 0
    assert total_differences(found) == []
    assert (
        found.totals.tax_total == found.totals.lines_tax + found.totals.shipping_tax + found.totals.fees_tax
    )
    both: list[Any] = [*found.lines, *found.charges]
    for row in both:
        assert sum((tax.amount for tax in row.taxes), D(0)) == row.tax


def test_real_order_is_read_whole() -> None:
    found = order_from_json(body("order_get"))

    assert (found.remote_id, found.number, found.currency, found.status) == ("17", "17", "EUR", "processing")
    assert found.created_at == found.updated_at == datetime(2026, 11, 20, 13, 51, 23, tzinfo=UTC)
    assert found.prices_include_tax is True
    assert found.customer.is_guest and found.customer.remote_id == ""
    assert found.customer.last_name == "Núñez"
    assert [(line.sku, line.quantity, line.net, line.tax) for line in found.lines] == [
        ("SKU-001", D(2), D("20.66"), D("4.34")),
        ("B-1", D(1), D("8.26"), D("1.74")),
    ]
    # The share comes as 4.338843; what the row says to the cent counts.
    assert [tax.amount for tax in found.lines[0].taxes] == [D("4.34")]
    assert found.lines[0].taxes[0].rate_percent == D(21)
    assert found.lines[0].attributes == {}
    assert [(charge.kind, charge.code, charge.net, charge.tax) for charge in found.charges] == [
        (ChargeKind.SHIPPING, "flat_rate", D("5.00"), D("1.05"))
    ]
    assert [(tax.name, tax.rate_percent, tax.amount) for tax in found.taxes] == [("IVA", D(21), D("7.13"))]
    payment = found.payments[0]
    assert (payment.code, payment.amount, payment.is_paid) == ("bacs", D("41.05"), True)
    assert payment.paid_at == datetime(2026, 11, 20, 13, 51, 23, tzinfo=UTC)
    assert found.financial_status is FinancialStatus.PAID


def test_documented_order_is_read_with_coupon_variation_and_tax_number() -> None:
    found = order_from_json(order(), tax_number_keys=VAT_KEYS)

    line = found.lines[0]
    assert (line.product_id, line.variant_id, line.sku) == ("301", "305", "SHIRT-RED-M")
    assert line.attributes == {"Color": "Red", "Size": "M"}
    assert (line.subtotal_net, line.net, line.discount_net, line.discount_tax) == (
        D(50),
        D(45),
        D(5),
        D("0.95"),
    )
    assert [(d.code, d.net, d.tax, d.in_lines) for d in found.discounts] == [("may5", D(5), D("0.95"), True)]
    assert found.customer.tax_number == "DE123456789"
    assert found.customer.company == "Weber KG"
    assert not found.customer.is_guest
    assert found.payments[0].transaction_id == "ch_1Ab"
    assert components(found) == D("59.38")
    assert total_differences(found) == []


def test_empty_shipping_address_is_the_billing_address() -> None:
    blank = dict.fromkeys(order()["shipping"], "")

    found = order_from_json(order(shipping=blank))

    assert found.shipping == found.billing


def test_shipping_address_as_empty_php_array_is_the_billing_address() -> None:
    assert order_from_json(order(shipping=[])).shipping.city == "Berlin"


def test_shipping_address_borrows_phone_and_mail_of_the_billing_address() -> None:
    found = order_from_json(order())

    assert (found.shipping.phone, found.shipping.email) == ("+49301234", "ana@example.com")


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("checkout-draft", OrderPhase.INCOMPLETE),
        ("auto-draft", OrderPhase.INCOMPLETE),
        ("trash", OrderPhase.INCOMPLETE),
        ("pending", OrderPhase.OPEN),
        ("on-hold", OrderPhase.OPEN),
        ("processing", OrderPhase.OPEN),
        ("packed-by-plugin", OrderPhase.OPEN),
        ("completed", OrderPhase.COMPLETE),
        ("refunded", OrderPhase.COMPLETE),
        ("cancelled", OrderPhase.CANCELLED),
        ("failed", OrderPhase.CANCELLED),
        ("wc-completed", OrderPhase.COMPLETE),
    ],
)
def test_status_gives_the_phase(status: str, phase: OrderPhase) -> None:
    assert order_from_json(order(status=status)).phase is phase


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, FinancialStatus.PAID),
        ({"date_paid_gmt": None, "transaction_id": ""}, FinancialStatus.UNPAID),
        (
            {"date_paid_gmt": None, "transaction_id": "", "status": "on-hold", "payment_method": "bacs"},
            FinancialStatus.UNPAID,
        ),
        ({"date_paid_gmt": None, "status": "on-hold"}, FinancialStatus.AUTHORISED),
        ({"date_paid_gmt": None, "status": "failed"}, FinancialStatus.FAILED),
        ({"refunds": [{"id": 1, "reason": "", "total": "-10.00"}]}, FinancialStatus.PARTLY_REFUNDED),
        ({"refunds": [{"id": 1, "reason": "", "total": "-59.38"}]}, FinancialStatus.REFUNDED),
        ({"status": "refunded"}, FinancialStatus.REFUNDED),
    ],
)
def test_payment_and_refunds_give_the_financial_status(
    changes: dict[str, Any], status: FinancialStatus
) -> None:
    assert order_from_json(order(**changes)).financial_status is status


def test_refunds_are_listed_and_leave_the_total_alone() -> None:
    found = order_from_json(order(refunds=[{"id": 4720, "reason": "broken", "total": "-26.78"}]))

    assert [(entry.remote_id, entry.total, entry.reason) for entry in found.returns] == [
        ("4720", D("26.78"), "broken")
    ]
    assert (found.totals.refunded_total, found.totals.grand_total) == (D("26.78"), D("59.38"))


def test_negative_fee_is_a_charge_below_zero() -> None:
    fee = {
        "id": 15,
        "name": "Loyalty",
        "total": "-10.00",
        "total_tax": "-1.90",
        "taxes": [{"id": 1, "total": "-1.9", "subtotal": ""}],
    }

    found = order_from_json(order(fee_lines=[fee], total="47.48", total_tax="7.58"))

    charge = found.charges[1]
    assert (charge.kind, charge.code, charge.net, charge.tax) == (
        ChargeKind.FEE,
        "Loyalty",
        D(-10),
        D("-1.90"),
    )
    assert charge.taxes[0].amount == D("-1.90")
    assert (found.totals.fees_net, found.totals.fees_tax) == (D(-10), D("-1.90"))
    assert components(found) == D("47.48")
    assert total_differences(found) == []


def test_two_tax_rates_of_a_row_sum_to_its_tax_exactly() -> None:
    payload = order()
    payload["line_items"][0] |= {
        "total_tax": "3.34",
        "taxes": [{"id": 1, "total": "1.665"}, {"id": 2, "total": "1.665"}, {"id": 3, "total": ""}],
    }
    payload["tax_lines"].append({"rate_id": 2, "label": "PST", "rate_percent": 7, "tax_total": "1.67"})

    taxes = order_from_json(payload).lines[0].taxes

    assert [tax.rate_id for tax in taxes] == ["1", "2"]
    assert sum(tax.amount for tax in taxes) == D("3.34")


def test_amounts_rounded_once_over_the_order_become_rounding() -> None:
    # Three lines of 3.333 net, each shown as 3.33 + 0.50; rounded once their sum is 10.00, a cent more.
    payload = order()
    line = payload["line_items"][0] | {
        "quantity": 1,
        "subtotal": "3.33",
        "subtotal_tax": "0.50",
        "total": "3.33",
    }
    line |= {"total_tax": "0.50", "taxes": [{"id": 1, "total": "0.49995"}], "price": 3.333333}
    payload |= {
        "line_items": [{**line, "id": n} for n in (1, 2, 3)],
        "shipping_lines": [],
        "coupon_lines": [],
        "discount_total": "0.00",
        "shipping_total": "0.00",
        "shipping_tax": "0.00",
        "total": "11.50",
        "total_tax": "1.50",
    }

    found = order_from_json(payload)

    assert found.totals.rounding == D("0.01")
    assert components(found) == D("11.50")
    assert total_differences(found) == []


@pytest.mark.parametrize(
    ("amounts", "tax", "total", "rounding"),
    [
        (("3", "3", "3"), "0", "10", "1"),  # 3 x 3.333 shown without decimals
        (("3.3", "3.3", "3.3"), "0.0", "10.0", "0.1"),
        (("3.33", "3.3", "3.33"), "0.0", "10.0", "0"),  # one amount has cents, so the shop counts in cents
    ],
)
def test_shop_that_shows_fewer_decimals_rounds_to_those(
    amounts: tuple[str, ...], tax: str, total: str, rounding: str
) -> None:
    payload = order()
    line = payload["line_items"][0] | {"quantity": 1, "subtotal_tax": tax, "total_tax": tax, "taxes": []}
    payload |= {
        "line_items": [
            {**line, "id": n, "subtotal": amount, "total": amount} for n, amount in enumerate(amounts, 1)
        ],
        "shipping_lines": [],
        "coupon_lines": [],
        "discount_total": "0",
        "discount_tax": "0",
        "shipping_total": "0",
        "shipping_tax": "0",
        "total": total,
        "total_tax": tax,
    }

    found = order_from_json(payload)

    assert found.totals.rounding == D(rounding)
    assert bool(total_differences(found)) is (rounding == "0")


def test_cent_that_no_unrounded_price_explains_is_no_rounding() -> None:
    payload = order()
    exact = [line | {"price": float(line["total"]) / line["quantity"]} for line in payload["line_items"]]

    found = order_from_json(order(line_items=exact, total="59.39"))

    assert found.totals.rounding == 0
    assert total_differences(found) == ["total: the shop says 59.39, its rows come to 59.38"]


def test_rate_of_a_line_that_is_discounted_away_is_kept() -> None:
    payload = order()
    payload["line_items"][0] |= {
        "total_tax": "0.00",
        "taxes": [{"id": 1, "total": "0", "subtotal": "4.92"}, {"id": 9, "total": "", "subtotal": ""}],
    }

    assert [tax.rate_id for tax in order_from_json(payload).lines[0].taxes] == ["1"]


def test_difference_beyond_rounding_is_left_for_the_proof() -> None:
    found = order_from_json(order(total="69.38"))

    assert found.totals.rounding == 0
    assert total_differences(found) == ["total: the shop says 69.38, its rows come to 59.38"]


def test_line_whose_product_is_gone_keeps_name_and_has_no_sku() -> None:
    payload = order()
    payload["line_items"][0] |= {"sku": None, "product_id": 0, "variation_id": 0}

    line = order_from_json(payload).lines[0]

    assert (line.sku, line.product_id, line.variant_id, line.name) == ("", "", "", "Shirt - Red, M")


def test_free_order_without_method_has_no_payment() -> None:
    payload = order(total="0.00", total_tax="0.00", payment_method="", payment_method_title="")

    assert order_from_json(payload).payments == ()


def test_plugin_meta_of_any_shape_is_passed_over() -> None:
    payload = order()
    payload["meta_data"] += [
        {"id": 1, "key": "x", "value": {"deep": [1, {"a": None}]}},
        {"id": 2, "key": None, "value": True},
        {"id": 3, "key": "_vat_number", "value": ["DE"]},
    ]
    payload["line_items"][0]["meta_data"] += [
        {"key": "_bundled_by", "value": "x"},
        {"key": "addons", "value": [{"name": "Engraving"}], "display_key": "addons", "display_value": ["x"]},
        {"key": "Note", "value": "a", "display_key": "Note", "display_value": "<p>Hello &amp; bye</p>"},
    ]

    found = order_from_json(payload, tax_number_keys=VAT_KEYS)

    assert found.lines[0].attributes == {"Color": "Red", "Size": "M", "Note": "Hello & bye"}
    assert found.customer.tax_number == "DE123456789"


def test_arabic_emoji_and_long_names_survive() -> None:
    payload = order()
    payload["billing"] |= {"first_name": "عبد الله", "last_name": "القحطاني", "city": "الرياض"}
    payload["line_items"][0]["name"] = "قميص 👕 " + "طويل" * 100

    found = order_from_json(payload)

    assert found.customer.first_name == "عبد الله"
    assert found.billing.city == "الرياض"
    assert found.lines[0].name == "قميص 👕 " + "طويل" * 100


def test_missing_fields_are_all_named() -> None:
    payload = order()
    del payload["total"], payload["currency"]
    payload["line_items"][0].pop("quantity")
    payload["line_items"][0]["total"] = "abc"

    with pytest.raises(InvalidPayload) as caught:
        order_from_json(payload)

    message = caught.value.message
    assert "total is missing" in message
    assert "currency is missing" in message
    assert "line_items.0.quantity is missing" in message
    assert "line_items.0.total" in message and "'abc' is not a number" in message
    assert caught.value.item == "4711"
    assert caught.value.cure


@pytest.mark.parametrize("payload", [None, [], "order", 17])
def test_something_else_than_an_order_is_refused(payload: Any) -> None:
    with pytest.raises(InvalidPayload, match="should be a JSON object"):
        order_from_json(payload)


def test_numbers_of_json_do_not_bring_binary_noise() -> None:
    payload = order()
    payload["line_items"][0] |= {"subtotal": 0.1 + 0.2, "total": 0.3, "total_tax": 0}

    line = order_from_json(payload).lines[0]

    assert line.net == D("0.3")
    assert line.subtotal_net == D("0.3")


@given(
    nets=st.lists(st.integers(-5000, 500_000), min_size=1, max_size=8),
    rate=st.sampled_from([0, 5, 7, 15, 19, 21]),
    nudge=st.integers(-1, 1),
)
def test_any_order_within_rounding_is_proved(nets: list[int], rate: int, nudge: int) -> None:
    payload = copy.deepcopy(order())
    template = payload["line_items"][0]
    lines, total_tax = [], D(0)
    for n, cents in enumerate(nets, start=1):
        net = D(cents) / 100
        exact = net * rate / 100
        tax = exact.quantize(D("0.01"))
        total_tax += tax
        lines.append(
            {
                **template,
                "id": n,
                "subtotal": str(net),
                "total": str(net),
                "subtotal_tax": str(tax),
                "total_tax": str(tax),
                "taxes": [{"id": 1, "total": str(exact)}],
            }
        )
    total_tax += D(nudge) / 100
    total = sum((D(cents) / 100 for cents in nets), D(0)) + total_tax
    payload |= {
        "line_items": lines,
        "shipping_lines": [],
        "coupon_lines": [],
        "discount_total": "0",
        "shipping_total": "0",
        "shipping_tax": "0",
        "total": str(total),
        "total_tax": str(total_tax),
    }

    found = order_from_json(payload)

    assert components(found) == total
    assert total_differences(found) == []
