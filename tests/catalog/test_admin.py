"""Every page of the catalogue, pricing and webhooks opens, and their actions do what they say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from activity.models import Run
from catalog.models import CategoryConfig, CategoryConfigLine, ProductConfig
from erp.models import ItemGroup
from pricing.models import PriceUpdaterDoc, PriceUpdaterLine
from sandbox.woocommerce import WooShop
from sites.models import Site
from tests.catalog.world import make_item, make_site, rows_of
from tests.webhooks.world import deliver, order_payload
from tests.webhooks.world import make_site as make_hook_site
from webhooks.models import EventState, WebhookCounter, WebhookEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("catalog.admin.products.kick", "pricing.admin.documents.kick"):
        monkeypatch.setattr(name, lambda *args: None)
    monkeypatch.setattr("catalog.admin.categories.publish_runs", lambda: None)
    for name in ("webhooks.admin.kick", "webhooks.porch.kick"):
        monkeypatch.setattr(name, lambda: None)


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root"))
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"admin:{name}", args=args)


def press(client: Client, model: str, pk: int, action: str, **data: Any) -> Any:
    return client.post(page(f"{model}_action", pk, action), {"_confirmed": "1", **data}, follow=True)


def texts(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


@pytest.fixture
def product() -> ProductConfig:
    return ProductConfig.objects.create(site=make_site(), item=make_item("MUG"))


@pytest.fixture
def category() -> CategoryConfig:
    row = CategoryConfig.objects.create(site=make_site(), code="TEAS", name2="Teas")
    CategoryConfigLine.objects.create(category=row, item_group=ItemGroup.objects.create(code="TEA"))
    return row


@pytest.fixture
def document() -> PriceUpdaterDoc:
    row = PriceUpdaterDoc.objects.create(currency="SAR")
    row.sites.add(make_site())
    PriceUpdaterLine.objects.create(
        document=row, item=make_item("CUP"), new_price=Decimal(9), old_price=Decimal(10)
    )
    return row


@pytest.fixture
def event() -> WebhookEvent:
    deliver(make_hook_site(), order_payload())
    return WebhookEvent.objects.get()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(
    "model",
    ["catalog_productconfig", "catalog_categoryconfig", "pricing_priceupdaterdoc", "webhooks_webhookevent"],
)
def test_lists_and_objects_open(
    staff: Client,
    language: str,
    model: str,
    product: ProductConfig,
    category: CategoryConfig,
    document: PriceUpdaterDoc,
    event: WebhookEvent,
) -> None:
    rows = {
        "catalog_productconfig": product,
        "catalog_categoryconfig": category,
        "pricing_priceupdaterdoc": document,
        "webhooks_webhookevent": event,
    }
    headers = {"Accept-Language": language}
    assert staff.get(page(f"{model}_changelist"), headers=headers).status_code == 200
    assert staff.get(page(f"{model}_changelist") + "?q=mug", headers=headers).status_code == 200
    response = staff.get(page(f"{model}_change", rows[model].pk), headers=headers)
    assert response.status_code == 200
    assert f'lang="{language}"' in response.content.decode()
    if model != "webhooks_webhookevent":
        assert staff.get(page(f"{model}_add"), headers=headers).status_code == 200


@pytest.mark.parametrize("model", ["catalog_soldinshop", "webhooks_webhookcounter"])
def test_machine_written_lists_open_and_cannot_be_edited(staff: Client, model: str) -> None:
    WebhookCounter.objects.create(scope=0, day="2026-01-01", unknown_site=4)
    assert staff.get(page(f"{model}_changelist")).status_code == 200
    assert staff.get(page(f"{model}_add")).status_code == 403


def test_send_now_queues_the_product(staff: Client, product: ProductConfig) -> None:
    response = press(staff, "catalog_productconfig", product.pk, "send_now")
    assert "1 product is on its way" in texts(response)
    request = rows_of(product.site, "item")[-1]
    assert (request.item, request.forced) == (product.item, True)


def test_send_now_from_the_list_takes_all_that_are_chosen(staff: Client, product: ProductConfig) -> None:
    other = ProductConfig.objects.create(site=product.site, item=make_item("CUP"))
    data = {"action": "send_now", "_selected_action": [product.pk, other.pk]}
    response = staff.post(page("catalog_productconfig_changelist"), data, follow=True)
    assert "2 products are on their way" in texts(response)


def test_send_now_tells_why_a_site_takes_no_products(staff: Client, product: ProductConfig) -> None:
    Site.objects.update(send_items_to_magento=False)
    response = press(staff, "catalog_productconfig", product.pk, "send_now")
    assert "switched off" in texts(response)


def test_a_preview_shows_the_fields_and_writes_nothing(staff: Client, product: ProductConfig) -> None:
    before = len(rows_of(product.site, "item"))
    response = press(staff, "catalog_productconfig", product.pk, "preview")
    assert "Item MUG" in response.content.decode()
    assert len(rows_of(product.site, "item")) == before


def test_disabling_asks_first(staff: Client, product: ProductConfig) -> None:
    asked = staff.get(page("catalog_productconfig_action", product.pk, "disable_in_shop"))
    assert "Switch the chosen products off" in asked.content.decode()
    press(staff, "catalog_productconfig", product.pk, "disable_in_shop")
    assert rows_of(product.site, "item")[-1].action == "disable"


def test_fetch_from_shop_asks_the_shop(staff: Client, shop: WooShop, site: Site) -> None:
    shop.add_product(sku="MUG", regular_price="1.00")
    row = ProductConfig.objects.create(site=site, item=make_item("MUG"))
    response = press(staff, "catalog_productconfig", row.pk, "fetch_from_shop")
    assert "Found in the shop: 1" in texts(response)


@pytest.mark.parametrize(
    ("action", "run"), [("send_tree", "send_categories"), ("fetch_from_shop", "fetch_categories")]
)
def test_category_actions_start_a_run(staff: Client, category: CategoryConfig, action: str, run: str) -> None:
    press(staff, "catalog_categoryconfig", category.pk, action)
    assert Run.objects.get().action == run


def test_assign_products_counts(staff: Client, category: CategoryConfig) -> None:
    assert "0 products" in texts(press(staff, "catalog_categoryconfig", category.pk, "assign"))


def test_a_document_goes_through_its_buttons(staff: Client, document: PriceUpdaterDoc) -> None:
    for action, state in (("submit", "submitted"), ("approve", "approved"), ("process", "processed")):
        response = press(staff, "pricing_priceupdaterdoc", document.pk, action)
        document.refresh_from_db()
        assert document.state == state, texts(response)
    assert document.details.get().status == "skipped"


def test_lines_of_a_submitted_document_cannot_be_changed(staff: Client, document: PriceUpdaterDoc) -> None:
    press(staff, "pricing_priceupdaterdoc", document.pk, "submit")
    response = staff.get(page("pricing_priceupdaterdoc_change", document.pk))
    assert 'name="details-0-new_price"' not in response.content.decode()


def test_approval_needs_its_permission(client: Client, document: PriceUpdaterDoc) -> None:
    clerk = User.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=("view_priceupdaterdoc", "change_priceupdaterdoc"))
    )
    client.force_login(clerk)
    press(client, "pricing_priceupdaterdoc", document.pk, "submit")
    refused = client.post(page("pricing_priceupdaterdoc_action", document.pk, "approve"), {"_confirmed": "1"})
    assert refused.status_code == 403


def test_a_stopped_line_is_named(staff: Client, document: PriceUpdaterDoc) -> None:
    document.details.update(new_price=Decimal(1))
    response = press(staff, "pricing_priceupdaterdoc", document.pk, "submit")
    assert "CUP" in texts(response)
    document.refresh_from_db()
    assert document.state == "draft"


@pytest.mark.parametrize(
    "model", ["catalog_productconfig", "catalog_categoryconfig", "pricing_priceupdaterdoc"]
)
@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_rows_are_exported(
    staff: Client, model: str, file_format: str, product: Any, category: Any, document: Any
) -> None:
    from import_export.formats import base_formats

    assert staff.get(page(f"{model}_export")).status_code == 200
    form = staff.get(page(f"{model}_export")).context["form"]
    wanted = next(
        number for number, title in form.fields["format"].choices if str(title).lower() == file_format
    )
    fields = {name: "on" for name in form.fields if name not in ("format", "resource", "export_items")}
    response = staff.post(page(f"{model}_export"), {"format": wanted, **fields})
    assert response.status_code == 200
    data = response.content
    assert data
    if file_format == "csv":
        assert {"catalog_productconfig": b"MUG", "catalog_categoryconfig": b"TEAS"}.get(model, b"CUP") in data
    assert base_formats.CSV


def imported(model: Any, resource: Any, rows: list[dict[str, Any]]) -> Any:
    import tablib

    data = tablib.Dataset()
    data.dict = rows
    return resource().import_data(data, raise_errors=False)


def test_settings_are_imported(product: ProductConfig) -> None:
    from catalog.admin.resources import CategoryConfigResource, ProductConfigResource

    make_item("CUP")
    rows = [
        {"site": product.site.code, "sku": "MUG", "item": "MUG", "tax_class": "zero"},
        {"site": product.site.code, "sku": "CUP-1", "item": "cup", "tax_class": ""},
        {"site": product.site.code, "sku": "X", "item": "NOBODY", "tax_class": ""},
    ]
    result = imported(ProductConfig, ProductConfigResource, rows)
    assert [row.import_type for row in result.rows][:2] == ["update", "new"]
    assert result.has_errors() or result.has_validation_errors()
    product.refresh_from_db()
    assert product.tax_class == "zero"
    tree = [
        {"code": "ROOT", "site": product.site.code, "name2": "Root", "parent": ""},
        {"code": "LEAF", "site": product.site.code, "name2": "Leaf", "parent": "ROOT"},
    ]
    assert not imported(CategoryConfig, CategoryConfigResource, tree).has_errors()
    assert CategoryConfig.objects.get(code="LEAF").parent.code == "ROOT"


def test_lines_are_imported_into_drafts_only(document: PriceUpdaterDoc) -> None:
    from pricing.admin.resources import PriceUpdaterDocResource

    make_item("PLATE")
    rows = [
        {"document": document.pk, "item": "CUP", "min_quantity": "1", "new_price": "8.50"},
        {"document": document.pk, "item": "PLATE", "min_quantity": "", "new_price": "20"},
    ]
    result = imported(PriceUpdaterLine, PriceUpdaterDocResource, rows)
    assert not result.has_errors(), [error.error for row in result.rows for error in row.errors]
    assert document.details.get(item__code="CUP").new_price == Decimal("8.50")
    assert document.details.get(item__code="PLATE").sku == "PLATE"
    PriceUpdaterDoc.objects.update(state="approved")
    rows[0]["new_price"] = "1"
    result = imported(PriceUpdaterLine, PriceUpdaterDocResource, rows)
    assert result.has_errors() or result.has_validation_errors()
    assert document.details.get(item__code="CUP").new_price == Decimal("8.50")


def test_an_event_is_replayed(staff: Client, event: WebhookEvent) -> None:
    WebhookEvent.objects.update(state=EventState.DEAD, attempts=3, actions=[{"key": "a"}])
    response = press(staff, "webhooks_webhookevent", event.pk, "replay")
    assert "1 event will be processed again" in texts(response)
    event.refresh_from_db()
    assert (event.state, event.attempts, event.actions) == (EventState.PENDING, 0, [])


def test_an_event_shows_body_error_and_cure(staff: Client, event: WebhookEvent) -> None:
    WebhookEvent.objects.update(
        state=EventState.DEAD, error_code="shop_unavailable", error_message="503 from the shop"
    )
    text = staff.get(page("webhooks_webhookevent_change", event.pk)).content.decode()
    assert "503 from the shop" in text
    assert "date_modified_gmt" in text
