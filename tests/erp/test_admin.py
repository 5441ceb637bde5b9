"""Pages of the ERP: every list, every form, the actions, import and export."""

from __future__ import annotations

import io

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from erp.inputs import ItemPriceInput
from erp.models import (
    CancelReason,
    Customer,
    Item,
    ItemPrice,
    KitComponent,
    PriceList,
    Receipt,
    SalesInvoice,
    SalesOrder,
    SalesReturn,
    StockBalance,
    StockCount,
    StockCountLine,
    StockMovement,
    TaxPlan,
    TaxPlanLine,
)
from erp.services.accounting import ensure_default_accounts
from erp.services.deliveries import create_delivery, ship_delivery
from erp.services.invoices import create_invoice, issue_invoice
from erp.services.prices import set_item_prices
from erp.services.receipts import create_receipt
from tests.erp.factories import (
    D,
    figures,
    line,
    make_confirmed,
    make_customer,
    make_entity,
    make_item,
    make_method,
    make_order,
    shipping,
    stock_up,
)

pytestmark = pytest.mark.django_db

MODELS = [model for model in admin.site._registry if model._meta.app_label == "erp"]


@pytest.fixture
def staff(client):
    user = get_user_model().objects.create_superuser("staff", "staff@example.com", "x")
    client.force_login(user)
    return client


@pytest.fixture
def world(riyadh):
    """One row of nearly everything."""
    make_entity()
    ensure_default_accounts()
    item, kit = make_item("SKU-1"), make_item("KIT-1", item_type="kit")
    template = make_item("TPL-1", item_type="template")
    make_item("TPL-1-M", variant_of=template)
    KitComponent.objects.create(kit=kit, component=item, quantity=2)
    stock_up(item, riyadh, 50)
    prices = PriceList.objects.create(code="RETAIL", currency="SAR")
    set_item_prices(price_list=prices, prices=[ItemPriceInput(item=item, price=D("9.5"))])
    order = make_confirmed(
        line(item, 2), line(kit, 1), charges=[shipping()], shipping_address={"name": "سارة", "city": "الرياض"}
    )
    ship_delivery(delivery=create_delivery(order=order))
    invoice = issue_invoice(invoice=create_invoice(order=order), post_entries=True)
    create_receipt(
        customer=order.customer,
        payment_method=make_method(),
        amount=D(50),
        currency="SAR",
        paid_at=timezone.now(),
        allocations=[(invoice, D(50))],
        post_entries=True,
    )
    return order


def action_url(row, name):
    return reverse(f"admin:erp_{row._meta.model_name}_action", args=[row.pk, name])


def press(client, row, name, **fields):
    answer = client.post(action_url(row, name), {"_confirmed": "1", **fields}, follow=True)
    assert answer.status_code == 200
    row.refresh_from_db()
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_lists_and_forms_open(staff, world, language):
    headers = {"accept-language": language}
    for model in MODELS:
        name = f"admin:erp_{model._meta.model_name}"
        urls = [
            reverse(f"{name}_changelist"),
            reverse(f"{name}_changelist") + "?q=SKU",
            reverse(f"{name}_add"),
        ]
        urls += [reverse(f"{name}_change", args=[row.pk]) for row in model._default_manager.all()[:2]]
        for url in urls:
            answer = staff.get(url, headers=headers)
            assert answer.status_code in ((200, 403) if url.endswith("/add/") else (200, 302)), url


def test_every_model_of_the_menu_has_a_page():
    assert len(MODELS) >= 35


def test_order_goes_from_draft_to_paid_by_buttons(staff, riyadh):
    item = make_item()
    stock_up(item, riyadh, 10)
    order = make_order(line(item, 4))
    assert "SO-000001" in press(staff, order, "confirm", on_shortage="reject", reserve="on")[0]
    assert figures(item, riyadh) == (D(10), D(4))
    press(staff, order, "deliver", carrier="SMSA", tracking_numbers="A1, A2")
    delivery = order.deliveries.get()
    assert (delivery.state, delivery.tracking_numbers, order.state) == ("shipped", ["A1", "A2"], "delivered")
    press(staff, order, "make_invoice")
    invoice = order.invoices.get()
    press(staff, invoice, "pay", payment_method=make_method().pk, transaction_id="t-1")
    order.refresh_from_db()
    assert (invoice.state, invoice.balance, order.state) == ("paid", D(0), "completed")
    row = order.lines.get()
    press(staff, order, "make_return", **{f"line_{row.pk}": "1", "reason": "too big"})
    sales_return = SalesReturn.objects.get()
    press(staff, sales_return, "receive", restock="on")
    press(staff, sales_return, "credit")
    assert (sales_return.state, sales_return.credit_note.grand_total) == ("credited", D("28.75"))
    assert figures(item, riyadh) == (D(7), D(0))


def test_refusals_are_shown_with_cause_and_cure(staff, riyadh):
    order = make_order(line(make_item("LAST")))
    messages = press(staff, order, "confirm", on_shortage="reject")  # without reserve nothing is checked
    assert "confirmed" in messages[0]
    second = make_order(line(make_item("GONE")))
    text = " ".join(press(staff, second, "confirm", on_shortage="reject", reserve="on"))
    assert "GONE" in text and "0 free" in text and "choose another warehouse" in text
    assert second.state == "draft"


def test_posted_documents_and_orders_of_shops_cannot_be_edited(staff, world):
    draft_of_shop = make_order(line(make_item()))
    for row in (world, draft_of_shop, SalesInvoice.objects.first(), Receipt.objects.first()):
        url = reverse(f"admin:erp_{row._meta.model_name}_change", args=[row.pk])
        page = staff.get(url)
        assert page.context["has_change_permission"] is False
        assert staff.post(url, {}).status_code == 403
        delete = reverse(f"admin:erp_{row._meta.model_name}_delete", args=[row.pk])
        assert staff.post(delete, {"post": "yes"}).status_code in (302, 403) or row.state == "draft"
    assert SalesInvoice.objects.exists() and Receipt.objects.exists()


def test_typed_order_is_priced_and_taxed_when_saved(staff, riyadh):
    make_entity(prices_include_tax=True)
    plan = TaxPlan.objects.create(code="VAT15")
    TaxPlanLine.objects.create(tax_plan=plan, tax_code="VAT15", rate=15)
    item = make_item(sales_price=D(115), tax_plan=plan)
    form = staff.get(reverse("admin:erp_salesorder_add")).context["adminform"].form
    data = {name: value for name in form.fields if (value := form[name].value()) not in (None, "")}
    now = timezone.now()
    data |= {
        "customer": make_customer().pk,
        "currency": "SAR",
        "prices_include_tax": "on",
        "order_date_0": now.date().isoformat(),
        "order_date_1": "10:00:00",
        "issue_date": now.date().isoformat(),
        "value_date": now.date().isoformat(),
        "warehouse": riyadh.pk,
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        "lines-0-item": item.pk,
        "lines-0-quantity": "2",
        "lines-0-unit_price": "0",
        "lines-0-discount_percent": "10",
        "charges-TOTAL_FORMS": 1,
        "charges-INITIAL_FORMS": 0,
        "charges-0-kind": "shipping",
        "charges-0-net_amount": "20",
        "charges-0-tax_rate": "15",
        "charges-0-tax_amount": "0",
    }
    answer = staff.post(reverse("admin:erp_salesorder_add"), data)
    assert answer.status_code == 302, answer.context["errors"]
    order = SalesOrder.objects.get()
    row = order.lines.get()
    assert (row.unit_price, row.net_amount, row.tax_amount, row.gross_amount) == (
        D(115),
        D(180),
        D(27),
        D(207),
    )
    assert (order.grand_total, order.tax_total, row.tax_code) == (D(230), D(30), "VAT15")
    press(staff, order, "confirm", on_shortage="back_order", reserve="on")
    assert order.state == "confirmed"


def test_cancelling_keeps_the_chosen_reason(staff, riyadh):
    reason = CancelReason.objects.create(code="NO-STOCK", name2="Out of stock")
    order = make_order(line(make_item()))
    press(staff, order, "cancel", cancel_reason=reason.pk, reason="told by phone")
    assert (order.state, order.cancel_reason) == ("cancelled", "Out of stock: told by phone")


def test_count_and_transfer_by_button(staff, riyadh, jeddah):
    item = make_item()
    stock_up(item, riyadh, 10)
    count = StockCount.objects.create(warehouse=riyadh)
    StockCountLine.objects.create(stock_count=count, item=item, counted_quantity=8)
    press(staff, count, "post_count")
    balance = StockBalance.objects.get(item=item)
    press(staff, balance, "transfer_stock", warehouse=jeddah.pk, quantity="3")
    assert (figures(item, riyadh)[0], figures(item, jeddah)[0]) == (D(5), D(3))


def upload(client, model, text, *, confirm=True):
    """Dry run, then (if it is clean) the import itself; answers the result of the dry run."""
    url = reverse(f"admin:erp_{model._meta.model_name}_import")
    formats = client.get(url).context["form"].fields["format"].choices
    csv = next(key for key, label in formats if label == "csv")
    file = io.BytesIO(text.encode())
    file.name = "rows.csv"
    page = client.post(url, {"format": csv, "import_file": file})
    assert page.status_code == 200
    result = page.context.get("result")
    if confirm and result is not None and not result.has_errors() and not result.has_validation_errors():
        done = page.context["confirm_form"]
        process = reverse(f"admin:erp_{model._meta.model_name}_process_import")
        assert client.post(process, done.initial, follow=True).status_code == 200
    return result


def test_items_are_upserted_by_code_with_dry_run_and_row_errors(staff, riyadh):
    make_item("OLD", sales_price=1)
    text = "code,name1,name2,item_type,sales_price,barcode\nold,قديم,Old,stock,5.25,6280000000017\nNEW,جديد,New,stock,7,\n"
    result = upload(staff, Item, text)
    assert (result.totals["new"], result.totals["update"]) == (1, 1)
    old = Item.objects.get(code="OLD")
    assert (old.sales_price, old.name1, old.barcodes.get().barcode_type) == (D("5.25"), "قديم", "ean13")
    again = upload(staff, Item, text)
    assert again.totals["skip"] == 2
    bad = upload(staff, Item, "code,name2,item_type,base_unit,sales_price\nX,X,stock,NOPE,1\nY,Y,weird,,1\n")
    assert bad.has_errors() or bad.has_validation_errors()
    assert not Item.objects.filter(code__in=["X", "Y"]).exists()


def test_prices_are_upserted_by_list_and_item(staff):
    PriceList.objects.create(code="RETAIL", currency="SAR")
    make_item("A")
    upload(staff, ItemPrice, "price_list,item,price\nretail,a,10\n")
    upload(staff, ItemPrice, "price_list,item,price,special_price\nRETAIL,A,11,9\n")
    price = ItemPrice.objects.get()
    assert (price.price, price.special_price) == (D(11), D(9))


def test_counted_stock_becomes_movements(staff, riyadh):
    make_item("A")
    make_item("B")
    upload(staff, StockBalance, "item,warehouse,on_hand\nA,RUH,5\nB,RUH,2\n")
    upload(staff, StockBalance, "item,warehouse,on_hand\nA,RUH,3\nB,RUH,2\n")
    found = list(StockMovement.objects.order_by("id").values_list("item__code", "quantity", "movement_type"))
    assert found == [("A", D(5), "opening"), ("B", D(2), "opening"), ("A", D(-2), "count_adjustment")]
    bad = upload(staff, StockBalance, "item,warehouse,on_hand\nA,NOWHERE,5\n")
    assert bad.has_errors() or bad.has_validation_errors()


def test_customers_are_upserted_by_code(staff):
    upload(staff, Customer, "code,name1,name2,email,customer_type\nc1,Sara,Ali,SARA@Example.com,individual\n")
    assert Customer.objects.get().email == "sara@example.com"
    bad = upload(staff, Customer, "code,name1,email\nC2,X,not-an-address\n")
    assert bad.has_validation_errors()


def test_export_answers_a_file(staff, world):
    url = reverse("admin:erp_item_export")
    form = staff.get(url).context["form"]
    fields = {name: "on" for name in form.fields if name.startswith("itemresource_")}
    csv = next(key for key, label in form.fields["format"].choices if label == "csv")
    answer = staff.post(url, {"format": csv, "resource": "0", **fields})
    assert "SKU-1" in answer.content.decode()


def test_reader_without_permission_sees_no_buttons(client, world):
    user = get_user_model().objects.create_user("reader", is_staff=True)
    from django.contrib.auth.models import Permission

    user.user_permissions.add(
        Permission.objects.get(codename="view_salesorder", content_type__app_label="erp")
    )
    client.force_login(user)
    page = client.get(reverse("admin:erp_salesorder_change", args=[world.pk]))
    assert page.status_code == 200 and page.context["action_groups"] == []
    assert client.post(action_url(world, "make_invoice"), {"_confirmed": "1"}).status_code == 403
