"""Back to the order: shipments with their companies, invoices by their address, the token strategy of deliveries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ecomsync.common.errors import InvalidSignature
from platforms.types import InvoiceKind, InvoiceNotice, Outcome, Parcel, ShipmentNotice, WebhookDelivery
from tests.platforms.salla.bench import SECRET, SallaBench


def notice(order: str, carrier: str = "Aramex", number: str = "TR1") -> ShipmentNotice:
    return ShipmentNotice(
        "d-1", order, carrier=carrier, parcels=(Parcel(number, "https://x.test/t"),), status="shipped"
    )


def test_shipment_has_its_company_number_and_link_and_moves_the_status(bench: SallaBench) -> None:
    order = bench.order()

    with bench.adapter() as adapter:
        assert adapter.push_shipment(notice(order)).outcome is Outcome.OK
        assert adapter.push_shipment(notice(order)).outcome is Outcome.UNCHANGED

    (made,) = bench.shop.shipments_of(int(order))
    assert (made["courier_name"], made["shipping_number"], made["tracking_link"]) == (
        "Aramex",
        "TR1",
        "https://x.test/t",
    )
    assert (made["status"], made["external_id"], made["packages"][0]["sku"]) == ("shipped", "d-1", "BENCH")
    assert bench.status_of(order) == "shipped"


def test_carrier_that_the_store_does_not_have_goes_by_hand_with_its_name(bench: SallaBench) -> None:
    order, other = bench.order(), bench.order()

    with bench.adapter() as adapter:
        adapter.push_shipment(notice(order, "Naqel"))
    with bench.adapter(options={"courier_id": 102}) as adapter:
        adapter.push_shipment(notice(other, "Naqel", "TR2"))

    (made,), (chosen,) = bench.shop.shipments_of(int(order)), bench.shop.shipments_of(int(other))
    assert (made["courier_id"], made["external_company_name"]) == (103, "Naqel")
    assert chosen["courier_id"] == 102


def test_partial_shipment_has_its_lines_and_an_unknown_line_is_refused(bench: SallaBench) -> None:
    bench.shop.add_product(sku="CUP", quantity=9)
    order = bench.shop.place_order([{"sku": "CUP", "quantity": 3}])
    line = str(order["items"][0]["id"])
    from decimal import Decimal

    part = replace(notice(str(order["id"])), lines=((line, Decimal(2)),), is_partial=True, status="")
    with bench.adapter() as adapter:
        assert adapter.push_shipment(part).outcome is Outcome.OK
        wrong = adapter.push_shipment(replace(part, key="d-2", lines=(("1", Decimal(1)),), parcels=()))

    (made,) = bench.shop.shipments_of(order["id"])
    assert made["packages"][0]["quantity"] == 2
    assert (wrong.outcome, wrong.code) == (Outcome.REJECTED, "unknown_line")


def test_invoice_carries_the_figures_of_the_order(bench: SallaBench) -> None:
    order = bench.order()

    with bench.adapter() as adapter:
        result = adapter.push_invoice(InvoiceNotice("k", order, "INV-9", url="https://erp.test/i/9"))

    (made,) = bench.shop.invoices_of(int(order))
    assert result.outcome is Outcome.OK
    assert (made["invoice_number"], made["url"], str(made["_figures"]["total"])) == (
        "INV-9",
        "https://erp.test/i/9",
        "40.25",
    )


def test_store_without_custom_invoices_and_credit_notes_are_told(bench: SallaBench) -> None:
    bench.shop.options.custom_invoices = False
    invoice = InvoiceNotice("k", bench.order(), "INV-9", url="https://erp.test/i/9")

    with bench.adapter() as adapter:
        refused = adapter.push_invoice(invoice)
        credit = adapter.push_invoice(replace(invoice, kind=InvoiceKind.CREDIT_NOTE))

    assert refused.outcome is Outcome.REJECTED and "custom" in refused.cure
    assert (credit.outcome, credit.code) == (Outcome.REJECTED, "unsupported")


def test_token_strategy_compares_the_secret_itself(bench: SallaBench) -> None:
    body = bench.delivery("order.updated", bench.order_body("7")).body
    adapter = bench.adapter(options={"webhook_strategy": "token"})

    for given in (SECRET, f"Bearer {SECRET}"):
        assert adapter.read_webhook(WebhookDelivery({"authorization": given}, body)).remote_id == "7"
    for wrong in (
        {"authorization": "other"},
        {},
        bench.delivery("order.updated", bench.order_body("7")).headers,
    ):
        with pytest.raises(InvalidSignature):
            adapter.read_webhook(WebhookDelivery(wrong, body))


def test_hooks_get_strategy_and_secret_by_a_second_call(bench: SallaBench) -> None:
    with bench.adapter(options={"webhook_strategy": "token"}) as adapter:
        adapter.register_webhooks(["order.created"])
        assert bench.writes == 2
        (hook,) = bench.shop.store.hooks.values()
        assert hook["security"] == {"strategy": "token", "secret": SECRET}
        hook["security"]["secret"] = "changed in the store"
        assert [h.detail for h in adapter.webhook_health() if h.topic == "order.created"] == [
            "has another secret"
        ]
        (renewed,) = adapter.register_webhooks(["order.created"])

    assert (renewed.outcome, renewed.code) == (Outcome.OK, "secret_renewed")


def test_status_event_names_the_order_inside(bench: SallaBench) -> None:
    delivery = bench.delivery(
        "order.status.updated", b'{"id":5,"status":"x","order":{"id":42,"reference_id":1}}'
    )

    notice = bench.adapter().read_webhook(delivery)

    assert (notice.remote_id, notice.resource) == ("42", "order")
    assert notice.occurred_at is not None and notice.occurred_at.isoformat() == "2026-11-08T07:15:30+00:00"
