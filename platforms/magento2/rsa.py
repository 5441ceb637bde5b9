"""Signatures by RSA PKCS#1 v1.5 with SHA-256."""

from __future__ import annotations

import base64
import binascii
import textwrap

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


def proves(public_key: str, body: bytes, signature: str) -> bool:
    """Whether the base64 signature was made over these bytes with the private half of this key (PEM)."""
    key = _load(public_key)
    try:
        given = base64.b64decode(signature.strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    if key is None:
        return False
    try:
        key.verify(given, body, padding.PKCS1v15(), hashes.SHA256())
    except WrongSignature:
        return False
    return True


def is_key(public_key: str) -> bool:
    """Whether this is a public key that we can read."""
    return _load(public_key) is not None


def _load(public_key: str) -> RSAPublicKey | None:
    """A form with one line loses the line breaks of a PEM, so they are made again."""
    text = public_key.strip()
    inner = "".join(text.removeprefix(_BEGIN).removesuffix(_END).split())
    pem = "\n".join((_BEGIN, *textwrap.wrap(inner, 64), _END, ""))
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey) else None
