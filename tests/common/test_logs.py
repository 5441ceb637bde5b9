"""Trace ids follow the work; log lines are one line each."""

from __future__ import annotations

import json
import logging
import logging.config
import threading

import pytest

from ecomsync.common.logs import current_trace_id, ensure_trace, logging_settings, new_trace


def test_trace_lasts_as_long_as_its_work() -> None:
    assert current_trace_id() == ""
    with new_trace() as outer:
        with new_trace("given") as inner:
            assert (inner, current_trace_id()) == ("given", "given")
        with ensure_trace() as kept:
            assert kept == outer == current_trace_id()
    with ensure_trace() as made:
        assert made == current_trace_id() != ""
    assert current_trace_id() == ""


def test_trace_ends_also_when_the_work_fails() -> None:
    with pytest.raises(RuntimeError), new_trace():
        raise RuntimeError

    assert current_trace_id() == ""


def test_trace_is_not_shared_with_other_threads() -> None:
    seen: list[str] = []
    with new_trace():
        thread = threading.Thread(target=lambda: seen.append(current_trace_id()))
        thread.start()
        thread.join()

    assert seen == [""]


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> object:
    """`line(as_json, log)`: what one call of `log` prints."""

    def printed(as_json: bool, arguments: tuple[object, ...], **options: object) -> str:
        chosen = logging_settings(level="INFO", as_json=as_json)
        formatter = chosen["formatters"]["line"]
        handler = logging.StreamHandler()
        factory = {name: value for name, value in formatter.items() if name != "()"}
        handler.setFormatter(formatter["()"](**factory))
        record = logging.getLogger("orders.tasks").makeRecord(
            "orders.tasks",
            logging.INFO,
            __file__,
            1,
            str(arguments[0]),
            arguments[1:],
            None,
            extra=options or None,
        )
        return handler.format(record)

    return printed


def test_line_of_production_is_json_with_trace_and_extras(line: object) -> None:
    with new_trace("t-9"):
        printed = line(True, ("order %s held", "طلب 7"), site="S1")  # type: ignore[operator]

    found = json.loads(printed)
    assert found["event"] == "order طلب 7 held"
    assert (found["trace_id"], found["site"], found["level"]) == ("t-9", "S1", "info")
    assert found["logger"] == "orders.tasks"
    assert "طلب" in printed
    assert "\n" not in printed


def test_line_of_a_terminal_is_readable(line: object) -> None:
    printed = line(False, ("started",))  # type: ignore[operator]

    assert "started" in printed
    assert not printed.startswith("{")


@pytest.mark.parametrize(("level", "quiet"), [("INFO", "WARNING"), ("DEBUG", "DEBUG")])
def test_ticks_are_logged_only_when_debugging(level: str, quiet: str) -> None:
    assert logging_settings(level=level, as_json=True)["loggers"]["celery.beat"]["level"] == quiet
