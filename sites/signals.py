"""What the apps above may listen to."""

from __future__ import annotations

from django.dispatch import Signal

# mapping_changed(site_id: int, kind: str, codes: set[str]), sent after the commit of changes to a site's
# settings or mapping tables. kind: payment | shipping | warehouse | documents | status | settings.
mapping_changed = Signal()
