"""What every test may use. Fixtures of one subject live beside its tests."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.template import Template
from django.test.utils import _TestState
from django.utils import translation

from tests import quick_flush


def pytest_configure(config: pytest.Config) -> None:
    """Each process of a parallel run has its own Redis database: clearing the cache must not clear the neighbour's."""
    quick_flush.install()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker or not settings.REDIS_URL:
        return
    number = int(worker.removeprefix("gw")) % 6
    own = f"{settings.REDIS_URL.rpartition('/')[0]}/{10 + number}"
    settings.REDIS_URL = own
    settings.CACHES["default"]["LOCATION"] = own


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded by now stays: the collector need not walk through it again and again. A fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


WIDGETS = ("django/forms/", "admin/widgets/")
#: Folders whose files take longest: whole processes and browsers are started there.
LONG = ("journeys", "browser", "ecomsync", "webhooks")


def _rank(item: pytest.Item) -> int:
    if "worker" in item.keywords or "browser" in item.keywords:
        return 0
    return 1 if item.path.relative_to(item.config.rootpath / "tests").parts[0] in LONG else 2


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of PostgreSQL and Redis run where these are; `make test` runs the suite with and without them.

    The long ones begin first, so that the workers of a parallel run end together.
    """
    items.sort(key=_rank)
    has_postgres = os.environ.get("DATABASE_URL", "").startswith("postgres")
    has_redis = bool(os.environ.get("REDIS_URL"))
    for item in items:
        if "postgres" in item.keywords and not has_postgres:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL, or run `make test`"))
        if "redis" in item.keywords and not has_redis:
            item.add_marker(pytest.mark.skip(reason="needs Redis: set REDIS_URL, or run `make test`"))


@pytest.fixture(scope="session", autouse=True)
def _pages_tell_their_own_template(django_test_environment: None) -> None:
    """`response.context` is that of pages. Django's test environment also keeps a copy for each of the hundreds of
    widgets and included files of a form, a tenth of the time of tests that open pages."""
    quiet = _TestState.saved_data.template_render  # type: ignore[attr-defined]
    telling = Template._render  # type: ignore[attr-defined]

    def render(template: Template, context: Any) -> Any:
        is_page = context.template is template and not str(template.name).startswith(WIDGETS)
        return (telling if is_page else quiet)(template, context)

    Template._render = render  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _quick_and_local(settings: Any) -> None:  # pytest-django's own fixture, put back after each test
    """Cheap password hashes, mail in memory, and sandboxes on loopback are allowed addresses."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.ALLOW_PRIVATE_ADDRESSES = True


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A page asked for in Arabic leaves that language active in its thread."""
    with translation.override("en"):
        yield


@pytest.fixture
def is_postgres() -> bool:
    return connection.vendor == "postgresql"
