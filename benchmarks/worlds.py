"""Sites, items, links and deliveries in any number, straight into the tables."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db import connection

from benchmarks.load import post
from erp.models import Item, StockBalance, UnitOfMeasure, Warehouse
from linking.models import ItemLinker, ItemLinkerLine
from sites.models import Site

SECRET = "a secret of the benchmark 0123456789"
BODY_BYTES = 2_000
_numbers = itertools.count(1)


def make_site(code: str = "BENCH", **values: Any) -> Site:
    """A WooCommerce site that takes webhooks and sends quantities."""
    defaults: dict[str, Any] = {
        "site_type": "woocommerce",
        "url": f"http://127.0.0.1:9/{code.lower()}",
        "username": "ck_x",
        "password": "cs_x",
        "currency": "SAR",
        "time_zone": "Asia/Riyadh",
        "languages": ["en"],
        "webhook_secret": SECRET,
        "webhook_integration_enabled": True,
        "update_quantities": True,
        "default_warehouse": warehouses(1)[0],
    }
    return Site.objects.create(code=code, **{**defaults, **values})


def warehouses(count: int) -> list[Warehouse]:
    return [
        Warehouse.objects.get_or_create(code=f"W{number}", defaults={"name2": f"Warehouse {number}"})[0]
        for number in range(count)
    ]


def make_items(count: int) -> list[int]:
    """Items `B-0000001` …; returns their ids."""
    unit = UnitOfMeasure.objects.get_or_create(code="PCS")[0]
    for start in range(0, count, 5_000):
        Item.objects.bulk_create(
            [
                Item(code=f"B-{number:07}", name2=f"Item {number}", base_unit=unit)
                for number in range(start, min(count, start + 5_000))
            ]
        )
    return list(Item.objects.order_by("pk").values_list("pk", flat=True))


def link_items(site: Site, item_ids: list[int], *, first_remote_id: int = 1) -> None:
    linker = ItemLinker.objects.create(code=f"L-{site.code}", site=site)
    for start in range(0, len(item_ids), 5_000):
        ItemLinkerLine.objects.bulk_create(
            [
                ItemLinkerLine(
                    linker=linker,
                    site=site,
                    item_id=pk,
                    remote_product_id=str(first_remote_id + place),
                    remote_sku=f"B-{place:07}",
                )
                for place, pk in enumerate(item_ids[start : start + 5_000], start=start)
            ]
        )


def balance_items(places: list[Warehouse], quantity: Decimal = Decimal(5)) -> int:
    """A balance of every item in every warehouse, in one statement. Returns how many."""
    table, items = StockBalance._meta.db_table, Item._meta.db_table
    with connection.cursor() as cursor:
        for place in places:
            cursor.execute(
                f"INSERT INTO {table} (item_id, warehouse_id, on_hand, reserved, incoming, allow_negative, updated_at) "
                f"SELECT id, %s, %s, 0, 0, %s, created_at FROM {items}",
                [place.pk, quantity, False],
            )
        cursor.execute("ANALYZE")
    return StockBalance.objects.count()


def deliveries(site: Site, count: int) -> list[bytes]:
    """Signed deliveries of about 2 kB, each of an order of its own."""
    return [delivery(site, payload) for payload in itertools.islice(payloads(), count)]


def payloads() -> Iterator[bytes]:
    """Bodies without end, none twice."""
    filling = "x" * (BODY_BYTES - 220)
    for number in _numbers:
        order = {
            "id": number,
            "status": "processing",
            "date_created_gmt": "2026-05-04T09:00:00",
            "date_modified_gmt": "2026-05-04T10:00:00",
            "total": "115.00",
            "customer_note": filling,
        }
        yield json.dumps(order).encode()


def delivery(site: Site, body: bytes) -> bytes:
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    return post(
        site.webhook_path,
        body,
        [
            ("Content-Type", "application/json"),
            ("X-WC-Webhook-Topic", "order.updated"),
            ("X-WC-Webhook-Resource", "order"),
            ("X-WC-Webhook-Signature", signature),
            ("X-WC-Webhook-Delivery-ID", hashlib.md5(body, usedforsecurity=False).hexdigest()),
            ("X-WC-Webhook-ID", "1"),
        ],
    )
