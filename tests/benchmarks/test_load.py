"""The load maker answers for every request, and reports count goals."""

from __future__ import annotations

import socket

import pytest

from benchmarks.load import fire, post
from benchmarks.measuring import in_turns, percentile, ratio
from benchmarks.reports import Report
from tests.common.raw_server import Received, raw_server, reply


@pytest.mark.parametrize(("keeps", "connects"), [(True, 4), (False, 20)])
def test_every_request_is_answered(keeps: bool, connects: int) -> None:
    def script(connection: socket.socket, received: Received) -> bool:
        connection.sendall(reply(headers="" if keeps else "Connection: close\r\n"))
        return keeps

    with raw_server(script) as server:
        requests = [post("/", b"x" * 10, [("X-Number", str(number))]) for number in range(20)]
        load = fire(server.port, requests, connections=4)
    assert (load.statuses, load.broken, load.connects) == ({200: 20}, 0, connects)
    assert sorted(load.answered) == sorted(requests)
    assert sorted(received.header("X-Number") for received in server.received) == sorted(map(str, range(20)))


def test_answers_in_chunks_are_read_to_their_end() -> None:
    def script(connection: socket.socket, received: Received) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")
        connection.sendall(b"0\r\n\r\n")
        return True

    with raw_server(script) as server:
        load = fire(server.port, [post("/", b"", [])] * 6, connections=2)
    assert (load.statuses, load.connects) == ({200: 6}, 2)


def test_connections_that_break_are_counted_and_not_tried_again() -> None:
    with raw_server(lambda _connection, _received: False) as server:
        load = fire(server.port, [post("/", b"", [])] * 3, connections=2)
    assert (load.broken, load.statuses) == (3, {})
    assert len(server.received) == 3


def test_measures_take_turns() -> None:
    order: list[str] = []

    def measure(name: str, value: float) -> float:
        order.append(name)
        return value

    ours, floor = in_turns(2, lambda: measure("ours", 3.0), lambda: measure("floor", 2.0))
    assert order == ["ours", "floor", "ours", "floor"]
    assert ratio(ours, floor) == 1.5
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 3.0


def test_a_report_says_which_goals_are_met() -> None:
    report = Report("Title")
    report.at_least("rate", 0.5, 0.8)
    report.at_most("time", 3, 25, " ms")
    report.skipped("other", "not installed")
    verdicts = [figure.verdict for figure in report.figures]
    assert verdicts == ["NOT MET", "met", "skipped"]
    assert ">= 0.8" in str(report)
