from __future__ import annotations

import pytest
from django.utils import translation

from ecomsync.common.stored_text import in_reader_language


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("The shop has 233.91 SAR already.", "233.91 SAR"),
        ("Read Sales", "قراءة المبيعات"),
        ("The clocks agree.", "الساعتان متوافقتان."),
        ("The clocks differ by 12 minutes.", "تختلف الساعتان بمقدار 12 دقيقة."),
        ("Order 753: unchanged.", "الطلب 753: بلا تغيير."),
        ("sales_order SO-000182, invoice SI-000172", "أمر بيع SO-000182"),
        ("unknown_sku Old lamp", "Old lamp"),
        (
            "A cache before the shop answers reads of /wp-json (x-cache=HIT). Reads bear a throw-away parameter now, so "
            "that they reach the shop. Exclude /wp-json from the page cache and the CDN of the shop, then run "
            "'Test Connection'.",
            "معاملًا عابرًا",
        ),
        (
            "A cache before the shop answers reads of /wp-json (orders/7 is shown as of 2026-05-01 09:00:00 and changed "
            "2026-05-01 09:05:00).",
            "مع أنه تغيّر",
        ),
        ("Nobody here asked for this approval, it was used before, or the request is too old.", "الموافقة"),
        ("Start 'Connect' again on the page of the site, and approve within 15 minutes.", "خلال 15 دقيقة"),
        ("The call budget of site SHOP1 is used up for the next 12 seconds.", "للموقع SHOP1"),
        (
            "All 4 calls that site SHOP1 allows at a time are taken. A worker that was killed keeps its own for up to "
            "180 seconds.",
            "مدة تصل إلى 180 ثانية",
        ),
        (
            "The shop of site SHOP1 failed 5 times in a row and is left alone for 15 seconds.",
            "قبل مضي 15 ثانية",
        ),
        (
            "Encryption: The connection is not encrypted: keys travel in clear. Use the https address of the shop.",
            "تنتقل المفاتيح مكشوفة.",
        ),
        ("The site has no scope and no auth callback.", "نطاق الصلاحيات ولا رابط العودة"),
        ("The site has no client secret.", "السري"),
        ("Signed in by OAuth 1.0a signatures; orders can be read.", "توقيعات OAuth 1.0a"),
    ],
)
def test_stored_sentences_are_found_again_in_the_catalogue(stored: str, shown: str) -> None:
    with translation.override("ar"):
        told = in_reader_language(stored)
    assert shown in told
    assert told != stored


@pytest.mark.parametrize("text", ["", "Rose Water 400 ml", "ZX-81: %(not) a sentence", "x" * 5000])
def test_other_texts_stay_as_they_are(text: str) -> None:
    with translation.override("ar"):
        assert in_reader_language(text) == text


def test_readers_of_english_get_words_for_codes_and_the_rest_unchanged() -> None:
    with translation.override("en"):
        assert in_reader_language("The shop has 104 already.") == "The shop has 104 already."
        assert in_reader_language("sales_order SO-1, receipt RC-1") == "sales order SO-1, receipt RC-1"
