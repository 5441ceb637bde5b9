from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from erp.models import PaymentMethod, Warehouse
from sites.models import PaymentMethodLine, Site, WarehouseLine
from sites.services.pause import pause_site
from sites.signals import mapping_changed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard() -> Iterator[list[tuple[int, str, set[str]]]]:
    found: list[tuple[int, str, set[str]]] = []

    def listen(sender: Any, site_id: int, kind: str, codes: set[str], **kwargs: Any) -> None:
        found.append((site_id, kind, codes))

    mapping_changed.connect(listen)
    yield found
    mapping_changed.disconnect(listen)


def test_lines_of_one_commit_are_announced_together(site: Site, heard: list[Any]) -> None:
    heard.clear()
    method = PaymentMethod.objects.create(code="COD")
    with transaction.atomic():
        for code in ("cod", "card"):
            PaymentMethodLine.objects.create(site=site, remote_code=code, payment_method=method)
        assert heard == [], "nothing is told before the commit"
    assert heard == [(site.pk, "payment", {"cod", "card"})]


def test_deleted_line_is_announced(site: Site, heard: list[Any]) -> None:
    line = WarehouseLine.objects.create(
        site=site, warehouse=Warehouse.objects.create(code="W"), remote_location_id="L1"
    )
    heard.clear()
    line.delete()
    assert heard == [(site.pk, "warehouse", {"L1"})]


def test_rolled_back_change_does_not_silence_the_next(site: Site, heard: list[Any]) -> None:
    method = PaymentMethod.objects.create(code="COD")
    heard.clear()
    with pytest.raises(RuntimeError), transaction.atomic():
        PaymentMethodLine.objects.create(site=site, remote_code="cod", payment_method=method)
        raise RuntimeError
    assert heard == []
    PaymentMethodLine.objects.create(site=site, remote_code="card", payment_method=method)
    assert heard[0][1] == "payment"
    assert "card" in heard[0][2]


def test_settings_of_staff_are_announced_and_notes_of_services_are_not(site: Site, heard: list[Any]) -> None:
    heard.clear()
    pause_site(site_id=site.pk, reason="x")
    site.save(update_fields=["last_check_ok"])
    assert heard == []
    site.save()
    assert heard == [(site.pk, "settings", set())]
