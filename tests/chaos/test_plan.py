"""The schedule of `make chaos` is drawn from its seed."""

from __future__ import annotations

from sandbox.faults import KINDS
from tests.chaos.plan import SERVERS, make_plan


def test_same_seed_gives_the_same_schedule() -> None:
    assert make_plan(5, kills=30, workers=2) == make_plan(5, kills=30, workers=2)
    assert make_plan(5, kills=30, workers=2) != make_plan(6, kills=30, workers=2)


def test_full_run_kills_in_each_round_and_meets_every_fault_and_every_crash() -> None:
    plan = make_plan(5, kills=200, workers=2)

    begun = {what.kind for entry in plan for what in entry.begins}
    assert len(plan) == 200
    assert {entry.victim for entry in plan} == {0, 1}
    assert begun == KINDS | set(SERVERS)


def test_never_two_servers_are_down_at_once() -> None:
    down_until = -1
    for entry in make_plan(9, kills=200, workers=2):
        for what in entry.begins:
            if what.kind in SERVERS:
                assert entry.number > down_until
                down_until = what.until
