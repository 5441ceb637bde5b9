"""The demo's site with its mappings, as an implementer would set it up in the admin."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from ecomsync.demo.processes import SandboxControl
from erp.models import Customer, DeliveryMethod, Item, PaymentMethod, PriceList, Warehouse
from sites.models import (
    CopyToEcommerceItemLine,
    DocumentGenerationLine,
    EventActionLine,
    PaymentMethodLine,
    ShippingItemLine,
    Site,
    UpdateOrderStatusLine,
    UpdateQtyCriterion,
    WarehouseLine,
)

PAYMENTS = {"bacs": "BANK", "cod": "COD", "moyasar": "CARD", "tabby": "CARD", "stc_pay": "STCPAY"}
SHIPPING = {"flat_rate": "ARAMEX", "free_shipping": "ARAMEX", "local_pickup": "PICKUP"}


def create_staff(password: str) -> None:
    """The login that the demo prints."""
    get_user_model().objects.create_superuser("admin", "admin@example.com", password)


def create_site(shop: SandboxControl) -> Site:
    """A site for the sandbox, complete but for the payment method that the story maps later."""
    state = shop.get("state")
    key = state["keys"][0]
    site = Site(
        code="WOO-DEMO",
        name1="متجر النخبة الإلكتروني",
        name2="Elite online store",
        site_type="woocommerce",
        url=state["url"],
        username=key["consumer_key"],
        password=key["consumer_secret"],
        webhook_integration_enabled=True,
        send_items_to_magento=True,
        update_quantities=True,
        update_prices=True,
        update_categories=True,
        update_order_status=True,
        read_returns=True,
        read_orders_from_date=timezone.now() - timedelta(days=30),
        max_orders_per_read=1000,
        default_warehouse=Warehouse.objects.get(code="RUH"),
        default_customer=Customer.objects.filter(is_guest=True).first(),
        price_list=PriceList.objects.get(code="RETAIL"),
        price_source_list=PriceList.objects.get(code="RETAIL"),
        discount_item=Item.objects.get(code="DISCOUNT"),
        rounding_item=Item.objects.get(code="ROUNDING"),
        fee_item=Item.objects.get(code="COD-FEE"),
        refund_shipping_item=Item.objects.get(code="SHIPPING"),
        return_policy="credit_note",
    )
    site.full_clean()
    site.save()
    for code in ("bacs", "cod", "moyasar", "tabby"):
        map_payment_method(site, code)
    for number, (code, method) in enumerate(SHIPPING.items(), start=1):
        ShippingItemLine.objects.create(
            site=site,
            line_no=number,
            remote_code=code,
            service_item=Item.objects.get(code="SHIPPING"),
            delivery_method=DeliveryMethod.objects.get(code=method),
        )
    for number, code in enumerate(("RUH", "JED"), start=1):
        WarehouseLine.objects.create(
            site=site, line_no=number, warehouse=Warehouse.objects.get(code=code), priority=number
        )
    _documents(site)
    _back_to_the_shop(site)
    return site


def map_payment_method(site: Site, code: str) -> None:
    """One line of the payment method table."""
    PaymentMethodLine.objects.create(
        site=site,
        line_no=list(PAYMENTS).index(code) + 1,
        remote_code=code,
        payment_method=PaymentMethod.objects.get(code=PAYMENTS[code]),
    )


def _documents(site: Site) -> None:
    """Paid orders are invoiced with a receipt, the others only reserve stock; deliveries are made by the warehouse."""
    DocumentGenerationLine.objects.create(
        site=site,
        line_no=1,
        name="Paid orders",
        criteria="payment_status in (paid, partly_refunded, refunded)",
        create_reservation=True,
        create_invoice=True,
        create_receipt=True,
    )
    DocumentGenerationLine.objects.create(site=site, line_no=2, name="All others", create_reservation=True)


def _back_to_the_shop(site: Site) -> None:
    UpdateOrderStatusLine.objects.create(
        site=site,
        line_no=1,
        document_type="delivery",
        document_state="shipped",
        remote_status="completed",
        remote_action="ship",
        notify_customer=True,
    )
    EventActionLine.objects.create(
        site=site, line_no=1, event_kind="order.*", action="import_order", critical=True
    )
    CopyToEcommerceItemLine.objects.create(site=site, line_no=1, item_field="weight", target_field="weight")
    UpdateQtyCriterion.objects.create(site=site, line_no=1, expression="item_type = stock")
