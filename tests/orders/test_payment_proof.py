"""Money, gift cards, store credit and points: mapped, received and proved, each by its kind."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp.models import PaymentMethod, Receipt
from orders.models import Order, OrderHold
from orders.services.import_order import import_order
from orders.states import ImportOutcome
from platforms.types import PaymentKind, RemoteOrder, RemotePayment
from sites.models import Site
from tests.orders.factories import (
    ORDERED,
    count_documents,
    make_item,
    make_line,
    make_remote,
    make_shop_site,
    map_payment,
    one,
)

pytestmark = pytest.mark.django_db
D = Decimal


def pay(kind: PaymentKind, amount: str, code: str = "") -> RemotePayment:
    return RemotePayment(code or kind.value, "", D(amount), "SAR", ORDERED, f"tx{kind}", kind, is_paid=True)


def paid_order(*payments: RemotePayment) -> RemoteOrder:
    return make_remote(make_line("A1"), charges=[], payments=payments)


def method(code: str, kind: str) -> PaymentMethod:
    return PaymentMethod.objects.create(code=code, kind=kind)


@pytest.fixture
def receipts_site(db: None) -> Site:
    make_item("A1", stock=9)
    return make_shop_site(rule={"create_receipt": True})


def proved(name: str) -> tuple[int, int, str]:
    row = next(row for row in one(Order).proof if row["component"] == name)
    return int(D(row["shop"])), int(D(row["erp"])), row["explained"]


def test_row_for_every_method_takes_no_gift_card_when_it_leads_to_a_card(receipts_site):
    before = count_documents()
    remote = paid_order(pay(PaymentKind.GIFT_CARD, "40", "GC-77"), pay(PaymentKind.PAYMENT, "75", "visa"))
    assert import_order(site=receipts_site, remote=remote).outcome == ImportOutcome.HELD
    assert (one(OrderHold).code, one(OrderHold).subject) == ("unmapped_payment", "GC-77")
    assert count_documents() == before


@pytest.mark.parametrize("code", ["GC-77", "gift_card", "*"])
def test_gift_card_is_received_by_the_voucher_that_its_row_names(receipts_site, code):
    if code == "*":
        receipts_site.payment_methods.all().delete()
        map_payment(receipts_site, "visa")
    map_payment(receipts_site, code, method=method("VOUCHER", "voucher"))
    remote = paid_order(pay(PaymentKind.GIFT_CARD, "40", "GC-77"), pay(PaymentKind.PAYMENT, "75", "visa"))
    assert import_order(site=receipts_site, remote=remote).outcome == ImportOutcome.CREATED
    received = dict(Receipt.objects.values_list("payment_method__code", "amount"))
    assert received == {"VOUCHER": 40, "CARD": 75}
    assert proved("paid_gift_cards") == (40, 40, "") and proved("paid") == (75, 75, "")


def test_credit_and_points_of_one_wallet_are_told_apart(receipts_site):
    wallet = method("WALLET", "wallet")
    map_payment(receipts_site, "store_credit", method=wallet)
    map_payment(receipts_site, "reward", method=wallet)
    remote = paid_order(
        pay(PaymentKind.STORE_CREDIT, "20"), pay(PaymentKind.REWARD, "5"), pay(PaymentKind.PAYMENT, "90")
    )
    assert import_order(site=receipts_site, remote=remote).outcome == ImportOutcome.CREATED
    assert proved("paid_store_credit") == (20, 20, "")
    assert proved("paid_rewards") == (5, 5, "")
    assert proved("paid") == (90, 90, "")


def test_rule_without_receipts_is_said_beside_what_was_paid():
    make_item("A1", stock=9)
    import_order(site=make_shop_site(), remote=paid_order(pay(PaymentKind.PAYMENT, "115")))
    assert proved("paid") == (115, 0, "no_receipt_rule")
    assert one(Order).proof_ok is True


def test_method_that_settles_later_is_said_beside_what_was_paid(receipts_site):
    map_payment(receipts_site, "cod", settles_immediately=False)
    import_order(site=receipts_site, remote=paid_order(pay(PaymentKind.PAYMENT, "115", "cod")))
    assert proved("paid") == (115, 0, "no_receipt")
