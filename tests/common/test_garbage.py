"""The search for garbage always runs again."""

from __future__ import annotations

import gc

import pytest

from ecomsync.common.garbage import collection_paused


def test_search_is_off_inside_and_on_again_after_a_failure_too():
    with collection_paused():
        assert not gc.isenabled()
        with collection_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), collection_paused():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_search_that_was_off_stays_off():
    gc.disable()
    try:
        with collection_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
