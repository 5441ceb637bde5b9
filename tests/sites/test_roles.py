from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from sites.roles import ADMINISTRATOR, AUDITOR, OPERATOR, ROLES, VIEWER, create_roles

pytestmark = pytest.mark.django_db


def allowed(role: str, *permissions: str) -> list[bool]:
    user = User.objects.create_user(f"user-{role}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return [user.has_perm(permission) for permission in permissions]


def test_roles_exist_after_migration() -> None:
    assert set(ROLES) <= set(Group.objects.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (VIEWER, [True, False, False, False, False, False]),
        (OPERATOR, [True, True, True, False, False, False]),
        (ADMINISTRATOR, [True, True, True, True, True, True]),
        (AUDITOR, [True, False, False, False, False, True]),
    ],
)
def test_role_may_what_its_work_needs(role: str, expected: list[bool]) -> None:
    found = allowed(
        role,
        "ecomsites.view_site",
        "ecomsites.read_sales",
        "ecomsites.manage_requests",
        "ecomsites.change_site",
        "ecomsites.transfer_settings",
        "auditlog.view_logentry",
    )
    assert found == expected


def test_roles_are_only_added_to() -> None:
    group = Group.objects.get(name=VIEWER)
    before = group.permissions.count()
    extra = Group.objects.get(name=ADMINISTRATOR).permissions.get(codename="add_site")
    group.permissions.add(extra)
    create_roles()
    create_roles()
    assert group.permissions.count() == before + 1
