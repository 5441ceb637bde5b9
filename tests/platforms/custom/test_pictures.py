"""Pictures by settings alone: sent once, known again by their mark, taken away when they are no longer wanted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from platforms.custom.adapter import CustomAdapter
from platforms.custom.examples import example_options
from platforms.types import ImageSheet, Outcome, ProductSheet
from tests.platforms.custom.bench import CustomBench

FRONT = ImageSheet("https://cdn.example.test/front.jpg", "f" * 64, label="كوب", is_main=True)
BACK = ImageSheet("https://cdn.example.test/back.jpg", "b" * 64, position=1)
MUG = ProductSheet("k", "MUG", "simple", name="Mug", price=Decimal(9), images=(FRONT, BACK))


def pictures(bench: CustomBench) -> list[tuple[str, str]]:
    return [(row["url"], row["label"]) for row in bench.shop.store.images.values()]


def test_pictures_are_sent_once_and_keep_their_ids(bench: CustomBench) -> None:
    with bench.adapter() as adapter:
        (first,) = adapter.push_products([MUG])
        (second,) = adapter.push_products([MUG])  # as after a lost answer: no id was kept

    assert first.data["images"] == second.data["images"] != {}
    assert pictures(bench) == [(FRONT.url, "كوب [ffffffffffffffff]"), (BACK.url, "[bbbbbbbbbbbbbbbb]")]


def test_only_pictures_of_ours_are_taken_away(bench: CustomBench) -> None:
    with bench.adapter() as adapter:
        (made,) = adapter.push_products([MUG])
        number = bench.shop.store.next_id("images")
        own = {
            "id": number,
            "product_id": int(made.remote_id),
            "url": "https://shop.test/x.jpg",
            "label": "Ours",
        }
        bench.shop.store.images[number] = own
        kept = replace(FRONT, remote_id=made.data["images"][FRONT.content_hash])
        (result,) = adapter.push_products([replace(MUG, remote_id=made.remote_id, images=(kept,))])

    assert result.data["images"] == {FRONT.content_hash: kept.remote_id}
    assert [url for url, _label in pictures(bench)] == [FRONT.url, own["url"]]


def test_refused_picture_is_a_warning_and_the_others_go_out(bench: CustomBench) -> None:
    bad = replace(BACK, url="file:///srv/back.jpg", filename="back.jpg")
    with bench.adapter() as adapter:
        (result,) = adapter.push_products([replace(MUG, images=(bad, FRONT))])

    assert result.outcome is Outcome.OK and list(result.data["images"]) == [FRONT.content_hash]
    assert "back.jpg" in result.warning and "web address" in result.warning
    assert [url for url, _label in pictures(bench)] == [FRONT.url]


def test_failing_pictures_are_tried_again_and_the_product_stays_linked(bench: CustomBench) -> None:
    bench.shop.faults.add("http_503", path=r"/images$")
    with bench.adapter() as adapter:
        (failed,) = adapter.push_products([MUG])
        bench.heal()
        (result,) = adapter.push_products([replace(MUG, remote_id=failed.remote_id)])

    assert failed.outcome is Outcome.RETRY and failed.remote_id == result.remote_id != ""
    assert result.outcome is Outcome.OK and len(pictures(bench)) == 2
    assert bench.count_by_sku("MUG") == 1


def test_pictures_are_offered_only_where_the_settings_have_them() -> None:
    options = example_options("generic_rest")
    assert CustomAdapter.capabilities_of(options).images
    del options["operations"]["list_images"]
    assert not CustomAdapter.capabilities_of(options).images
