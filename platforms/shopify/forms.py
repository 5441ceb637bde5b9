"""Multipart forms for Shopify's file store, and what its refusals mean."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ecomsync.common.errors import Rejected, ShopUnavailable


def form_of(
    fields: Sequence[tuple[str, str]], *, filename: str, mime_type: str, content: bytes
) -> tuple[bytes, str]:
    """A multipart form with the file last, as the store behind it wants, and its content type."""
    boundary = f"ecomsync{secrets.token_hex(16)}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        f"Content-Type: {mime_type}\r\n\r\n"
    )
    body = b"".join([*parts, head.encode(), content, f"\r\n--{boundary}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={boundary}"


def refused_upload(status: int, text: str) -> Rejected | ShopUnavailable:
    """The error of a store that did not take a file."""
    if status >= 500 or status == 429:
        return ShopUnavailable(
            f"Shopify's file store answered {status}.", status=status, platform="shopify", excerpt=text
        )
    return Rejected(
        f"Shopify's file store refused the file with status {status}.",
        code="upload_refused",
        cure="Look at the related request; the file may be too large.",
        status=status,
        platform="shopify",
        excerpt=text,
    )
