"""What Shopify can do, as declared to the rest of the system."""

from __future__ import annotations

from platforms.base import Capabilities, CredentialField
from platforms.shopify.client import PAGE_SIZE
from platforms.shopify.mapping_orders import DEFAULT_STATUSES, ORDER_STATUSES
from platforms.shopify.mapping_products import PRODUCT_FIELDS
from platforms.shopify.versions import TESTED_VERSIONS
from platforms.shopify.webhooks import REGISTRABLE_TOPICS, REQUIRED_TOPICS

CAPABILITIES = Capabilities(
    read_orders=True,
    read_orders_modified_since=True,
    read_returns=True,
    returns_in_order=True,
    read_customers=False,  # they are taken from orders
    push_quantities=True,
    push_prices=True,
    special_prices=True,
    price_lists=True,
    price_list_currencies=True,
    price_list_specials=True,
    price_list_removal=True,
    push_products=True,
    variants=True,
    images=True,
    languages=True,
    push_categories=True,
    push_status=True,
    push_shipments=True,
    partial_shipments=True,
    push_invoices="link",
    push_refunds=True,
    read_shipments=True,
    webhooks=True,
    webhook_registration=True,
    webhook_health=True,
    locations=True,
    graphql=True,
    rest=False,
    request_token=True,
    connect_by_browser=True,
    connect_with_code=True,
    token_by_keys=True,
    stock_meaning="salable",
    compare_and_set=True,
    idempotency_keys=True,
    quantity_batch=250,
    price_batch=250,
    product_batch=20,
    category_batch=100,
    order_page=PAGE_SIZE,
    product_page=PAGE_SIZE,
    max_parallel_calls=4,
    webhook_topics=REGISTRABLE_TOPICS,
    required_webhook_topics=REQUIRED_TOPICS,
    order_statuses=ORDER_STATUSES,
    default_statuses_to_import=DEFAULT_STATUSES,
    fields_of_product=PRODUCT_FIELDS,
    tested_versions=TESTED_VERSIONS,
)

CREDENTIAL_FIELDS = (
    CredentialField(
        "username",
        "Client ID",
        "معرّف التطبيق",
        required=False,
        help_en="Of the app in Shopify's Dev Dashboard. Not needed with an access token made in the shop's admin.",
        help_ar="معرّف التطبيق (Client ID) في لوحة مطوري شوبيفاي. لا حاجة إليه مع رمز وصول أُنشئ في لوحة تحكم المتجر.",
    ),
    CredentialField(
        "password",
        "Client secret",
        "المفتاح السري للتطبيق",
        secret=True,
        required=False,
        help_en="Also proves the webhooks: without it no delivery is taken.",
        help_ar="به أيضًا يُتحقق من إشعارات الويب، فمن دونه لا يُقبل أي إشعار.",
    ),
    CredentialField(
        "access_token",
        "Admin API access token",
        "رمز الوصول إلى واجهة الإدارة",
        secret=True,
        required=False,
        help_en="Comes by itself with 'Connect' or 'Request Token'. Of an app made in the shop's admin: begins with shpat_.",
        help_ar="يأتي تلقائيًا مع «اتصال» أو «طلب الرمز». ولتطبيق أُنشئ في لوحة تحكم المتجر: يبدأ بـ shpat_.",
    ),
    CredentialField(
        "refresh_token",
        "Refresh token",
        "رمز التجديد",
        secret=True,
        required=False,
        help_en="Comes and changes by itself where tokens lapse.",
        help_ar="يأتي ويتغير تلقائيًا حين تكون للرموز مدة صلاحية.",
    ),
    CredentialField(
        "old_client_secret",
        "Former client secret",
        "المفتاح السري السابق للتطبيق",
        secret=True,
        required=False,
        help_en="For an hour after the client secret was renewed Shopify may still sign webhooks with the former one.",
        help_ar="لمدة ساعة بعد تجديد المفتاح السري قد يوقّع شوبيفاي الإشعارات بالمفتاح السابق.",
    ),
)
WEBHOOK_CREDENTIALS = ("password", "old_client_secret")
