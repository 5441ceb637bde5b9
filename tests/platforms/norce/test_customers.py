"""Customers and companies as files, followed to the end of their jobs."""

from __future__ import annotations

from platforms.types import Outcome, RemoteAddress, RemoteCustomer
from tests.platforms.norce.bench import NorceBench

HOME = RemoteAddress(line1="طريق الملك فهد 120", city="الرياض", country="SA", phone="+966500000001")
ANNA = RemoteCustomer("C-1", "anna@example.com", "Anna", "Berg", is_guest=False)
TWIN = RemoteCustomer("C-2", "anna@example.com", "Ann", "Berg", is_guest=False)
FIRM = RemoteCustomer("C-9", "k@x.test", company="مؤسسة الأفق", tax_number="310122393500003", is_guest=False)
NOBODY = RemoteCustomer("C-3", "", "Omar", "Haddad", is_guest=False)


def test_persons_and_companies_are_a_job_each(bench: NorceBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.push_customers([(ANNA, HOME), (FIRM, HOME), (NOBODY, HOME), (TWIN, HOME)])
        again = adapter.push_customers([(ANNA, HOME)])

    assert [result.outcome for result in results] == [
        Outcome.OK,
        Outcome.OK,
        Outcome.REJECTED,
        Outcome.OK,
    ]
    assert "e-mail address" in results[2].message and results[2].cure
    assert again[0].outcome is Outcome.OK
    store = bench.shop.store
    assert {code: row["FirstName"] for code, row in store.customers.items()} == {"C-1": "Anna", "C-2": "Ann"}
    assert store.customers["C-1"]["InvoiceAddress"]["City"] == "الرياض"
    assert store.companies["C-9"]["VatNo"] == "310122393500003"
    kinds = [job.kind for job in bench.shop.jobs]
    assert kinds == ["Customer/ImportCustomers", "Customer/ImportCompanies", "Customer/ImportCustomers"]
    assert all("FullFile" not in job.header for job in bench.shop.jobs)
