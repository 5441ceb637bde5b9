from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from ecomsync.common.http import Exchange


@pytest.fixture
def exchange() -> Exchange:
    return Exchange(
        method="GET",
        url="https://shop.example/wp-json/wc/v3/orders?page=1",
        route="/wp-json/wc/v3/orders",
        trace_id="t1",
        started_at=datetime(2026, 11, 20, 10, 0, tzinfo=UTC),
        status=200,
        duration_ms=12,
        request_headers={"Accept": "application/json"},
        response_headers={"content-type": "application/json"},
        response_body='{"billing": {"email": "sara@example.com", "first_name": "Sara"}}',
    )


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", "boss@example.com", "a-long-password")


@pytest.fixture
def reader(db: None) -> User:
    """May look at everything of this app and change nothing."""
    user = User.objects.create_user("reader", password="a-long-password", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="activity", codename__startswith="view_")
    )
    user.user_permissions.remove(Permission.objects.get(codename="view_personal_data"))
    return user


@pytest.fixture
def boss_client(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def reader_client(reader: User) -> Client:
    client = Client()
    client.force_login(reader)
    return client
