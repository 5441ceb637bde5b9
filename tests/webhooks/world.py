"""Deliveries made by hand: signed as WooCommerce signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from django.test import Client

from sites.models import Site
from tests.orders.factories import make_shop_site

SECRET = "wh_s3cret-1234567890"


def make_site(**values: Any) -> Site:
    defaults = {
        "webhook_secret": SECRET,
        "webhook_integration_enabled": True,
        "username": "ck_x",
        "password": "cs_x",
    }
    return make_shop_site(**{**defaults, **values})


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def body_of(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


def deliver(
    site: Site,
    payload: Any,
    *,
    topic: str = "order.updated",
    secret: str = SECRET,
    path: str = "",
    **extra: Any,
) -> Any:
    """POST one delivery to the porch."""
    body = body_of(payload)
    headers = {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": topic.partition(".")[0],
        "X-WC-Webhook-Signature": sign(body, secret),
        "X-WC-Webhook-Delivery-ID": "d" * 32,
        "X-WC-Webhook-ID": "1",
        **extra,
    }
    return Client().post(path or site.webhook_path, body, content_type="application/json", headers=headers)


def order_payload(number: int = 7, **values: Any) -> dict[str, Any]:
    return {
        "id": number,
        "status": "processing",
        "date_created_gmt": "2026-05-04T09:00:00",
        "date_modified_gmt": "2026-05-04T10:00:00",
        **values,
    }
