from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity.models import Run
from ecomsync.common.errors import BadCredentials
from erp.models import Brand, Item, UnitOfMeasure
from sites.models import Site, UpdateItemCriterion
from sites.roles import OPERATOR, VIEWER
from sites.services.pause import note_error
from sites.services.transfer import export_text
from tests.sites.fake_platform import FakeShopAdapter

pytestmark = pytest.mark.django_db
LIST = "admin:ecomsites_site_changelist"
ADD = "admin:ecomsites_site_add"


def change_url(site: Site) -> str:
    return reverse("admin:ecomsites_site_change", args=[site.pk])


def action_url(site: Site, name: str) -> str:
    return reverse("admin:ecomsites_site_action", args=[site.pk, name])


def form_data(response: Any) -> dict[str, str]:
    """What a browser would send back: the values of all forms of the page."""
    data: dict[str, Any] = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.initial_forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None or value is False:
                continue
            if isinstance(value, list) and not hasattr(bound.field.widget, "widgets"):
                data[bound.html_name] = value
            elif (
                bound.field.widget.input_type == "password"
                if hasattr(bound.field.widget, "input_type")
                else False
            ):
                data[bound.html_name] = ""
            elif hasattr(bound.field.widget, "widgets"):
                parts = bound.field.widget.decompress(value)
                data |= {
                    f"{bound.html_name}_{index}": part for index, part in enumerate(parts) if part is not None
                }
            else:
                data[bound.html_name] = "on" if value is True else value
    return data


def open_form(client: Client, url: str) -> tuple[dict[str, Any], str]:
    response = client.get(url)
    assert response.status_code == 200
    return form_data(response), response.content.decode()


# ---------------------------------------------------------------- adding


def test_new_site_asks_for_the_platform_first(staff: Client) -> None:
    page = staff.get(reverse(ADD)).content.decode()
    assert "?site_type=fakeshop" in page
    assert "WooCommerce" in page
    assert 'name="password"' not in page


def test_unknown_platform_leads_back_to_the_choice(staff: Client) -> None:
    assert "?site_type=fakeshop" in staff.get(reverse(ADD), {"site_type": "nope"}).content.decode()


def test_form_has_the_credentials_that_the_adapter_declares(staff: Client) -> None:
    page = staff.get(reverse(ADD), {"site_type": "fakeshop"}).content.decode()
    for label in ("Public key", "Private key", "Store number", "Manager token", "Begins with pk_."):
        assert label in page
    for name in (
        "username",
        "password",
        "credential__fake_store_id",
        "option__mode",
        "option__days",
        "option__loud",
    ):
        assert f'name="{name}"' in page
    for name in ("gateway_client_id", "access_token", "read_customers", "use_graphql"):
        assert f'name="{name}"' not in page


def test_form_of_a_small_platform_has_only_what_it_can_use(staff: Client) -> None:
    page = staff.get(reverse(ADD), {"site_type": "tinyshop"}).content.decode()
    assert 'name="access_token"' in page
    assert 'name="update_quantities"' in page
    for name in (
        "username",
        "read_orders",
        "update_prices",
        "webhook_integration_enabled",
        "order_import_policy",
    ):
        assert f'name="{name}"' not in page


def test_labels_are_arabic_for_arabic_readers(staff: Client) -> None:
    page = staff.get(
        reverse(ADD), {"site_type": "fakeshop"}, headers={"accept-language": "ar"}
    ).content.decode()
    assert "المفتاح السري" in page


def add(staff: Client, site_type: str, **values: Any) -> Any:
    url = f"{reverse(ADD)}?site_type={site_type}"
    data, _page = open_form(staff, url)
    return staff.post(url, {**data, **values})


def test_site_is_added_with_its_platform_values(staff: Client, admin_user: User) -> None:
    response = add(
        staff,
        "fakeshop",
        code="new-1",
        url="Shop.Example.com/",
        username="pk_9",
        password="sk_9",
        credential__fake_store_id="55",
        credential__fake_manager_token="m-9",
        option__mode="strict",
        option__days="3",
    )
    site = Site.objects.get()
    assert response["Location"] == change_url(site)
    assert (site.code, site.url, site.site_type) == ("NEW-1", "https://shop.example.com", "fakeshop")
    assert site.password == "sk_9"
    assert site.credential("fake_manager_token") == "m-9"
    assert site.platform_options == {"mode": "strict", "days": 3, "loud": False, "fake_store_id": "55"}
    assert site.created_by == admin_user


def test_small_platform_gets_a_site_without_orders(staff: Client) -> None:
    add(staff, "tinyshop", code="T", url="https://t.example.com", access_token="x")
    assert not Site.objects.get().read_orders


def test_missing_credential_and_bad_url_are_told_at_their_fields(staff: Client) -> None:
    response = add(staff, "fakeshop", code="X", url="http://shop.example.com", username="pk")
    errors = response.context["adminform"].form.errors
    assert errors["password"] == ["Fake Shop needs this."]
    assert "https" in errors["url"][0]
    assert not Site.objects.exists()


# ---------------------------------------------------------------- secrets


def test_secrets_are_never_in_the_page(staff: Client, site: Site) -> None:
    site.set_secret("fake_manager_token", "m-hidden")
    site.save()
    page = staff.get(change_url(site)).content.decode()
    for secret in ("sk-very-secret", "m-hidden", site.webhook_secret):
        assert secret not in page
    assert "leave empty to keep" in page
    assert site.webhook_url in page


@pytest.mark.parametrize("role", [VIEWER, OPERATOR])
def test_readers_see_settings_and_no_secret(client: Client, site: Site, role: str) -> None:
    site.set_secret("fake_manager_token", "m-hidden")
    site.save()
    user = User.objects.create_user("reader", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    page = client.get(change_url(site)).content.decode()
    assert "pk_1" in page
    for secret in ("sk-very-secret", "m-hidden", site.webhook_secret):
        assert secret not in page


def test_empty_secret_keeps_what_is_stored(staff: Client, site: Site) -> None:
    site.set_secret("fake_manager_token", "m-hidden")
    site.save()
    secret = site.webhook_secret
    data, _page = open_form(staff, change_url(site))
    response = staff.post(change_url(site), {**data, "name2": "Renamed"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    site = Site.objects.get()
    assert site.name2 == "Renamed"
    assert (site.password, site.webhook_secret) == ("sk-very-secret", secret)
    assert site.credential("fake_manager_token") == "m-hidden"


def test_secret_is_replaced_and_cleared(staff: Client, site: Site) -> None:
    site.set_secret("fake_manager_token", "m-hidden")
    site.save()
    data, _page = open_form(staff, change_url(site))
    staff.post(change_url(site), {**data, "password": "sk-new", "credential__fake_manager_token": "-"})
    site = Site.objects.get()
    assert site.password == "sk-new"
    assert site.credential("fake_manager_token") == ""


def test_required_secret_cannot_be_cleared(staff: Client, site: Site) -> None:
    data, _page = open_form(staff, change_url(site))
    response = staff.post(change_url(site), {**data, "password": "-"})
    assert "password" in response.context["adminform"].form.errors


def test_audit_trail_has_changes_and_no_secret(staff: Client, site: Site) -> None:
    data, _page = open_form(staff, change_url(site))
    staff.post(change_url(site), {**data, "password": "sk-brand-new", "name2": "Renamed"})
    page = staff.get(reverse("admin:ecomsites_site_history", args=[site.pk])).content.decode()
    assert "Renamed" in page
    assert "boss" in page
    for part in ("sk-brand-new", "sk-very-secret", "brand-new", "ery-secret"):
        assert part not in page


# ---------------------------------------------------------------- the page


def test_unchanged_form_saves_unchanged(staff: Client, site: Site) -> None:
    FakeShopAdapter.fault = None
    before = {field.name: getattr(site, field.name) for field in Site._meta.concrete_fields}
    data, _page = open_form(staff, change_url(site))
    assert staff.post(change_url(site), data).status_code == 302
    again = Site.objects.get()
    for name, value in before.items():
        if name in ("updated_at", "updated_by", "platform_options"):
            continue
        assert getattr(again, name) == value, name


def test_lists_are_typed_with_commas_and_ticked(staff: Client, site: Site) -> None:
    data, _page = open_form(staff, change_url(site))
    data |= {
        "remote_statuses_to_import": ["processing"],
        "qty_formula": ["reserved"],
    }
    assert staff.post(change_url(site), data).status_code == 302
    site = Site.objects.get()
    assert site.remote_statuses_to_import == ["processing"]
    assert site.qty_formula == ["reserved"]


def test_keys_of_customers_are_chosen_in_their_order_and_gaps_close(staff: Client, site: Site) -> None:
    data, _page = open_form(staff, change_url(site))
    for number, key in enumerate(("tax_number", "", "email", "")):
        data[f"customer_match_by_{number}"] = key
    assert staff.post(change_url(site), data).status_code == 302
    assert Site.objects.get().customer_match_by == ["tax_number", "email"]
    data["customer_match_by_1"] = "email"
    response = staff.post(change_url(site), data)
    assert "chosen twice" in response.context["adminform"].form.errors["customer_match_by"][0]


def test_error_of_a_hidden_setting_is_told_at_the_top(staff: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(read_customers=True)
    data, _page = open_form(staff, change_url(site))
    response = staff.post(change_url(site), data)
    assert "read customers" in response.context["adminform"].form.errors["__all__"][0]


def test_data_lists_offer_what_the_shop_told(staff: Client, site: Site) -> None:
    staff.post(action_url(site, "test_connection"))
    page = staff.get(change_url(site)).content.decode()
    assert re.search(r'<datalist id="offered-payment_methods">\s*<option value="cod">Cash on delivery', page)
    assert 'list="offered-payment_methods"' in page
    assert "On hold" in page


def test_checklist_ticks_itself(staff: Client, site: Site) -> None:
    assert "Initial setup: 2 of 9" in staff.get(change_url(site)).content.decode()
    staff.post(action_url(site, "test_connection"))
    assert "Initial setup: 3 of 9" in staff.get(change_url(site)).content.decode()


@pytest.mark.parametrize(
    ("days", "shown"), [(200, "2099-01: 200 days left"), (1, "2099-01: 1 day left"), (0, "2099-01: ended")]
)
def test_page_counts_the_days_of_the_interface_version(
    staff: Client, site: Site, monkeypatch: pytest.MonkeyPatch, days: int, shown: str
) -> None:
    assert "Interface version" not in staff.get(change_url(site)).content.decode()
    end = timezone.now().date() + timedelta(days=days)
    monkeypatch.setattr(
        FakeShopAdapter, "served_until", classmethod(lambda cls, version: (version or "2099-01", end))
    )

    page = staff.get(change_url(site)).content.decode()

    assert "Interface version" in page and shown in page


def test_paused_site_shows_its_reason(staff: Client, site: Site) -> None:
    note_error(site, BadCredentials("The shop refuses our keys."))
    assert "The shop refuses our keys." in staff.get(change_url(site)).content.decode()


def test_site_of_a_missing_platform_opens_no_broken_page(staff: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(site_type="removed")
    response = staff.get(change_url(site), follow=True)
    assert "There is no platform" in response.content.decode()
    assert "removed" in response.content.decode()


def test_list_costs_the_same_for_any_number_of_sites(
    staff: Client, make_site: Callable[..., Site], django_assert_max_num_queries: Any
) -> None:
    make_site()
    staff.get(reverse(LIST))
    with django_assert_max_num_queries(30) as few:
        staff.get(reverse(LIST))
    for _number in range(8):
        make_site()
    with django_assert_max_num_queries(30) as many:
        staff.get(reverse(LIST))
    assert len(many) == len(few)


# ---------------------------------------------------------------- actions


def test_connection_test_prints_the_steps(staff: Client, make_site: Callable[..., Site]) -> None:
    site = make_site(currency="", time_zone="")
    page = staff.post(action_url(site, "test_connection")).content.decode()
    assert "The shop answers." in page
    assert "Cash on delivery" not in page
    assert "cod, card" in page
    site.refresh_from_db()
    assert site.currency == "SAR"


def test_read_sales_starts_a_run_and_shows_it(staff: Client, site: Site, admin_user: User) -> None:
    response = staff.post(action_url(site, "read_sales"))
    run = Run.objects.get()
    assert response["Location"] == run.get_absolute_url()
    assert (run.action, run.site_code, run.started_by) == ("read_sales", site.code, admin_user)


def test_read_sales_from_date_asks_for_the_date(staff: Client, site: Site) -> None:
    assert "start_0" in staff.post(action_url(site, "read_sales_from_date")).content.decode()
    future = {"_confirmed": "1", "start_0": "2999-01-01", "start_1": "00:00:00"}
    assert "future" in staff.post(action_url(site, "read_sales_from_date"), future).content.decode()
    staff.post(action_url(site, "read_sales_from_date"), {**future, "start_0": "2026-01-01"})
    assert Run.objects.get().params["from"].startswith("2026-01-01T00:00:00")


def test_reread_orders_takes_numbers(staff: Client, site: Site) -> None:
    staff.post(action_url(site, "reread_orders"), {"_confirmed": "1", "numbers": "#17, 18\n18 19"})
    assert Run.objects.get().params == {"numbers": ["17", "18", "19"]}


def test_list_action_starts_runs_and_tells_what_cannot(staff: Client, make_site: Callable[..., Site]) -> None:
    good, paused, other = make_site(), make_site(paused=True), make_site()
    chosen = {"action": "read_sales", "_selected_action": [good.pk, paused.pk, other.pk]}
    page = staff.post(reverse(LIST), chosen, follow=True).content.decode()
    assert Run.objects.count() == 2
    assert f"{paused.code}: The site is paused" in page
    assert "2 runs were started." in page


def test_action_that_the_platform_lacks_has_no_button(staff: Client, make_site: Callable[..., Site]) -> None:
    tiny = make_site(site_type="tinyshop", read_orders=False)
    page = staff.get(change_url(tiny)).content.decode()
    assert 'data-action="read_sales"' not in page
    assert 'data-action="update_all_qtys"' in page
    staff.post(action_url(tiny, "read_sales"))
    assert not Run.objects.exists()


def test_pause_needs_a_reason_and_resume_ends_it(staff: Client, site: Site) -> None:
    staff.post(action_url(site, "pause"), {"_confirmed": "1", "reason": ""})
    site.refresh_from_db()
    assert not site.paused
    staff.post(action_url(site, "pause"), {"_confirmed": "1", "reason": "Stock taking"})
    site.refresh_from_db()
    assert (site.paused, site.pause_reason) == (True, "Stock taking")
    staff.post(action_url(site, "resume"))
    site.refresh_from_db()
    assert not site.paused


def test_criteria_test_says_why(staff: Client, site: Site) -> None:
    unit = UnitOfMeasure.objects.create(code="PCS")
    Item.objects.create(code="A-1", base_unit=unit, brand=Brand.objects.create(code="NOVA"))
    UpdateItemCriterion.objects.create(site=site, field="brand", operator="=", value="OTHER")
    page = staff.post(action_url(site, "test_criteria"), {"_confirmed": "1", "item": "a-1"}).content.decode()
    assert "left out" in page
    assert "the value is NOVA" in page


def test_site_type_changes_until_orders_exist(staff: Client, site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(update_prices=True)
    staff.post(action_url(site, "change_type"), {"_confirmed": "1", "site_type": "tinyshop"})
    site.refresh_from_db()
    assert (site.site_type, site.read_orders, site.update_prices) == ("tinyshop", False, False)


def test_token_is_requested(staff: Client, site: Site) -> None:
    staff.post(action_url(site, "request_token"), {"_confirmed": "1", "code": "abc"})
    site.refresh_from_db()
    assert site.access_token == "token-for-abc"


def test_refused_token_is_told(staff: Client, site: Site) -> None:
    FakeShopAdapter.fault = BadCredentials("The code was used already.")
    page = staff.post(action_url(site, "request_token"), {"_confirmed": "1", "code": "abc"}, follow=True)
    assert "The code was used already" in page.content.decode()


def test_settings_travel_through_a_file_with_a_diff(staff: Client, site: Site) -> None:
    exported = staff.post(action_url(site, "export_settings"))
    assert exported["Content-Type"] == "application/json"
    assert b"sk-very-secret" not in exported.content
    changed = export_text(site=site).replace('"max_wait_days": null', '"max_wait_days": 9')
    url = reverse("admin:ecomsites_site_import", args=[site.pk])
    response = staff.post(url, {"file": SimpleUploadedFile("s.json", changed.encode())})
    assert "wait at most" in response.content.decode()
    site.refresh_from_db()
    assert site.max_wait_days is None
    staff.post(url, {"content": response.context["content"]})
    site.refresh_from_db()
    assert site.max_wait_days == 9


def test_forged_confirmation_is_refused(staff: Client, site: Site) -> None:
    url = reverse("admin:ecomsites_site_import", args=[site.pk])
    assert "too old" in staff.post(url, {"content": "forged"}, follow=True).content.decode()


def test_several_sites_are_exported_as_an_archive(staff: Client, make_site: Callable[..., Site]) -> None:
    sites = [make_site(), make_site()]
    response = staff.post(
        reverse(LIST), {"action": "export_settings", "_selected_action": [site.pk for site in sites]}
    )
    assert response["Content-Type"] == "application/zip"


# ---------------------------------------------------------------- roles


@pytest.mark.parametrize(("role", "reads", "tests"), [(VIEWER, 403, 403), (OPERATOR, 302, 403)])
def test_actions_ask_for_their_own_permission(
    client: Client, site: Site, role: str, reads: int, tests: int
) -> None:
    user = User.objects.create_user("someone", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    page = client.get(change_url(site)).content.decode()
    assert ('data-action="read_sales"' in page) is (reads == 302)
    assert 'name="_save"' not in page
    assert client.post(action_url(site, "read_sales")).status_code == reads
    assert client.post(action_url(site, "test_connection")).status_code == tests
    assert client.get(reverse("admin:ecomsites_site_import", args=[site.pk])).status_code == 403


def test_page_is_closed_to_strangers(client: Client, site: Site) -> None:
    assert client.get(change_url(site)).status_code == 302
    assert "/login/" in client.get(change_url(site))["Location"]
