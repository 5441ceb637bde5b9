from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client, RequestFactory

from ecomsync.admin_site import MENU, EcomsyncAdminSite, build_menu

pytestmark = pytest.mark.django_db


def test_the_menu_names_each_model_once() -> None:
    labels = [entry.model for section in MENU for entry in section.entries]
    assert len(labels) == len(set(labels))


def test_every_installed_model_of_the_menu_exists() -> None:
    """A typing error in the table would drop a page from the menu without a sound."""
    for section in MENU:
        for entry in section.entries:
            app_label, name = entry.model.split(".")
            if app_label in apps.app_configs:
                assert apps.get_model(app_label, name), entry.model


def test_our_site_is_the_default_one() -> None:
    assert isinstance(admin.site, EcomsyncAdminSite)


def test_the_menu_leaves_out_what_the_reader_may_not_see(client: Client) -> None:
    user = User.objects.create_user("viewer", password="x", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_siteerror"))
    client.force_login(user)
    page = client.get("/admin/").content.decode()
    assert "/admin/activity/siteerror/" in page
    assert "/admin/activity/run/" not in page
    assert "/admin/auth/user/" not in page


def test_models_that_no_section_names_go_to_the_last_group() -> None:
    request = RequestFactory().get("/admin/x/y/")
    model = {"name": "Strangers", "admin_url": "/admin/x/y/"}
    menu = build_menu({"x.y": model}, request)
    links = [link for group in menu for section in group["sections"] for link in section["links"]]
    assert (links[0]["label"], links[0]["current"]) == ("Strangers", True)


def test_the_menu_speaks_arabic(boss_client: Client) -> None:
    page = boss_client.get("/admin/", headers={"accept-language": "ar"}).content.decode()
    assert "قوائم الانتظار" in page
    assert "لوحة المتابعة" in page
    assert 'dir="rtl"' in page


def test_the_language_switch_keeps_the_page(boss_client: Client) -> None:
    answer = boss_client.post("/i18n/setlang/", {"language": "ar", "next": "/admin/activity/run/"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/activity/run/")
    assert 'dir="rtl"' in boss_client.get("/admin/activity/run/").content.decode()


def test_system_properties_show_value_and_source(boss_client: Client, settings) -> None:
    settings.SYSTEM_PROPERTIES = {"max-retry-attempts": 7}
    page = boss_client.get("/admin/system-properties/").content.decode()
    assert "max-retry-attempts" in page
    assert "<b>7</b>" in page
    assert "environment" in page


def test_the_login_page_stands_without_a_user(client: Client) -> None:
    answer = client.get("/admin/login/")
    assert answer.status_code == 200
    assert b"side-menu" not in answer.content
