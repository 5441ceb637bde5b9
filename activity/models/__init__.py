from activity.models.events import ApiCall, Event, Level
from activity.models.problems import Alert, MailTurn, SiteError
from activity.models.runs import Run, RunNote

__all__ = ["Alert", "ApiCall", "Event", "Level", "MailTurn", "Run", "RunNote", "SiteError"]
