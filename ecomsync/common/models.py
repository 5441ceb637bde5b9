"""Abstract bases of our tables. What needs a table of its own (legal entity, branch …) lives in `erp`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

CODE_VALIDATOR = RegexValidator(
    r"^[\w][\w .\-/]*$",
    _("Use letters, digits, space, dot, dash, slash and underscore, beginning with a letter or digit."),
)


class TimeStamped(models.Model):
    """When the row was made and last changed, in UTC."""

    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated at"), auto_now=True, db_index=True)

    class Meta:
        abstract = True


class Authored(models.Model):
    """Who made the row and who changed it last; empty for what the system did by itself."""

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("updated by"),
    )

    class Meta:
        abstract = True


class MasterFile(TimeStamped, Authored):
    """Common columns of every master file: code, two names, descriptions, remarks, active."""

    code = models.CharField(
        _("code"),
        max_length=64,
        unique=True,
        validators=[CODE_VALIDATOR],
        help_text=_("Unique; stored in capital letters."),
    )
    name1 = models.CharField(_("name 1 (Arabic)"), max_length=255, blank=True)
    name2 = models.CharField(_("name 2 (English)"), max_length=255, blank=True)
    description1 = models.CharField(_("description 1"), max_length=500, blank=True)
    description2 = models.CharField(_("description 2"), max_length=500, blank=True)
    description3 = models.CharField(_("description 3"), max_length=500, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        name = self.display_name
        return f"{self.code} · {name}" if name else self.code

    @property
    def display_name(self) -> str:
        """The name in the reader's language, else the other one."""
        arabic = (get_language() or "").startswith("ar")
        first, second = (self.name1, self.name2) if arabic else (self.name2, self.name1)
        return first or second

    def clean(self) -> None:
        super().clean()
        self.code = (self.code or "").strip().upper()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.code = (self.code or "").strip().upper()
        super().save(*args, **kwargs)


class Line(models.Model):
    """A row of a detail table: keeps the order in which staff dragged it."""

    line_no = models.PositiveIntegerField(_("line"), default=0, db_index=True)

    class Meta:
        abstract = True
        ordering = ("line_no", "id")
