"""What Zid can do, as declared to the rest of the system."""

from __future__ import annotations

from platforms.base import Capabilities, CredentialField
from platforms.zid.client import BULK, CALLS_PER_SECOND, ORDER_PAGE, PRODUCT_PAGE, TESTED_VERSIONS
from platforms.zid.mapping_orders import ORDER_STATUSES
from platforms.zid.mapping_products import PRODUCT_FIELDS
from platforms.zid.products import PRODUCT_BATCH
from platforms.zid.webhooks import REGISTRABLE_TOPICS, REQUIRED_TOPICS

CAPABILITIES = Capabilities(
    read_orders=True,
    # There is no such list: the orders of the last days are compared, and open ones from before.
    read_orders_modified_since=False,
    read_returns=True,
    # Credit notes cannot be deleted, and an order names them only where its status tells of any.
    returns_in_order=False,
    push_quantities=True,
    push_prices=True,
    special_prices=True,
    special_price_windows=True,
    push_products=True,
    variants=True,
    images=True,
    push_categories=True,
    push_status=True,
    push_shipments=True,
    push_invoices="link",
    push_refunds=True,
    webhooks=True,
    webhook_registration=True,
    webhook_health=True,
    locations=True,
    languages=True,
    request_token=True,
    connect_by_browser=True,
    connect_with_code=True,
    refresh_ahead=60 * 24 * 60,  # after ten months of a year
    stock_meaning="salable",  # orders lower the stock by themselves
    sequential_writes=True,
    quantity_batch=BULK,
    price_batch=BULK,
    product_batch=PRODUCT_BATCH,
    category_batch=BULK,
    order_page=ORDER_PAGE,
    product_page=PRODUCT_PAGE,
    max_parallel_calls=1,
    calls_per_second=round(CALLS_PER_SECOND, 2),
    webhook_topics=REGISTRABLE_TOPICS,
    required_webhook_topics=REQUIRED_TOPICS,
    order_statuses=ORDER_STATUSES,
    default_statuses_to_import=("new", "preparing", "ready", "indelivery", "delivered"),
    fields_of_product=PRODUCT_FIELDS,
    tested_versions=TESTED_VERSIONS,
)

CREDENTIAL_FIELDS = (
    CredentialField(
        "authorization_token",
        "Authorization token",
        "رمز التفويض",
        secret=True,
        help_en="The answer's field 'authorization', sent as Bearer. Not the access token. 'Connect' fills it in.",
        help_ar="الحقل authorization في جواب زد، ويُرسل كرمز Bearer. وهو غير رمز المدير. يملؤه زر «ربط».",
    ),
    CredentialField(
        "access_token",
        "Manager token",
        "رمز المدير",
        secret=True,
        help_en="The answer's field 'access_token', sent as X-Manager-Token and Access-Token. 'Connect' fills it in.",
        help_ar="الحقل access_token في جواب زد، ويُرسل في X-Manager-Token وAccess-Token. يملؤه زر «ربط».",
    ),
    CredentialField(
        "refresh_token",
        "Refresh token",
        "رمز التجديد",
        secret=True,
        required=False,
        help_en="Renews all three tokens after ten months.",
        help_ar="يجدد الرموز الثلاثة بعد عشرة أشهر.",
    ),
    CredentialField(
        "username",
        "Client ID",
        "معرّف العميل",
        required=False,
        help_en="Of the app in Zid's partner dashboard. Needed to connect and to renew.",
        help_ar="للتطبيق في لوحة شركاء زد. مطلوب للربط والتجديد.",
    ),
    CredentialField(
        "password",
        "Client secret",
        "سر العميل",
        secret=True,
        required=False,
        help_en="Of the app in Zid's partner dashboard. Needed to connect and to renew.",
        help_ar="للتطبيق في لوحة شركاء زد. مطلوب للربط والتجديد.",
    ),
    CredentialField(
        "store_id",
        "Store ID",
        "رقم المتجر",
        required=False,
        help_en="Number of the store. Empty: read from its profile.",
        help_ar="رقم المتجر. فارغ: يُقرأ من ملفه التعريفي.",
    ),
)
