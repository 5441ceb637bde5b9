"""Give a site another platform, while no order ties it to the present one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from activity.services import record_event
from platforms.registry import adapter_class
from sites.models import Site
from sites.panels import has_orders
from sites.shown import SWITCHES


def change_site_type(*, site: Site, site_type: str, user: Any = None) -> list[str | Promise]:
    """Returns the names of switches that went off, since the new platform cannot do it. Raises ValidationError."""
    can = adapter_class(site_type).capabilities
    with transaction.atomic():
        row = Site.objects.select_for_update().get(pk=site.pk)
        if has_orders(row):
            raise ValidationError(
                _("Orders were read for this site; its type is fixed. Create another site instead.")
            )
        before, row.site_type = row.site_type, site_type
        row.platform_options, row.platform_secrets, row.shop_info = {}, "", {}
        row.last_check_ok, row.last_check = None, {}
        switched: list[str | Promise] = []
        for switch, capability in SWITCHES.items():
            if getattr(row, switch) and not getattr(can, capability):
                setattr(row, switch, False)
                switched.append(Site._meta.get_field(switch).verbose_name)  # type: ignore[union-attr]
        row.save()
        record_event(
            kind="site.type_changed",
            site_code=row.code,
            subject=row,
            payload={"from": before, "to": site_type},
            actor=user,
        )
    return switched
