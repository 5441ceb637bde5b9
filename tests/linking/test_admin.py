from __future__ import annotations

import io
from typing import Any

import pytest
import tablib
from django.test import Client
from django.urls import reverse

from linking.admin.resources import ItemLinkerLineResource
from linking.models import ItemLinker, ItemLinkerLine, LinkState, MatchSource
from linking.services.linkers import linker_for
from platforms.types import RemoteProduct
from sites.models import Site
from tests.linking.conftest import LinkSite, item, product


@pytest.fixture
def browser(client: Client, admin_user: Any) -> Client:
    client.force_login(admin_user)
    return client


def _make(site: Site, product_id: str, **values: Any) -> ItemLinkerLine:
    return ItemLinkerLine.objects.create(
        linker=linker_for(site), site=site, remote_product_id=product_id, **values
    )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_page_opens_in_both_languages(browser: Client, site: Site, language: str) -> None:
    line = _make(site, "1", item=item("A"), remote_sku="A", remote_name="قميص")
    linker = line.linker
    headers = {"accept-language": language}
    for address in (
        reverse("admin:linking_itemlinker_changelist"),
        reverse("admin:linking_itemlinker_add"),
        reverse("admin:linking_itemlinker_change", args=[linker.pk]),
        reverse("admin:linking_itemlinker_review", args=[linker.pk]),
        reverse("admin:linking_itemlinkerline_changelist") + "?state__exact=linked&q=A",
        reverse("admin:linking_itemlinkerline_add"),
        reverse("admin:linking_itemlinkerline_change", args=[line.pk]),
        reverse("admin:linking_itemlinkerline_import"),
        reverse("admin:linking_itemlinkerline_export"),
    ):
        assert browser.get(address, headers=headers).status_code == 200, address


def test_the_review_page_links_with_the_chosen_item(
    browser: Client, site: Site, link: LinkSite, shelf: list[RemoteProduct]
) -> None:
    wanted = item("AB-12", name2="Blue mug")
    shelf += [product("1", "ab12"), product("2", "zz", name="Blue mug")]
    link()
    address = reverse("admin:linking_itemlinker_review", args=[ItemLinker.objects.get().pk])
    page = browser.get(address).content.decode()
    assert "AB-12" in page and "nearly the same code" in page and "same name" in page
    lines = {line.remote_id: line for line in ItemLinkerLine.objects.all()}
    browser.post(address, {"line": lines["1"].pk, "choice": f"{wanted.pk}:"})
    lines["1"].refresh_from_db()
    assert (lines["1"].item, lines["1"].match_source) == (wanted, MatchSource.MANUAL)
    answer = browser.post(address, {"line": lines["2"].pk, "choice": f"{wanted.pk}:"}, follow=True)
    assert "already linked" in answer.content.decode()
    browser.post(address, {"line": lines["2"].pk, "choice": "none"})
    lines["2"].refresh_from_db()
    assert (lines["2"].state, lines["2"].active) == (LinkState.ITEM_MISSING, False)
    assert "Nothing is left to decide" in browser.get(address).content.decode()


def test_a_line_is_made_and_refused_with_a_clear_message(browser: Client, site: Site) -> None:
    one, linker = item("A"), linker_for(site)
    values = {
        "linker": linker.pk,
        "item": one.pk,
        "remote_product_id": "9",
        "remote_sku": "A",
        "active": "on",
    }
    assert browser.post(reverse("admin:linking_itemlinkerline_add"), values).status_code == 302
    line = ItemLinkerLine.objects.get()
    assert (line.site, line.state, line.match_source) == (site, "linked", "manual")
    again = browser.post(reverse("admin:linking_itemlinkerline_add"), {**values, "remote_product_id": "10"})
    assert "already linked on this site" in again.content.decode()
    same = browser.post(reverse("admin:linking_itemlinkerline_add"), {**values, "item": ""})
    assert "already has a line" in same.content.decode()


def test_a_bad_expression_is_refused_on_the_form(browser: Client, site: Site) -> None:
    values = {"code": "x", "site": site.pk, "matching_rule": "expression", "expression": "{nothing} = {sku}"}
    answer = browser.post(reverse("admin:linking_itemlinker_add"), values)
    assert "Unknown field" in answer.content.decode()


def test_link_items_asks_for_a_run(browser: Client, site: Site) -> None:
    linker = linker_for(site)
    address = reverse("admin:linking_itemlinker_action", args=[linker.pk, "link_items"])
    answer = browser.post(address)
    assert answer.status_code == 302 and "/activity/run/" in answer["Location"]


def test_lines_leave_as_csv_and_xlsx(browser: Client, site: Site) -> None:
    _make(site, "1", item=item("A"), remote_sku="A", remote_name="قميص")
    resource = ItemLinkerLineResource()
    data = resource.export()
    assert data.dict[0]["site"] == "SHOP" and data.dict[0]["item"] == "A"
    assert (
        tablib.Dataset().load(io.BytesIO(data.export("xlsx")), format="xlsx").dict[0]["remote_name"] == "قميص"
    )


def test_an_import_links_by_hand_and_names_what_is_wrong(site: Site) -> None:
    one, two = item("A"), item("B")
    known = _make(site, "1", remote_sku="shop-a", state=LinkState.ITEM_MISSING)
    _make(site, "2", item=two, remote_sku="shop-b")
    table = tablib.Dataset(headers=["site", "remote_product_id", "remote_variant_id", "item", "state"])
    table.append(["shop", "1", "", "a", "conflict"])
    table.append(["SHOP", "3", "31", "", ""])
    table.append(["SHOP", "4", "", "NOPE", ""])
    table.append(["SHOP", "5", "", "B", ""])
    table.append(["SHOP", "2", "", "", ""])
    result = ItemLinkerLineResource().import_data(table, dry_run=False, raise_errors=False)
    known.refresh_from_db()
    assert (known.item, known.state, known.match_source) == (one, "linked", "manual")
    fresh = ItemLinkerLine.objects.get(remote_product_id="3")
    assert (fresh.state, fresh.remote_variant_id, fresh.linker) == ("item_missing", "31", linker_for(site))
    assert ItemLinkerLine.objects.get(remote_product_id="2").item == two
    told = " ".join(
        str(problem)
        for row in result.rows
        for problem in [*(error.error for error in row.errors), row.validation_error or ""]
    )
    assert "NOPE" in told and "already linked on this site" in told
    assert not ItemLinkerLine.objects.filter(remote_product_id__in=["4", "5"]).exists()
