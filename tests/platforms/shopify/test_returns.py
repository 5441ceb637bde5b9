"""Returns that staff of the shop opened: announced, refunded there or by the ERP's credit note, and never credited twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from erp.models import Receipt, SalesInvoice
from orders.models import OrderOutbox, ReturnOrder
from orders.services.push_outbox import push_outbox
from orders.services.returns import post_return
from platforms.shopify.ids import gid, number_of
from platforms.types import Outcome, RefundNotice, RemoteOrder, RemoteReturnLine
from sandbox.shopify import ShopifyShop
from sites.models import Site, UpdateOrderStatusLine
from tests.contracts.bench import LONG_AGO
from tests.journeys.bad_input.world import act
from tests.orders.factories import make_item, make_shop_site
from tests.platforms.shopify.bench import ShopifyBench

D = Decimal
PROCESS = """mutation($i: ReturnProcessInput!) {
  returnProcess(input: $i) { return { status } userErrors { field message } } }"""
RETURNS = """query($id: ID!) { return(id: $id) { id status
  returnLineItems(first: 9) { nodes { id quantity refundedQuantity } }
  refunds(first: 9) { nodes { id note } }
  reverseFulfillmentOrders(first: 9) { nodes { lineItems(first: 9) { nodes { id dispositions { type quantity } } } } } } }"""


@pytest.fixture
def adapter(bench: ShopifyBench) -> Any:
    with bench.adapter() as adapter:
        yield adapter


def shipped(shop: ShopifyShop, quantity: int = 3) -> str:
    if shop.by_sku("S") is None:
        shop.add_product(sku="S", price="10.00", stock=50)
    order = number_of(shop.place_order([{"sku": "S", "quantity": quantity}])["id"])
    shop.fulfill(gid("Order", order))
    return order


def shown(shop: ShopifyShop, opened: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = shop.graphql(RETURNS, {"id": opened["id"]})["data"]["return"]
    return found


def refund_in_shop(shop: ShopifyShop, order: str, opened: dict[str, Any], amount: str, units: int) -> None:
    """Staff of the shop process the return and pay it back."""
    line = shown(shop, opened)["returnLineItems"]["nodes"][0]
    payment = shop.graphql(
        "query($id: ID!) { order(id: $id) { currencyCode transactions { id } } }", {"id": gid("Order", order)}
    )["data"]["order"]
    answer = shop.graphql(
        PROCESS,
        {
            "i": {
                "returnId": opened["id"],
                "returnLineItems": [{"id": line["id"], "quantity": units}],
                "financialTransfer": {
                    "issueRefund": {
                        "orderTransactions": [
                            {
                                "parentId": payment["transactions"][0]["id"],
                                "transactionAmount": {
                                    "amount": amount,
                                    "currencyCode": payment["currencyCode"],
                                },
                            }
                        ]
                    }
                },
            }
        },
    )
    assert answer["data"]["returnProcess"]["userErrors"] == []


class TestRead:
    def test_opened_return_is_announced_with_what_the_buyer_paid(
        self, bench: ShopifyBench, adapter: Any
    ) -> None:
        order = shipped(bench.shop)
        opened = bench.shop.return_lines(gid("Order", order), {"S": 2})

        (found,) = adapter.get_returns(order)

        assert found.remote_id == f"return-{number_of(opened['id'])}"
        assert (found.announced, found.paid_back, found.restock) == (True, False, None)
        assert [(line.sku, line.quantity, line.net, line.tax) for line in found.lines] == [
            ("S", D(2), D("20.00"), D("3.00"))
        ]
        assert found.total == D("23.00")
        assert adapter.get_order(order).totals.refunded_total == 0

    def test_request_is_none_until_it_is_approved(self, bench: ShopifyBench, adapter: Any) -> None:
        order = shipped(bench.shop)
        bench.shop.return_lines(gid("Order", order), {"S": 2}, request=True)

        assert adapter.get_returns(order) == []

    def test_what_was_refunded_of_it_is_the_refunds(self, bench: ShopifyBench, adapter: Any) -> None:
        order = shipped(bench.shop)
        opened = bench.shop.return_lines(gid("Order", order), {"S": 2})
        refund_in_shop(bench.shop, order, opened, "11.50", 1)

        refund, rest = adapter.get_returns(order)

        assert (refund.announced, refund.settles, refund.total) == (False, rest.remote_id, D("11.50"))
        assert rest.announced and [line.quantity for line in rest.lines] == [D(1)]

        refund_in_shop(bench.shop, order, opened, "11.50", 1)
        assert [row.announced for row in adapter.get_returns(order)] == [False, False]

    def test_units_that_a_refund_took_off_the_order_do_not_come_back_twice(
        self, bench: ShopifyBench, adapter: Any
    ) -> None:
        """Staff may refund the order and forget its return."""
        order = shipped(bench.shop, 1)
        bench.shop.return_lines(gid("Order", order), {"S": 1})
        bench.shop.refund(gid("Order", order))

        assert [row.announced for row in adapter.get_returns(order)] == [False]

    def test_lists_have_them_too_at_one_call_more(self, bench: ShopifyBench, adapter: Any) -> None:
        order = shipped(bench.shop)
        shipped(bench.shop)
        bench.shop.return_lines(gid("Order", order), {"S": 1})
        before = bench.calls

        orders = [o for o in adapter.iter_orders(modified_from=LONG_AGO) if isinstance(o, RemoteOrder)]

        assert [len(o.returns) for o in orders if o.remote_id == order] == [1]
        assert bench.calls - before == 3  # the page, the order whole, its returns

    def test_app_without_the_scope_reads_orders_all_the_same(self, bench: ShopifyBench) -> None:
        order = shipped(bench.shop)
        bench.shop.return_lines(gid("Order", order), {"S": 1})
        scopes = tuple(scope for scope in bench.shop.options.scopes if not scope.endswith("_returns"))
        with bench.adapter(credentials={"access_token": bench.shop.add_token(scopes)}) as poor:
            assert poor.get_order(order).returns == ()


class TestProcess:
    def notice(self, adapter: Any, order: str, opened: dict[str, Any], units: int = 2) -> RefundNotice:
        line = adapter.get_order(order).lines[0]
        back = RemoteReturnLine(
            line.remote_id, line.sku, line.name, D(units), D(10) * units, D("1.5") * units
        )
        return RefundNotice(
            "cn-1",
            order,
            D("11.5") * units,
            "broken",
            (back,),
            pay_back=True,
            return_remote_id=f"return-{number_of(opened['id'])}",
        )

    def test_credit_note_processes_the_return_and_pays_back(self, bench: ShopifyBench, adapter: Any) -> None:
        order = shipped(bench.shop)
        opened = bench.shop.return_lines(gid("Order", order), {"S": 2})
        notice = replace(self.notice(adapter, order, opened), restock=True)

        first, again = adapter.push_refund(notice), adapter.push_refund(notice)

        assert (first.outcome, again.outcome) == (Outcome.OK, Outcome.UNCHANGED)
        assert first.data["refund_id"] == again.data["refund_id"] != ""
        after = shown(bench.shop, opened)
        assert after["status"] == "CLOSED"
        (head,) = after["reverseFulfillmentOrders"]["nodes"]
        assert head["lineItems"]["nodes"][0]["dispositions"] == [{"type": "RESTOCKED", "quantity": 2}]
        assert bench.shop.totals(gid("Order", order))["refunded"] == D("23.00")
        (found,) = adapter.get_returns(order)
        assert (found.our_key, found.paid_back, found.total) == ("cn-1", True, D("23.00"))

    def test_more_than_the_return_holds_refunds_the_order(self, bench: ShopifyBench, adapter: Any) -> None:
        order = shipped(bench.shop)
        opened = bench.shop.return_lines(gid("Order", order), {"S": 1})

        result = adapter.push_refund(self.notice(adapter, order, opened))

        assert result.outcome is Outcome.OK and result.data["refund_id"]
        assert shown(bench.shop, opened)["refunds"]["nodes"] == []
        assert bench.shop.totals(gid("Order", order))["refunded"] == D("23.00")


# ---------------------------------------------------------------- in the ERP


@pytest.fixture
def shop() -> Iterator[ShopifyShop]:
    with ShopifyShop(webhook_delay=None) as running:
        yield running


@pytest.fixture
def site(shop: ShopifyShop, db: None) -> Site:
    shop.add_product(sku="S", price="10.00", stock=50)
    make_item("S", stock=50)
    site = make_shop_site(
        site_type="shopify",
        url=shop.url,
        username=shop.client_id,
        password=shop.secret,
        access_token=shop.token,
        currency=shop.options.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        read_returns=True,
        return_policy="credit_note",
        update_order_status=True,
        rule={"create_delivery": True, "create_invoice": True, "create_receipt": True},
    )
    UpdateOrderStatusLine.objects.create(
        site=site,
        document_type="credit_note",
        document_state="issued",
        remote_action="refund",
        pay_back=True,
    )
    return site


def credit_notes() -> list[Decimal]:
    return list(
        SalesInvoice.objects.filter(kind="credit_note").order_by("pk").values_list("grand_total", flat=True)
    )


@pytest.mark.django_db
class TestInTheErp:
    def announced(self, shop: ShopifyShop, site: Site) -> tuple[str, dict[str, Any], ReturnOrder]:
        order = shipped(shop)
        opened = shop.return_lines(gid("Order", order), {"S": 2})
        act(site, "read_sales")
        row = ReturnOrder.objects.get()
        assert (row.state, row.announced) == ("staged", True)  # nobody is credited for what nobody gave
        assert credit_notes() == []
        return order, opened, row

    def test_refund_of_the_shop_takes_the_place_of_a_staged_return(
        self, shop: ShopifyShop, site: Site
    ) -> None:
        order, opened, row = self.announced(shop, site)
        refund_in_shop(shop, order, opened, "23.00", 2)
        act(site, "read_sales")

        row.refresh_from_db()
        refund = ReturnOrder.objects.exclude(pk=row.pk).get()
        assert (row.state, refund.state, refund.hold_message) == ("withdrawn", "posted", "")
        assert credit_notes() == [D("23.00")]
        assert Receipt.objects.filter(kind="refund").count() == 1
        act(site, "read_sales")
        assert ReturnOrder.objects.count() == 2

    def test_credit_note_of_staff_refunds_the_shop(self, shop: ShopifyShop, site: Site) -> None:
        order, opened, row = self.announced(shop, site)
        post_return(return_order=row)
        row.refresh_from_db()
        assert (row.state, row.hold_message) == ("posted", "")
        assert push_outbox() is not None

        message = OrderOutbox.objects.get(kind="refund")
        assert (message.state, message.error_message) == ("done", "")
        assert shown(shop, opened)["status"] == "CLOSED"
        assert shop.totals(gid("Order", order))["refunded"] == D("23.00")
        shop.advance(300)
        act(site, "read_sales")

        row.refresh_from_db()
        refund = ReturnOrder.objects.exclude(pk=row.pk).get()
        assert (row.state, refund.state, refund.origin) == ("withdrawn", "posted", "erp")
        assert refund.credit_note is not None and refund.hold_code == ""
        assert credit_notes() == [D("23.00")]
        assert OrderOutbox.objects.filter(kind="refund").count() == 1

    def test_refund_of_the_shop_after_the_credit_note_takes_its_documents_over(
        self, shop: ShopifyShop, site: Site
    ) -> None:
        site.update_order_status_to.all().delete()
        order, opened, row = self.announced(shop, site)
        post_return(return_order=row)
        note = SalesInvoice.objects.get(kind="credit_note")
        refund_in_shop(shop, order, opened, "23.00", 2)
        act(site, "read_sales")

        row.refresh_from_db()
        refund = ReturnOrder.objects.exclude(pk=row.pk).get()
        assert (row.state, refund.state, refund.credit_note) == ("withdrawn", "posted", note)
        assert credit_notes() == [D("23.00")]
        (receipt,) = refund.receipts.all()
        assert receipt.amount == D("23.00")

    def test_money_that_cannot_be_booked_holds_the_refund_and_leaves_the_documents(
        self, shop: ShopifyShop, site: Site
    ) -> None:
        site.update_order_status_to.all().delete()
        order, opened, row = self.announced(shop, site)
        post_return(return_order=row)
        refund_in_shop(shop, order, opened, "23.00", 2)
        methods = list(site.payment_methods.all())
        site.payment_methods.all().delete()
        act(site, "read_sales")

        row.refresh_from_db()
        refund = ReturnOrder.objects.exclude(pk=row.pk).get()
        assert (row.state, refund.state) == ("posted", "held")

        for method in methods:
            method.save()
        act(site, "read_returns")
        row.refresh_from_db()
        refund.refresh_from_db()
        assert (row.state, refund.state, refund.hold_code) == ("withdrawn", "posted", "")
        assert credit_notes() == [D("23.00")]
        assert refund.receipts.get().amount == D("23.00")

    def test_refund_of_something_else_is_flagged(self, shop: ShopifyShop, site: Site) -> None:
        site.update_order_status_to.all().delete()
        order, opened, row = self.announced(shop, site)
        post_return(return_order=row)
        refund_in_shop(shop, order, opened, "11.50", 1)
        act(site, "read_sales")

        row.refresh_from_db()
        assert (row.state, row.hold_code) == ("posted", "return_changed")
        assert credit_notes()[0] == D("23.00")

    def test_return_that_the_shop_cancels_is_over(self, shop: ShopifyShop, site: Site) -> None:
        _, opened, row = self.announced(shop, site)
        shop.graphql(
            "mutation($id: ID!) { returnCancel(id: $id) { userErrors { message } } }", {"id": opened["id"]}
        )
        act(site, "read_sales")

        row.refresh_from_db()
        assert (row.state, credit_notes()) == ("withdrawn", [])
