"""Every GraphQL document that we send is valid by Shopify's published schemas, of each version that can be chosen."""

from __future__ import annotations

import gzip
import importlib
import json
import os
import pkgutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import platforms.shopify
from platforms.shopify.bulk import BulkMutation
from platforms.shopify.documents import REGISTRY
from platforms.shopify.versions import TESTED

ROOT = Path(__file__).parents[3]
#: Beside the project, or where CONTRACTS_DIR says.
CONTRACTS = Path(os.environ.get("CONTRACTS_DIR") or ROOT.parent / "shared" / "contracts") / "shopify"

#: Documents that may name a deprecated field, with the reason.
DEPRECATED = {
    "Publications": "catalog.title stands in for name, and is empty for channels without a catalogue"
}

graphql = pytest.importorskip("graphql", reason="graphql-core is not installed (extra 'dev')")

for module in pkgutil.iter_modules(platforms.shopify.__path__, "platforms.shopify."):
    importlib.import_module(module.name)


def bulk_mutations() -> list[BulkMutation]:
    found = []
    for module in pkgutil.iter_modules(platforms.shopify.__path__, "platforms.shopify."):
        values = vars(importlib.import_module(module.name)).values()
        found += [value for value in values if isinstance(value, BulkMutation)]
    return list(dict.fromkeys(found))


TEXTS = {
    **{name: document.text for name, document in REGISTRY.items()},
    **{mutation.name: mutation.named("0123456789abcdef") for mutation in bulk_mutations()},
}


@cache
def schema(version: str) -> Any:
    path = CONTRACTS / f"admin_{version}.json.gz"
    if not path.exists():
        pytest.skip(f"the published schema is not here: {path.name} (set CONTRACTS_DIR)")
    with gzip.open(path) as file:
        answer = json.load(file)
    return graphql.build_client_schema(answer.get("data", answer), assume_valid=True)


@cache
def type_info(version: str) -> Any:
    return graphql.TypeInfo(schema(version))


@pytest.mark.parametrize("version", TESTED)
def test_documents_are_valid_by_the_published_schema(version: str) -> None:
    faults = {
        name: [error.message for error in graphql.validate(schema(version), graphql.parse(text))]
        for name, text in TEXTS.items()
    }

    assert {name: errors for name, errors in faults.items() if errors} == {}
    assert len(TEXTS) >= 25


@pytest.mark.parametrize("version", TESTED)
def test_no_document_names_a_deprecated_field(version: str) -> None:
    """What is deprecated goes with a later version; the few names without another way to say it stand here."""
    rule = graphql.NoDeprecatedCustomRule
    faults = {
        name: [error.message for error in graphql.validate(schema(version), graphql.parse(text), [rule])]
        for name, text in TEXTS.items()
    }

    assert {name: errors for name, errors in faults.items() if errors and name not in DEPRECATED} == {}


@pytest.mark.parametrize("version", TESTED)
def test_the_schema_has_what_the_adapter_takes_for_granted(version: str) -> None:
    """Codes and topics that stand in our tables exist, so that none of them is a slip of the pen."""
    from platforms.shopify.webhooks import REGISTRABLE_TOPICS

    topics = set(schema(version).type_map["WebhookSubscriptionTopic"].values)
    stale = set(schema(version).type_map["InventorySetQuantitiesUserErrorCode"].values)

    assert {topic.replace("/", "_").upper() for topic in REGISTRABLE_TOPICS} <= topics
    assert "CHANGE_FROM_QUANTITY_STALE" in stale


def test_documents_say_by_name_what_they_are() -> None:
    assert all(name.isidentifier() for name in TEXTS)
    assert all(document.cost > 0 for document in REGISTRY.values())
