"""What a preview says is what the import then does, and a preview leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

from activity.models import Event, SiteError
from erp.models import (
    AccountingEntry,
    AccountingEntryLine,
    Customer,
    Item,
    NumberSeries,
    StockMovement,
    StockReservation,
)
from erp.services.accounting import ensure_default_accounts
from orders.models import Order, OrderHold, OrderOutbox, OrderVersion, ReturnOrder
from orders.services.context import ImportContext
from orders.services.import_order import import_order
from orders.services.preview import Preview, preview_order, preview_return
from orders.services.returns import import_return
from platforms.types import OrderPhase
from sites.models import Site, UpdateOrderStatusLine
from sync_queues.models import UpdateQtyRequest
from tests.orders.factories import (
    count_documents,
    later,
    make_item,
    make_line,
    make_refund,
    make_remote,
    one,
    refund_line,
)

pytestmark = pytest.mark.django_db
TABLES = (
    Order, OrderHold, OrderOutbox, OrderVersion, ReturnOrder, Event, SiteError, Item, NumberSeries, AccountingEntry,
    AccountingEntryLine, UpdateQtyRequest, StockMovement, StockReservation, Customer,
)  # fmt: skip


def everything() -> list[Any]:
    return [count_documents(), *(list(model.objects.order_by("pk").values()) for model in TABLES)]


@pytest.fixture
def site(memory_site) -> Site:
    """Delivers, invoices, takes the money, posts entries and tells the shop."""
    ensure_default_accounts()
    make_item("A1", stock=50)
    memory_site.document_generation_info_lines.update(
        create_sales_order=True,
        create_delivery=True,
        create_invoice=True,
        create_receipt=True,
        auto_confirm=True,
    )
    memory_site.generate_accounting_entries = True
    memory_site.update_order_status = True
    memory_site.return_policy = "credit_note"
    memory_site.save()
    UpdateOrderStatusLine.objects.create(
        site=memory_site, document_type="delivery", document_state="shipped", remote_action="status",
        remote_status="completed",
    )  # fmt: skip
    return Site.objects.get(pk=memory_site.pk)


def rehearse(act: Callable[[], Preview], callbacks: Any) -> Preview:
    """The preview, which must not leave a trace: no row, no number, no mail, nothing to do after a commit."""
    before = everything()
    with callbacks() as waiting:
        found = act()
    assert everything() == before
    assert waiting == [] and mail.outbox == []
    return found


def real_documents(order: Order) -> list[tuple[str, str]]:
    return sorted((row.document_type, row.number) for row in order.documents.all())


def previewed(found: Preview, *changes: str) -> list[str]:
    return sorted(row["number"] for row in found.documents if not changes or row["change"] in changes)


def test_clean_order(site, shop, django_capture_on_commit_callbacks):
    remote = make_remote(make_line("A1", 10))
    found = rehearse(lambda: preview_order(site=site, remote=remote), django_capture_on_commit_callbacks)
    result = import_order(site=site, remote=remote)
    assert result.order is not None and found.outcome == result.outcome == "created"
    assert previewed(found) == sorted(number for _kind, number in real_documents(result.order))
    assert {row["change"] for row in found.documents} == {"new"}
    assert (found.new_customer, found.customer) == (True, str(one(Customer)))
    assert found.proof == result.order.proof
    assert [row["quantity"] for row in found.lines if row["item"] == "A1"] == ["10"]
    assert len(found.entries) == AccountingEntryLine.objects.count() > 0
    movements = [row for row in found.stock if row["kind"] == "movement"]
    assert [row["quantity"] for row in movements] == ["-10"]
    assert [row["status"] for row in found.messages] == list(
        OrderOutbox.objects.values_list("echo_status", flat=True)
    )
    assert found.messages


def test_held_order(site, shop, django_capture_on_commit_callbacks):
    remote = make_remote(make_line("NOPE"))
    import_order(site=site, remote=remote)
    found = rehearse(lambda: preview_order(site=site, remote=remote), django_capture_on_commit_callbacks)
    assert (found.outcome, [hold["code"] for hold in found.holds], found.documents) == (
        "held",
        ["unknown_sku"],
        [],
    )


def test_held_order_that_would_pass_now(site, shop, django_capture_on_commit_callbacks):
    remote = make_remote(make_line("LATE"))
    import_order(site=site, remote=remote)
    make_item("LATE", stock=5)
    found = rehearse(lambda: preview_order(site=site, remote=remote), django_capture_on_commit_callbacks)
    result = import_order(site=site, remote=remote, force=True)
    assert result.order is not None and found.outcome == result.outcome == "created"
    assert previewed(found) == sorted(number for _kind, number in real_documents(result.order))


def test_changed_order(site, shop, django_capture_on_commit_callbacks):
    import_order(site=site, remote=(remote := make_remote(make_line("A1", 2))))
    newer = later(remote, lines=(make_line("A1", 1),))
    found = rehearse(lambda: preview_order(site=site, remote=newer), django_capture_on_commit_callbacks)
    result = import_order(site=site, remote=newer, source="manual")
    assert found.outcome == result.outcome
    assert [hold["code"] for hold in found.holds] == [hold.code for hold in result.holds]
    assert previewed(found) == sorted(number for _kind, number in real_documents(one(Order)))


def test_cancelled_order(memory_site, shop, django_capture_on_commit_callbacks):
    make_item("A1", stock=5)
    import_order(site=memory_site, remote=(remote := make_remote(make_line("A1"))))
    newer = later(remote, status="cancelled", phase=OrderPhase.CANCELLED)
    found = rehearse(
        lambda: preview_order(site=memory_site, remote=newer), django_capture_on_commit_callbacks
    )
    assert found.outcome == "updated"
    assert [row["change"] for row in found.documents] == ["changed"]
    assert {row["kind"] for row in found.stock} == {"reservation"}
    result = import_order(site=memory_site, remote=newer)
    assert result.outcome == found.outcome
    assert found.documents[0]["state"] == one(Order).sales_order.state


def test_return(site, shop, django_capture_on_commit_callbacks):
    import_order(site=site, remote=(remote := make_remote(make_line("A1", 2, "10"))))
    refund = make_refund(remote, "11.50", refund_line(remote.lines[0]))
    found = rehearse(lambda: preview_return(site=site, remote=refund), django_capture_on_commit_callbacks)
    import_return(site=site, remote=refund)
    row = one(ReturnOrder)
    made = {row.sales_return.number, row.credit_note.number}
    assert set(previewed(found, "new")) == made and found.outcome == "created"
    assert {entry["change"] for entry in found.documents if entry["number"] not in made} <= {
        "same",
        "changed",
    }


def test_return_that_would_be_held(site, shop, django_capture_on_commit_callbacks):
    refund = make_refund(make_remote(), "11.50")
    found = rehearse(lambda: preview_return(site=site, remote=refund), django_capture_on_commit_callbacks)
    assert (found.outcome, [hold["code"] for hold in found.holds]) == ("held", ["return_without_order"])


def test_items_of_one_rehearsal_do_not_haunt_the_next(memory_site, shop):
    """The policy 'create' makes an item inside the rehearsal; it must not be remembered after it."""
    Site.objects.update(unknown_item_policy="create")
    context = ImportContext(Site.objects.get(pk=memory_site.pk))
    remotes = [make_remote(make_line("BRANDNEW")), make_remote(make_line("BRANDNEW"))]
    found = [preview_order(site=context.site, remote=remote, context=context) for remote in remotes]
    assert [preview.documents[0]["change"] for preview in found] == ["new", "new"]
    assert not Item.objects.filter(code="BRANDNEW").exists()
