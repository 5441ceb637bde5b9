"""What an order of the shop becomes: figures to the cent, whatever was edited, refunded, discounted or paid with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.shopify.adapter import ShopifyAdapter
from platforms.shopify.ids import gid, number_of
from platforms.types import (
    ChargeKind,
    DiscountKind,
    FinancialStatus,
    OrderPhase,
    PaymentKind,
    RemoteOrder,
)
from sandbox.shopify import ShopifyShop
from tests.contracts.bench import LONG_AGO
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal


@pytest.fixture
def adapter(bench: ShopifyBench) -> Any:
    with bench.adapter() as adapter:
        yield adapter


@pytest.fixture
def goods(shop: ShopifyShop) -> None:
    for sku, price in (("A", "100.00"), ("B", "30.00"), ("C", "9.99")):
        shop.add_product(sku=sku, price=price, stock=100)


def read(adapter: ShopifyAdapter, placed: dict[str, Any]) -> RemoteOrder:
    order = adapter.get_order(number_of(placed["id"]))
    both: list[Any] = [*order.lines, *order.charges]
    rows = sum((row.net + row.tax for row in both), D(0))
    assert rows + order.totals.rounding == order.totals.grand_total
    return order


@pytest.mark.usefixtures("goods")
class TestAmounts:
    def test_prices_without_tax(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        order = read(
            adapter,
            shop.place_order([{"sku": "A", "quantity": 2}], shipping={"title": "Post", "price": "20.00"}),
        )

        line, shipping = order.lines[0], order.charges[0]
        assert (line.net, line.tax, line.subtotal_net) == (D("200.00"), D("30.00"), D("200.00"))
        assert [(tax.rate_percent, tax.amount) for tax in line.taxes] == [(D(15), D("30.00"))]
        assert (shipping.kind, shipping.net, shipping.tax) == (ChargeKind.SHIPPING, D("20.00"), D("3.00"))
        assert (order.totals.grand_total, order.totals.tax_total) == (D("253.00"), D("33.00"))
        assert not order.prices_include_tax

    def test_prices_with_tax(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        order = read(adapter, shop.place_order([{"sku": "A", "quantity": 1}], prices_include_tax=True))

        assert (order.lines[0].net, order.lines[0].tax) == (D("86.96"), D("13.04"))
        assert order.totals.grand_total == D("100.00") + sum((c.net + c.tax for c in order.charges), D(0))

    def test_discount_of_the_whole_order_is_spread_and_told_by_its_code(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        order = read(
            adapter,
            shop.place_order(
                [{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1}],
                discounts=[{"code": "TEN", "percent": 10}],
            ),
        )

        assert [line.discount_net for line in order.lines] == [D("10.00"), D("3.00")]
        assert [(d.code, d.kind, d.net, d.in_lines) for d in order.discounts] == [
            ("TEN", DiscountKind.COUPON, D("13.00"), True)
        ]
        assert order.totals.discount_net == D("13.00")

    def test_two_discounts_share_a_line_to_the_cent(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        order = read(
            adapter,
            shop.place_order(
                [{"sku": "C", "quantity": 3}],
                discounts=[{"code": "TEN", "percent": 10}, {"manual": "Friend", "amount": "1.00"}],
                prices_include_tax=True,
            ),
        )

        line = order.lines[0]
        assert sum((d.net for d in order.discounts), D(0)) == line.discount_net > 0
        assert sum((d.tax for d in order.discounts), D(0)) == line.discount_tax
        assert {d.kind for d in order.discounts} == {DiscountKind.COUPON, DiscountKind.HEADER}

    def test_gift_of_the_shop_costs_nothing_and_says_what_it_would_have(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        order = read(
            adapter,
            shop.place_order([{"sku": "B", "quantity": 1}], discounts=[{"code": "FREE", "percent": 100}]),
        )

        line = order.lines[0]
        assert (line.net, line.subtotal_net) == (D(0), D("30.00"))
        assert line.discount_net == D("30.00")

    def test_tip_is_a_charge_and_no_line(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        for as_line in (True, False):
            placed = shop.place_order([{"sku": "B", "quantity": 1}], tip="5.00", tip_as_line=as_line)
            order = read(adapter, placed)

            assert [line.sku for line in order.lines] == ["B"]
            assert [c.net for c in order.charges if c.kind is ChargeKind.TIP] == [D("5.00")]

    def test_tip_is_told_alike_in_a_list(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        shop.place_order([{"sku": "B", "quantity": 1}], tip="5.00")

        (order,) = adapter.iter_orders(modified_from=LONG_AGO)

        assert isinstance(order, RemoteOrder)
        assert [c.kind for c in order.charges if c.kind is ChargeKind.TIP] == [ChargeKind.TIP]

    def test_duties_are_a_charge(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        order = read(adapter, shop.place_order([{"sku": "A", "quantity": 1}], duties="12.00"))

        assert [c.net for c in order.charges if c.kind is ChargeKind.DUTY] == [D("12.00")]

    def test_three_decimals(self) -> None:
        with ShopifyShop(webhook_delay=None, currency="KWD", tax_rate=D("0.05")) as shop:
            shop.add_product(sku="K", price="1.235", stock=9)
            with ShopifyBench(shop).adapter() as adapter:
                order = read(adapter, shop.place_order([{"sku": "K", "quantity": 3}]))

        assert order.lines[0].net == D("3.705")
        assert order.currency == "KWD"

    def test_money_is_the_shops_and_the_buyers_is_told_beside_it(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        order = read(adapter, shop.place_order([{"sku": "A", "quantity": 1}], currency="USD", rate=D("0.25")))

        assert (order.currency, order.presentment_currency) == ("SAR", "USD")
        assert order.presentment_total == order.totals.grand_total * D("0.25")


@pytest.mark.usefixtures("goods")
class TestEditsAndRefunds:
    def test_removed_units_take_their_discount_with_them(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 4}], discounts=[{"code": "TEN", "percent": 10}])
        order = read(adapter, shop.edit_order(placed["id"], {"A": 1}))

        line = order.lines[0]
        assert (line.quantity, line.subtotal_net, line.net, line.tax) == (
            D(1),
            D("100.00"),
            D("90.00"),
            D("13.50"),
        )
        assert order.discounts[0].net == D("10.00")
        assert order.totals.grand_total == shop.totals(placed["id"])["current_total"]

    def test_added_line_counts(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 1}])
        order = read(adapter, shop.edit_order(placed["id"], add=[{"sku": "B", "quantity": 2}]))

        assert [(line.sku, line.quantity) for line in order.lines] == [("A", D(1)), ("B", D(2))]
        assert order.totals.grand_total == shop.totals(placed["id"])["current_total"]

    def test_line_that_was_removed_is_gone(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1}])
        order = read(adapter, shop.edit_order(placed["id"], {"B": 0}))

        assert [line.sku for line in order.lines] == ["A"]

    def test_refund_leaves_the_order_whole_and_is_a_return(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 3}])
        before = read(adapter, placed)
        shop.refund(placed["id"], lines={"A": 1}, restock="RETURN", note="broken")
        order = read(adapter, placed)

        assert order.lines == before.lines
        assert order.totals.grand_total == before.totals.grand_total
        (back,) = order.returns
        assert [(line.sku, line.quantity, line.net, line.tax) for line in back.lines] == [
            ("A", D(1), D("100.00"), D("15.00"))
        ]
        assert (back.total, back.restock, back.paid_back, back.reason) == (D("115.00"), True, True, "broken")
        assert order.financial_status is FinancialStatus.PARTLY_REFUNDED
        assert back.payments[0].amount == D("115.00")

    def test_edited_and_then_refunded(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 4}, {"sku": "B", "quantity": 1}])
        shop.edit_order(placed["id"], {"A": 2})
        after_edit = read(adapter, placed)
        shop.refund(placed["id"], lines={"A": 1})
        order = read(adapter, placed)

        assert [(line.sku, line.quantity) for line in order.lines] == [("A", D(2)), ("B", D(1))]
        assert order.totals.grand_total == after_edit.totals.grand_total
        assert order.returns[0].total == D("115.00")

    @pytest.mark.parametrize("lowers", [False, True])
    def test_money_alone_is_a_row_without_a_line(self, lowers: bool) -> None:
        """Also of an edited order, whichever way the shop counts it in its present total."""
        with ShopifyShop(webhook_delay=None, discrepancy_in_current_total=lowers) as shop:
            shop.add_product(sku="A", price="100.00", stock=100)
            placed = shop.place_order([{"sku": "A", "quantity": 2}])
            shop.edit_order(placed["id"], {"A": 1})
            shop.refund(placed["id"], lines={}, amount="7.00")
            with ShopifyBench(shop).adapter() as adapter:
                order = read(adapter, placed)

        (back,) = order.returns
        assert back.total == D("7.00")
        assert [(line.kind, line.net + line.tax) for line in back.lines] == [("amount", D("7.00"))]
        assert order.lines[0].quantity == 1

    def test_refunded_shipping_is_a_row_of_the_return(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 1}], shipping={"title": "Post", "price": "20.00"})
        shop.refund(placed["id"], lines={}, shipping=True)
        order = read(adapter, placed)

        (back,) = order.returns
        assert [(line.kind, line.net, line.tax) for line in back.lines] == [
            ("shipping", D("20.00"), D("3.00"))
        ]
        assert order.charges[0].net == D("20.00")

    def test_refund_that_only_tells_what_an_edit_removed_is_no_return(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        """Removed units of an unpaid order leave such a record: no money moved, and the order is smaller."""
        placed = shop.place_order([{"sku": "A", "quantity": 4}], paid="pending")
        shop.edit_order(placed["id"], {"A": 3})
        whole = adapter.get_order(number_of(placed["id"])).raw
        line = whole["lineItems"]["nodes"][0]

        def zero(amount: str) -> dict[str, Any]:
            return {"shopMoney": {"amount": amount}}

        trace = {
            "id": "gid://shopify/Refund/1",
            "createdAt": whole["updatedAt"],
            "note": None,
            "totalRefundedSet": zero("0.0"),
            "refundLineItems": {
                "nodes": [
                    {
                        "id": "gid://shopify/RefundLineItem/1",
                        "quantity": 1,
                        "restockType": "CANCEL",
                        "subtotalSet": zero("100.0"),
                        "totalTaxSet": zero("15.0"),
                        "lineItem": {"id": line["id"], "sku": "A", "name": "A"},
                    }
                ]
            },
        }
        order = adapter.parse_order({**whole, "refunds": [trace]})
        ours = adapter.parse_order({**whole, "refunds": [{**trace, "note": "x [ecomsync k]"}]})

        assert (order.lines[0].quantity, order.returns) == (D(3), ())
        assert order.totals.grand_total == D("345.00") + sum((c.net + c.tax for c in order.charges), D(0))
        assert (ours.lines[0].quantity, len(ours.returns)) == (D(4), 1)

    def test_cancelled_order_is_told_as_it_was_placed(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 2}])
        shop.cancel_order(placed["id"])
        order = read(adapter, placed)

        assert (order.status, order.phase) == ("cancelled", OrderPhase.CANCELLED)
        assert order.lines[0].quantity == 2


@pytest.mark.usefixtures("goods")
class TestPaymentsAndPeople:
    def test_gift_card_and_store_credit_pay_and_leave_the_total_whole(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        order = read(
            adapter,
            shop.place_order(
                [{"sku": "A", "quantity": 1}],
                payment=[
                    {"gateway": "gift_card", "amount": "50.00"},
                    {"gateway": "shopify_store_credit", "amount": "10.00"},
                    {"gateway": "shopify_payments"},
                ],
            ),
        )

        assert [(p.kind, p.is_paid) for p in order.payments] == [
            (PaymentKind.GIFT_CARD, True),
            (PaymentKind.STORE_CREDIT, True),
            (PaymentKind.PAYMENT, True),
        ]
        assert sum((p.amount for p in order.payments), D(0)) == order.totals.grand_total

    @pytest.mark.parametrize(
        ("paid", "status", "flags"),
        [
            ("pending", FinancialStatus.UNPAID, (False, False)),
            ("authorized", FinancialStatus.AUTHORISED, (False, True)),
            ("paid", FinancialStatus.PAID, (True, False)),
        ],
    )
    def test_how_far_the_payment_is(
        self,
        shop: ShopifyShop,
        adapter: ShopifyAdapter,
        paid: str,
        status: FinancialStatus,
        flags: tuple[bool, bool],
    ) -> None:
        order = read(adapter, shop.place_order([{"sku": "A", "quantity": 1}], paid=paid))

        assert order.financial_status is status
        assert [(p.is_paid, p.is_authorised) for p in order.payments] == [flags]
        assert order.payments[0].amount == order.totals.grand_total

    def test_company_brings_its_name_and_tax_number(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        company = shop.add_company("شركة النور للتجارة", tax_id="3001234567")
        order = read(adapter, shop.place_order([{"sku": "A", "quantity": 1}], company=company))

        assert order.customer.company == "شركة النور للتجارة"
        assert order.customer.tax_number == "3001234567"

    def test_tax_number_that_the_buyer_entered(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        order = read(
            adapter, shop.place_order([{"sku": "A", "quantity": 1}], attributes={"الرقم الضريبي": "300 555"})
        )

        assert order.customer.tax_number == "300555"

    def test_guest_without_a_customer(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        order = read(adapter, shop.place_order([{"sku": "A", "quantity": 1}], customer=None))

        assert order.customer.is_guest
        assert order.customer.email

    def test_names_that_shopify_keeps_back_are_empty_and_staff_are_told(self, bench: ShopifyBench) -> None:
        scopes = tuple(s for s in bench.shop.options.scopes if not s.endswith("_customers"))
        token = bench.shop.add_token(scopes)
        placed = bench.shop.place_order([{"sku": "A", "quantity": 1}])
        with bench.adapter(credentials={"access_token": token}) as adapter:
            order = read(adapter, placed)
            findings = [finding.code for finding in adapter.findings]

        assert order.customer.is_guest
        assert findings == ["protected_data"]

    def test_buyers_data_is_not_asked_for_when_the_site_says_so(self, bench: ShopifyBench) -> None:
        placed = bench.shop.place_order([{"sku": "A", "quantity": 1}])
        with bench.adapter(options={"read_customer_data": False}) as adapter:
            order = read(adapter, placed)

        assert "customer" not in order.raw
        assert order.billing.is_empty

    def test_test_orders_are_left_out_unless_asked_for(self, bench: ShopifyBench) -> None:
        remote_id = number_of(bench.shop.place_order([{"sku": "A", "quantity": 1}], test=True)["id"])
        with bench.adapter() as adapter, bench.adapter(options={"import_test_orders": True}) as wanting:
            assert adapter.get_order(remote_id).phase is OrderPhase.INCOMPLETE
            assert wanting.get_order(remote_id).phase is OrderPhase.OPEN

    def test_sku_of_a_deleted_product_is_what_is_left(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 1}])
        shop.graphql(
            "mutation($id: ID!) { productDelete(input: {id: $id}) { userErrors { message } } }",
            {"id": (shop.by_sku("A") or {})["_product"]},
        )
        line = read(adapter, placed).lines[0]

        assert (line.sku, line.product_id, line.variant_id) == ("A", "", "")

    def test_shipments_of_the_shop_are_told(self, shop: ShopifyShop, adapter: ShopifyAdapter) -> None:
        placed = shop.place_order([{"sku": "A", "quantity": 2}])
        shop.fulfill(placed["id"], lines={"A": 1}, number="N1", company="DHL")
        part = read(adapter, placed).shipments
        shop.fulfill(placed["id"], number="N2", company="DHL")
        both = read(adapter, placed)

        assert [(s.carrier, s.tracking_numbers, [q for _, q in s.lines]) for s in part] == [
            ("DHL", ("N1",), [D(1)])
        ]
        assert [s.tracking_numbers for s in both.shipments] == [("N1",), ("N2",)]
        assert both.phase is OrderPhase.COMPLETE


class TestManyRows:
    def test_lines_and_refund_lines_beyond_a_page_are_read(
        self, shop: ShopifyShop, adapter: ShopifyAdapter
    ) -> None:
        rows = [{"title": f"Part {n}", "quantity": 1, "price": "1.00"} for n in range(130)]
        placed = shop.place_order(rows)
        shop.refund(placed["id"])

        (order,) = adapter.iter_orders(modified_from=LONG_AGO)

        assert isinstance(order, RemoteOrder)
        assert len(order.lines) == 130
        assert len([line for line in order.returns[0].lines if line.kind == "line"]) == 130
        assert order.totals.grand_total == shop.totals(placed["id"])["total"]


def test_faults_of_a_payload_are_listed_whole(bench: ShopifyBench) -> None:
    adapter = bench.adapter()

    with pytest.raises(InvalidPayload) as caught:
        adapter.parse_order(
            {"id": gid("Order", "5"), "currencyCode": "SAR", "lineItems": {"nodes": [{"id": "x"}]}}
        )

    assert "totalPriceSet is missing" in caught.value.message
    assert "createdAt is missing" in caught.value.message
    assert caught.value.cure


def test_webhooks_own_form_of_an_order_is_no_order_of_ours(bench: ShopifyBench) -> None:
    """It has other names for everything: the order is read by its id."""
    with pytest.raises(InvalidPayload):
        bench.adapter().parse_order({"id": 5501234567890, "total_price": "59.80", "currency": "EUR"})
