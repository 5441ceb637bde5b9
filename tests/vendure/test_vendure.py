"""A real shop that nobody here wrote, driven by an exported settings file alone: Vendure 3, in memory."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from activity.models import ApiCall
from activity.services.calls import flush_all
from erp.services.deliveries import create_delivery, ship_delivery
from linking.models import ItemLinkerLine, LinkState
from orders.models import Order, OrderOutbox
from orders.services.push_outbox import push_outbox
from orders.states import OrderState, OutboxState
from platforms.custom.adapter import CustomAdapter
from platforms.custom.examples import example_text
from sites.models import Site
from sites.runs import request_run
from sites.services.adapters import open_adapter
from sites.services.execute_runs import execute_waiting_runs
from sites.services.transfer import apply_import, export_text, plan_import, read_file
from tests.contracts.journey_cases import act, drain_all
from tests.orders.factories import make_item, make_service, make_shop_site
from tests.vendure.shop import Vendure

pytestmark = [pytest.mark.vendure, pytest.mark.django_db]

D = Decimal
_numbers = itertools.count(1)


@pytest.fixture
def site(vendure: Vendure, settings: Any) -> Site:
    """A new site with the shop's password; all else comes from a file that another site exported."""
    settings.BASE_URL = "https://erp.example.test"
    content = read_file(_exported(vendure))
    made = Site.objects.create(code=f"NEW{next(_numbers)}", site_type="custom", password=vendure.password)
    plan = plan_import(site=made, content=content)
    assert plan.problems == []
    assert {"URL", "platform options"} <= {change.label for change in plan.changes}
    assert "update_order_status_to" in plan.lines
    apply_import(site=made, content=content)
    return Site.objects.get(pk=made.pk)


def _exported(vendure: Vendure) -> str:
    """What the merchant's staff set up once: the example for Vendure, the ERP's side, and what is told when goods leave."""
    origin = make_shop_site(
        site_type="custom",
        url=vendure.url,
        username="superadmin",
        currency="SAR",
        max_orders_per_read=1000,
        discount_item=make_service("DISCOUNT"),
        rounding_item=make_service("ROUNDING"),
        fee_item=make_service("FEE"),
    )
    origin.update_order_status_to.create(
        document_type="delivery", document_state="shipped", remote_action="ship", notify_customer=True
    )
    example = read_file(example_text("vendure"))
    apply_import(site=origin, content=example)
    text = export_text(site=Site.objects.get(pk=origin.pk))
    origin.delete()
    return text


def _sku() -> str:
    return f"MUG-{next(_numbers)}"


def _why(order: Order) -> list[tuple[str, str]]:
    return list(order.holds.filter(released_at=None).values_list("code", "subject"))


def test_the_connection_is_tested(site: Site) -> None:
    run = act(site, "test_connection")
    assert run.failed == 0, [note.message for note in run.notes.filter(level="error")]
    site.refresh_from_db()
    assert site.shop_info["currency"] == "SAR"
    assert ["1", "Default Stock Location"] in [list(pair) for pair in site.shop_info["locations"]]


def test_catalogue_is_linked_and_stock_and_prices_go_out_once(site: Site, vendure: Vendure) -> None:
    skus = [_sku() for _ in range(3)]
    ids = [vendure.add_product(sku, price=1000, stock=5) for sku in skus]
    for sku in skus:
        make_item(sku, stock=7, sales_price=D("12.35"))

    act(site, "link_items")
    linked = ItemLinkerLine.objects.filter(site=site, state=LinkState.LINKED, item__isnull=False)
    assert set(linked.values_list("remote_sku", flat=True)) == set(skus)

    _send(site)
    assert {(vendure.variant(one)["stockOnHand"], vendure.variant(one)["price"]) for one in ids} == {
        (7, 1235)
    }

    assert _writes() == {"stock": 1, "prices": 1}
    _send(site)
    assert _writes() == {"stock": 1, "prices": 1}


def _writes() -> dict[str, int]:
    """How many calls of each kind that writes rows have gone out."""
    flush_all()
    bodies = list(ApiCall.objects.values_list("request_body", flat=True))
    return {kind: sum(f"mutation {kind}" in body for body in bodies) for kind in ("stock", "prices")}


def _send(site: Site) -> None:
    for action in ("update_all_qtys", "update_all_prices"):
        act(site, action)
    for kind in ("qty", "price"):
        drain_all(site, kind)


@pytest.mark.parametrize("coupon", ["", "TENOFF"])
def test_an_order_is_imported_proved_and_fulfilled_back(site: Site, vendure: Vendure, coupon: str) -> None:
    sku, other = _sku(), _sku()
    lines = {
        vendure.add_product(sku, price=1033, stock=50): 3,
        vendure.add_product(other, price=777, stock=50): 1,
    }
    for code in (sku, other):
        make_item(code, stock=50)
    if coupon:
        vendure.add_coupon(coupon, 10)
    placed = vendure.buy(lines, coupon=coupon)

    act(site, "link_items")
    act(site, "read_sales")
    order = Order.objects.get(site=site, number=placed["code"])
    assert (order.state, order.proof_ok) == (OrderState.IMPORTED, True), _why(order)
    assert order.sales_order is not None
    assert order.sales_order.grand_total == D(placed["totalWithTax"]) / 100
    assert order.sales_order.customer is not None

    ship_delivery(
        delivery=create_delivery(order=order.sales_order), carrier="Aramex", tracking_numbers=["TR1"]
    )
    assert push_outbox() >= 1
    open_rows = OrderOutbox.objects.filter(order=order).exclude(state=OutboxState.DONE)
    assert [(row.kind, row.error_message) for row in open_rows] == []
    shown = vendure.order(placed["code"])
    assert shown["state"] == "Shipped"
    (fulfilment,) = shown["fulfillments"]
    assert (fulfilment["state"], fulfilment["method"], fulfilment["trackingCode"]) == (
        "Shipped",
        "Aramex",
        "TR1",
    )
    assert sum(line["quantity"] for line in fulfilment["lines"]) == 4

    # Read again, it is the same order, and nothing is told twice.
    act(site, "read_sales")
    assert push_outbox() == 0
    assert Order.objects.filter(site=site, number=placed["code"]).count() == 1
    assert len(vendure.order(placed["code"])["fulfillments"]) == 1


def test_settings_travel_without_secrets_and_the_difference_is_shown(site: Site, vendure: Vendure) -> None:
    text = export_text(site=site)
    assert vendure.password not in text and site.webhook_secret not in text

    other = make_shop_site(site_type="custom", url="https://other.example.com", username="superadmin")
    other.save()
    content = read_file(text)
    labels = [change.label for change in plan_import(site=other, content=content).changes]
    assert {"URL", "platform options"} <= set(labels)
    apply_import(
        site=other,
        content={**content, "settings": {**content["settings"], "url": "https://other.example.com"}},
    )
    other.refresh_from_db()
    assert other.platform_options == site.platform_options
    assert (
        plan_import(
            site=other, content={**content, "settings": {"platform_options": site.platform_options}}
        ).changes
        == []
    )
    assert json.loads(text)["settings"].get("password") is None


def test_graphql_lines_of_the_site_are_run_and_tried(
    site: Site, vendure: Vendure, admin_client: Client
) -> None:
    sku = _sku()
    variant = vendure.add_product(sku, price=1000, stock=3)
    document = "query one($id: ID!) { productVariant(id: $id) { sku stockOnHand } }"
    site.graphql_lines.create(
        name="look", document=document, variables={"id": "0"}, result_path="productVariant.sku"
    )
    with open_adapter(site) as adapter:
        assert isinstance(adapter, CustomAdapter)
        assert adapter.run_graphql(document, {"id": variant}) == {
            "productVariant": {"sku": sku, "stockOnHand": 3}
        }

    values = {"operation": "GraphQL: look", "values": json.dumps({"id": variant}), "send": "1"}
    page = admin_client.post(reverse("admin:ecomsites_site_try", args=[site.pk]), values).content.decode()
    assert f"&quot;{sku}&quot;</bdi>" in page
    assert vendure.password not in page


def test_a_wrong_password_is_told(site: Site) -> None:
    site.password = "not the password"
    site.save()
    run = act_failing(site)
    texts = " ".join(note.message for note in run.notes.filter(level="error"))
    assert "gives no token" in texts


def act_failing(site: Site) -> Any:
    run = request_run(site=site, action="test_connection", params={})
    execute_waiting_runs()
    run.refresh_from_db()
    return run
