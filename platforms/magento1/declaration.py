"""What Magento 1 can do, as declared to the rest of the system."""

from __future__ import annotations

from platforms.base import Capabilities, CredentialField
from platforms.magento1.client import TESTED_VERSIONS
from platforms.magento1.mapping_products import PRODUCT_FIELDS
from platforms.magento1.orders import INFO_BUNDLE
from platforms.magento1.prices import PRICE_BUNDLE
from platforms.magento1.product_reader import ID_RANGE
from platforms.magento1.products import PRODUCT_BUNDLE
from platforms.magento1.quantities import QUANTITY_BUNDLE
from platforms.magento1.statuses import IMPORTED, ORDER_STATUSES
from platforms.magento1.webhooks import TOPICS

CAPABILITIES = Capabilities(
    read_orders=True,
    read_orders_modified_since=True,
    read_returns=True,
    returns_in_order=False,  # an order tells what was given back in total, not by which credit memos
    read_customers=False,  # customers are taken from orders
    push_quantities=True,
    push_prices=True,
    special_prices=True,
    special_price_windows=True,
    price_lists=True,
    price_list_whole=True,
    price_list_removal=True,
    push_products=True,
    variants=False,  # the core API can neither attach children to a configurable nor tell them
    groups=True,  # members are product links; bundles it cannot build either
    images=True,
    push_categories=True,
    push_status=True,
    push_shipments=True,
    partial_shipments=True,
    push_invoices="link",
    push_refunds=True,
    webhooks=True,
    webhook_registration=False,  # hints come from a module in the shop, which staff set up
    webhook_health=False,
    rest=False,
    languages=True,
    stock_meaning="salable",  # the shop subtracts at placement and has no reservations
    sequential_writes=True,  # parallel saves deadlock in the shop's database
    fractional_quantities=True,
    quantity_batch=QUANTITY_BUNDLE,
    price_batch=PRICE_BUNDLE,
    product_batch=PRODUCT_BUNDLE,
    category_batch=25,
    order_page=INFO_BUNDLE,
    product_page=ID_RANGE,
    max_parallel_calls=1,
    webhook_topics=TOPICS,
    required_webhook_topics=(),
    order_statuses=ORDER_STATUSES,
    default_statuses_to_import=IMPORTED,
    fields_of_product=PRODUCT_FIELDS,
    tested_versions=TESTED_VERSIONS,
)

CREDENTIAL_FIELDS = (
    CredentialField(
        "username",
        "API user name",
        "اسم مستخدم الواجهة البرمجية",
        help_en="From System > Web Services > SOAP/XML-RPC - Users, with a role that has all resources or those of Catalog, "
        "Inventory, Sales, Customers and Core.",
        help_ar="من System > Web Services > SOAP/XML-RPC - Users، بدور له كل الموارد أو موارد الكتالوج والمخزون والمبيعات "
        "والعملاء والنواة.",
    ),
    CredentialField(
        "password",
        "API key",
        "مفتاح الواجهة البرمجية",
        secret=True,
        help_en="The API key of that user, which is not the password of the admin.",
        help_ar="مفتاح API لذلك المستخدم، وليس كلمة مرور لوحة الإدارة.",
    ),
)
