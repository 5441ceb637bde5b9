"""Customers and companies as files, followed to the end of their jobs."""

from __future__ import annotations

from platforms.types import CustomerSheet, Outcome, RemoteAddress
from tests.platforms.norce.bench import NorceBench

HOME = RemoteAddress(line1="طريق الملك فهد 120", city="الرياض", country="SA", phone="+966500000001")
ANNA = CustomerSheet(
    "1",
    "C-1",
    "anna@example.com",
    "Anna",
    "Berg",
    phone="+966112000000",
    mobile="+966500000001",
    address=HOME,
)
TWIN = CustomerSheet("2", "C-2", "anna@example.com", "Ann", "Berg", mobile="+966500000002", active=False)
FIRM = CustomerSheet(
    "9", "C-9", "k@x.test", company="مؤسسة الأفق", tax_number="310122393500003", address=HOME
)
NOBODY = CustomerSheet("3", "C-3", "", "Omar", "Haddad")


def test_persons_and_companies_are_files_of_what_they_fill(bench: NorceBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.push_customers([ANNA, FIRM, NOBODY, TWIN])

    assert [(result.key, result.outcome) for result in results] == [
        ("1", Outcome.OK),
        ("9", Outcome.OK),
        ("3", Outcome.REJECTED),
        ("2", Outcome.OK),
    ]
    assert "e-mail address" in results[2].message and results[2].cure
    store = bench.shop.store
    assert {code: (row["FirstName"], row["IsActive"]) for code, row in store.customers.items()} == {
        "C-1": ("Anna", True),
        "C-2": ("Ann", False),
    }
    assert store.customers["C-1"]["InvoiceAddress"]["City"] == "الرياض"
    assert store.companies["C-9"]["VatNo"] == "310122393500003"
    headers = [(job.kind.rpartition("/")[2], job.header) for job in bench.shop.jobs]
    assert [
        (kind, header.get("CustomerFieldsThatAreSet", header.get("CompanyFieldsThatAreSet")))
        for kind, header in headers
    ] == [
        ("ImportCustomers", [2, 3, 6, 8, 9, 10, 11, 12, 18]),
        ("ImportCompanies", [2, 3, 4, 5, 9, 10, 20, 21]),
        ("ImportCustomers", [2, 3, 6, 8, 10, 11, 18]),
    ]
    assert all("FullFile" not in header for _kind, header in headers)


def test_what_the_erp_does_not_have_stays_in_norce(bench: NorceBench) -> None:
    with bench.adapter() as adapter:
        adapter.push_customers([ANNA])
        again = adapter.push_customers([CustomerSheet("1", "C-1", "anna@example.com", "Anna", "Berg-Ali")])

    assert again[0].outcome is Outcome.OK
    row = bench.shop.store.customers["C-1"]
    assert (row["LastName"], row["PhoneNumber"], row["InvoiceAddress"]["City"]) == (
        "Berg-Ali",
        "+966112000000",
        "الرياض",
    )
