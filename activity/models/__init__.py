from activity.models.events import ApiCall, Event, Level
from activity.models.problems import Alert, SiteError
from activity.models.runs import Run, RunNote

__all__ = ["Alert", "ApiCall", "Event", "Level", "Run", "RunNote", "SiteError"]
