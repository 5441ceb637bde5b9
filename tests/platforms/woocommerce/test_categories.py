from __future__ import annotations

from platforms.types import CategorySheet, Outcome
from tests.platforms.woocommerce.bench import WooBench


def test_tree_is_created_parents_first_whatever_the_order(bench: WooBench) -> None:
    sheets = [
        CategorySheet("c", "قمصان", parent_key="b", description="كل القمصان", position=3),
        CategorySheet("a", "ملابس"),
        CategorySheet("b", "رجالي", parent_key="a"),
    ]

    with bench.adapter() as adapter:
        results = adapter.push_categories(sheets)
        found = {category.name: category for category in adapter.iter_categories()}

    assert [(result.key, result.outcome) for result in results] == [(key, Outcome.OK) for key in "cab"]
    assert found["قمصان"].parent_remote_id == found["رجالي"].remote_id == results[0].parent_remote_id
    assert found["رجالي"].parent_remote_id == found["ملابس"].remote_id
    assert (found["قمصان"].description, found["قمصان"].position) == ("كل القمصان", 3)
    assert bench.writes == 3


def test_tree_that_is_there_is_joined_by_name_and_not_written(bench: WooBench) -> None:
    parent = bench.shop.add_category("Home & Garden")
    child = bench.shop.add_category("Lamps", parent["id"])

    with bench.adapter() as adapter:
        results = adapter.push_categories(
            [CategorySheet("p", "Home & Garden"), CategorySheet("c", "lamps ", parent_key="p")]
        )

    assert [result.remote_id for result in results] == [str(parent["id"]), str(child["id"])]
    assert results[0].outcome is Outcome.UNCHANGED


def test_linked_category_is_renamed_and_moved(bench: WooBench) -> None:
    old, new = bench.shop.add_category("Old"), bench.shop.add_category("New")
    child = bench.shop.add_category("Child", old["id"])

    with bench.adapter() as adapter:
        (result,) = adapter.push_categories(
            [CategorySheet("c", "Renamed", remote_id=str(child["id"]), parent_remote_id=str(new["id"]))]
        )
        found = {category.remote_id: category for category in adapter.iter_categories()}

    assert result.outcome is Outcome.OK
    assert found[str(child["id"])].name == "Renamed"
    assert found[str(child["id"])].parent_remote_id == str(new["id"])


def test_category_created_meanwhile_is_linked(bench: WooBench) -> None:
    """`term_exists` names the one that is there: here the list hides it, as a cached list would."""
    made = bench.shop.add_category("Lamps")

    with bench.adapter() as adapter:
        parts = adapter._parts.categories
        parts.iterate = lambda: iter(())  # type: ignore[method-assign]
        (result,) = adapter.push_categories([CategorySheet("c", "Lamps")])

    assert (result.outcome, result.code, result.remote_id) == (Outcome.OK, "linked_existing", str(made["id"]))


def test_circle_of_categories_is_refused_and_the_rest_is_made(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.push_categories(
            [
                CategorySheet("a", "A", parent_key="b"),
                CategorySheet("b", "B", parent_key="a"),
                CategorySheet("c", "C"),
            ]
        )

    assert [result.code for result in results] == ["circular_category", "circular_category", ""]
    assert results[2].outcome is Outcome.OK


def test_category_without_name_is_refused_and_its_children_wait(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        results = adapter.push_categories([CategorySheet("a", " "), CategorySheet("b", "B", parent_key="a")])

    assert [(result.outcome, result.code) for result in results] == [
        (Outcome.REJECTED, "no_name"),
        (Outcome.RETRY, "parent_failed"),
    ]


def test_inactive_category_is_not_created_and_says_so(bench: WooBench) -> None:
    with bench.adapter() as adapter:
        (result,) = adapter.push_categories([CategorySheet("a", "Hidden", active=False)])

    assert result.outcome is Outcome.UNCHANGED
    assert "cannot switch a category off" in result.warning
    assert bench.writes == 0


def test_hundred_and_fifty_categories_are_read_over_pages_and_written_in_two_calls(bench: WooBench) -> None:
    sheets = [CategorySheet(str(n), f"C {n:03d}") for n in range(150)]

    with bench.adapter() as adapter:
        first = adapter.push_categories(sheets)
        written = bench.writes
        second = adapter.push_categories(sheets)

    assert {result.outcome for result in first} == {Outcome.OK}
    assert {result.outcome for result in second} == {Outcome.UNCHANGED}
    assert (written, bench.writes) == (2, 2)
