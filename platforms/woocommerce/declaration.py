"""What WooCommerce can do, as declared to the rest of the system."""

from __future__ import annotations

from platforms.base import Capabilities, CredentialField
from platforms.woocommerce.client import TESTED_VERSIONS
from platforms.woocommerce.mapping_products import PRODUCT_FIELDS
from platforms.woocommerce.products import PRODUCT_BATCH
from platforms.woocommerce.shop import ORDER_STATUSES
from platforms.woocommerce.webhooks import REGISTRABLE_TOPICS, REQUIRED_TOPICS

CAPABILITIES = Capabilities(
    read_orders=True,
    read_orders_modified_since=True,
    read_returns=True,
    returns_in_order=True,
    read_customers=False,  # the API cannot list changed customers: they are taken from orders
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
    partial_shipments=True,  # by fulfillments or AST where the shop has them, else told in the note
    push_invoices="link",
    push_refunds=True,
    connect_by_browser=True,
    webhooks=True,
    webhook_registration=True,
    webhook_health=True,
    stock_meaning="salable",
    quantity_batch=100,
    price_batch=100,
    product_batch=PRODUCT_BATCH,
    category_batch=100,
    order_page=100,
    product_page=100,
    max_parallel_calls=2,  # each call boots WordPress
    webhook_topics=REGISTRABLE_TOPICS,
    required_webhook_topics=REQUIRED_TOPICS,
    order_statuses=ORDER_STATUSES,
    default_statuses_to_import=("processing", "on-hold", "completed"),
    fields_of_product=PRODUCT_FIELDS,
    tested_versions=TESTED_VERSIONS,
)

CREDENTIAL_FIELDS = (
    CredentialField(
        "username",
        "Consumer key",
        "مفتاح المستهلك",
        help_en="Begins with ck_. WooCommerce > Settings > Advanced > REST API, permissions Read/Write, "
        "for a Shop manager or Administrator.",
        help_ar="يبدأ بـ ck_. من ووكومرس > الإعدادات > متقدم > REST API بصلاحية قراءة/كتابة لمدير متجر أو مدير عام.",
    ),
    CredentialField(
        "password",
        "Consumer secret",
        "المفتاح السري للمستهلك",
        secret=True,
        help_en="Begins with cs_. WooCommerce shows it once, when the key is made.",
        help_ar="يبدأ بـ cs_. يعرضه ووكومرس مرة واحدة عند إنشاء المفتاح.",
    ),
)
