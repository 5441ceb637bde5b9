"""'Send Customers': the ERP's customers become Norce's, in bulk, only what differs, every refused one told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity.models import Run
from catalog.services.schedule import request_due_full_runs
from erp.models import Customer, CustomerAddress, ExternalReference
from linking.models import SentCustomer
from sites.models import Site
from sites.services.execute_runs import execute_waiting_runs
from tests.contracts.journey_cases import act, make_site
from tests.orders.factories import make_shop_site
from tests.platforms.norce.bench import NorceBench

pytestmark = pytest.mark.django_db

PERSONS, COMPANIES = "Customer/ImportCustomers", "Customer/ImportCompanies"


@pytest.fixture
def site(bench: NorceBench) -> Site:
    return make_site(bench, send_customers=True)


def person(number: int, **values: Any) -> Customer:
    known = {"email": f"buyer{number}@example.com", "name1": "سلمى", "name2": f"الحربي {number}"}
    return Customer.objects.create(code=f"K-{number}", **{**known, **values})


def told(run: Run) -> list[str]:
    return [note.message for note in run.notes.order_by("pk")]


def test_persons_and_companies_go_as_a_job_each_and_nothing_the_second_time(
    bench: NorceBench, site: Site
) -> None:
    anna = person(1, mobile="+966500000001")
    CustomerAddress.objects.create(
        customer=anna, kind="shipping", line1="Elsewhere 9", city="جدة", country="SA"
    )
    CustomerAddress.objects.create(
        customer=anna, kind="billing", line1="طريق الملك فهد 120", city="الرياض", country="SA"
    )
    firm = Customer.objects.create(
        code="F-1", customer_type="company", name1="مؤسسة الأفق", tax_reg_no="310122393500003"
    )
    person(2, is_guest=True)
    person(3, active=False)
    calls = bench.calls

    run = act(site, "send_customers")

    assert (run.found, run.created, run.failed) == (2, 2, 0)
    assert [job.kind for job in bench.shop.jobs] == [PERSONS, COMPANIES]
    assert bench.calls - calls == 6
    store = bench.shop.store
    assert set(store.customers) == {"K-1"} and set(store.companies) == {"F-1"}
    assert store.customers["K-1"]["InvoiceAddress"]["City"] == "الرياض"
    assert store.companies["F-1"]["OrganizationNo"] == "310122393500003"
    references = ExternalReference.objects.filter(system=site.code).values_list("object_id", "external_id")
    assert set(references) == {(anna.pk, "K-1"), (firm.pk, "F-1")}

    again = act(site, "send_customers")
    assert (again.found, again.unchanged, len(bench.shop.jobs)) == (2, 2, 2)
    forced = act(site, "send_customers", force=True)
    assert (forced.updated, len(bench.shop.jobs)) == (2, 4)


def test_thousand_customers_are_one_job(bench: NorceBench, site: Site) -> None:
    Customer.objects.bulk_create(
        Customer(code=f"K-{n}", name1="A", name2="B", email=f"b{n}@example.com") for n in range(1000)
    )
    calls = bench.calls

    run = act(site, "send_customers")

    assert run.created == len(bench.shop.store.customers) == 1000
    assert (len(bench.shop.jobs), bench.calls - calls) == (1, 3)


def test_bad_rows_are_told_one_by_one_and_stop_nobody(bench: NorceBench, site: Site) -> None:
    good, without, refused = person(1), person(2, email=""), person(3)
    bench.shop.faults.add("batch_fail", skus=["K-3"], path=PERSONS)

    run = act(site, "send_customers")

    assert (run.found, run.created, run.failed) == (3, 1, 2)
    assert set(bench.shop.store.customers) == {good.code}
    failures = {note.subject_id: (note.code, note.message) for note in run.notes.filter(level="error")}
    assert failures[str(without.pk)][0] == "customer_incomplete"
    assert "K-2" in failures[str(without.pk)][1] and "e-mail" in failures[str(without.pk)][1]
    assert failures[str(refused.pk)][0] == "refused_by_job"

    bench.heal()
    scheduled = act(site, "send_customers", changed=True)
    assert scheduled.found == 0
    without.email = "now@example.com"
    without.save()
    scheduled = act(site, "send_customers", changed=True)
    assert (scheduled.found, scheduled.created) == (1, 1)
    pressed = act(site, "send_customers")
    assert (pressed.found, pressed.created, pressed.unchanged) == (3, 1, 2)


def test_only_what_changed_is_looked_at_by_the_clock_and_only_what_differs_is_sent(
    bench: NorceBench, site: Site
) -> None:
    anna, omar, lina = person(1), person(2), person(3)
    act(site, "send_customers")
    Customer.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    anna.remarks = "only for us"
    anna.save()
    CustomerAddress.objects.create(customer=omar, line1="New 1", city="جدة", country="SA")
    lina.active = False
    lina.save()
    Site.objects.filter(pk=site.pk).update(
        items_interval=0, quantity_full_interval=0, price_full_interval=0, reconcile_interval=0
    )

    assert request_due_full_runs() == 1
    assert execute_waiting_runs() == 1

    run = Run.objects.filter(action="send_customers").latest("pk")
    assert run.params == {"changed": True}
    assert (run.found, run.updated, run.unchanged) == (3, 2, 1)
    store = bench.shop.store.customers
    assert store["K-2"]["InvoiceAddress"]["City"] == "جدة"
    assert [store[f"K-{n}"]["IsActive"] for n in (1, 2, 3)] == [True, True, False]
    assert act(site, "send_customers", changed=True).found == 0


def test_buyer_whom_the_shop_knows_keeps_his_code_there(bench: NorceBench, site: Site) -> None:
    known = person(1)
    ExternalReference.objects.create(
        system=site.code, model_label="erp.customer", object_id=known.pk, external_id="C-7001"
    )

    act(site, "send_customers")

    assert set(bench.shop.store.customers) == {"C-7001"}
    assert ExternalReference.objects.filter(system=site.code).count() == 1


def test_slow_job_is_waited_for_and_never_posted_twice(
    bench: NorceBench, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(1)
    site.platform_options = {**site.platform_options, "job_wait": 0}
    site.save()
    bench.shop.options.job_seconds = 90
    monkeypatch.setattr(
        "sync_queues.services.writer_turn.pause", lambda seconds: bench.shop.advance(int(seconds))
    )

    run = act(site, "send_customers")

    assert (run.created, len(bench.shop.jobs)) == (1, 1)


def test_dry_run_sends_nothing_and_the_switch_is_needed(bench: NorceBench, site: Site) -> None:
    person(1)
    Site.objects.filter(pk=site.pk).update(dry_run=True)

    run = act(site, "send_customers")

    assert (run.found, run.counts["skipped"], bench.shop.jobs) == (1, 1, [])
    assert told(run) == ["Dry run: would send customer K-1."]
    assert not SentCustomer.objects.exists()
    Site.objects.filter(pk=site.pk).update(send_customers=False)
    with pytest.raises(AssertionError, match="switched off"):
        act(site, "send_customers")


def test_platform_that_takes_no_customers_refuses_the_switch(site: Site) -> None:
    site.site_type = "woocommerce"
    with pytest.raises(ValidationError) as caught:
        site.full_clean()
    assert "send_customers" in caught.value.message_dict


def test_page_and_list_of_the_site_start_the_run_in_both_languages(
    bench: NorceBench, site: Site, admin_client: Client
) -> None:
    """Only a platform that takes customers has the button."""
    person(1)
    elsewhere = make_shop_site()
    pages = {
        (pk, language): admin_client.get(
            reverse("admin:ecomsites_site_change", args=[pk]), headers={"accept-language": language}
        ).content.decode()
        for pk in (site.pk, elsewhere.pk)
        for language in ("en", "ar")
    }
    assert "Send Customers" in pages[site.pk, "en"] and "إرسال العملاء" in pages[site.pk, "ar"]
    assert "Send Customers" not in pages[elsewhere.pk, "en"]

    pressed = reverse("admin:ecomsites_site_action", args=[site.pk, "send_customers"])
    admin_client.post(pressed, {"_confirmed": "1"})
    assert execute_waiting_runs() == 1
    chosen = {"action": "send_customers", "_selected_action": [site.pk], "_confirmed": "1", "force": "on"}
    admin_client.post(reverse("admin:ecomsites_site_changelist"), chosen)
    assert execute_waiting_runs() == 1

    runs = Run.objects.filter(action="send_customers").order_by("pk")
    assert [(run.created, run.updated, run.params) for run in runs] == [(1, 0, {}), (0, 1, {"force": True})]
    report = admin_client.get(reverse("admin:activity_run_change", args=[runs[0].pk])).content.decode()
    assert "Send Customers" in report
