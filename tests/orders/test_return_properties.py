"""Whatever refunds come in whatever order: nothing is credited beyond the invoice, nothing returned beyond delivery."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from erp.models import SalesInvoice, SalesOrder
from erp.selectors.customers import customer_balance
from erp.services import stock
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from orders.models import Order, ReturnOrder
from orders.services.import_order import import_order
from orders.services.returns import import_return
from platforms.types import RemoteReturnLine
from sites.models import Site
from tests.orders.factories import make_charge, make_item, make_line, make_refund, make_remote, make_shop_site

pytestmark = pytest.mark.django_db
D = Decimal
CENT = D("0.01")
RULES: list[dict[str, Any]] = [
    {},
    {"create_delivery": True},
    {"create_invoice": True, "create_receipt": True},
    {"create_delivery": True, "create_invoice": True, "create_receipt": True},
]
#: (line 0 … 1, or 2 for shipping, 3 for a bare amount; quantity; percent of the amount; paid back)
STEPS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 120), st.booleans()),
    min_size=1,
    max_size=5,
)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rule=st.sampled_from(RULES),
    create=st.booleans(),
    in_parts=st.booleans(),
    steps=STEPS,
    odd=st.integers(1, 99),
)
def test_no_sequence_of_refunds_leaves_the_books_wrong(db, rule, create, in_parts, steps, odd):
    site, remote = _world(rule, create=create, price=D(10) + odd * CENT)
    order = Order.objects.get(site=site, remote_id=remote.remote_id)
    if in_parts and not rule and order.sales_order is not None:
        _in_parts(order.sales_order)
    for index, (place, quantity, percent, paid_back) in enumerate(steps):
        refund = _refund(remote, place, quantity, percent, paid_back=paid_back, name=f"R{site.pk}-{index}")
        if refund.total > 0:
            import_return(site=site, remote=refund)
    _check(order)


def _world(rule: dict[str, Any], *, create: bool, price: Decimal) -> tuple[Site, Any]:
    site = make_shop_site(
        rule=rule,
        return_policy="credit_note",
        restock_policy="always",
        create_invoice_for_returns_if_invoice_not_found=create,
    )
    codes = [f"{site.code}A", f"{site.code}B"]
    for code in codes:
        make_item(code, stock=9)
    lines = (make_line(codes[0], 3, price), make_line(codes[1], 2, "7", rate="5"))
    remote = make_remote(*lines, charges=[make_charge(net="20")])
    import_order(site=site, remote=remote)
    return site, remote


def _in_parts(sales_order: SalesOrder) -> None:
    wanted = {line.pk: D(1) for line in sales_order.lines.all()}
    ship_delivery(delivery=create_delivery(order=sales_order, quantities=wanted))
    issue_invoice(invoice=create_invoice(order=sales_order, quantities=wanted))
    issue_invoice(invoice=create_invoice(order=sales_order))


def _refund(remote: Any, place: int, quantity: int, percent: int, *, paid_back: bool, name: str) -> Any:
    if place == 3:
        amount = (remote.totals.grand_total * percent / 200).quantize(CENT, rounding=ROUND_DOWN)
        return make_refund(remote, amount, remote_id=name, paid_back=paid_back)
    sold = remote.charges[0] if place == 2 else remote.lines[place]
    share = D(percent) / 100 if place == 2 or not quantity else D(quantity) / sold.quantity
    net, tax = (sold.net * share).quantize(CENT), (sold.tax * share).quantize(CENT)
    kind, pieces = ("shipping", D(0)) if place == 2 else ("line", D(quantity))
    line = RemoteReturnLine(sold.remote_id, "", "x", pieces, net, tax, kind=kind)
    return make_refund(remote, net + tax, line, remote_id=name, paid_back=paid_back)


def _check(order: Order) -> None:
    order.refresh_from_db()
    sales_order = SalesOrder.objects.get(pk=order.sales_order_id)
    rows = ReturnOrder.objects.filter(order=order)
    assert {row.state for row in rows} <= {"posted", "held"}
    posted = [row for row in rows if row.state == "posted"]
    assert sum(row.total for row in posted) <= sales_order.grand_total
    for line in sales_order.lines.all():
        assert line.returned_qty <= line.delivered_qty
        assert line.returned_qty + line.cancelled_qty <= line.quantity
    for invoice in SalesInvoice.objects.filter(
        order=sales_order, kind="invoice", state__in=("issued", "paid")
    ):
        assert sum(note.grand_total for note in invoice.credit_notes.all()) <= invoice.grand_total
    for row in posted:
        if row.sales_return is None:
            continue
        assert row.sales_return.grand_total == row.total and row.proof_ok
        assert not any(D(entry["difference"]) for entry in row.proof)
        waived = [line for line in row.sales_return.lines.all() if line.waived_qty]
        if not waived:
            assert sum(note.grand_total for note in row.sales_return.credit_notes.all()) == row.total
        assert sum(receipt.amount for receipt in row.receipts.all()) <= row.total
    assert customer_balance(sales_order.customer).balance == _owed(sales_order)
    assert stock.rebuild_balances() == []


def _owed(sales_order: SalesOrder) -> Decimal:
    """Open invoices less open credit notes, and what was paid or paid back beyond them, of all orders of the buyer."""
    total = D(0)
    for invoice in SalesInvoice.objects.filter(customer=sales_order.customer).exclude(state="draft"):
        total += invoice.grand_total if invoice.kind == "invoice" else -invoice.grand_total
    for receipt in sales_order.customer.receipts.filter(state="posted"):
        total += receipt.amount if receipt.kind == "refund" else -receipt.amount
    return total
