"""Buyers of the ERP as customers and companies of Norce: a file and a job for each of the two. Source: fact sheet §9.

They are matched by their code alone, so that two buyers with one e-mail address never become one. Lists (addresses,
price lists) are replaced by an import, so only what is filled is listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from platforms.batching import push_in_batches
from platforms.norce.client import NorceClient
from platforms.norce.files import cut, header
from platforms.norce.jobs import JobDesk, Kind
from platforms.norce.rows import accepted, refused_by_job, rejected
from platforms.types import PushResult, RemoteAddress, RemoteCustomer

LANE = "products"
#: Code, e-mail, names, phones, active, address of invoices; 18: by the code alone.
_CUSTOMER = {"CustomerFieldsThatAreSet": (2, 3, 6, 8, 9, 10, 11, 12, 18)}
#: Code, organisation number, name, e-mail, phone, active, address of invoices; 20: by the code alone; 21: VAT number.
_COMPANY = {"CompanyFieldsThatAreSet": (2, 3, 4, 5, 6, 9, 10, 20, 21)}

Buyer = tuple[RemoteCustomer, RemoteAddress]
Entry = tuple[str, Mapping[str, Any]]


class CustomerPusher:
    def __init__(self, client: NorceClient, jobs: JobDesk) -> None:
        self._client = client
        self._jobs = jobs

    def push(self, buyers: Sequence[Buyer]) -> list[PushResult]:
        """Three calls for persons and three for companies, per file of 5,000."""
        results: dict[str, PushResult] = {}
        files: dict[Kind, list[Entry]] = {Kind.CUSTOMERS: [], Kind.COMPANIES: []}
        for buyer, address in buyers:
            missing = _missing(buyer)
            if missing:
                results[buyer.remote_id] = rejected(
                    buyer.remote_id,
                    buyer.remote_id,
                    "customer_incomplete",
                    f"Norce takes no customer without {missing}.",
                    "Complete the customer in the ERP.",
                )
            elif buyer.company:
                files[Kind.COMPANIES].append((buyer.remote_id, _company(buyer, address)))
            else:
                files[Kind.CUSTOMERS].append((buyer.remote_id, _person(buyer, address)))
        for kind, entries in files.items():
            fields = _COMPANY if kind is Kind.COMPANIES else _CUSTOMER
            answers = push_in_batches(
                list(cut(entries, self._client.options.file_rows)),
                lambda file, k=kind, f=fields: self._send(k, f, file),  # type: ignore[misc]
                lambda entry: entry[0],
            )
            results |= {answer.key: answer for answer in answers}
        return [results[buyer.remote_id] for buyer, _ in buyers]

    def _send(
        self, kind: Kind, fields: Mapping[str, Sequence[int]], entries: Sequence[Entry]
    ) -> list[PushResult]:
        """There is no full file of customers: its header has no such key."""
        told = header(self._client, None, fields, full=False)
        del told["FullFile"]
        job = self._jobs.run(kind, [body for _, body in entries], told, lane=LANE)
        return [
            refused_by_job(code, code, job.number, job.refused[place])
            if place in job.refused
            else accepted(code, code, warning=job.warnings.get(place, ""))
            for place, (code, _) in enumerate(entries)
        ]


def _missing(buyer: RemoteCustomer) -> str:
    needed = [("a code", buyer.remote_id)]
    if buyer.company:
        needed.append(("a tax number", buyer.tax_number))
    else:
        needed += [
            ("a first name", buyer.first_name),
            ("a last name", buyer.last_name),
            ("an e-mail address", buyer.email),
        ]
    return ", ".join(name for name, value in needed if not value.strip())


def _person(buyer: RemoteCustomer, address: RemoteAddress) -> dict[str, Any]:
    return {
        "Type": 1,
        "Code": buyer.remote_id,
        "EmailAddress": buyer.email,
        "FirstName": buyer.first_name,
        "LastName": buyer.last_name,
        "PhoneNumber": buyer.phone,
        "CellPhoneNumber": buyer.phone,
        "IsActive": True,
        "InvoiceAddress": _address(address),
    }


def _company(buyer: RemoteCustomer, address: RemoteAddress) -> dict[str, Any]:
    return {
        "Code": buyer.remote_id,
        "OrganizationNo": buyer.tax_number,
        "VatNo": buyer.tax_number,
        "Name": buyer.company,
        "EmailAddress": buyer.email,
        "PhoneNumber": buyer.phone,
        "IsActive": True,
        "InvoiceAddress": _address(address),
    }


def _address(address: RemoteAddress) -> dict[str, Any]:
    return {
        "AddressLine1": address.line1,
        "AddressLine2": address.line2,
        "ZipCode": address.postal_code,
        "City": address.city,
        "Region": address.region,
        "CountryCode": address.country,
        "ShippingPhoneNumber": address.phone,
        "IsPrimary": True,
    }
