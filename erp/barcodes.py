"""Check digits of the barcodes we know."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BarcodeType(TextChoices):
    EAN13 = "ean13", "EAN-13"
    EAN8 = "ean8", "EAN-8"
    UPCA = "upca", "UPC-A"
    ITF14 = "itf14", "ITF-14"
    CODE128 = "code128", "Code 128"
    OTHER = "other", _("other")


LENGTHS = {BarcodeType.EAN13: 13, BarcodeType.EAN8: 8, BarcodeType.UPCA: 12, BarcodeType.ITF14: 14}


def check_digit(digits: str) -> str:
    """GS1 check digit of the digits before it: weights 3 and 1 from the right."""
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def is_valid(barcode: str, barcode_type: str) -> bool:
    """Whether length and check digit fit the type; types without a check digit always fit."""
    length = LENGTHS.get(BarcodeType(barcode_type))
    if length is None:
        return bool(barcode)
    if len(barcode) != length or not (barcode.isascii() and barcode.isdigit()):
        return False
    return check_digit(barcode[:-1]) == barcode[-1]


def guess_type(barcode: str) -> BarcodeType:
    """The GS1 type whose length and check digit fit, else `other`."""
    for barcode_type in LENGTHS:
        if is_valid(barcode, barcode_type):
            return barcode_type
    return BarcodeType.OTHER
