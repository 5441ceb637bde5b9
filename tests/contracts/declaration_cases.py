"""What an adapter declares is complete, and what it does not declare it refuses."""

from __future__ import annotations

import inspect
import re
from decimal import Decimal

import pytest

from ecomsync.common.errors import UnsupportedFeature
from platforms.base import Capabilities, CredentialField, OptionField, PlatformAdapter
from platforms.registry import adapter_class
from platforms.types import InvoiceNotice, RefundNotice, ShipmentNotice, StatusNotice
from tests.contracts.bench import Bench, quantities

_ARABIC = re.compile(r"[\u0600-\u06ff]")


class DeclarationCases:
    """Names, labels, capabilities: what the site form, the matrix and the queues rely on."""

    def test_registry_knows_the_platform(self, bench: Bench) -> None:
        adapter = type(bench.adapter())

        assert adapter_class(adapter.name) is adapter

    def test_labels_are_in_both_languages(self, bench: Bench) -> None:
        adapter = type(bench.adapter())
        fields: list[CredentialField | OptionField] = [*adapter.credential_fields, *adapter.option_fields]

        assert adapter.label_en and adapter.label_ar
        assert [
            field.name for field in fields if not field.label_en or not _ARABIC.search(field.label_ar)
        ] == []
        assert [field.name for field in fields if bool(field.help_en) != bool(field.help_ar)] == []
        assert any(field.secret for field in adapter.credential_fields)

    def test_options_have_a_default_among_their_choices(self, bench: Bench) -> None:
        for option in type(bench.adapter()).option_fields:
            assert option.kind in ("text", "bool", "int", "choice", "json"), option.name
            if option.kind == "choice":
                assert option.default in option.choices, option.name

    def test_sizes_and_limits_are_positive(self, bench: Bench) -> None:
        capabilities = bench.adapter().capabilities
        sizes = [name for name in Capabilities.__dataclass_fields__ if name.endswith(("_batch", "_page"))]

        assert [name for name in sizes if getattr(capabilities, name) < 1] == []
        assert capabilities.max_parallel_calls >= 1
        assert capabilities.stock_meaning in ("salable", "physical")
        assert capabilities.push_invoices in ("", "link", "attachment")
        assert capabilities.tested_versions

    def test_statuses_to_import_are_statuses_of_the_platform(self, bench: Bench) -> None:
        capabilities = bench.adapter().capabilities

        assert set(capabilities.default_statuses_to_import) <= {
            code for code, _ in capabilities.order_statuses
        }

    def test_what_is_not_declared_is_refused_by_name(self, bench: Bench) -> None:
        adapter = bench.adapter()
        order = "1"
        questions = {
            "push_status": lambda: adapter.push_status(StatusNotice("k", order, "x")),
            "push_shipments": lambda: adapter.push_shipment(ShipmentNotice("k", order)),
            "push_invoices": lambda: adapter.push_invoice(InvoiceNotice("k", order, "1")),
            "push_refunds": lambda: adapter.push_refund(RefundNotice("k", order, Decimal(1))),
            "read_returns": lambda: adapter.get_returns(order),
            "push_categories": lambda: list(adapter.iter_categories()),
            "push_customers": lambda: adapter.push_customers([]),
            "full_files": lambda: adapter.push_all_quantities([], complete=True),
            "request_token": lambda: adapter.request_token(),
            "webhook_health": lambda: adapter.webhook_health(),
            "push_quantities": lambda: adapter.push_quantities(quantities([], 1)),
        }
        for name, ask in questions.items():
            if getattr(adapter.capabilities, name):
                continue
            with pytest.raises(UnsupportedFeature) as caught:
                ask()
            assert caught.value.cure

    def test_what_is_declared_is_there(self, bench: Bench) -> None:
        """A capability without its method would only be noticed by a customer."""
        adapter = type(bench.adapter())
        methods = {
            "read_orders": "iter_orders",
            "read_returns": "get_returns",
            "push_quantities": "push_quantities",
            "push_prices": "push_prices",
            "push_products": "push_products",
            "push_categories": "push_categories",
            "push_customers": "push_customers",
            "push_status": "push_status",
            "push_shipments": "push_shipment",
            "push_invoices": "push_invoice",
            "push_refunds": "push_refund",
            "webhooks": "read_webhook",
            "webhook_registration": "register_webhooks",
            "webhook_health": "webhook_health",
            "request_token": "request_token",
            "connect_by_browser": "connect_url",
            "connect_by_address": "finish_grant",
        }
        for capability, method in methods.items():
            if getattr(adapter.capabilities, capability):
                assert getattr(adapter, method) is not getattr(PlatformAdapter, method), capability

    def test_complete_files_are_of_known_kinds_and_go_one_at_a_time(self, bench: Bench) -> None:
        """Two files at once could land in either order, and the older would switch off what the newer names."""
        adapter = type(bench.adapter())
        kinds = adapter.capabilities.full_files

        assert set(kinds) <= {"quantities", "prices", "products"}
        assert adapter.capabilities.sequential_writes or not kinds
        for kind in kinds:
            method = f"push_all_{kind}"
            assert getattr(adapter, method) is not getattr(PlatformAdapter, method), kind

    def test_methods_keep_the_names_of_the_contract(self, bench: Bench) -> None:
        """Callers pass by name, so an override with other names breaks only at work."""
        adapter = type(bench.adapter())
        for name, method in inspect.getmembers(PlatformAdapter, inspect.isfunction):
            if name.startswith("_"):
                continue
            wanted = list(inspect.signature(method).parameters)
            assert list(inspect.signature(getattr(adapter, name)).parameters)[: len(wanted)] == wanted, name

    def test_adapter_may_be_closed_twice_and_used_for_what_needs_no_call(self, bench: Bench) -> None:
        adapter = bench.adapter()
        adapter.close()
        adapter.close()

        assert adapter.read_webhook(bench.delivery(bench.order_topic, bench.order_body("1"))).remote_id == "1"
        assert bench.calls == 0
