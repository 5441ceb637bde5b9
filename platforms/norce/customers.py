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
from platforms.types import CustomerSheet, PushResult, RemoteAddress

LANE = "products"
_LISTS = {Kind.CUSTOMERS: "CustomerFieldsThatAreSet", Kind.COMPANIES: "CompanyFieldsThatAreSet"}

Entry = tuple[CustomerSheet, Mapping[str, Any]]


class CustomerPusher:
    def __init__(self, client: NorceClient, jobs: JobDesk) -> None:
        self._client = client
        self._jobs = jobs

    def push(self, sheets: Sequence[CustomerSheet]) -> list[PushResult]:
        """Three calls for persons and three for companies, per file of 5,000 rows."""
        results: dict[str, PushResult] = {}
        files: dict[tuple[Kind, tuple[int, ...]], list[Entry]] = {}
        for sheet in sheets:
            missing = _missing(sheet)
            if missing:
                results[sheet.key] = rejected(
                    sheet.key,
                    sheet.remote_id,
                    "customer_incomplete",
                    f"Norce takes no customer without {missing}.",
                    "Complete the customer in the ERP.",
                )
            else:
                body, fields = _company(sheet) if sheet.company else _person(sheet)
                kind = Kind.COMPANIES if sheet.company else Kind.CUSTOMERS
                files.setdefault((kind, fields), []).append((sheet, body))
        for (kind, fields), entries in files.items():
            answers = push_in_batches(
                list(cut(entries, self._client.options.file_rows)),
                lambda file, k=kind, f=fields: self._send(k, f, file),  # type: ignore[misc]
                lambda entry: entry[0].key,
            )
            results |= {answer.key: answer for answer in answers}
        return [results[sheet.key] for sheet in sheets]

    def _send(self, kind: Kind, fields: Sequence[int], entries: Sequence[Entry]) -> list[PushResult]:
        """There is no full file of customers: its header has no such key."""
        told = header(self._client, None, {_LISTS[kind]: fields}, full=False)
        del told["FullFile"]
        job = self._jobs.run(kind, [body for _, body in entries], told, lane=LANE)
        return [
            refused_by_job(sheet.key, sheet.remote_id, job.number, job.refused[place])
            if place in job.refused
            else accepted(sheet.key, _code(sheet), warning=job.warnings.get(place, ""))
            for place, (sheet, _) in enumerate(entries)
        ]


def _code(sheet: CustomerSheet) -> str:
    """A buyer whom Norce knows keeps the code that orders name; for others it is the ERP's."""
    return sheet.remote_id or sheet.code


def _missing(sheet: CustomerSheet) -> str:
    needed = [("a code", _code(sheet))]
    if sheet.company:
        needed.append(("a tax number", sheet.tax_number))
    else:
        needed += [
            ("a first name", sheet.first_name),
            ("a last name", sheet.last_name),
            ("an e-mail address", sheet.email),
        ]
    return ", ".join(name for name, value in needed if not value.strip())


Made = tuple[dict[str, Any], tuple[int, ...]]


def _person(sheet: CustomerSheet) -> Made:
    """18: to be found by the code alone."""
    named = {
        2: ("Code", _code(sheet)),
        3: ("EmailAddress", sheet.email),
        6: ("FirstName", sheet.first_name),
        8: ("LastName", sheet.last_name),
        9: ("PhoneNumber", sheet.phone),
        10: ("CellPhoneNumber", sheet.mobile),
        11: ("IsActive", sheet.active),
        12: ("InvoiceAddress", _address(sheet.address)),
    }
    body, fields = _filled(named)
    return {"Type": 1, **body}, (*fields, 18)


def _company(sheet: CustomerSheet) -> Made:
    """20: to be found by the code alone."""
    named = {
        2: ("Code", _code(sheet)),
        3: ("OrganizationNo", sheet.tax_number),
        4: ("Name", sheet.company),
        5: ("EmailAddress", sheet.email),
        6: ("PhoneNumber", sheet.phone or sheet.mobile),
        9: ("IsActive", sheet.active),
        10: ("InvoiceAddress", _address(sheet.address)),
        21: ("VatNo", sheet.tax_number),
    }
    body, fields = _filled(named)
    return body, (*fields, 20)


def _filled(named: Mapping[int, tuple[str, Any]]) -> Made:
    """What the ERP does not have is left alone: a listed field without value would be emptied."""
    kept = {number: pair for number, pair in named.items() if pair[1] not in ("", None)}
    return dict(kept.values()), tuple(kept)


def _address(address: RemoteAddress | None) -> dict[str, Any] | None:
    if address is None or address.is_empty:
        return None
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
