from __future__ import annotations

import json
from collections.abc import Callable
from datetime import time
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from erp.models import PaymentMethod, Warehouse
from sites.models import PaymentMethodLine, Site, UpdateItemCriterion, WarehouseLine
from sites.services.transfer import apply_import, export_settings, export_text, plan_import, read_file

pytestmark = pytest.mark.django_db
SECRETS = ("sk-very-secret", "token-xyz", "m-77-secret")


@pytest.fixture
def full_site(make_site: Callable[..., Site]) -> Site:
    warehouse = Warehouse.objects.create(code="MAIN")
    site = make_site(
        access_token="token-xyz",
        default_warehouse=warehouse,
        total_tolerance=Decimal("0.0300"),
        quiet_hours_from=time(1),
        quiet_hours_to=time(5),
        languages=["ar", "en"],
        platform_options={"mode": "strict"},
    )
    site.set_secret("fake_manager_token", "m-77-secret")
    site.save()
    method = PaymentMethod.objects.create(code="COD")
    PaymentMethodLine.objects.create(
        site=site, remote_code="cod", payment_method=method, value=Decimal("1.5")
    )
    WarehouseLine.objects.create(site=site, warehouse=warehouse, share_percent=Decimal(80))
    UpdateItemCriterion.objects.create(site=site, expression="brand = NOVA")
    return site


def test_export_holds_settings_and_no_secret(full_site: Site) -> None:
    text = export_text(site=full_site)
    content = json.loads(text)
    assert content["settings"]["default_warehouse"] == "MAIN"
    assert content["lines"]["payment_methods"][0]["payment_method"] == "COD"
    assert content["version"] == 1
    for secret in (*SECRETS, full_site.webhook_secret, full_site.webhook_public_id):
        assert secret not in text
    assert not {"password", "access_token", "platform_secrets", "webhook_secret"} & set(content["settings"])


def test_import_of_the_own_export_changes_nothing(full_site: Site) -> None:
    plan = plan_import(site=full_site, content=read_file(export_text(site=full_site)))
    assert (plan.changes, plan.problems) == ([], [])


def test_import_into_another_site_shows_the_differences_and_keeps_secrets(
    full_site: Site, make_site: Callable[..., Site]
) -> None:
    other = make_site(password="another-secret")
    content = read_file(export_text(site=full_site))
    content["settings"]["url"] = other.url
    plan = plan_import(site=other, content=content)
    assert plan.problems == []
    assert "tolerance" in [change.label for change in plan.changes]
    other.refresh_from_db()
    assert other.total_tolerance == Decimal("0.05"), "a plan writes nothing"
    assert not other.payment_methods.exists()
    apply_import(site=other, content=content)
    other.refresh_from_db()
    assert other.total_tolerance == Decimal("0.03")
    assert other.password == "another-secret"
    assert other.quiet_hours_from == time(1)
    assert other.payment_methods.get().payment_method.code == "COD"
    assert plan_import(site=other, content=content).changes == []


def test_import_names_unknown_references_and_settings(full_site: Site) -> None:
    content = export_settings(site=full_site)
    content["settings"] |= {"default_warehouse": "NOWHERE", "colour": "red", "password": "stolen"}
    content["lines"]["shoes"] = []
    problems = " | ".join(plan_import(site=full_site, content=content).problems)
    assert "there is no warehouse with code ‘NOWHERE’" in problems
    assert "‘colour’" in problems
    assert "‘password’" in problems
    assert "‘shoes’" in problems
    with pytest.raises(ValidationError):
        apply_import(site=full_site, content=content)


def test_import_is_validated_as_a_whole_before_it_is_written(full_site: Site) -> None:
    content = export_settings(site=full_site)
    content["settings"]["time_zone"] = "Mars/Olympus"
    assert any("time_zone" in problem for problem in plan_import(site=full_site, content=content).problems)
    content = export_settings(site=full_site)
    content["lines"]["update_item_for"] = [{"expression": "brand ="}]
    assert plan_import(site=full_site, content=content).problems
    with pytest.raises(ValidationError):
        apply_import(site=full_site, content=content)
    assert full_site.update_item_for.get().expression == "brand = NOVA"


def test_import_from_another_platform_is_refused(full_site: Site, make_site: Callable[..., Site]) -> None:
    tiny = make_site(site_type="tinyshop", read_orders=False)
    assert "fakeshop" in plan_import(site=tiny, content=export_settings(site=full_site)).problems[0]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "not a JSON file"),
        ("[]", "does not hold"),
        ('{"format": "ecomsync.site", "version": 99}', "version 99"),
        ('{"format": "ecomsync.site", "version": 1, "settings": []}', "damaged"),
        ('{"format": "ecomsync.site", "version": 1, "settings": {}, "lines": {"x": [1]}}', "damaged"),
    ],
)
def test_bad_file_is_named(text: str, word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        read_file(text)


def test_secret_shaped_lines_cannot_be_smuggled(full_site: Site) -> None:
    content: dict[str, Any] = export_settings(site=full_site)
    content["lines"]["payment_methods"][0]["site"] = 999
    assert any("‘site’" in problem for problem in plan_import(site=full_site, content=content).problems)
