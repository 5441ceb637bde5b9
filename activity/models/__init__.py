from activity.models.differences import LIVE_STATES, Difference
from activity.models.events import ApiCall, Event, Level
from activity.models.problems import Alert, MailTurn, SiteError
from activity.models.runs import Run, RunNote

__all__ = [
    "LIVE_STATES",
    "Alert",
    "ApiCall",
    "Difference",
    "Event",
    "Level",
    "MailTurn",
    "Run",
    "RunNote",
    "SiteError",
]
