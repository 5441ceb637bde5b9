"""Link and unlink one line by hand."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction

from activity.services import record_event
from ecomsync.common.errors import PermanentError
from erp.models import Item, UnitOfMeasure
from linking.models import ItemLinkerLine, LinkState, MatchSource
from linking.services.announce import announce_linked

User = AbstractBaseUser | AnonymousUser | None
UNSENT_FIELDS = (
    "last_sent_quantity", "last_sent_quantity_at", "last_sent_price", "last_sent_special", "last_sent_price_at",
    "last_sent_hash_at",
)  # fmt: skip


def forget_sent(line: ItemLinkerLine) -> None:
    """The shop has the figures of another item: everything is to be sent anew."""
    for name in UNSENT_FIELDS:
        setattr(line, name, None)
    line.last_sent_places = ""
    line.last_sent_hash, line.last_quantity_version, line.last_price_version = "", 0, 0


def link_line(
    line: ItemLinkerLine, item: Item, user: User = None, *, unit: UnitOfMeasure | None = None
) -> ItemLinkerLine:
    """Say which item a product is. Raises PermanentError when the item is linked with another product of the site."""
    with transaction.atomic():
        locked = ItemLinkerLine.objects.select_for_update().get(pk=line.pk)
        rival = (
            ItemLinkerLine.objects.filter(
                site_id=locked.site_id,
                item=item,
                unit=unit,
                variant_text=locked.variant_text,
                state=LinkState.LINKED,
            )
            .exclude(pk=locked.pk)
            .first()
        )
        if rival is not None:
            raise PermanentError(
                f"{item.code} is already linked with {rival}.",
                code="link_conflict",
                cure="Unlink the other product first, or give this line a variation text of its own.",
                item=item.code,
            )
        if (locked.item_id, locked.unit_id) != (item.pk, unit.pk if unit else None):
            forget_sent(locked)
        locked.item, locked.unit = item, unit
        locked.state, locked.match_source = LinkState.LINKED, MatchSource.MANUAL
        locked.candidates, locked.active = [], True
        locked.save()
        announce_linked(site_id=locked.site_id, item_ids=[item.pk], skus=[locked.remote_sku])
        record_event(
            kind="link.made",
            site_code=locked.site.code,
            subject=locked,
            payload={"item": item.code, "remote_id": locked.remote_id},
            actor=user,
        )
    return locked


def unlink_line(line: ItemLinkerLine, user: User = None) -> ItemLinkerLine:
    """Take the item off. The line becomes inactive, so that the next run does not link it again by itself."""
    with transaction.atomic():
        locked = ItemLinkerLine.objects.select_for_update().get(pk=line.pk)
        item = locked.item
        locked.item, locked.unit, locked.active = None, None, False
        locked.state, locked.match_source, locked.candidates = LinkState.ITEM_MISSING, MatchSource.MANUAL, []
        forget_sent(locked)
        locked.save()
        record_event(
            kind="link.removed",
            site_code=locked.site.code,
            subject=locked,
            payload={"item": item.code if item else "", "remote_id": locked.remote_id},
            actor=user,
        )
    return locked
