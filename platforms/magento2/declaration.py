"""What Magento 2 can do, as declared to the rest of the system."""

from __future__ import annotations

from platforms.base import Capabilities, CredentialField
from platforms.magento2.client import ARRAY_ROWS, TESTED_VERSIONS
from platforms.magento2.mapping_products import PRODUCT_FIELDS
from platforms.magento2.shop import ORDER_STATUSES
from platforms.magento2.webhooks import REQUIRED_TOPICS, TOPICS

CAPABILITIES = Capabilities(
    read_orders=True,
    read_orders_modified_since=True,
    read_returns=True,
    returns_in_order=False,  # credit memos are a list of their own
    read_customers=False,  # customers are taken from orders
    push_quantities=True,
    push_prices=True,
    special_prices=True,
    special_price_windows=True,
    price_lists=True,
    price_list_removal=True,
    push_products=True,
    variants=True,
    bundles=True,
    groups=True,
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
    webhook_health=True,
    locations=True,
    connect_by_address=True,
    languages=True,
    stock_meaning="physical",  # sources keep what lies there; the shop takes its open orders off by itself
    sequential_writes=True,  # parallel stock writes lock each other out, parallel documents lose quantities
    fractional_quantities=True,
    quantity_batch=ARRAY_ROWS,
    price_batch=ARRAY_ROWS,
    product_batch=100,
    category_batch=100,
    order_page=300,
    product_page=300,
    max_parallel_calls=2,
    webhook_topics=tuple(TOPICS),
    required_webhook_topics=REQUIRED_TOPICS,
    order_statuses=ORDER_STATUSES,
    default_statuses_to_import=("pending", "processing", "complete"),
    fields_of_product=PRODUCT_FIELDS,
    tested_versions=TESTED_VERSIONS,
)

_WHERE_EN = "Magento admin > System > Extensions > Integrations."
_WHERE_AR = "من إدارة ماجنتو > System > Extensions > Integrations."

CREDENTIAL_FIELDS = (
    CredentialField(
        "consumer_key",
        "Consumer key",
        "مفتاح المستهلك",
        required=False,
        help_en=f"The first of the four texts of an integration. {_WHERE_EN}",
        help_ar=f"أول النصوص الأربعة للتكامل. {_WHERE_AR}",
    ),
    CredentialField(
        "consumer_secret",
        "Consumer secret",
        "المفتاح السري للمستهلك",
        secret=True,
        required=False,
        help_en="The second of the four.",
        help_ar="ثاني النصوص الأربعة.",
    ),
    CredentialField(
        "access_token",
        "Access token",
        "رمز الوصول",
        secret=True,
        required=False,
        help_en="The third of the four. Alone it signs in as bearer, which shops from 2.4.4 must allow.",
        help_ar="ثالث النصوص الأربعة. وحده يسجّل الدخول كـ bearer، وعلى المتاجر ابتداءً من 2.4.4 السماح بذلك.",
    ),
    CredentialField(
        "access_token_secret",
        "Access token secret",
        "سر رمز الوصول",
        secret=True,
        required=False,
        help_en="The fourth.",
        help_ar="رابع النصوص.",
    ),
    CredentialField(
        "username",
        "Admin user",
        "المستخدم الإداري",
        required=False,
        help_en="Only where there is no integration: a user's token lasts for an hour and is asked for anew.",
        help_ar="فقط عند عدم وجود تكامل: رمز المستخدم صالح لساعة ويُطلب من جديد.",
    ),
    CredentialField("password", "Password of the user", "كلمة مرور المستخدم", secret=True, required=False),
    CredentialField(
        "otp_secret",
        "Secret of the authenticator",
        "سر تطبيق المصادقة",
        secret=True,
        required=False,
        help_en="For users with two factors (the default from 2.4.0): the text that Magento shows beside the QR code.",
        help_ar="للمستخدمين ذوي العاملين (الافتراضي ابتداءً من 2.4.0): النص الذي يعرضه ماجنتو بجانب رمز QR.",
    ),
)
