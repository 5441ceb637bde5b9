"""Wake-ups of the webhook app."""

from __future__ import annotations

from celery import shared_task

from webhooks.gateway.keeping import watch_backlog
from webhooks.services.process import process_waiting
from webhooks.services.prune import prune_events
from webhooks.services.pull import pull_all
from webhooks.services.revive import revive_events
from webhooks.services.silence import watch_silence
from webhooks.services.wakefulness import awake
from webhooks.services.watch import watch_due_sites


@shared_task(name="webhooks.tasks.process_events", ignore_result=True)
def process_events() -> None:
    """Work on everything that waits."""
    awake()
    process_waiting()


@shared_task(name="webhooks.tasks.watch_webhooks", ignore_result=True)
def watch_webhooks() -> None:
    """Look whether the shops still send, and whether they have fallen silent; what an outage killed goes again, old
    events make room."""
    watch_due_sites()
    watch_silence()
    revive_events()
    prune_events()


@shared_task(name="webhooks.tasks.pull_gateways", ignore_result=True)
def pull_gateways() -> None:
    """Fetch what gateways keep for us, and begin with it at once when it is urgent."""
    if any(report.critical for report in pull_all()):
        process_events()


@shared_task(name="webhooks.tasks.watch_gateway", ignore_result=True)
def watch_gateway() -> None:
    """On a gateway: look whether events are fetched; what was fetched long ago makes room."""
    watch_backlog()
    prune_events()
