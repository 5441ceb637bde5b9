"""Wake-ups of the webhook app."""

from __future__ import annotations

from celery import shared_task

from webhooks.services.process import process_waiting
from webhooks.services.prune import prune_events
from webhooks.services.wakefulness import awake
from webhooks.services.watch import watch_due_sites


@shared_task(name="webhooks.tasks.process_events", ignore_result=True)
def process_events() -> None:
    """Work on everything that waits."""
    awake()
    process_waiting()


@shared_task(name="webhooks.tasks.watch_webhooks", ignore_result=True)
def watch_webhooks() -> None:
    """Look whether the shops still send; old events make room."""
    watch_due_sites()
    prune_events()
