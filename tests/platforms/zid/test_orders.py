"""Orders in: every kind to the cent, changed ones without a list of changed ones, and what each reading costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload, NotFound
from platforms.types import (
    ChargeKind,
    FinancialStatus,
    OrderPhase,
    OrderReadFailure,
    RemoteCharge,
    RemoteOrder,
    RemoteOrderLine,
)
from platforms.zid.mapping_orders import canonical_status, order_from_json, phone_of
from platforms.zid.options import ZidOptions
from platforms.zid.sold_lines import sold_lines
from sandbox.zid import ZidShop
from tests.contracts.bench import LONG_AGO
from tests.platforms.zid.bench import ZidBench

D = Decimal
LIST, VIEW = "GET /v1/managers/store/orders", "GET /v1/managers/store/orders/{id}/view"


def proved(order: RemoteOrder) -> Decimal:
    """What of the order's total its rows do not explain."""
    rows: list[RemoteOrderLine | RemoteCharge] = [*order.lines, *order.charges]
    outside = [discount for discount in order.discounts if not discount.in_lines]
    total = sum((row.net for row in rows), D(0)) + order.totals.tax_total + order.totals.rounding
    return order.totals.grand_total - total + sum((discount.net for discount in outside), D(0))


def test_every_kind_of_order_of_the_demo_shop_is_proved_to_the_cent() -> None:
    with ZidShop("demo", items=300, orders=80, webhook_delay=None) as shop:
        with ZidBench(shop).adapter() as adapter:
            found = list(adapter.iter_orders(modified_from=LONG_AGO))
        marks = shop.store.demo_tags

    orders = [order for order in found if isinstance(order, RemoteOrder)]
    assert len(orders) == len(found) == 80 - 2  # two are not placed yet
    assert {order.remote_id: proved(order) for order in orders if proved(order)} == {}
    for order in orders:
        rows: list[RemoteOrderLine | RemoteCharge] = [*order.lines, *order.charges]
        assert sum((row.tax for row in rows), D(0)) == order.totals.tax_total, order.remote_id
        assert sum((tax.amount for tax in order.taxes), D(0)) == order.totals.tax_total, order.remote_id
        for row in rows:
            assert sum((tax.amount for tax in row.taxes), D(0)) == row.tax, order.remote_id
        given = sum((discount.net for discount in order.discounts), D(0))
        assert abs(given - order.totals.discount_net) < D("0.0001"), order.remote_id
        assert order.prices_include_tax is ("tax_included" in marks[int(order.remote_id)])
    seen = {mark for order in orders for mark in marks[int(order.remote_id)]}
    assert {"coupon_fixed", "loyalty", "refund_full", "additions", "foreign_currency", "mixed_rates"} <= seen


def test_changed_orders_cost_one_list_and_one_page_or_a_view_each(bench: ZidBench) -> None:
    made = [bench.order() for _ in range(120)]
    bench.shop.advance(60)
    since = datetime.now(UTC) + timedelta(seconds=30)
    bench.touch_order(made[3])
    bench.shop.counters.reset()
    with bench.adapter() as adapter:
        one = [order.remote_id for order in adapter.iter_orders(modified_from=since)]
        cost_of_one = (bench.shop.counters.calls(LIST), bench.shop.counters.calls(VIEW))
        for remote_id in made[:90]:
            bench.touch_order(remote_id)
        bench.shop.counters.reset()
        many = [order.remote_id for order in adapter.iter_orders(modified_from=since)]

    assert one == [made[3]] and cost_of_one == (2, 1)
    assert sorted(many) == sorted(made[:90])
    assert (bench.shop.counters.calls(LIST), bench.shop.counters.calls(VIEW)) == (3, 0)


def test_open_orders_from_before_the_days_are_compared_by_their_status(bench: ZidBench) -> None:
    old = [bench.order() for _ in range(8)]
    bench.shop.advance(30 * 86_400)
    since = datetime.now(UTC) + timedelta(days=30) - timedelta(seconds=5)
    bench.touch_order(old[0])
    bench.shop.set_order_status(int(old[1]), "delivered")
    bench.shop.set_order_status(int(old[2]), "cancelled")
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        plain = list(adapter.iter_orders(modified_from=since))
        bench.shop.counters.reset()
        found = {
            order.remote_id for order in adapter.iter_orders(modified_from=since, open_orders=lambda: old)
        }

    assert plain == []
    assert found == set(old[:3])
    assert (bench.shop.counters.calls(LIST), bench.shop.counters.calls(VIEW)) == (5, 3)


def test_few_open_orders_are_viewed(bench: ZidBench) -> None:
    old = bench.order()
    bench.shop.advance(30 * 86_400)
    since = datetime.now(UTC) + timedelta(days=30)

    with bench.adapter() as adapter:
        found = list(adapter.iter_orders(modified_from=since, open_orders=lambda: [old]))

    assert [order.remote_id for order in found] == [old]


def test_orders_created_since_a_moment(bench: ZidBench) -> None:
    bench.order()
    bench.shop.advance(3600)
    later = bench.order()

    with bench.adapter() as adapter:
        found = adapter.iter_orders(created_from=datetime.now(UTC) + timedelta(seconds=1800))
        assert [order.remote_id for order in found] == [later]


def test_orders_of_a_list_without_lines_are_viewed_and_never_taken_for_empty(bench: ZidBench) -> None:
    """`payload_type=default` promises lines; where it keeps no promise the orders are read one by one."""
    made = [bench.order() for _ in range(3)]
    inner = bench.shop.app.answer

    def answer(request: Any) -> Any:
        request.target = request.target.replace("payload_type=default", "payload_type=simple")
        return inner(request)

    bench.shop.app.answer = answer  # type: ignore[method-assign]
    with bench.adapter() as adapter:
        found = list(adapter.iter_orders(modified_from=LONG_AGO))

    assert [order.remote_id for order in found] == made
    assert all(isinstance(order, RemoteOrder) and order.lines for order in found)
    assert bench.shop.counters.calls(VIEW) == 3


def test_order_of_another_shape_is_kept_with_what_it_sells(bench: ZidBench) -> None:
    bench.order()
    bench.fail("drop_field", field="total")

    with bench.adapter() as adapter:
        (found,) = adapter.iter_orders(modified_from=LONG_AGO)

    assert isinstance(found, OrderReadFailure)
    assert found.sold is not None and [(line.sku, line.quantity) for line in found.sold] == [("BENCH", D(1))]


def test_unknown_ids_are_told_without_a_call(bench: ZidBench) -> None:
    with bench.adapter() as adapter, pytest.raises(NotFound):
        adapter.get_order("../../")

    assert bench.calls == 0


# ---------------------------------------------------------------- mapping

OPTIONS = ZidOptions.read({})


def example(**more: Any) -> dict[str, Any]:
    """The order of the fact sheet, section 16: VAT 15 % included, with a fee of an unknown code."""

    def total(code: str, value: str, title: str) -> dict[str, str]:
        return {"code": code, "value": f"{value}000000000000", "value_string": f"{value} SAR", "title": title}

    return {
        "id": 48100231, "invoice_number": 48100231, "code": "k7Qm2ZtR4w", "store_id": 90210,
        "order_status": {"name": "New", "code": "new"}, "currency_code": "SAR",
        "customer": {"id": 7001, "name": "Noura Salem", "email": "noura@example.com", "mobile": "966555000111", "note": "",
                     "type": "individual"},
        "order_total": "356.50000000000000", "transaction_amount": 356.5, "payment_status": "pending",
        "created_at": "2026-11-08 07:15:30", "updated_at": "2026-11-08 07:15:30", "issue_date": "08-11-2026 | 10:15 ص",
        "shipping": {
            "method": {"id": 432480, "name": "Demo Express", "code": "demo", "waybill": None,
                       "tracking": {"number": None, "status": None, "url": None}},
            "address": {"formatted_address": "King Fahd Rd 12, Riyadh", "street": "King Fahd Rd", "district": "Olaya",
                        "meta": {"postcode": "12211", "building_number": "12"}, "city": {"id": 1, "name": "Riyadh"},
                        "country": {"id": 184, "name": "Saudi Arabia", "code": "SA"}}},
        "payment": {
            "method": {"name": "Cash On Delivery", "code": "zid_cod", "type": "zid_cod"},
            "invoice": [
                total("sub_totals_before_vat", "280.00", "Total without VAT"), total("shipping", "20.00", "Shipping"),
                total("cod_fee_example", "10.00", "COD fee"), total("taxable_amount", "310.00", "Taxable amount"),
                total("vat", "46.50", "VAT (%15)"), total("sub_totals_after_vat", "356.50", "Total Inc. VAT"),
                total("total", "356.50", "Total")]},
        "coupon": None,
        "products": [{
            "id": "5d0f4c1e-8b1f-4f0a-9c55-2b6f3f0a1101", "order_product_id": 61001,
            "parent_id": "0c9e2f50-77aa-4a51-9b52-9a4f10b8c001", "name": "Cotton shirt - M", "sku": "TSH-BLK-M", "quantity": 2,
            "is_taxable": True, "is_discounted": False, "discounts": [], "net_price": 140, "gross_price": 161,
            "net_sale_price": None, "gross_sale_price": None, "tax_percentage": 0.15, "tax_amount": "21.00000000000000",
            "price": 161, "total": 322, "discounted_total": 322, "options": []}],
        **more,
    }  # fmt: skip


def read(payload: Mapping[str, Any]) -> RemoteOrder:
    return order_from_json(payload, OPTIONS)


def test_order_of_the_fact_sheet() -> None:
    order = read(example())

    (line,) = order.lines
    assert (line.sku, line.quantity, line.net, line.tax) == ("TSH-BLK-M", D(2), D("280.00"), D("42.00"))
    assert (line.product_id[:8], line.variant_id[:8], line.remote_id) == ("0c9e2f50", "5d0f4c1e", "61001")
    assert [(tax.rate_percent, tax.amount) for tax in line.taxes] == [(D(15), D("42.00"))]
    assert [(c.kind, c.code, c.net, c.tax) for c in order.charges] == [
        (ChargeKind.SHIPPING, "Demo Express", D("20.00"), D("3.00")),
        (ChargeKind.PAYMENT_FEE, "cod_fee_example", D("10.00"), D("1.50")),
    ]
    assert (order.totals.grand_total, order.totals.tax_total, proved(order)) == (
        D("356.50"),
        D("46.50"),
        D(0),
    )
    assert (order.phase, order.financial_status) == (OrderPhase.OPEN, FinancialStatus.UNPAID)
    assert order.created_at == datetime(2026, 11, 8, 7, 15, 30, tzinfo=UTC)
    assert (order.billing.first_name, order.billing.last_name) == ("Noura Salem", "")
    assert (order.billing.phone, order.billing.country, order.billing.line2) == (
        "+966555000111",
        "SA",
        "Olaya, 12",
    )
    assert [(p.code, p.amount, p.is_paid) for p in order.payments] == [("zid_cod", D("356.50"), False)]
    assert order.prices_include_tax


def test_recorded_order_with_loyalty_points_and_noise() -> None:
    """Recorded: 161.29 - 1 + 20 = 180.29; x 24 % = 43.27; total 223.56, with noise after the cents."""
    payload = example(order_total="223.56000086523000")
    payload["products"][0] |= {
        "quantity": 1, "net_price": "161.29032327841000", "gross_price": 200.00000086523, "tax_percentage": 0.24, "price": 200.00000086523,
        "discounts": {"loyalty_points": {"amount": 1, "percentage": 0.62, "unit_amount": 1}}, "discounted_total": 198.76,
    }  # fmt: skip
    payload["payment"]["invoice"] = [
        {"code": code, "value": value, "title": title}
        for code, value, title in (
            ("sub_totals_before_vat", "161.29032327841000", "Total without VAT"),
            ("loyalty_redemption", "-1.00000000000000", "Loyalty"),
            ("sub_totals_after_loyalty_redemption_discount", "160.29032327841000", "After"),
            ("shipping", "20.00000000000000", "Shipping"),
            ("taxable_amount", "180.29032327841000", "Taxable"),
            ("vat", "43.26967758681800", "VAT (%24)"),
            ("total", "223.56000086523000", "Total"),
        )
    ]

    order = read(payload)

    assert (order.totals.grand_total, order.totals.tax_total, proved(order)) == (
        D("223.56"),
        D("43.27"),
        D(0),
    )
    (line,) = order.lines
    assert (line.net, line.subtotal_net, line.discount_net) == (D("160.29"), D("161.29"), D("1.00"))
    assert [(d.code, d.in_lines, d.net) for d in order.discounts] == [("loyalty_points", True, D("1.00"))]
    assert [tax.rate_percent for tax in order.taxes] == [D(24)]


def test_shipping_without_tax_is_seen_by_the_tax_of_the_order() -> None:
    payload = example(order_total="352.00000000000000")
    rows = {row["code"]: row for row in payload["payment"]["invoice"]}
    rows["vat"]["value"], rows["total"]["value"] = "42.00", "352.00"

    order = read(payload)

    assert {charge.tax for charge in order.charges} == {D(0)}
    assert all(charge.taxes == () for charge in order.charges)
    assert proved(order) == 0


def test_discount_that_no_line_has_stands_beside_them() -> None:
    payload = example(order_total="345.00000000000000")
    rows = payload["payment"]["invoice"]
    rows.insert(1, {"code": "bundle_offer", "value": "-10.00", "title": "Offer"})
    named = {row["code"]: row for row in rows}
    named["vat"]["value"], named["total"]["value"] = "45.00", "345.00"

    order = read(payload)

    assert [(d.code, d.net, d.tax, d.in_lines) for d in order.discounts] == [
        ("bundle_offer", D("10.00"), D("1.50"), False)
    ]
    assert proved(order) == 0


def test_total_that_the_rows_do_not_explain_is_left_standing() -> None:
    """Then the order is held, and nothing is made up to explain it."""
    assert proved(read(example(order_total="400.00000000000000"))) == D("43.50")


@pytest.mark.parametrize(
    ("entry", "after"),
    [
        ({"code": "wallet_example", "value": "-5.00000000000000", "title": "Wallet"}, "sub_totals_after_vat"),
        (
            {"code": "donation_example", "value": "5.00000000000000", "title": "Donation"},
            "sub_totals_after_vat",
        ),
        ({"code": "engraving_example", "value": "4.00000000000000", "title": "Engraving"}, "shipping"),
    ],
)
def test_unknown_codes_of_the_totals_are_booked_and_the_order_adds_up(
    entry: dict[str, Any], after: str
) -> None:
    """Before the taxed sum a code bears tax, behind it none; what it is called does not matter."""
    payload = example()
    rows = payload["payment"]["invoice"]
    rows.insert(next(n for n, row in enumerate(rows) if row["code"] == after) + 1, entry)
    more = D(entry["value"])
    gross = more * D("1.15") if after == "shipping" else more
    sums = {"order_total": gross, "vat": gross - more}
    for row in rows:
        if row["code"] in ("total", "vat"):
            row["value"] = str(D(row["value"]) + (gross if row["code"] == "total" else sums["vat"]))
    payload["order_total"] = str(D(payload["order_total"]) + gross)

    order = read(payload)

    beside = sum((d.net + d.tax for d in order.discounts if not d.in_lines), D(0))
    rows_total = sum((line.net + line.tax for line in order.lines), D(0))
    charges = sum((charge.net + charge.tax for charge in order.charges), D(0))
    assert rows_total + charges - beside == order.totals.grand_total == D("356.50") + gross
    told = {charge.code for charge in order.charges} | {discount.code for discount in order.discounts}
    assert entry["code"] in told


def test_dinars_have_three_decimals() -> None:
    payload = example(currency_code="KWD", order_total="2.30115000000000")
    payload["products"][0] |= {"quantity": 3, "net_price": 0.667, "gross_price": 0.76705, "price": 0.76705}
    payload["payment"]["invoice"] = [
        {"code": "sub_totals_before_vat", "value": "2.001", "title": ""},
        {"code": "vat", "value": "0.30015", "title": "VAT (%15)"},
        {"code": "total", "value": "2.30115", "title": ""},
    ]

    order = read(payload)

    assert (order.totals.grand_total, order.totals.tax_total) == (D("2.301"), D("0.300"))
    assert proved(order) == 0


def test_zero_rated_and_untaxed_lines_are_told_apart() -> None:
    payload = example()
    payload["products"][0] |= {"tax_percentage": 0, "is_taxable": True}
    zero = read(payload).lines[0]
    payload["products"][0] |= {"is_taxable": False}
    exempt = read(payload).lines[0]

    assert [(tax.rate_percent, tax.amount) for tax in zero.taxes] == [(D(0), D(0))]
    assert exempt.taxes == ()


def test_placeholder_mail_consignee_company_and_location() -> None:
    payload = example(
        has_different_consignee=True,
        consignee={"name": "أم محمد", "mobile": "966500000777", "email": None},
        inventory_address={"id": "8ee590aad02d4c509184f628bb8b0001"},
        is_guest_customer=True,
    )
    payload["customer"] |= {
        "email": "u123@zid.sa",
        "type": "business",
        "business_name": "مؤسسة الأفق",
        "tax_number": "310 122 393 500 003",
    }

    order = read(payload)

    assert (order.customer.email, order.customer.remote_id, order.customer.is_guest) == ("", "", True)
    assert (order.customer.company, order.customer.tax_number) == ("مؤسسة الأفق", "310122393500003")
    assert (order.shipping.first_name, order.shipping.phone) == ("أم محمد", "+966500000777")
    assert order.shipping.city == order.billing.city == "Riyadh"
    assert order.location_id == "8ee590aa-d02d-4c50-9184-f628bb8b0001"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("canceled", "cancelled"),
        ("inDelivery", "indelivery"),
        ("processingReverse", "reverse_in_progress"),
        ("canceledReversal", "delivered"),
        ("REVERSED", "reversed"),
        ("refunded", "reversed"),
        ("awaiting-tailor", "awaiting-tailor"),
    ],
)
def test_spellings_of_statuses(given: str, wanted: str) -> None:
    assert canonical_status(given) == wanted


def test_status_code_that_is_a_number_is_read_by_its_name() -> None:
    assert read(example(order_status={"code": 4, "name": "In Delivery"})).status == "indelivery"


def test_zone_of_orders_is_a_setting() -> None:
    options = ZidOptions.read({"order_timezone": "Asia/Riyadh"})

    assert order_from_json(example(), options).created_at == datetime(2026, 11, 8, 4, 15, 30, tzinfo=UTC)


def test_faults_of_an_order_are_all_named() -> None:
    payload = example(order_total="", created_at=None)

    with pytest.raises(InvalidPayload) as caught:
        read(payload)

    assert "order_total" in caught.value.message and "created_at" in caught.value.message
    with pytest.raises(InvalidPayload):
        read(example(created_at="yesterday"))


def test_cancelled_orders_sell_nothing_and_phones_keep_their_form() -> None:
    assert sold_lines(example(order_status={"code": "canceled"})) == ()
    assert sold_lines({"order_status": {"code": "new"}}) is None
    assert [phone_of(text) for text in ("0500000001", "+966500000001", "")] == [
        "0500000001",
        "+966500000001",
        "",
    ]


# ---------------------------------------------------------------- returns


def test_credit_notes_are_the_returns_of_an_order(bench: ZidBench) -> None:
    order = bench.order()
    with bench.adapter() as adapter:
        line = int(adapter.get_order(order).lines[0].remote_id)
        bench.shop.refund(int(order), {line: 1}, reason="تالف")
        bench.shop.counters.reset()
        (found,) = adapter.get_returns(order)
        calls = bench.calls
        whole = adapter.get_order(order)
        (listed,) = adapter.iter_returns(modified_from=LONG_AGO)

    assert calls == 2
    assert (found.total, found.reason, found.unexplained) == (D("11.50"), "تالف", D(0))
    assert found.paid_back is None
    assert [(row.order_line_id, row.quantity, row.net, row.tax) for row in found.lines] == [
        (str(line), D(1), D("10.00"), D("1.50"))
    ]
    assert whole.returns == (found,) == (listed,)
    assert (whole.status, whole.financial_status) == ("reversed", FinancialStatus.REFUNDED)


def test_returns_of_orders_from_long_before_are_found_by_their_status(bench: ZidBench) -> None:
    old = bench.order()
    bench.shop.advance(40 * 86_400)
    since = datetime.now(UTC) + timedelta(days=40) - timedelta(seconds=5)
    for _ in range(3):
        bench.order()
    (line,) = bench.shop.order(int(old))["products"]
    bench.shop.refund(int(old), {line["order_product_id"]: 1})
    bench.shop.counters.reset()

    with bench.adapter() as adapter:
        found = list(adapter.iter_returns(modified_from=since))

    assert [entry.order_remote_id for entry in found] == [old]
    assert (bench.shop.counters.calls(LIST), bench.calls) == (3, 5)
