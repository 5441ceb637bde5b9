"""The Celery application and its one static schedule.

Every task here is a wake-up: it looks into the tables for work that is due. Losing or repeating a message
changes nothing but the moment.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecomsync.settings")

app = Celery("ecomsync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["ecomsync"], related_name="heartbeats")

# task name -> seconds between two wake-ups
TICKS: dict[str, float] = {
    "ecomsync.tasks.note_heartbeat": 10.0,
    "webhooks.tasks.process_events": 2.0,
    "sync_queues.tasks.drain_all": 2.0,
    "orders.tasks.poll_sites": 15.0,
    "orders.tasks.push_outbox": 3.0,
    "orders.tasks.heal_held_orders": 20.0,
    "sites.tasks.execute_waiting_runs": 3.0,
    "sites.tasks.refresh_tokens": 300.0,
    "sites.tasks.probe_paused_sites": 60.0,
    "sync_queues.tasks.sweep": 30.0,
    "catalog.tasks.start_due_full_runs": 60.0,
    "catalog.tasks.find_changed_stock": 30.0,
    "pricing.tasks.apply_due_documents": 30.0,
    "pricing.tasks.request_due_borders": 30.0,
    "webhooks.tasks.pull_gateways": 5.0,
    "webhooks.tasks.watch_webhooks": 300.0,
    "activity.tasks.prune": 3600.0,
    "activity.tasks.close_gone_problems": 300.0,
    "activity.tasks.follow_repairs": 30.0,
    "sync_queues.tasks.prune": 3600.0,
    "orders.tasks.prune": 3600.0,
    "sites.tasks.prune": 3600.0,
    "activity.tasks.send_mails": 20.0,
}

# An installation in the gateway role keeps events and does nothing else.
GATEWAY_TICKS: dict[str, float] = {
    "ecomsync.tasks.note_heartbeat": 10.0,
    "webhooks.tasks.watch_gateway": 60.0,
    "activity.tasks.prune": 3600.0,
    "activity.tasks.send_mails": 20.0,
}


@app.on_after_configure.connect
def set_schedule(sender: Celery, **kwargs: Any) -> None:
    """By the role of the installation. Not before the settings are wanted: whoever imports this package (the demo
    does) may still have to prepare the environment that they are read from."""
    ticks = GATEWAY_TICKS if settings.ROLE == "gateway" else TICKS
    sender.conf.beat_schedule = {
        name: {"task": name, "schedule": seconds, "options": {"expires": max(seconds, 5.0)}}
        for name, seconds in ticks.items()
    }
