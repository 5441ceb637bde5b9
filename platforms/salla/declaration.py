"""What Salla can do, as declared to the rest of the system."""

from __future__ import annotations

from platforms.base import Capabilities, CredentialField
from platforms.salla.client import PAGE_SIZE, TESTED_VERSIONS
from platforms.salla.mapping_orders import ORDER_STATUSES
from platforms.salla.mapping_products import PRODUCT_FIELDS
from platforms.salla.prices import BATCH as PRICE_BATCH
from platforms.salla.products import PRODUCT_BATCH
from platforms.salla.quantities import BATCH as QUANTITY_BATCH
from platforms.salla.webhooks import REGISTRABLE_TOPICS, REQUIRED_TOPICS

CAPABILITIES = Capabilities(
    read_orders=True,
    read_returns=True,
    push_quantities=True,
    push_prices=True,
    special_prices=True,
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
    webhooks=True,
    webhook_registration=True,
    webhook_health=True,
    locations=True,
    request_token=True,
    named_token_action=True,
    refresh_ahead=24 * 60,
    renew_every=7,  # how long tokens live is documented nowhere: an idle store's are kept fresh
    connect_by_browser=True,
    connect_with_code=True,
    stock_meaning="salable",  # orders lower the stock by themselves
    sequential_writes=True,  # bulk calls are queued without an order between them
    quantity_batch=QUANTITY_BATCH,
    price_batch=PRICE_BATCH,
    product_batch=PRODUCT_BATCH,
    order_page=PAGE_SIZE,
    product_page=PAGE_SIZE,
    max_parallel_calls=2,
    webhook_topics=REGISTRABLE_TOPICS,
    required_webhook_topics=REQUIRED_TOPICS,
    order_statuses=ORDER_STATUSES,
    default_statuses_to_import=(
        "payment_pending",
        "under_review",
        "in_progress",
        "delivering",
        "shipped",
        "delivered",
        "completed",
        "restoring",
        "restored",
    ),
    fields_of_product=PRODUCT_FIELDS,
    tested_versions=TESTED_VERSIONS,
)

CREDENTIAL_FIELDS = (
    CredentialField(
        "username",
        "Client ID",
        "معرّف العميل",
        required=False,
        help_en="Of the app, from Salla's Partner portal. Needed to renew the token.",
        help_ar="معرّف التطبيق من بوابة شركاء سلة. مطلوب لتجديد الرمز.",
    ),
    CredentialField(
        "password",
        "Client secret",
        "سر العميل",
        secret=True,
        required=False,
        help_en="Of the app, from Salla's Partner portal. Needed to renew the token.",
        help_ar="سر التطبيق من بوابة شركاء سلة. مطلوب لتجديد الرمز.",
    ),
    CredentialField(
        "access_token",
        "Access token",
        "رمز الوصول",
        secret=True,
        required=False,
        help_en="Comes by itself: with the installation of the app (easy mode), by 'Connect' (custom mode), or by "
        "'Read Salla Access Token'.",
        help_ar="يصل تلقائيًا: مع تثبيت التطبيق (النمط السهل)، أو عبر «الربط» (النمط المخصص)، أو عبر «قراءة رمز وصول سلة».",
    ),
    CredentialField(
        "refresh_token",
        "Refresh token",
        "رمز التجديد",
        secret=True,
        required=False,
        help_en="Comes with the access token and is good once: never use it anywhere else.",
        help_ar="يصل مع رمز الوصول ويصلح لمرة واحدة فقط: لا تستخدمه في أي مكان آخر.",
    ),
    CredentialField(
        "merchant",
        "Merchant number",
        "رقم التاجر",
        required=False,
        help_en="Number of the store in events of the app; read together with the token.",
        help_ar="رقم المتجر في أحداث التطبيق؛ يُقرأ مع الرمز.",
    ),
    CredentialField(
        "app_webhook_secret",
        "Webhook secret of the app",
        "سر إشعارات التطبيق",
        secret=True,
        required=False,
        help_en="From the app's page in the Partner portal: proves the events of installations, which come for all stores to "
        "one address.",
        help_ar="من صفحة التطبيق في بوابة الشركاء: يثبت أحداث التثبيت التي تصل لكل المتاجر إلى عنوان واحد.",
    ),
)
