"""The page of a price document with more lines than a page should have."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pricing.models import PriceUpdaterDoc, PriceUpdaterLine
from sites.models import Site
from tests.catalog.world import make_item

pytestmark = pytest.mark.django_db
LINES = 120


@pytest.fixture
def document(site: Site) -> PriceUpdaterDoc:
    made = PriceUpdaterDoc.objects.create()
    made.sites.add(site)
    items = [make_item(f"LONG-{number:03}") for number in range(1, LINES + 1)]
    PriceUpdaterLine.objects.bulk_create(
        [
            PriceUpdaterLine(document=made, line_no=number, item=item, sku=item.code, new_price=9)
            for number, item in enumerate(items, start=1)
        ]
    )
    return made


def form_values(html: str) -> dict[str, str]:
    """What a browser would send of a page without touching it: inputs, ticks, chosen options, text areas."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        kind, name = attributes.get("type", "text"), attributes.get("name", "")
        if name and kind not in ("submit", "button", "file") and (kind != "checkbox" or " checked" in tag):
            found[name] = attributes.get("value", "on" if kind == "checkbox" else "")
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)"[^>]*selected', options)
        found[name] = chosen.group(1) if chosen else ""
    return found


def test_lines_are_shown_and_saved_page_by_page(admin_client: Client, document: PriceUpdaterDoc) -> None:
    page = reverse("admin:pricing_priceupdaterdoc_change", args=[document.pk])
    html = admin_client.get(page, {"details-page": "2"}).content.decode()
    assert 'data-before="50"' in html
    assert "51 to 100 of 120" in html

    values: dict[str, Any] = form_values(html)
    assert values["details-TOTAL_FORMS"] == values["details-INITIAL_FORMS"] == "50"
    values |= {"sites": [str(site.pk) for site in document.sites.all()], "details-0-new_price": "7.5"}
    answer = admin_client.post(page, {**values, "_continue": "1"})
    assert answer.status_code == 302, re.findall(r"errorlist[^>]*>.*?</ul>", answer.content.decode())[:5]
    prices = dict(document.details.values_list("line_no", "new_price"))
    assert len(prices) == LINES
    assert prices[51] == Decimal("7.5")
    assert {price for number, price in prices.items() if number != 51} == {Decimal(9)}


def test_a_page_that_does_not_exist_is_the_last_one(admin_client: Client, document: PriceUpdaterDoc) -> None:
    page = reverse("admin:pricing_priceupdaterdoc_change", args=[document.pk])
    html = admin_client.get(page, {"details-page": "99"}).content.decode()
    assert "101 to 120 of 120" in html
