"""What Norce can do, as declared to the rest of the system."""

from __future__ import annotations

from platforms.base import Capabilities, CredentialField
from platforms.norce.client import TESTED_VERSIONS
from platforms.norce.order_states import ORDER_STATUSES
from platforms.norce.orders import PAGE
from platforms.norce.product_items import PRODUCT_FIELDS
from platforms.norce.webhooks import REQUIRED_TOPICS, TOPICS

FILE_ROWS = 5000

CAPABILITIES = Capabilities(
    read_orders=True,
    read_orders_modified_since=True,
    orders_in_events=True,
    read_returns=False,  # the ERP decides on returns, and Connect has no object of them
    push_quantities=True,
    push_prices=True,
    full_files=("quantities", "prices", "products"),
    special_prices=False,  # promotions live in campaign price lists and in Norce's own engine
    price_lists=True,
    price_list_currencies=True,
    price_list_removal=True,
    push_products=True,
    variants=True,
    images=True,
    push_categories=False,  # the tree is kept in Norce; products name the codes of categories
    push_customers=True,
    push_status=True,
    push_shipments=True,
    partial_shipments=True,
    push_invoices="link",
    push_refunds=True,
    webhooks=True,
    webhook_registration=False,  # events are set up in Admin; there is no API for it
    webhook_health=False,
    locations=True,
    languages=True,
    request_token=True,
    token_by_keys=True,
    stock_meaning="physical",
    sequential_writes=True,  # two jobs of a kind can land in either order
    fractional_quantities=True,
    quantity_batch=FILE_ROWS,
    price_batch=FILE_ROWS,
    product_batch=500,
    customer_batch=FILE_ROWS,
    order_page=PAGE,
    product_page=PAGE,
    max_parallel_calls=5,
    webhook_topics=tuple(TOPICS),
    required_webhook_topics=REQUIRED_TOPICS,
    order_statuses=ORDER_STATUSES,
    default_statuses_to_import=(
        "Created",
        "Allocation",
        "Confirmed",
        "BackOrder",
        "Acknowledged",
        "PartlyDelivered",
        "Delivered",
        "Invoiced",
    ),
    fields_of_product=PRODUCT_FIELDS,
    tested_versions=TESTED_VERSIONS,
)

_WHERE_EN = "Norce Admin > Settings > Users > OAuth."
_WHERE_AR = "من إدارة نورس > Settings > Users > OAuth."

CREDENTIAL_FIELDS = (
    CredentialField(
        "username",
        "Client ID",
        "معرّف العميل",
        required=False,
        help_en=f"Of an account for this system alone, so that Norce shows who changed what. {_WHERE_EN}",
        help_ar=f"لحساب خاص بهذا النظام وحده، ليُظهر نورس مَن غيّر وماذا غيّر. {_WHERE_AR}",
    ),
    CredentialField(
        "password",
        "Client secret",
        "المفتاح السري للعميل",
        secret=True,
        help_en=f"It is shown once. {_WHERE_EN}",
        help_ar=f"يُعرض مرة واحدة فقط. {_WHERE_AR}",
    ),
    CredentialField(
        "application_id",
        "Application ID",
        "رقم التطبيق",
        help_en="The number of the shop in Norce: one client has several applications.",
        help_ar="رقم المتجر في نورس: للعميل الواحد عدة تطبيقات.",
    ),
    CredentialField(
        "access_token",
        "Access token",
        "رمز الوصول",
        secret=True,
        required=False,
        help_en="Comes by 'Request Token' and is renewed by itself every hour. Without one each process asks for its own.",
        help_ar="يأتي عبر «طلب الرمز» ويتجدد تلقائيًا كل ساعة. ومن دونه تطلب كل عملية رمزًا خاصًا بها.",
    ),
)
