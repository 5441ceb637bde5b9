"""Registration of the item linker."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinkingConfig(AppConfig):
    """The item linker of every site."""

    name = "linking"
    label = "linking"
    verbose_name = _("Item linking")
    default_auto_field = "django.db.models.BigAutoField"
