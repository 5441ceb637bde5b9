"""Titles and cures of the error codes that this app writes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ecomsync.common import remedies

