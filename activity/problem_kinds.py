"""What the problem list knows of the records its problems are about: how to try one again, and whether it still stands.

The apps above do the work; the table names their functions by dotted path, so that a broken one breaks only itself.

retry(*, problems: Sequence[SiteError], user) -> int
    Try the subjects of these problems again now (or ask a worker to). Returns how many records go again.
standing(*, problems: Sequence[SiteError]) -> set[int]
    Keys of those whose cause is still there; the others close by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.module_loading import import_string

from activity.models import SiteError

Retry = Callable[..., int]
Standing = Callable[..., set[int]]


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """permission: who may try the subjects again. by_key: the subject's id is the key of a row."""

    retry: str
    standing: str
    permission: str
    by_key: bool = True

    def retrier(self) -> Retry:
        found: Retry = import_string(self.retry)
        return found

    def judge(self) -> Standing:
        found: Standing = import_string(self.standing)
        return found


def _queue(name: str) -> tuple[str, ProblemKind]:
    return f"sync_queues.{name}", ProblemKind(
        "sync_queues.services.problems.retry_problems",
        "sync_queues.services.problems.standing_problems",
        "ecomsites.manage_requests",
        by_key=False,
    )


KINDS: Mapping[str, ProblemKind] = {
    "orders.order": ProblemKind(
        "orders.services.problems.retry_orders",
        "orders.services.problems.standing_orders",
        "orders.import_order",
    ),
    "orders.returnorder": ProblemKind(
        "orders.services.problems.retry_returns",
        "orders.services.problems.standing_returns",
        "orders.import_order",
    ),
    "orders.orderoutbox": ProblemKind(
        "orders.services.problems.retry_outbox",
        "orders.services.problems.standing_outbox",
        "orders.import_order",
    ),
    "webhooks.webhookevent": ProblemKind(
        "webhooks.services.problems.retry_events",
        "webhooks.services.problems.standing_events",
        "webhooks.replay_webhookevent",
    ),
    "pricing.priceupdaterdoc": ProblemKind(
        "pricing.services.problems.retry_documents",
        "pricing.services.problems.standing_documents",
        "pricing.change_priceupdaterdoc",
    ),
    "ecomsites.site": ProblemKind(
        "sites.services.problems.retry_sites",
        "sites.services.problems.standing_sites",
        "ecomsites.manage_connection",
    ),
    **dict([_queue("updateqtyrequest"), _queue("updatepricerequest"), _queue("updateitemrequest")]),
}


def kind_of(problem: SiteError) -> ProblemKind | None:
    """None for problems about nothing that can be tried again."""
    return KINDS.get(problem.subject_type)


def missing_subjects(problems: Sequence[SiteError]) -> set[int]:
    """Keys of the problems (all of one type) whose record does not exist any more."""
    label = problems[0].subject_type
    known = KINDS.get(label)
    if known is not None and not known.by_key:
        return set()
    try:
        model: Any = apps.get_model(label)
    except (LookupError, ValueError):
        return set()  # an app that is not installed, or no model at all: nobody can tell
    keys = [problem.subject_id for problem in problems if problem.subject_id.isdigit()]
    present = {str(key) for key in model._default_manager.filter(pk__in=keys).values_list("pk", flat=True)}
    return {row.pk for row in problems if row.subject_id.isdigit() and row.subject_id not in present}
