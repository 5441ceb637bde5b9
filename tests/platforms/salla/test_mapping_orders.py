"""The figures of orders: what the API leaves open is found out, and what contradicts itself is held."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.salla.mapping_orders import order_from_json
from platforms.salla.options import SallaOptions
from platforms.types import FinancialStatus, OrderPhase, RemoteOrder
from sandbox.salla import SallaShop
from tests.contracts.bench import LONG_AGO
from tests.platforms.salla.bench import SallaBench

D = Decimal
OPTIONS = SallaOptions.read({})


def money(amount: str, currency: str = "SAR") -> dict[str, Any]:
    return {"amount": D(amount), "currency": currency}


#: The vendor's shapes with the figures of the fact sheet's example (section 16): 260 - 20 + 25 + 10, and 15 % on it.
SAMPLE: dict[str, Any] = {
    "id": 987654321,
    "reference_id": 40123,
    "date": {"date": "2026-11-08 10:15:30.000000", "timezone_type": 3, "timezone": "Asia/Riyadh"},
    "updated_at": {"date": "2026-11-08 10:16:02.000000", "timezone_type": 3, "timezone": "Asia/Riyadh"},
    "draft": False,
    "is_price_quote": False,
    "status": {"id": 566146469, "name": "بإنتظار المراجعة", "slug": "under_review", "customized": {"id": 770011, "name": "بإنتظار المراجعة"}},
    "payment_method": "cod",
    "is_pending_payment": False,
    "currency": "SAR",
    "total_weight": "٠٫٢٥ كجم",
    "amounts": {
        "sub_total": money("260"),
        "shipping_cost": money("25"),
        "cash_on_delivery": money("10"),
        "tax": {"percent": "15.00", "amount": money("41.25")},
        "discounts": [{"title": "WELCOME20", "type": "coupon", "code": "WELCOME20", "discount": "20.00", "discounted_shipping": 0}],
        "total": money("316.25"),
    },
    "customer": {"id": 44001, "first_name": "نورة", "last_name": "السالم", "mobile": 555000111, "mobile_code": "+966", "email": "noura@example.com", "country_code": "SA", "city": "الرياض"},
    "shipping": {"id": 9001, "company": "Demo Express", "receiver": {"name": "نورة السالم", "email": "noura@example.com", "phone": "966555000111"}, "address": {"country_code": "SA", "city": "الرياض", "shipping_address": "شارع العليا", "street_number": "12", "block": "العليا", "postal_code": "12211"}},
    "items": [{"id": 7001, "name": "قميص قطني", "sku": "TSH-BLK-M", "quantity": 2, "currency": "SAR", "amounts": {"price_without_tax": money("130"), "total_discount": money("20"), "tax": {"percent": "15.00", "amount": money("36")}, "total": money("260")}, "product": {"id": 310001, "type": "product", "sku": "TSH"}, "options": [{"id": 1, "name": "المقاس", "value": [{"id": 62002, "name": "M", "price": money("0")}]}]}],
    "tags": [],
}  # fmt: skip


def rows_total(order: RemoteOrder) -> Decimal:
    rows: list[Any] = [*order.lines, *order.charges]
    return sum((row.net + row.tax for row in rows), D(0)) + order.totals.rounding


def read(**changes: Any) -> RemoteOrder:
    return order_from_json({**deepcopy(SAMPLE), **changes}, OPTIONS)


def test_example_of_the_sheet_is_one_discount_and_not_two() -> None:
    order = read()

    (line,) = order.lines
    assert (line.subtotal_net, line.net, line.tax, line.discount_net) == (D(260), D(240), D(36), D(20))
    assert [(c.kind.value, c.net, c.tax) for c in order.charges] == [("shipping", D(25), D("3.75")), ("payment_fee", D(10), D("1.50"))]  # fmt: skip
    assert [(d.code, d.net, d.in_lines) for d in order.discounts] == [("WELCOME20", D(20), True)]
    assert rows_total(order) == order.totals.grand_total == D("316.25")
    assert (order.remote_id, order.number) == ("987654321", "40123")
    assert order.created_at.isoformat() == "2026-11-08T07:15:30+00:00"
    assert (order.customer.phone, order.shipping.phone) == ("+966555000111", "+966555000111")
    assert line.attributes == {"المقاس": "M"}
    assert (order.financial_status, order.phase) == (FinancialStatus.UNPAID, OrderPhase.OPEN)


def test_prices_per_line_are_told_by_the_subtotal() -> None:
    items = deepcopy(SAMPLE["items"])
    items[0]["amounts"]["price_without_tax"] = money("260")

    assert read(items=items).lines[0].subtotal_net == D(260)


def test_lines_that_do_not_come_to_the_subtotal_leave_the_order_for_review() -> None:
    items = deepcopy(SAMPLE["items"])
    items[0]["amounts"]["price_without_tax"] = money("111")

    with pytest.raises(InvalidPayload) as caught:
        read(items=items)
    assert caught.value.code == "figures_contradict" and "222" in caught.value.message and caught.value.cure


def test_discounts_that_explain_nothing_leave_the_order_for_review() -> None:
    amounts = deepcopy(SAMPLE["amounts"])
    amounts["total"] = money("300")

    with pytest.raises(InvalidPayload) as caught:
        read(amounts=amounts)
    assert caught.value.code == "figures_contradict"


def test_discount_of_the_order_alone_is_spread_over_its_lines() -> None:
    items = deepcopy(SAMPLE["items"])
    items[0]["amounts"]["total_discount"] = money("0")
    items[0]["amounts"].pop("tax")

    order = read(items=items)

    assert (order.lines[0].net, order.lines[0].tax) == (D(240), D("36.00"))
    assert rows_total(order) == D("316.25")


def test_three_decimals_survive() -> None:
    kwd = "KWD"
    items = [{"id": 1, "name": "عطر", "sku": "P", "quantity": 3, "amounts": {"price_without_tax": money("1.235", kwd), "total_discount": money("0", kwd)}}]  # fmt: skip
    amounts = {"sub_total": money("3.705", kwd), "shipping_cost": money("1.500", kwd), "tax": {"percent": "0.00", "amount": money("0", kwd)}, "discounts": [], "total": money("5.205", kwd)}  # fmt: skip

    order = read(currency=kwd, items=items, amounts=amounts)

    assert rows_total(order) == order.totals.grand_total == D("5.205")
    assert order.lines[0].taxes[0].rate_percent == 0


def test_drafts_quotes_and_cancelled_orders_are_what_they_are() -> None:
    assert read(draft=True).phase is OrderPhase.INCOMPLETE
    assert read(is_price_quote=True).phase is OrderPhase.INCOMPLETE
    assert read(status={"id": 1, "slug": "canceled"}).phase is OrderPhase.CANCELLED
    assert read(status={"id": 99911771, "slug": None}).status == "deleted"


def test_custom_status_is_the_one_above_unless_it_is_to_be_told_apart() -> None:
    status = {
        "id": 1939592358,
        "name": "قيد التنفيذ",
        "slug": "in_progress",
        "customized": {"id": 77, "name": "جاهز للتغليف"},
    }
    apart = SallaOptions.read({"custom_statuses": True})

    assert read(status=status).status == "in_progress"
    assert order_from_json({**SAMPLE, "status": status}, apart).status == "in_progress/77"
    assert order_from_json(SAMPLE, apart).status == "under_review"


@pytest.mark.parametrize("options", [
    {}, {"line_amounts": "line"}, {"line_discounts": False}, {"line_tax": False}, {"line_tax": False, "line_discounts": False},
])  # fmt: skip
def test_every_kind_of_order_of_the_demo_store_comes_to_its_total(options: dict[str, Any]) -> None:
    with SallaShop(seed="demo", items=60, orders=40, webhook_delay=None, **options) as shop:
        bench = SallaBench(shop)
        with bench.adapter() as adapter:
            orders = list(adapter.iter_orders(modified_from=LONG_AGO))
        totals = {str(n): row["_total"] for n, row in shop.store.orders.items()}

    assert len(orders) == 40
    for order in orders:
        assert isinstance(order, RemoteOrder), order
        assert rows_total(order) == order.totals.grand_total == totals[order.remote_id]
        assert sum((tax.amount for tax in order.taxes), D(0)) == order.totals.tax_total
        assert order.totals.rounding == 0


def test_restored_orders_are_returns_and_what_is_not_told_is_a_finding(bench: SallaBench) -> None:
    shop = bench.shop
    shop.add_product(sku="CUP", price="10.00", quantity=50)
    shop.add_product(sku="BOX", price="20.00", quantity=50)
    whole = shop.place_order([{"sku": "CUP", "quantity": 2}])
    part = shop.place_order([{"sku": "CUP", "quantity": 1}, {"sku": "BOX", "quantity": 2}])
    shop.set_order_status(whole["id"], "restored")
    shop.refund(part["id"], {part["items"][0]["id"]: 1})

    with bench.adapter() as adapter:
        (all_of_it,) = adapter.get_returns(str(whole["id"]))
        (one,) = adapter.get_returns(str(part["id"]))
        assert adapter.findings == ()
        shop.refund(part["id"], {part["items"][1]["id"]: 1})
        assert adapter.get_returns(str(part["id"])) == []
        (finding,) = adapter.findings

    assert all_of_it.total == D("51.75") and all_of_it.unexplained == 0
    assert [(line.sku, line.quantity) for line in one.lines] == [("CUP", D(1))]
    assert one.total == D("11.50")
    assert finding.code == "return_not_told" and finding.cure
