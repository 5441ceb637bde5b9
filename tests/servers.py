"""Runs a command beside a real PostgreSQL and a real Redis: `python -m tests.servers -- command …`.

What DATABASE_URL and REDIS_URL name already is used as it is. Otherwise private instances are started on free
ports in a temporary folder and thrown away afterwards; with `--durable` before the command PostgreSQL writes to the
disk as in production, for benchmarks. Missing programs are installed where that is allowed
(root on Debian); else the message says what to install.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from ctypes.util import find_library
from pathlib import Path

PACKAGES = {
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "chromium": "chromium",
    "msgfmt": "gettext",
    "pango": "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core",
}


def find_program(name: str) -> str | None:
    """Path of a program, also where Debian hides PostgreSQL's; `pango` is a library."""
    if name == "pango":
        return find_library("pangoft2-1.0")
    found = shutil.which(name)
    if found and name not in ("postgres", "initdb", "pg_isready"):
        return found
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return str(versions[0]) if versions else found


def install_missing(names: list[str]) -> None:
    """Install what is missing with apt where we may; otherwise say what is missing and stop."""
    missing = [name for name in names if find_program(name) is None]
    if not missing:
        return
    packages = [package for name in missing for package in PACKAGES[name].split()]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(
            f"Missing: {', '.join(missing)}. Install the Debian packages: {' '.join(packages)} (or their like)."
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=False, env=environment, stdout=subprocess.DEVNULL)
    done = subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"apt-get could not install {' '.join(packages)}; install them by hand and try again.")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, process: subprocess.Popen[bytes], what: str) -> None:
    for _ in range(300):
        if process.poll() is not None:
            sys.exit(f"{what} stopped at once; its messages are above.")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"{what} did not open port {port} within 30 seconds.")


def _unprivileged() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: its own user, else nobody."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    return None


class PostgresServer:
    """A private PostgreSQL in a folder; it can be stopped and started again in place with its data kept.

    durable: writes to the disk as in production. Without it data live as long as the tests, and it is quicker.
    log: where its messages go; else they are shown.
    """

    def __init__(self, folder: Path, *, durable: bool = False, log: Path | None = None) -> None:
        self.durable = durable
        self._log = log
        self.port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self._folder, self._data = folder, folder / "pg"
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user: dict[str, int] = {}

    def prepare(self) -> None:
        """Make the data folder, once."""
        owner = _unprivileged()
        self._data.mkdir()
        if owner:
            os.chown(self._folder, *owner)
            os.chown(self._data, *owner)
            self._as_user = {"user": owner[0], "group": owner[1]}
        initdb = find_program("initdb")
        assert initdb
        form = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [initdb, "-D", str(self._data), *form],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **self._as_user,  # type: ignore[call-overload]
        )

    def start(self) -> None:
        server = find_program("postgres")
        assert server
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            **(
                {}
                if self.durable
                else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            ),
            "max_connections": "200",
            "shared_buffers": "256MB",
            "log_min_messages": "fatal",
            "log_min_error_statement": "panic",
        }
        arguments = [f"--{name}={value}" for name, value in options.items()]
        with ExitStack() as stack:
            log = stack.enter_context(self._log.open("ab")) if self._log else None
            self._process = subprocess.Popen(
                [server, "-D", str(self._data), "-p", str(self.port), *arguments],
                cwd="/",
                stderr=log,
                **self._as_user,  # type: ignore[call-overload]
            )
        assert self._process
        wait_for_port(self.port, self._process, "PostgreSQL")
        self._wait_for_recovery()

    def _wait_for_recovery(self) -> None:
        """The port is open before what a crash left has been recovered."""
        asks = [str(find_program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        for _ in range(600):
            if subprocess.run([*asks, "-U", "postgres", "-d", "postgres"], check=False).returncode == 0:
                return
            time.sleep(0.05)
        sys.exit("PostgreSQL did not recover within 30 seconds.")

    def stop(self, *, immediately: bool = False) -> None:
        """immediately: as after a crash; what was committed comes back when the next start recovers it."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGQUIT if immediately else signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


class RedisServer:
    """A private Redis in a folder; it can be stopped and started again in place.

    durable: keeps an append-only file as in production; without it a restart forgets everything.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder, self._durable = folder, durable
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = find_program("redis-server")
        assert program
        keeps = ["--save", "", "--appendonly", "yes" if self._durable else "no", "--dir", str(self._folder)]
        place = ["--port", str(self.port), "--bind", "127.0.0.1", "--loglevel", "warning"]
        self._process = subprocess.Popen([program, *place, *keeps], stdout=subprocess.DEVNULL)
        wait_for_port(self.port, self._process, "Redis")

    def stop(self, *, immediately: bool = False, forget: bool = False) -> None:
        """forget: its data are lost with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL if immediately else signal.SIGTERM)
            self._process.wait(20)
            self._process = None
        if forget:
            shutil.rmtree(self._folder / "appendonlydir", ignore_errors=True)


@contextmanager
def postgres(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """A private PostgreSQL; yields its address."""
    server = PostgresServer(folder, durable=durable)
    server.prepare()
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A private Redis without persistence; yields its address."""
    server = RedisServer(folder)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


@contextmanager
def servers(environment: Mapping[str, str], *, durable: bool = False) -> Iterator[dict[str, str]]:
    """DATABASE_URL and REDIS_URL of real servers: those that are named already, else private ones."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="ecomsync-servers-"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        found = {
            "DATABASE_URL": environment.get("DATABASE_URL", ""),
            "REDIS_URL": environment.get("REDIS_URL", ""),
        }
        needed = []
        if not found["DATABASE_URL"]:
            needed.append("postgres")
        if not found["REDIS_URL"]:
            needed.append("redis-server")
        install_missing(needed)
        if not found["DATABASE_URL"]:
            found["DATABASE_URL"] = stack.enter_context(postgres(folder, durable=durable))
        if not found["REDIS_URL"]:
            found["REDIS_URL"] = stack.enter_context(redis(folder))
        yield found


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["install"]:
        install_missing(arguments[1:])
        return 0
    durable = arguments[:1] == ["--durable"]
    arguments = arguments[1:] if durable else arguments
    command = arguments[1:] if arguments[:1] == ["--"] else arguments
    if not command:
        print(__doc__)
        return 2
    with servers(os.environ, durable=durable) as found:
        return subprocess.run(command, env={**os.environ, **found}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
