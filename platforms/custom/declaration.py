"""What a custom site can do: at most all of it, and in truth what its operations say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import ConfigurationError
from platforms.base import Capabilities, CredentialField
from platforms.custom.client import TESTED_VERSIONS
from platforms.custom.settings import CustomSettings, read_settings
from platforms.custom.webhooks import topics_of
from platforms.types import EventKind

_OUR_TOPICS = tuple(kind.value for kind in EventKind if kind.value not in ("ping", "unknown", "app.removed"))

CAPABILITIES = Capabilities(
    read_orders=True,
    read_orders_modified_since=True,
    read_returns=True,
    push_quantities=True,
    push_prices=True,
    special_prices=True,
    special_price_windows=True,
    price_lists=True,
    price_list_removal=True,
    locations=True,
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
    webhook_health=True,
    graphql=True,
    request_token=True,
    token_by_keys=True,
    fractional_quantities=True,
    sequential_writes=True,
    webhook_topics=_OUR_TOPICS,
    required_webhook_topics=("order.created", "order.updated"),
    tested_versions=TESTED_VERSIONS,
)

CREDENTIAL_FIELDS = (
    CredentialField(
        "username",
        "User name or key",
        "اسم المستخدم أو المفتاح",
        required=False,
        help_en="For Basic, login and hmac.",
        help_ar="لطرق basic وlogin وhmac.",
    ),
    CredentialField(
        "password",
        "Password or signing secret",
        "كلمة المرور أو سر التوقيع",
        secret=True,
        required=False,
        help_en="For Basic, login and hmac.",
        help_ar="لطرق basic وlogin وhmac.",
    ),
    CredentialField(
        "access_token",
        "Access token or API key",
        "رمز الوصول أو مفتاح الواجهة",
        secret=True,
        required=False,
        help_en="For bearer, header and query; oauth2 fills it by itself.",
        help_ar="لطرق bearer وheader وquery؛ وتملؤه oauth2 من تلقاء نفسها.",
    ),
    CredentialField(
        "refresh_token",
        "Refresh token",
        "رمز التحديث",
        secret=True,
        required=False,
        help_en="For oauth2 with the grant refresh_token.",
        help_ar="لطريقة oauth2 بمنح refresh_token.",
    ),
    CredentialField(
        "gateway_client_id",
        "OAuth client ID",
        "معرّف عميل OAuth",
        required=False,
        help_en="For oauth2.",
        help_ar="لطريقة oauth2.",
    ),
    CredentialField(
        "gateway_client_secret",
        "OAuth client secret",
        "سر عميل OAuth",
        secret=True,
        required=False,
        help_en="For oauth2.",
        help_ar="لطريقة oauth2.",
    ),
)


def capabilities_of(options: Mapping[str, Any]) -> Capabilities:
    """What these settings can do. A site that has no operations yet, or broken ones, shows all, so that it can be set
    up; an operation that is missing is then refused by name."""
    if not options.get("operations"):
        return CAPABILITIES
    try:
        settings = read_settings(options)
    except ConfigurationError:
        return CAPABILITIES
    return _of(settings)


def _of(settings: CustomSettings) -> Capabilities:
    can, order = settings.operations, settings.maps.get("order", {})

    def size(name: str, usual: int) -> int:
        return can[name].batch if name in can else usual

    def page(name: str) -> int:
        return can[name].paging.size if name in can else 100

    def sends(name: str, operation: str = "push_prices") -> bool:
        """Whether the operation's templates hand this field of a row to the shop."""
        return re.search(rf"\brow\.{name}\b", repr(can.get(operation, ""))) is not None

    has_shipments = bool(order.get("shipments"))
    topics = topics_of(settings)
    return replace(
        CAPABILITIES,
        read_orders="list_orders" in can and "get_order" in can,
        read_orders_modified_since="list_orders" in can,
        read_returns="list_returns" in can or bool(order.get("returns")),
        returns_in_order=bool(order.get("returns")),
        push_quantities="push_quantities" in can,
        push_prices="push_prices" in can,
        special_prices="push_prices" in can and "special_price" in settings.maps.get("product", {}),
        special_price_windows=sends("special_from") and sends("special_to"),
        price_lists=sends("price_list"),
        price_list_removal=sends("price_list") and sends("remove"),
        locations=sends("location_id", "push_quantities"),
        push_products="list_products" in can and "update_product" in can,
        variants="parent_remote_id" in settings.maps.get("product", {}),
        images={"list_images", "add_image"} <= set(can),
        push_categories={"list_categories", "create_category", "update_category"} <= set(can),
        push_status="push_status" in can,
        push_shipments="push_shipment" in can,
        partial_shipments="push_shipment" in can,
        read_shipments=has_shipments,
        push_invoices="link" if "push_invoice" in can else "",
        push_refunds="push_refund" in can,
        webhooks=settings.has_webhooks,
        webhook_registration={"list_webhooks", "register_webhook", "update_webhook"} <= set(can),
        webhook_health="list_webhooks" in can,
        graphql=any(operation.graphql for operation in can.values()),
        request_token=settings.sign_in in ("oauth2", "login"),
        token_by_keys=settings.sign_in == "oauth2",
        rest=not all(operation.graphql for operation in can.values()),
        fractional_quantities=not settings.whole_quantities,
        quantity_batch=size("push_quantities", 100),
        price_batch=size("push_prices", 100),
        order_page=page("list_orders"),
        product_page=page("list_products"),
        webhook_topics=topics,
        required_webhook_topics=settings.webhooks.required or topics[:1],
        order_statuses=settings.status_titles,
        default_statuses_to_import=settings.imported,
    )
