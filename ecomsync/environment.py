"""Typed readers of the environment: a wrong value stops the start and is named with its variable."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

Value = TypeVar("Value")

_TRUE = frozenset({"true", "on", "yes", "y", "1", "ok"})
_FALSE = frozenset({"false", "off", "no", "n", "0"})
REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})


def read_bool(name: str, default: bool) -> bool:
    """Raises ImproperlyConfigured for a word that is neither yes nor no."""
    word = os.environ.get(name, "").strip().lower() or str(default).lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise ImproperlyConfigured(f"{name}={word!r} is neither true nor false.")


def read_int(name: str, default: int, *, minimum: int | None = None) -> int:
    return _read_number(name, default, minimum, int, "a whole number")


def read_float(name: str, default: float, *, minimum: float | None = None) -> float:
    return _read_number(name, default, minimum, float, "a number")


def _read_number(
    name: str, default: Value, minimum: Any, convert: Callable[[str], Value], kind: str
) -> Value:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    try:
        number = convert(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={text!r} is not {kind}.") from None
    if minimum is not None and not number >= minimum:  # nan is refused as well
        raise ImproperlyConfigured(f"{name}={text} is too small: at least {minimum}.")
    return number


def read_choice(name: str, default: str, choices: frozenset[str]) -> str:
    """One of a few words, whatever its case."""
    word = os.environ.get(name, "").strip().upper() or default
    if word not in choices:
        raise ImproperlyConfigured(f"{name}={word!r}: use one of {', '.join(sorted(choices))}.")
    return word


def read_redis_url(name: str) -> str:
    """The address of a Redis, or "" when none is set."""
    url = os.environ.get(name, "").strip()
    if url and urlsplit(url).scheme not in REDIS_SCHEMES:
        raise ImproperlyConfigured(f"{name} must be a redis://, rediss:// or unix:// address.")
    return url


def read_database(name: str, default: str) -> dict[str, Any]:
    """Django's settings of the database; only PostgreSQL and SQLite can do what the queues need."""
    url = os.environ.get(name, "").strip() or default
    try:
        found = dict(environ.Env.db_url_config(url))
    except (ValueError, KeyError, AttributeError, TypeError, environ.ImproperlyConfigured):
        found = {}
    if not str(found.get("ENGINE", "")).endswith(("postgresql", "sqlite3")):
        raise ImproperlyConfigured(f"{name} must be a postgresql:// or sqlite:/// address.")
    return found


def read_email(name: str, default: str) -> dict[str, Any]:
    """Django's settings of outgoing mail."""
    url = os.environ.get(name, "").strip() or default
    try:
        return dict(environ.Env.email_url_config(url))
    except (ValueError, KeyError, AttributeError, TypeError, environ.ImproperlyConfigured):
        raise ImproperlyConfigured(
            f"{name} must be an address such as smtp+tls://user:password@host:587, or consolemail://."
        ) from None


def prepare_folder(path: Path, name: str) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ImproperlyConfigured(f"{name}={path} cannot be made: {err.strerror}.") from err
    return path


def kept_secret(folder: Path, name: str, make: Callable[[], str]) -> str:
    """A secret of the embedded installation, made once and kept in a file with mode 600.

    Written beside and linked into place whole: of two processes that start at once both use the same one, and none
    ever reads half a file.
    """
    path = folder / name
    try:
        if not path.exists():
            _write_once(path, make())
        secret = path.read_text().strip()
    except OSError as err:
        raise ImproperlyConfigured(f"{path} cannot be read or written: {err.strerror}.") from err
    if not secret:
        raise ImproperlyConfigured(
            f"{path} is empty: restore it from a backup, or delete it to make a new one."
        )
    return secret


def _write_once(path: Path, secret: str) -> None:
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-") as file:  # has mode 600
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
        try:
            path.hardlink_to(file.name)
        except FileExistsError:
            return  # another process was first
