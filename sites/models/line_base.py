"""What all detail tables of a site share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from ecomsync.common.models import Line
from sites.models.site import Site

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ANY_CODE = "*"


def site_key(related_name: str) -> models.ForeignKey[Site, Site]:
    return models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name=related_name, verbose_name=_("site")
    )


def erp_key(
    model: str,
    label: _StrOrPromise,
    *,
    required: bool = False,
    service: bool = False,
    help_text: _StrOrPromise = "",
) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(
        f"erp.{model}",
        on_delete=models.PROTECT,
        null=not required,
        blank=not required,
        related_name="+",
        verbose_name=label,
        help_text=help_text,
        limit_choices_to={"item_type": "service"} if service else None,
    )


def remote_code_column(help_text: _StrOrPromise) -> models.CharField[str, str]:
    return models.CharField(_("remote code"), max_length=120, default=ANY_CODE, help_text=help_text)


class SiteLine(Line):
    """A row of a detail table of a site."""

    active = models.BooleanField(_("active"), default=True)

    class Meta(Line.Meta):
        abstract = True
