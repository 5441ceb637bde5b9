"""Secrets at rest: Fernet with rotating keys. The first key encrypts, all of them decrypt."""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from ecomsync.common.errors import ConfigurationError

PREFIX = "enc1:"


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ConfigurationError(
            "No key for secrets at rest is set.",
            code="no_encryption_key",
            cure="Set FIELD_ENCRYPTION_KEYS; `manage.py make_encryption_key` prints a new key.",
        )
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as err:
        raise ConfigurationError(
            "A key in FIELD_ENCRYPTION_KEYS is not a valid Fernet key.",
            code="bad_encryption_key",
            cure="`manage.py make_encryption_key` prints a valid key.",
        ) from err


def _keys() -> MultiFernet:
    return _fernet(tuple(settings.FIELD_ENCRYPTION_KEYS))


def encrypt(plain: str) -> str:
    """Ciphertext of a secret; an empty secret stays empty, since there is nothing to hide."""
    return PREFIX + _keys().encrypt(plain.encode()).decode() if plain else ""


def decrypt(stored: str) -> str:
    """The secret again. Raises ConfigurationError when no key fits, and never returns ciphertext."""
    if not stored:
        return ""
    token = stored.removeprefix(PREFIX)
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken as err:
        raise ConfigurationError(
            "A stored secret cannot be read with the keys of this installation.",
            code="wrong_encryption_key",
            cure="Put the key it was written with back into FIELD_ENCRYPTION_KEYS, or enter the secret again.",
        ) from err


def rotate(stored: str) -> str:
    """The same secret, encrypted with the first key."""
    return encrypt(decrypt(stored))


def is_encrypted_with_first_key(stored: str) -> bool:
    """False when the secret should be rotated."""
    if not stored:
        return True
    try:
        Fernet(settings.FIELD_ENCRYPTION_KEYS[0]).decrypt(stored.removeprefix(PREFIX).encode())
    except InvalidToken:
        return False
    return True
