"""What BigCommerce can do, as declared to the rest of the system."""

from __future__ import annotations

from platforms.base import Capabilities, CredentialField
from platforms.bigcommerce.categories import BATCH as CATEGORY_BATCH
from platforms.bigcommerce.client import PAGE_SIZE, TESTED_VERSIONS
from platforms.bigcommerce.mapping_orders import ORDER_STATUSES
from platforms.bigcommerce.mapping_products import PRODUCT_FIELDS
from platforms.bigcommerce.prices import BATCH as PRICE_BATCH
from platforms.bigcommerce.products import PRODUCT_BATCH
from platforms.bigcommerce.quantities import BATCH as QUANTITY_BATCH
from platforms.bigcommerce.webhooks import REGISTRABLE_TOPICS, REQUIRED_TOPICS

CAPABILITIES = Capabilities(
    read_orders=True,
    read_orders_modified_since=True,
    read_returns=True,
    # Refunds cannot be deleted, and an order names them only where its status or lines tell of any.
    returns_in_order=False,
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
    push_categories=True,
    push_status=True,
    push_shipments=True,
    partial_shipments=True,
    read_shipments=True,
    push_invoices="link",
    push_refunds=True,
    webhooks=True,
    webhook_registration=True,
    webhooks_by_get=True,  # callbacks of an app, with `signed_payload_jwt` in the query
    webhook_health=True,
    locations=True,
    request_token=True,
    stock_meaning="salable",  # orders lower the stock by themselves
    sequential_writes=True,  # bulk writes of stock and catalogue must not run beside each other
    quantity_batch=QUANTITY_BATCH,
    price_batch=PRICE_BATCH,
    product_batch=PRODUCT_BATCH,
    category_batch=CATEGORY_BATCH,
    order_page=PAGE_SIZE,
    product_page=PAGE_SIZE,
    max_parallel_calls=2,  # beside the caps per endpoint, of which the lowest for what we call is 2
    webhook_topics=REGISTRABLE_TOPICS,
    required_webhook_topics=REQUIRED_TOPICS,
    order_statuses=ORDER_STATUSES,
    default_statuses_to_import=("7", "11", "9", "8", "3", "2", "10", "14"),
    fields_of_product=PRODUCT_FIELDS,
    tested_versions=TESTED_VERSIONS,
)

CREDENTIAL_FIELDS = (
    CredentialField(
        "access_token",
        "Access token",
        "رمز الوصول",
        secret=True,
        help_en="Of a store-level API account (Settings > Store-level API accounts), shown once. Of an app it is asked for by "
        "'Request Token'.",
        help_ar="لحساب واجهة على مستوى المتجر (الإعدادات > Store-level API accounts)، ويُعرض مرة واحدة. أما رمز التطبيق "
        "فيُطلب عبر «طلب الرمز».",
    ),
    CredentialField(
        "store_hash",
        "Store hash",
        "معرّف المتجر",
        required=False,
        help_en="Only where the URL is not the API path, which holds it: https://api.bigcommerce.com/stores/<store hash>/v3/.",
        help_ar="فقط إذا لم يكن الرابط هو مسار الواجهة الذي يتضمنه: ‎https://api.bigcommerce.com/stores/<store hash>/v3/‎.",
    ),
    CredentialField(
        "username",
        "Client ID",
        "معرّف العميل",
        required=False,
        help_en="Of the API account or the app. Needed for apps.",
        help_ar="لحساب الواجهة أو التطبيق. مطلوب للتطبيقات.",
    ),
    CredentialField(
        "password",
        "Client secret",
        "سر العميل",
        secret=True,
        required=False,
        help_en="Of the API account or the app. Proves the signature of deliveries; needed for apps.",
        help_ar="لحساب الواجهة أو التطبيق. يثبت توقيع الإشعارات، ومطلوب للتطبيقات.",
    ),
)
