"""What staff read of the adapter is in its list of phrases, and in Arabic with the same gaps to fill."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.pofile import read_po

import platforms.norce
from platforms.norce.phrases import PHRASES
from tests.contracts.bench import LONG_AGO, prices, quantities
from tests.platforms.norce.bench import NorceBench

GAP = re.compile(r"%\(\w+\)s")
PO = Path(platforms.norce.__file__).parent / "locale" / "ar" / "LC_MESSAGES" / "django.po"
PATTERNS = [re.compile(".*".join(map(re.escape, GAP.split(phrase))), re.S) for phrase in PHRASES]


def arabic() -> dict[str, str]:
    with PO.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def test_every_phrase_has_its_arabic_with_the_same_gaps() -> None:
    found = arabic()

    assert [phrase for phrase in PHRASES if not re.search("[\u0600-\u06ff]", found.get(phrase, ""))] == []
    assert [
        phrase for phrase in PHRASES if sorted(GAP.findall(phrase)) != sorted(GAP.findall(found[phrase]))
    ] == []
    assert set(found) == set(PHRASES)


def test_sentences_of_a_check_and_of_refused_rows_are_phrases(bench: NorceBench) -> None:
    products = bench.products(2)
    del bench.shop.store.skus[products[0].sku]
    with bench.adapter() as adapter:
        steps = adapter.check().steps
        results = adapter.push_quantities(quantities(products, 1))
        results += adapter.push_prices(prices(products, "3.00", "USD"))
        results += adapter.push_prices(prices(products, "0.00", bench.currency))
        assert list(adapter.iter_orders(modified_from=LONG_AGO)) == []
    said = [text for step in steps for text in (step.message, step.cure) if text]
    said += [text for result in results for text in (result.message, result.cure) if text]

    assert len(said) > 20
    assert [text for text in said if not any(pattern.fullmatch(text) for pattern in PATTERNS)] == []
