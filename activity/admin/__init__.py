from activity.admin.events import ApiCallAdmin, EventAdmin
from activity.admin.problems import AlertAdmin, SiteErrorAdmin
from activity.admin.runs import RunAdmin

__all__ = ["AlertAdmin", "ApiCallAdmin", "EventAdmin", "RunAdmin", "SiteErrorAdmin"]
