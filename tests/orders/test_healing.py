"""What removes a cause lets the orders go that it held: each code with the change that cures it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from activity.models import Run, SiteError
from erp.models import (
    AccountingRule,
    Currency,
    Customer,
    ExchangeRate,
    Item,
    KitComponent,
    LegalEntity,
    PeriodLock,
    Warehouse,
)
from erp.services.accounting import ensure_default_accounts
from erp.signals import customers_changed
from orders.models import Order, ReturnOrder
from orders.services.due import BULK
from orders.services.heal import heal_due_orders, heal_returns
from orders.services.import_order import import_order
from orders.services.returns import import_return
from orders.states import OrderState
from platforms.types import ChargeKind
from sites.models import DocumentGenerationLine, Site
from sites.services.execute_runs import execute_waiting_runs
from tests.erp.factories import make_customer, stock_up
from tests.orders.factories import (
    make_buyer,
    make_charge,
    make_coupon,
    make_item,
    make_line,
    make_refund,
    make_remote,
    make_service,
    map_payment,
    map_shipping,
    one,
)

pytestmark = pytest.mark.django_db


@dataclass
class Case:
    """A reason, what brings it about, and what cures it."""

    code: str
    cure: Callable[[Site], object]
    site: dict[str, Any] = field(default_factory=dict)
    rule: dict[str, Any] = field(default_factory=dict)
    before: Callable[[Site], object] = lambda site: None
    order: Callable[[], dict[str, Any]] = dict
    lines: Callable[[], tuple[Any, ...]] = lambda: (make_line("A1", 2),)
    stock: int = 50


def save_site(**values: Any) -> Callable[[Site], None]:
    def save(site: Site) -> None:
        fresh = Site.objects.get(pk=site.pk)
        for name, value in values.items():
            setattr(fresh, name, value() if callable(value) else value)
        fresh.save()

    return save


def buyer(**values: Any) -> Customer:
    """Saved by staff, which the ERP's page announces."""
    made = make_customer(email="sara@example.com", **values)
    customers_changed.send(sender=Customer, customer_ids={made.pk})
    return made


def change_customer(**values: Any) -> Callable[[Site], None]:
    def save(site: Site) -> None:
        found = Customer.objects.get(email="sara@example.com")
        for name, value in values.items():
            setattr(found, name, value)
        found.save()
        customers_changed.send(sender=Customer, customer_ids={found.pk})

    return save


def rate(site: Site) -> None:
    euro = Currency.objects.get_or_create(code="EUR", defaults={"name2": "Euro"})[0]
    ExchangeRate.objects.create(currency=euro, date="2026-01-01", rate_to_base="4.1")


def correct_rule(site: Site) -> None:
    line = site.document_generation_info_lines.get()
    line.criteria = ""
    line.save()


def put_rules_back(site: Site) -> None:
    """By hand, as a bookkeeper would: the last rule saved is what is noticed."""
    ensure_default_accounts()
    rule = AccountingRule.objects.first()
    assert rule is not None
    rule.save()


def lock_period(site: Site) -> None:
    ensure_default_accounts()
    PeriodLock.objects.create(locked_until=timezone.localdate() + timedelta(days=400))


def kit(site: Site) -> Item:
    return make_item("KIT", item_type="kit")


def fill_kit(site: Site) -> None:
    KitComponent.objects.create(
        kit=Item.objects.get(code="KIT"), component=Item.objects.get(code="A1"), quantity=1
    )


def without_warehouses(site: Site) -> None:
    Warehouse.objects.update(active=False)
    save_site(default_warehouse=None)(site)


def activate_warehouse(site: Site) -> None:
    place = Warehouse.objects.first()
    assert place is not None
    place.active = True
    place.save()


DELIVERED = {"create_sales_order": True, "create_delivery": True, "auto_confirm": True}
INVOICED = {"create_sales_order": True, "create_invoice": True, "auto_confirm": True}
CONFIRMED = {"create_sales_order": True, "auto_confirm": True}
CASES = [
    Case("unknown_sku", lambda site: make_item("late", stock=3), lines=lambda: (make_line("LATE"),)),
    Case(
        "unmapped_payment",
        lambda site: map_payment(site, "card"),
        before=lambda site: site.payment_methods.all().delete(),
    ),
    Case(
        "unmapped_shipping",
        lambda site: map_shipping(site, "flat_rate"),
        before=lambda site: site.shipping_items.all().delete(),
    ),
    Case(
        "no_document_rule",
        lambda site: DocumentGenerationLine.objects.create(site=site, name="late"),
        before=lambda site: site.document_generation_info_lines.all().delete(),
    ),
    Case(
        "invalid_rule",
        correct_rule,
        rule={"criteria": "nonsense ((("},
    ),
    Case(
        "total_mismatch",
        save_site(total_difference_policy="rounding", total_tolerance=Decimal("1")),
        order=lambda: {"total_changes": {"grand_total": Decimal("253.40")}},
    ),
    Case(
        "unknown_customer",
        lambda site: buyer(),
        site={"create_customer_if_not_exist": False, "customer_match_by": ["email"]},
    ),
    Case(
        "unknown_customer",
        save_site(create_customer_if_not_exist=True),
        site={"create_customer_if_not_exist": False},
    ),
    Case(
        "missing_default_customer",
        save_site(default_customer=lambda: make_customer()),
        site={"create_customer_if_not_exist": False},
        order=lambda: {"customer": make_buyer(is_guest=True, remote_id="")},
    ),
    Case(
        "waiting_payment",
        save_site(order_import_policy="always"),
        site={"order_import_policy": "paid"},
        order=lambda: {"paid": False},
    ),
    Case(
        "missing_discount_item",
        save_site(discount_item=lambda: make_service("DISC")),
        site={"put_coupon_discount_to": "item"},
        lines=lambda: (make_line("A1", 2, discount="10"),),
        order=lambda: {"discounts": (make_coupon("10"),)},
    ),
    Case(
        "missing_fee_item",
        save_site(fee_item=lambda: make_service("FEE")),
        before=lambda site: site.shipping_items.update(cost_calculation="free"),
    ),
    Case(
        "missing_substitute_item",
        save_site(substitute_item=lambda: Item.objects.get(code="A1")),
        site={"unknown_item_policy": "substitute"},
        lines=lambda: (make_line("NOPE"),),
    ),
    Case("missing_exchange_rate", rate, order=lambda: {"currency": "EUR"}),
    Case(
        "customer_blocked",
        change_customer(blocked="none"),
        rule=CONFIRMED,
        before=lambda site: buyer(blocked="all"),
    ),
    Case(
        "credit_limit",
        change_customer(credit_limit=Decimal("9999")),
        rule=CONFIRMED,
        before=lambda site: buyer(credit_limit=Decimal("1"), credit_check="block"),
        order=lambda: {"paid": False},
    ),
    Case(
        "stock_shortage",
        lambda site: stock_up(Item.objects.get(code="A1"), site.default_warehouse, 9),
        rule=DELIVERED,
        stock=0,
    ),
    Case(
        "period_locked",
        lambda site: PeriodLock.objects.get().delete(),
        site={"generate_accounting_entries": True},
        rule=INVOICED,
        before=lock_period,
    ),
    Case(
        "missing_accounting_rule",
        put_rules_back,
        site={"generate_accounting_entries": True},
        rule=INVOICED,
    ),
    Case(
        "no_warehouse",
        activate_warehouse,
        before=without_warehouses,
    ),
    Case("empty_kit", fill_kit, before=kit, rule=CONFIRMED, lines=lambda: (make_line("KIT"),)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_order_goes_again_by_itself(case, memory_site, shop, django_capture_on_commit_callbacks):
    make_item("A1", stock=case.stock)
    site = memory_site
    for name, value in case.site.items():
        setattr(site, name, value)
    site.save()
    if case.rule:
        site.document_generation_info_lines.update(**case.rule)
    case.before(site)
    remote = make_remote(*case.lines(), **case.order())
    shop.put(remote)
    site = Site.objects.get(pk=site.pk)
    held = import_order(site=site, remote=remote)
    assert held.outcome == "held" and case.code in {hold.code for hold in held.holds}, held.message
    assert heal_due_orders() == {}
    with django_capture_on_commit_callbacks(execute=True):
        case.cure(site)
    assert heal_due_orders() == {"created": 1}, one(Order).holds.filter(released_at=None).values_list("code")
    order = one(Order)
    assert (order.state, order.heal_at) == (OrderState.IMPORTED, None)
    assert not order.holds.filter(released_at=None).exists()
    assert not SiteError.objects.filter(state="open").exists()


def test_many_orders_go_in_one_run_with_progress(memory_site, shop, django_capture_on_commit_callbacks):
    make_item("A1", stock=999)
    memory_site.payment_methods.all().delete()
    remotes = [make_remote(make_line("A1")) for _ in range(BULK + 5)]
    shop.put(*remotes)
    site = Site.objects.get(pk=memory_site.pk)
    for remote in remotes:
        import_order(site=site, remote=remote)
    with django_capture_on_commit_callbacks(execute=True):
        map_payment(memory_site, "card")
    run = one(Run)
    assert (run.action, run.state) == ("release_orders", "queued")
    execute_waiting_runs()
    run.refresh_from_db()
    assert (run.state, run.found, run.created, run.total, run.done) == ("finished", 30, 30, 30, 30)
    assert run.adds_up
    assert set(Order.objects.values_list("state", flat=True)) == {"imported"}


def test_few_orders_make_no_run(memory_site, shop, django_capture_on_commit_callbacks):
    memory_site.payment_methods.all().delete()
    shop.put(remote := make_remote(make_line("A1")))
    import_order(site=Site.objects.get(pk=memory_site.pk), remote=remote)
    with django_capture_on_commit_callbacks(execute=True):
        map_payment(memory_site, "other")
    assert not Run.objects.exists()


def test_order_that_stays_held_waits_longer_each_time(memory_site, shop):
    shop.put(remote := make_remote(make_line("NOPE")))
    import_order(site=memory_site, remote=remote)
    waits = []
    for _ in range(4):
        Order.objects.update(heal_at=timezone.now())
        assert heal_due_orders() == {"held": 1}
        assert heal_due_orders() == {}
        waits.append(one(Order).heal_at - timezone.now())
    assert waits == sorted(waits) and waits[-1] > 3 * waits[0]


def test_stock_that_does_not_suffice_keeps_the_waiting_time_growing(
    memory_site, shop, django_capture_on_commit_callbacks
):
    item = make_item("A1")
    memory_site.document_generation_info_lines.update(**DELIVERED)
    shop.put(remote := make_remote(make_line("A1", 20)))
    import_order(site=Site.objects.get(pk=memory_site.pk), remote=remote)
    for tries in (1, 2, 3):
        assert one(Order).heal_attempts == tries
        with django_capture_on_commit_callbacks(execute=True):
            stock_up(item, memory_site.default_warehouse, 1)
        assert heal_due_orders() == {"held": 1}
        assert heal_due_orders() == {}


def test_import_of_one_order_does_not_stir_the_held_ones(
    memory_site, shop, django_capture_on_commit_callbacks
):
    make_item("A1", stock=5)
    memory_site.document_generation_info_lines.update(**DELIVERED)
    site = Site.objects.get(pk=memory_site.pk)
    shop.put(big := make_remote(make_line("A1", 9)), small := make_remote(make_line("A1", 1)))
    import_order(site=site, remote=big)
    with django_capture_on_commit_callbacks(execute=True):
        assert import_order(site=site, remote=small).outcome == "created"
    assert heal_due_orders() == {}


def test_try_that_leaves_no_time_for_the_next_one_still_waits(memory_site, shop, monkeypatch):
    """However an import ends: the claim of a try is never the time of the next."""
    shop.put(remote := make_remote(make_line("NOPE")))
    held_as_before = import_order(site=memory_site, remote=remote)
    monkeypatch.setattr("orders.services.heal.import_safely", lambda **kwargs: held_as_before)
    Order.objects.update(heal_at=timezone.now(), heal_attempts=5)
    heal_due_orders()
    row = Order.objects.annotate(left=F("heal_at")).get()
    assert row.left - timezone.now() > timedelta(hours=1)
    assert row.heal_attempts == 6


def test_cured_setting_releases_returns_too(memory_site, shop, django_capture_on_commit_callbacks):
    make_item("A1", stock=9)
    save_site(return_policy="credit_note", create_invoice_for_returns_if_invoice_not_found=False)(memory_site)
    site = Site.objects.get(pk=memory_site.pk)
    shop.put(remote := make_remote(make_line("A1", 2, "10")))
    import_order(site=site, remote=remote)
    import_return(site=site, remote=make_refund(remote, "5.00"))
    assert one(ReturnOrder).hold_code == "invoice_not_found"
    assert heal_returns() == 0
    with django_capture_on_commit_callbacks(execute=True):
        save_site(create_invoice_for_returns_if_invoice_not_found=True)(site)
    assert heal_returns() == 1
    row = one(ReturnOrder)
    assert (row.state, row.heal_at) == ("posted", None)
    assert not SiteError.objects.filter(state="open").exists()


def test_return_that_stays_held_is_not_tried_at_every_wake_up(memory_site, shop):
    make_item("A1", stock=9)
    save_site(return_policy="credit_note", create_invoice_for_returns_if_invoice_not_found=False)(memory_site)
    site = Site.objects.get(pk=memory_site.pk)
    shop.put(remote := make_remote(make_line("A1", 2, "10")))
    import_order(site=site, remote=remote)
    import_return(site=site, remote=make_refund(remote, "5.00"))
    ReturnOrder.objects.update(heal_at=timezone.now())
    before = one(ReturnOrder).heal_attempts
    assert heal_returns() == 0 and one(ReturnOrder).heal_attempts == before + 1
    heal_returns()
    assert one(ReturnOrder).heal_attempts == before + 1


def test_legal_entity_with_another_currency_lets_orders_go(
    memory_site, shop, django_capture_on_commit_callbacks
):
    make_item("A1", stock=9)
    entity = LegalEntity.objects.create(code="LE", name2="LE", base_currency="USD")
    save_site(legal_entity=entity)(memory_site)
    site = Site.objects.get(pk=memory_site.pk)
    shop.put(remote := make_remote(make_line("A1"), charges=(make_charge(ChargeKind.SHIPPING, "0"),)))
    assert import_order(site=site, remote=remote).code == "missing_exchange_rate"
    with django_capture_on_commit_callbacks(execute=True):
        entity.base_currency = "SAR"
        entity.save()
    assert heal_due_orders() == {"created": 1}
