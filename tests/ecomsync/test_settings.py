"""A wrong value of the environment stops the start, and says which; secrets are made once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from ecomsync.common.conf import PROPERTIES, conf
from ecomsync.environment import kept_secret, read_bool, read_database, read_int

ROOT = Path(django_settings.BASE_DIR)
SHOW = """
import json
from ecomsync import settings
print(json.dumps({"properties": settings.SYSTEM_PROPERTIES, "embedded": settings.EMBEDDED,
    "engine": settings.DATABASES["default"]["ENGINE"], "secret": settings.SECRET_KEY,
    "keys": settings.FIELD_ENCRYPTION_KEYS, "cache": settings.CACHES["default"]["BACKEND"],
    "lease": settings.LEASE_SECONDS}))
"""


def start(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Read the settings in a fresh process, as every start does."""
    return subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("MAX_ORDERS_PER_READ", "many", "MAX_ORDERS_PER_READ='many' is not a whole number"),
        ("MAX_ORDERS_PER_READ", "0", "MAX_ORDERS_PER_READ=0 is too small: at least 1"),
        ("INVENTORY_SYNC_ENABLED", "maybe", "INVENTORY_SYNC_ENABLED='maybe' is neither true nor false"),
        ("DATABASE_URL", "mysql://u:p@h/d", "DATABASE_URL must be a postgresql:// or sqlite:/// address"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL must be a postgresql:// or sqlite:/// address"),
        ("REDIS_URL", "localhost:6379", "REDIS_URL must be a redis://"),
        ("LEASE_SECONDS", "-1", "LEASE_SECONDS=-1 is too small"),
        ("LEASE_SECONDS", "nan", "LEASE_SECONDS=nan is too small"),
        ("DEBUG", "perhaps", "DEBUG='perhaps' is neither true nor false"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL='LOUD': use one of"),
        ("SQLITE_SYNCHRONOUS", "; DROP", "SQLITE_SYNCHRONOUS='; DROP': use one of"),
        ("EMAIL_URL", "carrier-pigeon://", "EMAIL_URL must be an address such as"),
        ("WEBHOOK_MAX_BODY_BYTES", "4MB", "WEBHOOK_MAX_BODY_BYTES='4MB' is not a whole number"),
    ],
)
def test_wrong_value_stops_the_start_with_its_name(
    tmp_path: Path, variable: str, value: str, message: str
) -> None:
    result = start(tmp_path, **{variable: value})

    assert result.returncode != 0
    assert message in result.stderr.strip().splitlines()[-1]
    assert "u:p@h" not in result.stderr.strip().splitlines()[-1]


def test_system_properties_are_read_under_the_documents_names(tmp_path: Path) -> None:
    result = start(
        tmp_path,
        MAX_RETRY_ATTEMPTS="7",
        API_REQUEST_TIMEOUT="1500",
        PRICE_SYNC_ENABLED="no",
        ERROR_NOTIFICATION_EMAIL="ops@example.com",
        CONNECTION_POOL_SIZE="",
    )

    assert json.loads(result.stdout)["properties"] == {
        "max-retry-attempts": 7,
        "api-request-timeout": 1500,
        "price-sync-enabled": False,
        "error-notification-email": "ops@example.com",
    }


def test_no_environment_is_the_embedded_installation(tmp_path: Path) -> None:
    shown = json.loads(start(tmp_path).stdout)

    assert shown["embedded"] is True
    assert shown["engine"].endswith("sqlite3")
    assert shown["properties"] == {}


def test_servers_named_make_it_the_production_one(tmp_path: Path) -> None:
    shown = json.loads(
        start(tmp_path, DATABASE_URL="postgresql://u:p@db/e", REDIS_URL="redis://r/0", DEBUG="").stdout
    )

    assert shown["embedded"] is False
    assert shown["engine"].endswith("postgresql")
    assert shown["cache"] == "ecomsync.shared_cache.ForgivingRedisCache"


def test_every_property_is_an_attribute_with_its_default(settings: object) -> None:
    for prop in PROPERTIES:
        assert getattr(conf, prop.attribute) == django_settings.SYSTEM_PROPERTIES.get(prop.name, prop.default)
        assert prop.attribute in type(conf).__annotations__
    with pytest.raises(AttributeError):
        _ = conf.no_such_property


def test_secrets_are_made_once_with_mode_600_and_survive_a_restart(tmp_path: Path) -> None:
    first, second = (json.loads(start(tmp_path).stdout) for _ in range(2))

    assert first["secret"] == second["secret"]
    assert first["keys"] == second["keys"]
    for name in ("secret_key", "encryption_key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encryption_key", "secret_key", "static"]


def test_processes_that_start_at_once_share_the_secret(tmp_path: Path) -> None:
    numbers = iter(range(100))
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: kept_secret(tmp_path, "key", lambda: f"k{next(numbers)}"), range(60)))

    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_empty_secret_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").touch()

    with pytest.raises(ImproperlyConfigured, match="key is empty"):
        kept_secret(tmp_path, "key", lambda: "new")


def test_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = start(tmp_path / "file" / "var")

    assert "VAR_DIR=" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("word", "value"), [("TRUE", True), ("on", True), ("0", False), ("No", False), ("", True)]
)
def test_words_for_yes_and_no(monkeypatch: pytest.MonkeyPatch, word: str, value: bool) -> None:
    monkeypatch.setenv("SOME_SWITCH", word)

    assert read_bool("SOME_SWITCH", True) is value


def test_number_may_be_left_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_NUMBER", " ")

    assert read_int("SOME_NUMBER", 5) == 5


def test_database_address_with_options_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p%40ss@db:5433/shop?sslmode=require")

    found = read_database("DATABASE_URL", "")

    assert (found["HOST"], str(found["PORT"]), found["PASSWORD"]) == ("db", "5433", "p@ss")
    assert found["OPTIONS"] == {"sslmode": "require"}
