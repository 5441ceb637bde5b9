"""The content of the QR code on Saudi tax invoices (phase 1).

Five fields as tag, length and value, one byte each for tag and length, the whole in base64.
Source: ZATCA, "Security Features Implementation Standards" and "QR code" guideline, read 2026-11.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

MAX_BYTES = 255


@dataclass(frozen=True, slots=True)
class QrFields:
    """issued_at: aware. total: with tax. Amounts are in riyals."""

    seller: str
    tax_number: str
    issued_at: datetime
    total: Decimal
    tax: Decimal


def qr_payload(fields: QrFields) -> str:
    """The text that the QR code carries."""
    values = (
        fields.seller,
        fields.tax_number,
        fields.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        f"{fields.total:.2f}",
        f"{fields.tax:.2f}",
    )
    encoded = b"".join(_field(tag, value) for tag, value in enumerate(values, start=1))
    return base64.b64encode(encoded).decode("ascii")


def _field(tag: int, value: str) -> bytes:
    """A length is one byte: a longer seller name is cut at a letter."""
    content = value.encode()
    if len(content) > MAX_BYTES:
        content = content[:MAX_BYTES].decode(errors="ignore").encode()
    return bytes((tag, len(content))) + content
