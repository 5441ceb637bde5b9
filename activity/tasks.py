from __future__ import annotations

from celery import shared_task

from activity.services import fail_stale_runs
from activity.services import prune as prune_rows
from activity.services.alert_mail import mail_alerts, mail_digest
from activity.services.differences import follow_repairs
from activity.services.problem_work import close_gone


@shared_task(name="activity.tasks.prune")
def prune() -> None:
    """Retention of the logs, and an end for runs whose worker died."""
    fail_stale_runs()
    prune_rows()


@shared_task(name="activity.tasks.send_mails")
def send_mails() -> None:
    """Tell the address of `error-notification-email` what it must know."""
    mail_alerts()
    mail_digest()


@shared_task(name="activity.tasks.close_gone_problems")
def close_gone_problems() -> None:
    """Problems whose record or cause is gone close by themselves."""
    close_gone()


@shared_task(name="activity.tasks.follow_repairs")
def follow_repairs_of_differences() -> None:
    """Differences whose repair was asked of a queue take the state of what came of it."""
    follow_repairs()
