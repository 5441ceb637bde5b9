"""How pages behave in the hands of people: order of rows, secrets, roles, languages, small screens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.urls import reverse
from playwright.sync_api import Locator, expect

from erp.models import PaymentMethod
from sites.models import PaymentMethodLine, Site
from tests.browser.conftest import PASSWORD, WAIT_MS, Staff

pytestmark = [pytest.mark.browser, pytest.mark.postgres]

SECRETS = {"password": "cs_never_to_be_seen_again", "webhook_secret": "whsec_never_to_be_seen_either"}
LISTS = (
    "ecomsites_site", "linking_itemlinker", "linking_itemlinkerline", "pricing_priceupdaterdoc",
    "catalog_productconfig", "catalog_categoryconfig", "orders_order", "orders_returnorder", "orders_orderoutbox",
    "sync_queues_updateqtyrequest", "sync_queues_updatepricerequest", "sync_queues_updateitemrequest",
    "activity_siteerror", "activity_difference", "activity_run", "activity_event", "activity_apicall", "webhooks_webhookevent", "erp_item",
)  # fmt: skip


@pytest.fixture
def site(company: None) -> Site:
    found = Site.objects.create(
        code="SHOP",
        name1="متجر",
        name2="Shop",
        site_type="woocommerce",
        url="http://127.0.0.1:9",
        username="ck_known",
        **SECRETS,
    )
    for number, code in enumerate(("bacs", "cod", "tabby"), start=1):
        PaymentMethodLine.objects.create(
            site=found,
            line_no=number,
            remote_code=code,
            payment_method=PaymentMethod.objects.get(code="CARD"),
        )
    return found


def codes(site: Site) -> list[str]:
    return list(site.payment_methods.order_by("line_no").values_list("remote_code", flat=True))


def rows(salma: Staff, site: Site) -> Locator:
    salma.open(reverse("admin:ecomsites_site_change", args=[site.pk]))
    salma.tab("orders")
    found = salma.page.locator("#payment_methods-group tr.has_original")
    expect(found.locator(".drag-handle")).to_have_count(3)
    return found


def save(salma: Staff) -> None:
    salma.page.click("input[name=_continue]")
    expect(salma.page.locator(".messagelist .success")).to_be_visible()


def test_rows_are_put_in_order_by_keys_and_by_dragging(staff: Callable[[str], Staff], site: Site) -> None:
    salma = staff("salma")
    rows(salma, site).nth(2).locator(".drag-handle").focus()
    salma.page.keyboard.press("ArrowUp")
    salma.page.keyboard.press("ArrowUp")
    save(salma)
    assert codes(site) == ["tabby", "bacs", "cod"]

    found = rows(salma, site)
    found.nth(0).scroll_into_view_if_needed()
    source = found.nth(0).locator(".drag-handle").bounding_box()
    target = found.nth(2).bounding_box()
    assert source and target
    mouse = salma.page.mouse
    mouse.move(source["x"] + 5, source["y"] + 5)
    mouse.down()
    mouse.move(target["x"] + 20, target["y"] + target["height"] - 4, steps=8)
    mouse.up()
    save(salma)
    assert codes(site) == ["bacs", "cod", "tabby"]


def test_secrets_never_come_back_to_the_browser(staff: Callable[[str], Staff], site: Site) -> None:
    salma = staff("salma")
    page = reverse("admin:ecomsites_site_change", args=[site.pk])
    history = reverse("admin:ecomsites_site_history", args=[site.pk])
    for address in (page, history, reverse("admin:auditlog_logentry_changelist")):
        salma.open(address)
        for secret in SECRETS.values():
            assert secret not in salma.page.content()
    salma.open(page)
    save(salma)  # an empty field keeps what is stored
    site.refresh_from_db()
    assert {name: getattr(site, name) for name in SECRETS} == SECRETS


def test_viewers_see_everything_and_can_change_nothing(staff: Callable[[str], Staff], site: Site) -> None:
    viewer = get_user_model().objects.create_user("badr", password=PASSWORD, is_staff=True)
    viewer.groups.add(Group.objects.get(name="viewer"))
    badr = staff("badr")
    badr.open(reverse("admin:ecomsites_site_change", args=[site.pk]))
    expect(badr.page.locator("h1")).to_contain_text("SHOP")
    # it only explains why an item is in or out
    buttons = badr.page.locator(".action-bar button, .action-bar summary").all_inner_texts()
    assert buttons == ["Test criteria against item"]
    badr.tab("orders")
    expect(badr.page.locator("#payment_methods-group")).to_contain_text("tabby")
    changing = badr.page.locator(".submit-row input[type=submit], .add-row a, .drag-handle")
    assert changing.filter(visible=True).count() == 0
    assert not any(secret in badr.page.content() for secret in SECRETS.values())
    badr.open(reverse("admin:ecomsites_site_changelist"))
    assert badr.page.locator("select[name=action], .addlink").count() == 0


@pytest.mark.usefixtures("site")
def test_lists_fit_small_screens_in_arabic(staff: Callable[[str], Staff]) -> None:
    salma = staff("salma")
    salma.speak("ar")
    salma.page.set_viewport_size({"width": 420, "height": 900})
    for name in LISTS:
        salma.open(reverse(f"admin:{name}_changelist"))
        assert salma.page.locator("html").get_attribute("dir") == "rtl"
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert salma.page.evaluate(wider) <= 0, f"{name} is wider than the screen"
    salma.open("/admin/")
    menu = salma.page.locator("#side-menu")
    salma.page.click("#menu-button")
    expect(menu).to_be_in_viewport(timeout=WAIT_MS)


@pytest.mark.usefixtures("site")
def test_filters_fold_away_and_stay_so(staff: Callable[[str], Staff]) -> None:
    salma = staff("salma")
    salma.open(reverse("admin:ecomsites_site_changelist"))
    filters = salma.page.locator("#changelist-filter")
    button = filters.get_by_role("button", name="Filter")
    was_open = button.get_attribute("aria-expanded") == "true"
    button.click()
    expect(button).to_have_attribute("aria-expanded", str(not was_open).lower())
    expect(filters.locator("details").first).to_be_visible(visible=not was_open)
    salma.open(reverse("admin:erp_item_changelist"))
    expect(button).to_have_attribute("aria-expanded", str(not was_open).lower())
    salma.page.set_viewport_size({"width": 420, "height": 900})
    expect(filters.locator("details").first).to_be_visible()
