"""The private servers of `make test`: found, started, told apart from what is there already, thrown away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
import pytest
import redis
from django.conf import settings

from tests import servers

SHOW = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"

needs_programs = pytest.mark.skipif(
    servers.find_program("postgres") is None or servers.find_program("redis-server") is None,
    reason="PostgreSQL or Redis is not installed",
)


def test_program_is_found_on_the_path_or_is_missing() -> None:
    assert servers.find_program("sh") == shutil.which("sh")
    assert servers.find_program("no-such-program") is None


def test_free_ports_are_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", servers.free_port()))


def test_nothing_is_installed_when_all_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: object, **options: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.setattr(subprocess, "run", never)
    monkeypatch.setattr(servers, "find_program", lambda name: f"/usr/bin/{name}")

    servers.install_missing(["postgres", "redis-server"])


def test_missing_programs_are_named_with_their_packages_where_we_may_not_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(servers, "find_program", lambda name: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit, match=r"Missing: postgres, chromium.*postgresql chromium"):
        servers.install_missing(["postgres", "chromium"])


def test_servers_that_are_named_are_used_as_they_are() -> None:
    named = {"DATABASE_URL": "postgresql://db/x", "REDIS_URL": "redis://r/1"}

    with servers.servers(named) as found:
        assert found == named


def test_server_that_stops_at_once_is_told() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()

    with pytest.raises(SystemExit, match="Redis stopped at once"):
        servers.wait_for_port(servers.free_port(), process, "Redis")


@pytest.mark.worker
@needs_programs
def test_private_servers_live_as_long_as_the_command() -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    before = set(Path("/tmp").glob("ecomsync-servers-*"))

    result = subprocess.run(
        [sys.executable, "-m", "tests.servers", "--", sys.executable, "-c", SHOW + "; raise SystemExit(7)"],
        cwd=settings.BASE_DIR,
        env=kept,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 7, result.stderr
    database, cache = result.stdout.split()
    assert database.startswith("postgresql://postgres@127.0.0.1:")
    assert cache.startswith("redis://127.0.0.1:")
    for url in (database, cache):
        port = int(url.rsplit(":", 1)[1].split("/")[0])
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert set(Path("/tmp").glob("ecomsync-servers-*")) <= before


@pytest.mark.worker
@needs_programs
def test_database_that_crashed_keeps_what_was_committed() -> None:
    folder = Path(tempfile.mkdtemp(prefix="ecomsync-servers-"))
    folder.chmod(0o755)
    server = servers.PostgresServer(folder, durable=True)
    try:
        server.prepare()
        server.start()
        with psycopg2.connect(server.url) as connection, connection.cursor() as cursor:
            cursor.execute("create table kept (n int); insert into kept values (7)")
        server.stop(immediately=True)
        server.start()
        with psycopg2.connect(server.url) as connection, connection.cursor() as cursor:
            cursor.execute("select n from kept")
            assert cursor.fetchall() == [(7,)]
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.worker
@needs_programs
def test_broker_that_restarts_keeps_its_messages_unless_told_to_forget(tmp_path: Path) -> None:
    server = servers.RedisServer(tmp_path, durable=True)
    try:
        server.start()
        with redis.Redis.from_url(server.url) as client:
            client.rpush("queue", "message")
        server.stop()
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.lrange("queue", 0, -1) == [b"message"]
        server.stop(forget=True)
        server.start()
        with redis.Redis.from_url(server.url) as client:
            assert client.llen("queue") == 0
    finally:
        server.stop()
