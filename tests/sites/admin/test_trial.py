"""'Try an Operation': the request before it leaves, the answer, what it is read as, and no secret anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from platforms.custom.examples import example_options
from sandbox.custom import CustomShop
from sites.models import Site
from tests.orders.factories import make_shop_site

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[CustomShop]:
    with CustomShop(webhook_delay=None) as shop:
        yield shop


@pytest.fixture
def site(shop: CustomShop) -> Site:
    made = make_shop_site(
        site_type="custom",
        url=shop.url,
        currency="SAR",
        access_token=shop.key,
        platform_options=example_options("generic_rest"),
    )
    made.save()
    return made


def _post(client: Client, site: Site, operation: str, values: object = "", **buttons: str) -> str:
    text = json.dumps(values) if values != "" else ""
    answer = client.post(
        reverse("admin:ecomsites_site_try", args=[site.pk]),
        {"operation": operation, "values": text, **buttons},
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_request_is_shown_masked_before_anything_leaves(
    admin_client: Client, site: Site, shop: CustomShop
) -> None:
    page = _post(admin_client, site, "push_quantities", show="1")

    assert "/api/v1/stock" in page and "&quot;quantity&quot;: 1" in page
    assert "Authorization: ***" in page
    assert shop.key not in page
    assert shop.counters.requests == 0


def test_the_answer_and_what_it_is_read_as_are_shown(
    admin_client: Client, site: Site, shop: CustomShop
) -> None:
    shop.add_product(sku="MUG", price="10.00", quantity=9)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    page = _post(admin_client, site, "get_order", {"id": str(order["id"])}, send="1")

    assert "lines[1].sku" in page and "totals.grand_total" in page and "23.00" in page
    assert shop.key not in page
    assert shop.counters.requests == 1


def test_a_write_is_sent_by_its_own_button_and_never_in_a_dry_run(
    admin_client: Client, site: Site, shop: CustomShop
) -> None:
    product = shop.add_product(sku="MUG", price="10.00", quantity=9)
    values = {"rows": [{"remote_id": str(product["id"]), "quantity": 4}]}
    site.dry_run = True
    site.save()
    _post(admin_client, site, "push_quantities", values, send="1")
    assert shop.stock_of("MUG") == 9

    site.dry_run = False
    site.save()
    page = _post(admin_client, site, "push_quantities", values, send="1")
    assert shop.stock_of("MUG") == 4
    assert "&quot;ok&quot;: true" in page


def test_a_shipment_fills_in_the_lines_that_are_open(
    admin_client: Client, site: Site, shop: CustomShop
) -> None:
    shop.add_product(sku="MUG", price="10.00", quantity=9)
    order = shop.place_order([{"sku": "MUG", "quantity": 2}])
    values = {"id": str(order["id"]), "notice": {"carrier": "Aramex", "tracking_number": "T1", "lines": []}}
    _post(admin_client, site, "push_shipment", values, send="1")

    (shipment,) = shop.order(order["id"])["shipments"]
    assert (shipment["tracking"], shipment["lines"][0]["quantity"]) == ("T1", 2)


def test_a_refusal_is_told_with_its_cure(admin_client: Client, site: Site) -> None:
    page = _post(admin_client, site, "get_order", {"id": "999999"}, send="1")
    assert "The shop does not have this record" in page and "NOT_FOUND" in page


def test_the_page_is_arabic_and_has_a_button_on_the_site(admin_client: Client, site: Site) -> None:
    page = admin_client.get(
        reverse("admin:ecomsites_site_try", args=[site.pk]), headers={"accept-language": "ar"}
    )
    assert 'dir="rtl"' in page.content.decode() and "تجربة عملية" in page.content.decode()
    change = admin_client.get(reverse("admin:ecomsites_site_change", args=[site.pk]))
    assert "Try an Operation" in change.content.decode()


def test_other_platforms_have_no_such_page(admin_client: Client) -> None:
    other = make_shop_site()
    assert admin_client.get(reverse("admin:ecomsites_site_try", args=[other.pk])).status_code == 404


def test_settings_that_cannot_be_read_are_refused_beside_their_option(
    admin_client: Client, site: Site
) -> None:
    address = reverse("admin:ecomsites_site_change", args=[site.pk])
    page = admin_client.get(address).content.decode()
    assert "push_quantities" in page  # the operations stand in the form
    answer = admin_client.post(address, {"option__operations": '{"launch": {"path": "/x"}}'})
    assert answer.status_code == 200
    assert "&#x27;launch&#x27; is no operation" in answer.content.decode()
