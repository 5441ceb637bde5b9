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
    if found and name not in ("postgres", "initdb"):
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


@contextmanager
def postgres(folder: Path, *, durable: bool = False) -> Iterator[str]:
    """A private PostgreSQL; yields its address. Its data live as long as the tests, so durability is off as a rule."""
    owner = _unprivileged()
    data = folder / "pg"
    data.mkdir()
    as_user: dict[str, int] = {}
    if owner:
        os.chown(folder, *owner)
        os.chown(data, *owner)
        as_user = {"user": owner[0], "group": owner[1]}
    initdb, server = find_program("initdb"), find_program("postgres")
    assert initdb and server
    subprocess.run(
        [
            initdb,
            "-D",
            str(data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
        **as_user,  # type: ignore[call-overload]
    )
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
        "max_connections": "200",
        "shared_buffers": "256MB",
        "log_min_messages": "fatal",
        "log_min_error_statement": "panic",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    process = subprocess.Popen([server, "-D", str(data), "-p", str(port), *arguments], cwd="/", **as_user)  # type: ignore[call-overload]
    try:
        wait_for_port(port, process, "PostgreSQL")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A private Redis without persistence; yields its address."""
    port = free_port()
    program = find_program("redis-server")
    assert program
    arguments = [
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        str(folder),
    ]
    process = subprocess.Popen([program, *arguments, "--loglevel", "warning"], stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port, process, "Redis")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(20)


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
