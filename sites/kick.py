"""For doors: wake a worker up once the rows are committed."""

from __future__ import annotations

import logging

from kombu.exceptions import OperationalError

from sites.tasks import execute_waiting_runs

logger = logging.getLogger(__name__)


def publish_runs() -> None:
    """Carry out waiting runs now. Without a broker beat finds them anyway, so a failure is only logged."""
    try:
        execute_waiting_runs.delay()
    except (OperationalError, OSError):
        logger.warning("The broker did not take the wake-up; beat will find the runs.")
