"""Texts of the error codes that only the queues know."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedies import register

POISON = "poison"
EXCEEDED = "exceeded"
NO_RESULT = "no_result"
CANCELLED = "cancelled"
FILE_REFUSED = "full_file_refused"


def register_all() -> None:
    """Called when the app starts."""
    register(
        POISON,
        _("A worker stopped on this request again and again"),
        _("Hand the trace number to support. Retry the line once the cause is found; other lines go on."),
    )
    register(
        NO_RESULT,
        _("The handler gave no answer for this request"),
        _("It is tried again by itself; hand the trace number to support if it lasts."),
    )
    register(
        FILE_REFUSED,
        _("The complete file of a full run was not sent"),
        _(
            "See in the report of the run what would have been switched off or is missing. Until it is put right, changes "
            "go out one by one and nothing is switched off."
        ),
    )
    register(
        CANCELLED,
        _("Somebody cancelled the request"),
        _("Nothing to do; the next change of the item makes a new request."),
    )
