"""Each edge of the README's table, imported: the documents say what the table says, under every placing of discounts."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from activity.services import RunReporter, start_run
from erp.models import Item, PaymentMethod, Receipt, SalesOrder
from orders import runs
from orders.models import Order, ReturnOrder
from orders.services.figures import document_figures
from orders.services.import_order import import_order
from orders.services.saved_documents import read_saved, read_saved_invoices
from orders.services.totals import balance, mismatch_of
from orders.states import ImportOutcome
from platforms.types import RemoteOrder
from sandbox.woocommerce import WooShop
from sites.models import Site
from sites.services.adapters import open_adapter
from tests.orders.factories import (
    count_documents,
    make_item,
    make_service,
    make_shop_site,
    map_payment,
    one,
)
from tests.orders.money_edges import EDGES, Edge, table, written_table
from tests.orders.test_proof_properties import plan_of

D = Decimal
COUPONS = ("header", "lines", "item")
SPLITS = ("no", "by_value", "by_quantity")
MODES = ("from_order", "yes", "no")
#: Each value of each setting once, through the whole import; all of them together are planned without a database.
DIAGONAL = tuple(zip(COUPONS, SPLITS, MODES, strict=True))


def settings_of(coupon: str, split: str, mode: str) -> dict[str, Any]:
    return {
        "put_coupon_discount_to": coupon,
        "put_header_discount_in_line_discount": split,
        "prices_include_tax": mode,
    }


def test_readme_holds_the_table_as_it_is_made():
    assert written_table() == table(), "run: python -m tests.orders.write_money_table"


def site_of(edge: Edge, woo: WooShop | None = None, **values: Any) -> Site:
    for code in ("A1", "A2", "A3", "BOOK", "RICE", "STAMP"):
        if not Item.objects.filter(code=code).exists():
            make_item(code)
    if woo is not None:
        values |= {"url": woo.url, "username": woo.key, "password": woo.secret}
    site = make_shop_site(
        currency=edge.currency,
        read_orders_from_date=datetime(2020, 1, 1, tzinfo=UTC),
        remote_statuses_to_import=["processing", "completed", "on-hold"] if woo else [],
        discount_item=Item.objects.filter(code="DISC").first() or make_service("DISC"),
        fee_item=Item.objects.filter(code="FEE").first() or make_service("FEE"),
        rule={"create_invoice": True, "create_receipt": True},
        **values,
    )
    voucher, _made = PaymentMethod.objects.get_or_create(code="VOUCHER", kind="voucher")
    wallet, _made = PaymentMethod.objects.get_or_create(code="WALLET", kind="wallet")
    map_payment(site, "gift_card", method=voucher)
    map_payment(site, "store_credit", method=wallet)
    map_payment(site, "reward", method=wallet)
    return site


def read(site: Site) -> None:
    with RunReporter(start_run(site_code=site.code, action="read_sales")) as reporter:
        runs.read_sales(run=reporter, site=site, params={})


def assert_told(edge: Edge, order: Order) -> None:
    """Documents as saved, the proof's rows and the table say the same."""
    document = order.sales_order
    assert document is not None
    invoice = document.invoices.get()
    sources = {
        "order": document_figures(read_saved([document.pk])[document.pk]),
        "invoice": document_figures(read_saved_invoices([invoice.pk])[invoice.pk]),
        "proof": {row["component"]: D(row["erp"]) for row in order.proof},
    }
    placed = (
        "line_discounts",
        "coupons",
        "header_discounts",
        "gift_cards",
    )  # settings move them in documents
    for source, figures in sources.items():
        for name, amount in edge.figures.items():
            if (name.startswith("paid") and source != "proof") or (name in placed and source != "proof"):
                continue
            assert figures.get(name, D(0)) == D(amount), (source, name, figures.get(name), amount)
    assert order.proof_ok and all(row["ok"] for row in order.proof), order.proof
    assert {D(row["difference"]) for row in order.proof} == {D(0)}, order.proof
    total = D(edge.figures["grand_total"])
    assert (document.grand_total, invoice.grand_total) == (total, total)
    assert sum(receipt.amount for receipt in Receipt.objects.filter(channel=document.channel)) == total


@pytest.mark.django_db
@pytest.mark.parametrize("edge", [edge for edge in EDGES if edge.shop], ids=lambda edge: edge.key)
def test_edge_of_a_woocommerce_shop_is_imported_as_the_table_says(edge):
    with WooShop(webhook_delay=None, **edge.options) as woo:
        assert edge.shop is not None
        woo.store.tax_rates.clear()  # each edge brings its own rates
        edge.shop(woo)
        site = site_of(edge, woo, read_returns=True, return_policy="stage")
        read(site)
        order = one(Order)
        assert order.state == "imported", list(order.holds.values("code", "params"))
        assert_told(edge, order)
        with open_adapter(site) as adapter:
            remote = next(iter(adapter.iter_orders()))
    assert isinstance(remote, RemoteOrder)
    assert ReturnOrder.objects.filter(order=order).count() == len(remote.returns)
    assert_planned_everywhere(edge, remote)
    if any(name in edge.figures for name in ("coupons", "line_discounts", "header_discounts")):
        for values in DIAGONAL:
            other = site_of(edge, **settings_of(*values))
            result = import_order(site=other, remote=remote)
            assert result.order is not None
            assert result.outcome == ImportOutcome.CREATED, (values, result.message, result.order.proof)
            assert_told(edge, result.order)


@pytest.mark.django_db
@pytest.mark.parametrize("values", DIAGONAL, ids="-".join)
@pytest.mark.parametrize(
    "edge", [edge for edge in EDGES if edge.order and not edge.held], ids=lambda edge: edge.key
)
def test_edge_of_another_shop_is_imported_as_the_table_says(edge, values):
    assert edge.order is not None
    remote = edge.order()
    result = import_order(site=site_of(edge, **settings_of(*values)), remote=remote)
    assert result.outcome == ImportOutcome.CREATED, (result.message, one(Order).proof)
    assert_told(edge, one(Order))
    assert_planned_everywhere(edge, remote)


def assert_planned_everywhere(edge: Edge, remote: RemoteOrder) -> None:
    """The proof balances wherever the site wants its discounts, and says the same."""
    for values in itertools.product(COUPONS, SPLITS, MODES):
        plan, site = plan_of(remote, **settings_of(*values))
        rows = balance(plan, site)
        assert not mismatch_of(rows) and not plan.holds, (values, plan.holds)
        found = {row.component: row.erp for row in rows}
        wanted = {name: D(amount) for name, amount in edge.figures.items() if not name.startswith("paid")}
        assert {name: found.get(name, D(0)) for name in wanted} == wanted, values


@pytest.mark.django_db
@pytest.mark.parametrize("edge", [edge for edge in EDGES if edge.held], ids=lambda edge: edge.key)
def test_edge_that_nothing_explains_is_held_or_taken_up_by_the_rounding_line(edge):
    assert edge.order is not None
    remote = edge.order()
    site = site_of(edge)
    before = count_documents()
    assert import_order(site=site, remote=remote).outcome == ImportOutcome.HELD
    order = one(Order)
    assert order.holds.get().params["message"] == (
        "Grand total: the shop says 120.76, the documents 120.75, a difference of -0.01."
    )
    assert [row["cause"] for row in order.proof if not row["ok"]] == ["rounding"]
    assert count_documents() == before
    site.total_difference_policy = "rounding"
    site.save()
    assert import_order(site=site, remote=remote, force=True).outcome == ImportOutcome.CREATED
    assert one(SalesOrder).grand_total == D(edge.figures["grand_total"])
    assert one(SalesOrder).rounding == D("0.01")
