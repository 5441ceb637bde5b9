"""Doors for Celery. Each is a wake-up; the tables say what is due."""

from __future__ import annotations

from celery import shared_task

from orders.services.heal import heal_due_orders
from orders.services.poll import request_due_readings
from orders.services.prune import prune_messages
from orders.services.push_outbox import push_outbox as push


@shared_task(name="orders.tasks.poll_sites", ignore_result=True)
def poll_sites() -> None:
    request_due_readings()


@shared_task(name="orders.tasks.push_outbox", ignore_result=True)
def push_outbox() -> None:
    push()


@shared_task(name="orders.tasks.heal_held_orders", ignore_result=True)
def heal_held_orders() -> None:
    heal_due_orders()


@shared_task(name="orders.tasks.prune", ignore_result=True)
def prune() -> None:
    prune_messages()
