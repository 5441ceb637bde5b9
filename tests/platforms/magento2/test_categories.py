"""Categories below the store's root."""

from __future__ import annotations

from platforms.types import CategorySheet, Outcome
from tests.platforms.magento2.bench import MageBench


def test_tree_of_the_shop_is_read_without_its_root(bench: MageBench) -> None:
    shirts = bench.shop.add_category("قمصان")
    bench.shop.add_category("Polo", shirts["id"])

    with bench.adapter() as adapter:
        found = {category.name: category for category in adapter.iter_categories()}

    assert found["قمصان"].parent_remote_id == ""
    assert found["Polo"].parent_remote_id == str(shirts["id"])


def test_category_is_joined_by_its_name_and_its_parent(bench: MageBench) -> None:
    shirts = bench.shop.add_category("Shirts")
    polo = bench.shop.add_category("Polo", shirts["id"])
    sheets = [CategorySheet("s", "shirts"), CategorySheet("p", "Polo", parent_key="s")]

    with bench.adapter() as adapter:
        results = adapter.push_categories(sheets)

    assert [result.remote_id for result in results] == [str(shirts["id"]), str(polo["id"])]


def test_category_is_renamed_moved_switched_off_and_described(bench: MageBench) -> None:
    first, second = bench.shop.add_category("First"), bench.shop.add_category("Second")
    sheet = CategorySheet(
        "k",
        "Renamed",
        remote_id=str(second["id"]),
        parent_remote_id=str(first["id"]),
        description="نص",
        active=False,
    )

    with bench.adapter() as adapter:
        (changed,) = adapter.push_categories([sheet])
        written = bench.writes
        (again,) = adapter.push_categories([sheet])

    row = bench.shop.rest("GET", f"/V1/categories/{second['id']}")
    assert (changed.outcome, again.outcome) == (Outcome.OK, Outcome.UNCHANGED)
    assert bench.writes == written
    assert (row["name"], row["parent_id"], row["is_active"]) == ("Renamed", first["id"], False)
    assert {entry["value"] for entry in row["custom_attributes"]} >= {"نص"}


def test_same_name_in_two_places_gets_two_addresses(bench: MageBench) -> None:
    sheets = [
        CategorySheet("men", "Men"),
        CategorySheet("women", "Women"),
        CategorySheet("m-shoes", "Shoes", parent_key="men"),
        CategorySheet("w-shoes", "Shoes", parent_key="women"),
    ]

    with bench.adapter() as adapter:
        results = adapter.push_categories(sheets)

    assert {result.outcome for result in results} == {Outcome.OK}
    assert len({result.remote_id for result in results}) == 4


def test_circle_and_nameless_category_are_refused(bench: MageBench) -> None:
    sheets = [
        CategorySheet("a", "A", parent_key="b"),
        CategorySheet("b", "B", parent_key="a"),
        CategorySheet("c", " "),
        CategorySheet("d", "D", parent_key="c"),
    ]

    with bench.adapter() as adapter:
        results = adapter.push_categories(sheets)

    assert [result.code for result in results] == [
        "circular_category",
        "circular_category",
        "no_name",
        "parent_failed",
    ]
    assert results[3].outcome is Outcome.RETRY
