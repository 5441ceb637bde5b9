"""What staff read of this adapter is in its list of phrases, and in Arabic with the same gaps to fill."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import platforms.zid
from ecomsync.common.errors import EcomsyncError
from ecomsync.common.http import Answer
from platforms.types import CheckStep, InvoiceNotice, ProductSheet, StatusNotice
from platforms.zid.errors import error_from_answer
from platforms.zid.phrases import PHRASES
from tests.contracts.bench import quantities
from tests.platforms.zid.bench import ZidBench

GAP = re.compile(r"%\(\w+\)s")
PO = Path(platforms.zid.__file__).parent / "locale" / "ar" / "LC_MESSAGES" / "django.po"
SENTENCES = [
    re.compile("(?s)" + ".*?".join(re.escape(part) for part in GAP.split(phrase))) for phrase in PHRASES
]


def arabic() -> dict[str, str]:
    with PO.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def unknown(texts: Iterable[str]) -> list[str]:
    """The texts that no phrase is the pattern of."""
    return [text for text in texts if text and not any(one.fullmatch(text) for one in SENTENCES)]


def test_every_phrase_has_its_arabic_with_the_same_gaps() -> None:
    found = arabic()

    assert [phrase for phrase in PHRASES if not re.search("[\u0600-\u06ff]", found.get(phrase, ""))] == []
    assert [p for p in PHRASES if sorted(GAP.findall(p)) != sorted(GAP.findall(found[p]))] == []
    assert set(found) == set(PHRASES)


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
@pytest.mark.parametrize("body", [None, {"detail": "No."}, {"detail": "No such user"}])
def test_refusals_are_phrases(status: int, body: dict[str, str] | None) -> None:
    answer = Answer(status, {}, b"", "https://api.zid.sa/v1/products/", 1)

    error = error_from_answer(answer, body, site="S1", what="GET /v1/products/")

    own_cure = error.cure if error.cure != type(error).default_cure else ""
    assert unknown([error.message, own_cure]) == []


def test_steps_of_the_connection_test_are_phrases(bench: ZidBench) -> None:
    bench.order()
    steps: list[CheckStep] = []
    with bench.adapter() as adapter:
        adapter.register_webhooks(["order.create"])
        steps += adapter.check().steps
        bench.shop.break_hooks()
        bench.shop.options.suspended = True
        bench.shop.advance(300)
        steps += adapter.check().steps
    options = {"location_id": "8ee590aa-d02d-4c50-9184-f628bb8b0001", "order_timezone": "Asia/Tokyo"}
    with bench.adapter(options=options, connection={"currency": "KWD", "webhook_url": ""}) as adapter:
        steps += adapter.check().steps
    with bench.adapter(credentials=bench.read_only_credentials()) as adapter:
        steps += adapter.check().steps
    steps += bench.adapter(credentials=bench.no_credentials()).check().steps

    assert len({step.message for step in steps}) > 25
    assert unknown(text for step in steps for text in (step.message, step.cure)) == []


def test_results_of_pushes_are_phrases(bench: ZidBench) -> None:
    order, products = bench.order(), bench.products(2)
    bench.fail("refuse_rows", skus=[products[0].sku])
    with bench.adapter(options={"invoice_comment": False}) as adapter:
        results = adapter.push_quantities(quantities(products, 4))
        results += adapter.push_products(
            [
                ProductSheet("a", "A", "simple", name="A", allow_create=False),
                ProductSheet("b", "B", "variant", parent_sku="NOWHERE"),
                ProductSheet("c", "C", "simple", name="C", weight_unit="stone", weight=Decimal(1)),
                ProductSheet("d", products[1].sku, "variant", parent_sku="X"),
            ]
        )
        results.append(adapter.push_invoice(InvoiceNotice("i", order, "7")))
        results.append(adapter.push_status(StatusNotice("s", bench.unknown_id, "new")))
        try:
            adapter.get_order("x")
        except EcomsyncError as error:
            assert unknown([error.message, error.cure]) == []

    told = [text for result in results for text in (result.message, result.cure)]
    assert len([text for text in told if text]) > 12
    assert unknown(told) == []
