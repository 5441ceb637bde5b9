from __future__ import annotations

from typing import Any

import pytest

from ecomsync.common.errors import ConfigurationError
from platforms import registry
from platforms.registry import BUILT_IN, PlatformEntry, adapter_class, platform_entries


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: entry.name)
def test_built_in_platform_loads_and_is_labelled_alike(entry: PlatformEntry) -> None:
    adapter = adapter_class(entry.name)

    assert adapter.name == entry.name
    assert (adapter.label_en, adapter.label_ar) == (entry.label_en, entry.label_ar)


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: entry.name)
def test_built_in_platform_declares_labels_and_help_in_both_languages(entry: PlatformEntry) -> None:
    adapter = adapter_class(entry.name)

    declared: list[Any] = [*adapter.credential_fields, *adapter.option_fields]
    for field in declared:
        assert field.label_en and field.label_ar, field.name
        assert bool(field.help_en) == bool(field.help_ar), field.name
    for option in adapter.option_fields:
        assert option.kind in ("text", "bool", "int", "choice", "json")
        assert (option.kind == "choice") == bool(option.choices)
        assert not option.choices or option.default in option.choices


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: entry.name)
def test_built_in_platform_declares_capabilities_that_agree(entry: PlatformEntry) -> None:
    capabilities = adapter_class(entry.name).capabilities

    statuses = {code for code, _ in capabilities.order_statuses}
    assert set(capabilities.default_statuses_to_import) <= statuses
    assert set(capabilities.required_webhook_topics) <= set(capabilities.webhook_topics)
    assert bool(capabilities.webhook_topics) == capabilities.webhooks
    assert capabilities.push_invoices in ("", "link", "attachment")
    assert capabilities.stock_meaning in ("salable", "physical")
    assert capabilities.tested_versions


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: entry.name)
def test_built_in_platform_names_its_webhook_headers_as_they_are_looked_up(entry: PlatformEntry) -> None:
    adapter = adapter_class(entry.name)
    told = (*adapter.webhook_headers, *adapter.webhook_topic_headers)
    assert [name for name in told if name != name.lower() or not name] == []
    assert all(name.startswith(adapter.webhook_headers) for name in adapter.webhook_topic_headers)


def test_unknown_platform_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="oscommerce") as caught:
        adapter_class("oscommerce")

    assert "woocommerce" in caught.value.cure


def test_name_of_ours_cannot_be_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    class Point:
        name, value = "woocommerce", "evil.module:Adapter"

    class Other:
        name, value = "shopware", "other.module:Adapter"

    monkeypatch.setattr(registry, "entry_points", lambda group: [Point(), Other()])
    platform_entries.cache_clear()
    try:
        entries = platform_entries()
    finally:
        monkeypatch.undo()
        platform_entries.cache_clear()

    assert entries["woocommerce"].path.startswith("platforms.woocommerce")
    assert entries["shopware"].path == "other.module:Adapter"
