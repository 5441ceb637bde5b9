"""Messages in the admin: in words, with cause and cure, retried and cancelled."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from erp.models import SalesOrder
from erp.services.deliveries import create_delivery, ship_delivery
from orders.models import Order, OrderOutbox
from orders.services.import_order import import_order
from orders.services.push_outbox import push_outbox
from platforms.types import Outcome, PushResult
from sites.models import Site
from tests.orders.factories import make_item, make_remote, one

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(memory_site, shop):
    """A delivery that the shop refused."""
    Site.objects.filter(pk=memory_site.pk).update(update_order_status=True)
    memory_site.refresh_from_db()
    make_item("A1", stock=9)
    memory_site.update_order_status_to.create(
        document_type="delivery",
        document_state="shipped",
        remote_status="completed",
        remote_action="ship",
        notify_customer=True,
        comment_template="في الطريق {tracking}",
    )
    import_order(site=memory_site, remote=make_remote())
    push_outbox()
    ship_delivery(delivery=create_delivery(order=one(SalesOrder)), tracking_numbers=["TR1"])
    shop.answers = [PushResult("", Outcome.REJECTED, "bad_carrier", "No such carrier.", "Name another one.")]
    push_outbox()
    return OrderOutbox.objects.get(kind="ship")


def page(client, row, **headers):
    return client.get(
        reverse("admin:orders_orderoutbox_change", args=[row.pk]), headers=headers
    ).content.decode()


def act(client, row, name):
    address = reverse("admin:orders_orderoutbox_action", args=[row.pk, name])
    return client.post(address, {"_confirmed": "1"}, follow=True).content.decode()


def test_message_is_shown_in_words_with_cause_and_cure(admin_client, message):
    shown = page(admin_client, message)
    for words in ("TR1", "في الطريق TR1", "completed", "No such carrier.", "Name another one.", "DHL"):
        assert words in shown, words
    assert "&quot;comment&quot;" not in shown, "no JSON"
    assert "الرسالة" in page(admin_client, message, **{"accept-language": "ar"})


def test_order_page_tells_what_the_shop_was_told(admin_client, message):
    shown = admin_client.get(reverse("admin:orders_order_change", args=[one(Order).pk])).content.decode()
    assert "Told to the shop" in shown and "No such carrier." in shown and "TR1" in shown
    assert reverse("admin:orders_orderoutbox_change", args=[message.pk]) in shown


def test_failed_message_is_retried_from_its_page(admin_client, message, shop):
    assert "1 message goes again." in act(admin_client, message, "retry")
    push_outbox()
    message.refresh_from_db()
    assert message.state == "done"
    assert "is not possible in the present state" in act(admin_client, message, "cancel")


def test_failed_message_is_cancelled_from_its_page(admin_client, message):
    assert "1 message is cancelled." in act(admin_client, message, "cancel")
    message.refresh_from_db()
    assert message.state == "cancelled" and push_outbox() == 0


def test_message_that_waits_for_a_setting_is_shown_as_held(admin_client, message):
    OrderOutbox.objects.filter(pk=message.pk).update(
        state="pending", error_class="configuration", error_code="pdf_unavailable", not_before=timezone.now()
    )
    shown = page(admin_client, message)
    assert "held" in shown and "This machine cannot make PDF files" in shown
    listed = admin_client.get(reverse("admin:orders_orderoutbox_changelist")).content.decode()
    assert "held" in listed and "TR1" in listed
