from __future__ import annotations

from dataclasses import fields

import pytest

from platforms.base import Capabilities
from platforms.matrix import README, ROWS, main, matrix, with_matrix
from platforms.registry import adapter_class

# Declared for the site form or the queues; lists that would not fit into a table.
NOT_IN_THE_TABLE = {
    "category_batch",
    "customer_batch",
    "product_page",
    "webhook_topics",
    "required_webhook_topics",
    "order_statuses",
    "default_statuses_to_import",
    "fields_of_product",
}


def test_readme_says_what_the_adapters_declare() -> None:
    text = README.read_text(encoding="utf-8")

    assert with_matrix(text) == text, "run `python -m platforms.matrix`"
    assert main(["--check"]) == 0


def test_matrix_has_a_row_for_every_capability() -> None:
    class Probe:
        """Notes which capability each row reads."""

        def __init__(self) -> None:
            self.read: set[str] = set()

        def __getattr__(self, name: str) -> str:
            self.read.add(name)
            return "x"

    probe = Probe()
    for _, cell in ROWS:
        cell(probe)  # type: ignore[arg-type]

    assert probe.read | NOT_IN_THE_TABLE == {field.name for field in fields(Capabilities)}


def test_matrix_shows_flags_as_words() -> None:
    table = matrix([adapter_class("woocommerce")])

    assert "| Orders | yes |" in table
    assert "| Price lists, groups, quantity breaks | no |" in table
    assert "| Invoices back | link |" in table


def test_readme_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks"):
        with_matrix("# Platforms")
