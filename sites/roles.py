"""The four roles as groups. They are made after each migration, when all permissions exist, and only added to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

VIEWER = "viewer"
OPERATOR = "operator"
ADMINISTRATOR = "integration administrator"
AUDITOR = "auditor"
ROLES = (VIEWER, OPERATOR, ADMINISTRATOR, AUDITOR)

OUR_APPS = (
    "activity", "erp", "ecomsites", "sync_queues", "linking", "pricing", "catalog", "orders", "webhooks"
)  # fmt: skip
# What an operator may do beside looking: daily work, no settings, no keys.
OPERATOR_CODES = ("read_sales", "push_to_shop", "manage_requests", "cancel_run")
# Permissions of the apps above that belong to daily work, by the first word of their code name.
OPERATOR_WORDS = ("retry", "submit", "process", "import", "release", "replay", "resolve", "link", "send")
NOT_FOR_VIEWERS = ("view_personal_data",)


def _permissions(name: str, ours: QuerySet[Permission]) -> QuerySet[Permission]:
    looking = ours.filter(codename__startswith="view_").exclude(codename__in=NOT_FOR_VIEWERS)
    if name == VIEWER:
        return looking
    if name == OPERATOR:
        words = Q()
        for word in OPERATOR_WORDS:
            words |= Q(codename__startswith=f"{word}_")
        edits = Q(content_type__app_label__in=("linking", "catalog", "pricing", "orders"))
        daily = Q(codename__startswith="add_") | Q(codename__startswith="change_")
        return ours.filter(
            Q(pk__in=looking.values("pk"))
            | Q(codename__in=OPERATOR_CODES)
            | words
            | (edits & daily)
            | Q(content_type__app_label="activity", codename="change_siteerror")
        )
    if name == AUDITOR:
        audit = Q(content_type__app_label="auditlog", codename__startswith="view_")
        return Permission.objects.filter(
            Q(pk__in=looking.values("pk"))
            | audit
            | Q(codename__in=NOT_FOR_VIEWERS, content_type__app_label="activity")
        )
    return Permission.objects.filter(
        Q(pk__in=ours.values("pk")) | Q(content_type__app_label="auditlog", codename__startswith="view_")
    )


def create_roles(using: str = "default", roles: Iterable[str] = ROLES, **kwargs: Any) -> None:
    """Make the groups and add the permissions they lack; what staff gave beside that stays."""
    ours = Permission.objects.using(using).filter(content_type__app_label__in=OUR_APPS)
    for name in roles:
        group, _created = Group.objects.using(using).get_or_create(name=name)
        wanted = set(_permissions(name, ours).using(using).values_list("pk", flat=True))
        present = set(group.permissions.values_list("pk", flat=True))
        if wanted - present:
            group.permissions.add(*(wanted - present))
