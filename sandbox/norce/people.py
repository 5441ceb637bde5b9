"""Customer/ImportCustomers and Customer/ImportCompanies: upserts by code, else by e-mail or organisation number."""

from sandbox.norce.answers import Json, pick
from sandbox.norce.run import Run

_CUSTOMER = {
    3: "EmailAddress",
    5: "Title",
    6: "FirstName",
    7: "MiddleName",
    8: "LastName",
    9: "PhoneNumber",
    10: "CellPhoneNumber",
    11: "IsActive",
    12: "InvoiceAddress",
    13: "DeliveryAddresses",
    15: "AdditionalInfo",
    16: "Flags",
    17: "PriceLists",
    19: "Companies",
}
_COMPANY = {
    3: "OrganizationNo",
    4: "Name",
    5: "EmailAddress",
    6: "PhoneNumber",
    9: "IsActive",
    10: "InvoiceAddress",
    11: "DeliveryAddresses",
    19: "PriceLists",
    21: "VatNo",
}


def apply_customer(run: Run, row: Json, key: str) -> None:
    listed = run.listed("CustomerFieldsThatAreSet")
    record = run.store.customers.get(key)
    if record is None and 18 not in listed:
        email = str(pick(row, "EmailAddress") or "").lower()
        known = run.store.customers.values()
        record = next((one for one in known if email and one["EmailAddress"].lower() == email), None)
    if record is None:
        missing = [n for n in ("LastName", "FirstName", "EmailAddress") if not pick(row, n)]
        if missing:
            run.refuse(row, f"{', '.join(missing)} missing", severity=3)
            return
    run.count(new=record is None)
    if record is None:
        record = {"Id": run.store.next_id("customer", 7001), "Code": key, "DeliveryAddresses": []}
        record |= {name: None for name in _CUSTOMER.values() if name != "DeliveryAddresses"}
        record |= {name: pick(row, name) for name in ("EmailAddress", "FirstName", "LastName")}
        run.store.customers[key] = record
    _copy(run, listed, _CUSTOMER, row, record)


def apply_company(run: Run, row: Json, key: str) -> None:
    listed = run.listed("CompanyFieldsThatAreSet")
    record = run.store.companies.get(key)
    if record is None:
        missing = [name for name in ("Name", "OrganizationNo") if not pick(row, name)]
        if missing:
            run.refuse(row, f"{', '.join(missing)} missing", severity=3)
            return
    run.count(new=record is None)
    if record is None:
        record = {"Id": run.store.next_id("company", 301), "Code": key, "DeliveryAddresses": []}
        record |= {name: None for name in _COMPANY.values() if name != "DeliveryAddresses"}
        record |= {name: pick(row, name) for name in ("Name", "OrganizationNo")}
        run.store.companies[key] = record
    _copy(run, listed, _COMPANY, row, record)


def _copy(run: Run, listed: list[int], names: dict[int, str], row: Json, record: Json) -> None:
    for number in listed:
        if number in names:
            record[names[number]] = pick(row, names[number])
    record["Updated"] = run.store.stamp()
