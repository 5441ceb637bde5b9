"""Doors for Celery: wake-ups that look into the tables. Losing or repeating one changes only the moment."""

from __future__ import annotations

from celery import shared_task

from sync_queues.services.drain import drain as drain_queue
from sync_queues.services.drain_all import drain_all as drain_due_queues
from sync_queues.services.prune import prune_requests
from sync_queues.services.sweep import sweep as free_expired


@shared_task(name="sync_queues.tasks.drain_all")
def drain_all() -> None:
    drain_due_queues()


@shared_task(name="sync_queues.tasks.drain")
def drain(site_id: int, kind: str) -> None:
    drain_queue(site_id, kind)


@shared_task(name="sync_queues.tasks.sweep")
def sweep() -> None:
    free_expired()


@shared_task(name="sync_queues.tasks.prune")
def prune() -> None:
    prune_requests()
