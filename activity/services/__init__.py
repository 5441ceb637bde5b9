from activity.services.alerts import acknowledge_rows, clear_alerts, raise_alert
from activity.services.calls import flush_all, observe, observe_calls
from activity.services.events import build_event, record_event, record_events
from activity.services.problems import close_rows, reopen_rows, report_error, resolve_errors
from activity.services.prune import prune
from activity.services.runs import (
    RunCancelled,
    RunReporter,
    account_for_rest,
    cancel_runs,
    fail_stale_runs,
    start_run,
)
from activity.services.subjects import Subject, subject_of

__all__ = [
    "RunCancelled",
    "RunReporter",
    "Subject",
    "account_for_rest",
    "acknowledge_rows",
    "build_event",
    "cancel_runs",
    "clear_alerts",
    "close_rows",
    "fail_stale_runs",
    "flush_all",
    "observe",
    "observe_calls",
    "prune",
    "raise_alert",
    "record_event",
    "record_events",
    "reopen_rows",
    "report_error",
    "resolve_errors",
    "start_run",
    "subject_of",
]
