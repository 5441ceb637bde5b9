"""The content of the QR code, read by a reader of its own."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from erp.printing.zatca import QrFields, qr_payload


def read_tlv(payload: str) -> dict[int, str]:
    rest, found = base64.b64decode(payload, validate=True), {}
    while rest:
        tag, length = rest[0], rest[1]
        assert len(rest) >= 2 + length
        found[tag] = rest[2 : 2 + length].decode()
        rest = rest[2 + length :]
    return found


def fields(**values):
    known = {
        "seller": "Bobs Records",
        "tax_number": "310122393500003",
        "issued_at": datetime(2022, 4, 25, 15, 30, tzinfo=UTC),
        "total": Decimal("1000"),
        "tax": Decimal("150"),
    }
    return QrFields(**{**known, **values})


def test_the_authoritys_own_example_comes_out_byte_by_byte():
    assert qr_payload(fields()) == (
        "AQxCb2JzIFJlY29yZHMCDzMxMDEyMjM5MzUwMDAwMwMUMjAyMi0wNC0yNVQxNTozMDowMFoEBzEwMDAuMDAFBjE1MC4wMA=="
    )


def test_arabic_names_count_in_bytes():
    found = read_tlv(qr_payload(fields(seller="شركة النخبة", total=Decimal("644"), tax=Decimal("84.005"))))
    assert found == {
        1: "شركة النخبة",
        2: "310122393500003",
        3: "2022-04-25T15:30:00Z",
        4: "644.00",
        5: "84.00",
    }


def test_a_name_too_long_for_its_length_byte_is_cut_at_a_letter():
    name = read_tlv(qr_payload(fields(seller="ش" * 200)))[1]
    assert name == "ش" * 127


def test_time_is_told_in_utc():
    riyadh = datetime(2024, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=3)))
    assert read_tlv(qr_payload(fields(issued_at=riyadh)))[3] == "2023-12-31T22:30:00Z"
