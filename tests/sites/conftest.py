"""Sites of a third-party platform that joins by an entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation

from platforms import registry
from sites.models import Site
from tests.sites.fake_platform import FakeShopAdapter

POINTS = (
    EntryPoint("fakeshop", "tests.sites.fake_platform:FakeShopAdapter", registry.ENTRY_POINT_GROUP),
    EntryPoint("tinyshop", "tests.sites.fake_platform:TinyShopAdapter", registry.ENTRY_POINT_GROUP),
)


@pytest.fixture(autouse=True)
def fake_platforms(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The entry points as if two packages were installed beside us."""
    monkeypatch.setattr(
        registry, "entry_points", lambda *, group: POINTS if group == registry.ENTRY_POINT_GROUP else ()
    )
    registry.platform_entries.cache_clear()
    registry.adapter_class.cache_clear()
    FakeShopAdapter.fault = None
    FakeShopAdapter.closed = 0
    yield
    registry.platform_entries.cache_clear()
    registry.adapter_class.cache_clear()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A page asked for in Arabic must not leave Arabic behind for the next test."""
    with translation.override("en"):
        yield


@pytest.fixture
def make_site(db: None) -> Callable[..., Site]:
    def make(**values: Any) -> Site:
        number = Site.objects.count() + 1
        defaults: dict[str, Any] = {
            "code": f"SHOP{number}",
            "site_type": "fakeshop",
            "url": f"https://shop{number}.example.com",
            "username": "pk_1",
            "password": "sk-very-secret",
            "currency": "SAR",
            "time_zone": "Asia/Riyadh",
        }
        return Site.objects.create(**{**defaults, **values})

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def admin_user(db: None) -> User:
    return User.objects.create_superuser("boss", "boss@example.com", "pw-for-tests-1")


@pytest.fixture
def staff(client: Client, admin_user: User) -> Client:
    client.force_login(admin_user)
    return client
