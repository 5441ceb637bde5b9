"""Categories as collections. Shopify's are flat: which stands under which is kept in a metafield of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ecomsync.common.errors import ConfigurationError, PermanentError, RetryableError
from platforms.base import result_from_error
from platforms.shopify.answers import nodes_of
from platforms.shopify.client import ShopifyClient
from platforms.shopify.documents import document
from platforms.shopify.ids import gid, number_of
from platforms.shopify.product_documents import PUBLISH, UNPUBLISH
from platforms.shopify.shop import ShopReader, names_to_ids
from platforms.types import CategorySheet, Outcome, PushResult, RemoteCategory

LANE = "products"
NAMESPACE, PARENT_KEY = "ecomsync", "parent"

COLLECTIONS = document(
    """query Collections($first: Int!, $after: String) {
  collections(first: $first, after: $after, sortKey: ID) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id title descriptionHtml
      productsCount { count }
      metafield(namespace: "ecomsync", key: "parent") { value }
      resourcePublicationsV2(first: 20) { nodes { publication { id } isPublished } }
    }
  }
}""",
    cost=100,
)
CREATE = document(
    """mutation CreateCollection($collection: CollectionCreateInput!) {
  collectionCreate(collection: $collection) {
    collection { id }
    userErrors { field message }
  }
}""",
    cost=10,
)
UPDATE = document(
    """mutation UpdateCollection($collection: CollectionUpdateInput!) {
  collectionUpdate(collection: $collection) {
    collection { id }
    userErrors { field message }
  }
}""",
    cost=10,
)


class CollectionPusher:
    def __init__(self, client: ShopifyClient, shop: ShopReader) -> None:
        self._client = client
        self._shop = shop

    def iterate(self) -> Iterator[RemoteCategory]:
        """All collections; one call per 250."""
        for row in self._rows():
            yield RemoteCategory(
                remote_id=number_of(row.get("id")),
                name=str(row.get("title") or ""),
                parent_remote_id=_parent_of(row),
                description=str(row.get("descriptionHtml") or ""),
                product_count=int((row.get("productsCount") or {}).get("count") or 0),
            )

    def push(self, sheets: Sequence[CategorySheet]) -> list[PushResult]:
        """Create or update, parents first. One call per 250 collections to read, one or two per collection that changes.

        A collection without a link is looked for by its name and parent before one is made.
        """
        if not sheets:
            return []
        rows = {number_of(row.get("id")): row for row in self._rows()}
        results: dict[str, PushResult] = {}
        for sheet in _parents_first(sheets):
            try:
                results[sheet.key] = self._push(sheet, rows, results)
            except PermanentError as error:
                results[sheet.key] = replace(result_from_error(sheet.key, error), remote_id=sheet.remote_id)
            except (ConfigurationError, RetryableError) as error:
                if not any(result.is_ok for result in results.values()):
                    raise
                results[sheet.key] = PushResult(
                    sheet.key, Outcome.RETRY, error.code, error.message, error.cure
                )
        return [results[sheet.key] for sheet in sheets]

    def _push(
        self, sheet: CategorySheet, rows: dict[str, dict[str, Any]], results: dict[str, PushResult]
    ) -> PushResult:
        parent = sheet.parent_remote_id
        if sheet.parent_key in results:
            answer = results[sheet.parent_key]
            if not answer.remote_id:
                return PushResult(
                    sheet.key,
                    Outcome.RETRY,
                    "parent_failed",
                    f"The parent was not accepted: {answer.message}",
                    "Solve the parent's problem; the category is sent after it.",
                )
            parent = answer.remote_id
        row = rows.get(sheet.remote_id) or self._same(sheet, parent, rows)
        if row is None:
            made = self._create(sheet, parent)
            rows[made.remote_id] = {"id": gid("Collection", made.remote_id), "title": sheet.name}
            return made
        return self._update(sheet, parent, row)

    def _same(
        self, sheet: CategorySheet, parent: str, rows: dict[str, dict[str, Any]]
    ) -> dict[str, Any] | None:
        """The collection of an earlier creation whose answer was lost."""
        for row in rows.values():
            if str(row.get("title")) == sheet.name and _parent_of(row) == parent:
                return row
        return None

    def _create(self, sheet: CategorySheet, parent: str) -> PushResult:
        body: dict[str, Any] = {"title": sheet.name, "descriptionHtml": sheet.description or ""}
        if parent:
            body["metafields"] = [_parent_field(parent)]
        if sheet.image_url.startswith(("https://", "http://")):
            body["image"] = {"src": sheet.image_url, "altText": sheet.name}
        payload = self._client.change(
            CREATE, {"collection": body}, lane=LANE, what=f"the category '{sheet.name}'"
        )
        number = number_of((payload.get("collection") or {}).get("id"))
        warning = self._publish(number, {}, show=True) if sheet.active else ""
        return PushResult(sheet.key, Outcome.OK, remote_id=number, parent_remote_id=parent, warning=warning)

    def _update(self, sheet: CategorySheet, parent: str, row: dict[str, Any]) -> PushResult:
        number = number_of(row.get("id"))
        body: dict[str, Any] = {}
        if str(row.get("title") or "") != sheet.name:
            body["title"] = sheet.name
        if sheet.description is not None and str(row.get("descriptionHtml") or "") != sheet.description:
            body["descriptionHtml"] = sheet.description
        if _parent_of(row) != parent:
            body["metafields"] = [_parent_field(parent)]
        if body:
            body["id"] = row["id"]
            self._client.change(UPDATE, {"collection": body}, lane=LANE, what=f"the category '{sheet.name}'")
        hidden = not sheet.active and bool(_published(row))
        warning = self._publish(number, row, show=False) if hidden else ""
        outcome = Outcome.OK if body or hidden else Outcome.UNCHANGED
        return PushResult(sheet.key, outcome, remote_id=number, parent_remote_id=parent, warning=warning)

    def _publish(self, number: str, row: dict[str, Any], *, show: bool) -> str:
        """Show it in the site's channels, or take it out of all; a refusal is a warning."""
        if show:
            channels = set(names_to_ids(self._client.options.publish_to, self._shop.publications()))
        else:
            channels = _published(row)
        if not channels:
            return ""
        variables = {
            "id": gid("Collection", number),
            "input": [{"publicationId": gid("Publication", channel)} for channel in sorted(channels)],
        }
        try:
            self._client.change(
                PUBLISH if show else UNPUBLISH, variables, lane=LANE, what="the publication of the category"
            )
        except (PermanentError, ConfigurationError) as error:
            return f"The category was not published: {error.message}"
        return ""

    def _rows(self) -> Iterator[dict[str, Any]]:
        return self._client.pages(COLLECTIONS, {}, lambda data: data.get("collections"), lane=LANE)


def _parents_first(sheets: Sequence[CategorySheet]) -> list[CategorySheet]:
    """Sheets after the sheet that their parent_key names; a circle ends where it began."""
    by_key = {sheet.key: sheet for sheet in sheets}
    ordered: dict[str, CategorySheet] = {}

    def add(sheet: CategorySheet, path: frozenset[str]) -> None:
        parent = by_key.get(sheet.parent_key)
        if parent is not None and parent.key not in path:
            add(parent, path | {parent.key})
        ordered.setdefault(sheet.key, sheet)

    for sheet in sheets:
        add(sheet, frozenset({sheet.key}))
    return list(ordered.values())


def _parent_of(row: dict[str, Any]) -> str:
    metafield = row.get("metafield")
    return str(metafield.get("value") or "").strip("-") if isinstance(metafield, dict) else ""


def _parent_field(parent: str) -> dict[str, str]:
    """A metafield cannot be empty: a dash says that a collection stands under none."""
    return {
        "namespace": NAMESPACE,
        "key": PARENT_KEY,
        "type": "single_line_text_field",
        "value": parent or "-",
    }


def _published(row: dict[str, Any]) -> set[str]:
    return {
        number_of((entry.get("publication") or {}).get("id"))
        for entry in nodes_of(row.get("resourcePublicationsV2"))
        if entry.get("isPublished", True)
    }
