"""Files for Shopify: a target is asked for, and the file goes there, outside of the API and without our token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecomsync.common.errors import ShopUnavailable
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document

STAGED_UPLOADS = document(
    """mutation StagedUploads($input: [StagedUploadInput!]!) {
  stagedUploadsCreate(input: $input) {
    stagedTargets { url resourceUrl parameters { name value } }
    userErrors { field message }
  }
}""",
    cost=11,
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that lies at Shopify. path: what bulk operations want; resource_url: what everything else wants."""

    path: str
    resource_url: str


def upload(
    client: ShopifyClient, *, resource: str, filename: str, mime_type: str, content: bytes, lane: str
) -> Upload:
    """Two calls. resource: BULK_MUTATION_VARIABLES | IMAGE | FILE."""
    wanted: dict[str, Any] = {
        "resource": resource,
        "filename": filename,
        "mimeType": mime_type,
        "httpMethod": "POST",
        "fileSize": str(len(content)),
    }
    payload = client.change(STAGED_UPLOADS, {"input": [wanted]}, lane=lane, what=f"the upload of {filename}")
    targets = payload.get("stagedTargets") or []
    if not targets or not targets[0].get("url"):
        raise ShopUnavailable(
            f"Shopify gave no place for the file {filename}.", code="unexpected_answer", platform="shopify"
        )
    target = targets[0]
    fields = [(str(row["name"]), str(row["value"])) for row in target.get("parameters") or ()]
    client.send_file(
        str(target["url"]), fields, filename=filename, mime_type=mime_type, content=content, lane=lane
    )
    path = next((value for name, value in fields if name == "key"), "")
    return Upload(path, str(target.get("resourceUrl") or target["url"]))


def mime_of(filename: str) -> str:
    """The type of a picture by its name."""
    types: Mapping[str, str] = {
        "png": "image/png",
        "gif": "image/gif",
        "webp": "image/webp",
        "pdf": "application/pdf",
    }
    return types.get(filename.rpartition(".")[2].lower(), "image/jpeg")
