"""sites/README.md says which setting works where, and stays true."""

from __future__ import annotations

from django.core.management import call_command

from platforms.registry import BUILT_IN
from sites.management.commands.settings_matrix import matrix
from sites.shown import NOT_YET


def test_the_readme_is_up_to_date() -> None:
    call_command("settings_matrix", check=True)


def test_what_is_not_built_is_marked() -> None:
    assert matrix().count("not yet") == len(NOT_YET) * len(BUILT_IN)
