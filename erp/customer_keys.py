"""What customers are found by, each in one form: e-mail, phone number, tax number."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

#: Countries that write their own code before tax numbers, where it is not the code of their addresses.
_TAX_PREFIXES = {"GR": ("EL", "GR"), "GB": ("GB", "XI"), "CH": ("CHE", "CH")}
_COUNTRY_OF_PREFIX = {"EL": "GR", "XI": "GB"}
#: Whose prefix tells the country even where the address is elsewhere.
_VAT_AREA = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "FR",
        "GB",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "XI",
    ]
)
_SWISS_SUFFIX = re.compile(r"(MWST|TVA|IVA)$")
_EMAIL = re.compile(r"[^@\s\"<>(),;:]+@[^@\s\"<>(),;:]+\.[^@\s\"<>(),;:]{2,}")


def plain_text(text: str) -> str:
    """Wide and compatible letters in their usual form, without what nobody sees (marks of direction, joiners)."""
    usual = unicodedata.normalize("NFKC", text)
    return "".join(char for char in usual if unicodedata.category(char) != "Cf").strip()


def normalise_email(text: str) -> str:
    """Small letters, the domain as it travels (xn--…); "" when it cannot be an address, so that it finds nobody."""
    address = plain_text(text).lower()
    if not _EMAIL.fullmatch(address):
        return ""
    local, _at, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    whole = f"{local}@{domain}"
    return whole if len(whole) <= 254 else ""


@lru_cache(maxsize=4096)  # an order names the same number several times, and reading one takes a while
def normalise_phone(phone: str, *countries: str) -> str:
    """E.164 (+966501234567) when the number is valid in one of the countries or has its country code; else "" .

    Arabic digits, spaces, brackets and a leading 00 are understood. Nothing is guessed.
    """
    text = _ascii_digits(plain_text(phone))
    if text.startswith("00"):
        found = _e164("+" + text[2:], None)
        if found:
            return found
    for country in dict.fromkeys((*countries, "")):
        found = _e164(text, country.upper() or None)
        if found:
            return found
    return ""


def _e164(text: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def clean_tax_number(text: str) -> str:
    """Capital letters and digits only; "" when there is no digit in it ("none", "-")."""
    kept = "".join(char for char in _ascii_digits(plain_text(text)).upper() if char.isalnum())
    return kept[:40] if any(char.isdigit() for char in kept) else ""


@dataclass(frozen=True, slots=True)
class TaxNumber:
    """A tax number apart from the country code before it. `country` is "" when nobody tells it."""

    country: str
    number: str

    @classmethod
    def read(cls, text: str, country: str = "") -> TaxNumber:
        """country: of the address; a code of the VAT area before the number says it better."""
        kept, home = clean_tax_number(text), country.upper()
        for prefix in (*_prefixes(home), kept[:2]):
            known = prefix in _prefixes(home) or prefix in _VAT_AREA
            rest = kept[len(prefix) :]
            if prefix and known and kept.startswith(prefix) and sum(map(str.isdigit, rest)) >= 6:
                return cls(_COUNTRY_OF_PREFIX.get(prefix, prefix[:2]), _without_suffix(rest, prefix[:2]))
        return cls(home, _without_suffix(kept, home))

    @property
    def spellings(self) -> list[str]:
        """As it may stand on a customer."""
        return [self.number, *(f"{prefix}{self.number}" for prefix in _prefixes(self.country))]

    def is_same(self, other: TaxNumber) -> bool:
        """The same number, and not of two different countries."""
        return self.number == other.number and (
            not self.country or not other.country or self.country == other.country
        )


def _prefixes(country: str) -> tuple[str, ...]:
    return _TAX_PREFIXES.get(country, (country,) if country else ())


def _without_suffix(number: str, country: str) -> str:
    return _SWISS_SUFFIX.sub("", number) if country == "CH" else number
