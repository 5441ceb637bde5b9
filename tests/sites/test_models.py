from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from erp.models import PaymentMethod
from sites.models import (
    CopyToEcommerceItemLine,
    DocumentGenerationLine,
    EventActionLine,
    GraphQLLine,
    PaymentMethodLine,
    ShippingItemLine,
    Site,
    UpdateItemCriterion,
    UpdateOrderStatusLine,
)

pytestmark = pytest.mark.django_db


def errors_of(row: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        row.full_clean()
    return dict(caught.value.message_dict)


def test_new_site_has_its_own_webhook_id_and_secret(make_site: Callable[..., Site]) -> None:
    one, two = make_site(), make_site()
    assert len(one.webhook_public_id) == 32
    assert one.webhook_public_id != two.webhook_public_id
    assert len(one.webhook_secret) > 30
    assert one.webhook_secret != two.webhook_secret
    assert one.webhook_url.endswith(f"/webhooks/fakeshop/{one.webhook_public_id}/")


def test_url_is_unique_among_active_sites_only(make_site: Callable[..., Site]) -> None:
    make_site(url="https://a.example.com")
    twin = Site(code="TWIN", site_type="fakeshop", url="HTTPS://A.example.com/", username="u", password="p")
    assert "already" in errors_of(twin)["__all__"][0]
    twin.active = False
    twin.full_clean()


def test_http_is_refused_outside_loopback(site: Site) -> None:
    site.url = "http://shop.example.com"
    assert "https" in errors_of(site)["url"][0]
    site.url = "http://127.0.0.1:9"
    site.full_clean()


def test_switch_that_the_platform_lacks_is_refused(make_site: Callable[..., Site]) -> None:
    site = make_site(site_type="tinyshop", read_orders=True, update_prices=True)
    found = errors_of(site)
    assert found["read_orders"] == ["Tiny Shop cannot do this. Switch it off."]
    assert "update_prices" in found
    site.read_orders = site.update_prices = False
    site.full_clean()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"currency": "RIYAL"}, "currency"),
        ({"quiet_hours_from": "22:00"}, "quiet_hours_to"),
        ({"customer_match_by": ["email", "shoe size"]}, "customer_match_by"),
        ({"qty_formula": ["magic"]}, "qty_formula"),
        ({"remote_statuses_to_import": "processing"}, "remote_statuses_to_import"),
        ({"unknown_item_policy": "substitute"}, "substitute_item"),
        ({"total_difference_policy": "rounding"}, "rounding_item"),
        ({"create_customer_if_not_exist": False, "customer_match_by": []}, "default_customer"),
        ({"item_identity": "expression"}, "item_identity_expression"),
        ({"request_timeout": 0}, "request_timeout"),
        ({"channel_buffer_percent": Decimal(101)}, "channel_buffer_percent"),
        ({"gateway_url": "http://gateway.example.com"}, "gateway_url"),
        ({"site_type": "unheard-of"}, "site_type"),
    ],
)
def test_bad_setting_is_refused_at_its_field(site: Site, values: dict[str, Any], field: str) -> None:
    for name, value in values.items():
        setattr(site, name, value)
    assert field in errors_of(site)


def test_platform_secrets_are_one_encrypted_text(site: Site) -> None:
    site.set_secret("fake_manager_token", "m-42")
    site.platform_options = {"fake_store_id": "77"}
    site.save()
    again = Site.objects.get(pk=site.pk)
    assert again.secrets == {"fake_manager_token": "m-42"}
    assert again.credential("fake_manager_token") == "m-42"
    assert again.credential("fake_store_id") == "77"
    assert again.credential("password") == "sk-very-secret"
    assert again.option("days") == 7
    again.set_secret("fake_manager_token", "")
    assert again.platform_secrets == ""


def test_payment_line_needs_a_method_and_a_fitting_value(site: Site) -> None:
    line = PaymentMethodLine(site=site, remote_code=" cod ")
    assert "payment_method" in errors_of(line)
    line.payment_method = PaymentMethod.objects.create(code="COD")
    line.calculation_type, line.value = "percent", Decimal(120)
    assert "value" in errors_of(line)
    line.value = Decimal(50)
    line.full_clean()
    assert line.remote_code == "cod"
    line.save()
    twin = PaymentMethodLine(site=site, remote_code="cod", payment_method=line.payment_method)
    assert "already" in errors_of(twin)["__all__"][0]


def test_shipping_line_needs_an_item_or_a_method(site: Site) -> None:
    assert "service_item" in errors_of(ShippingItemLine(site=site))


def test_document_line_checks_its_criteria(site: Site) -> None:
    line = DocumentGenerationLine(site=site, criteria="total >")
    assert "Position 8" in errors_of(line)["criteria"][0]
    line.criteria, line.create_sales_order, line.create_invoice = "total > 5", False, True
    line.full_clean()
    assert not line.creates_nothing
    line.create_invoice = False
    assert line.creates_nothing


def test_event_line_fits_kinds_and_needs_parameters(site: Site) -> None:
    line = EventActionLine(site=site, event_kind="order.*", action="send_email")
    assert "to" in errors_of(line)["parameters"][0]
    line.parameters = {"to": "a@example.com"}
    line.full_clean()
    assert line.fits("order.created")
    assert not line.fits("product.created")
    assert EventActionLine(event_kind="*").fits("product.created")


def test_copy_line_checks_its_transform(site: Site) -> None:
    line = CopyToEcommerceItemLine(site=site, item_field="name2", target_field="name", transform="join(")
    assert "JMESPath" in errors_of(line)["transform"][0]
    line.transform, line.when_empty = "", "default"
    assert "default_value" in errors_of(line)


def test_criterion_checks_row_and_expression(site: Site) -> None:
    assert "field" in errors_of(UpdateItemCriterion(site=site))
    assert "value" in errors_of(
        UpdateItemCriterion(site=site, field="sales_price", operator=">", value="dear")
    )
    assert "expression" in errors_of(UpdateItemCriterion(site=site, expression="brand ="))
    UpdateItemCriterion(site=site, field="brand", operator="in", value="A, B").full_clean()


def test_status_line_needs_a_status(site: Site) -> None:
    line = UpdateOrderStatusLine(site=site, document_type="delivery", document_state="shipped")
    assert "remote_status" in errors_of(line)


def test_graphql_line_checks_its_document(site: Site) -> None:
    assert "document" in errors_of(GraphQLLine(site=site, name="q", document="query { a"))
    assert "document" in errors_of(GraphQLLine(site=site, name="q", kind="mutation", document="{ a }"))
