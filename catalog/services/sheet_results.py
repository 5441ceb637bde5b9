"""Keeps what a shop answered to product sheets: links, fingerprints, pictures, and the state of the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from catalog.models import GalleryLine, ProductConfig, RequestStatus, ShopImage
from catalog.sheets.build import BuiltSheet
from catalog.sheets.images import fingerprint_of
from linking.services.record_created import CreatedLink, record_created
from linking.services.record_sent import SentHash, record_sent_hashes
from platforms.types import Outcome, PushResult
from sites.models import Site


def keep_results(*, site: Site, built: Sequence[BuiltSheet], answers: Mapping[str, PushResult]) -> None:
    """Store the answers of one push. The statements do not depend on the number of sheets, but for new galleries."""
    pairs = [(entry, answers[entry.sheet.key]) for entry in built if entry.sheet.key in answers]
    with transaction.atomic():
        fresh = [(entry, answer) for entry, answer in pairs if answer.remote_id and entry.link is None]
        lines = (
            record_created(site=site, rows=[_created(entry, answer) for entry, answer in fresh])
            if fresh
            else {}
        )
        record_sent_hashes(
            SentHash(line.pk, entry.fingerprint)
            for entry, answer in pairs
            if answer.is_ok and (line := entry.link or lines.get(entry.item.pk)) is not None
        )
        _keep_images(site, pairs)
        _keep_states(pairs)


def _created(entry: BuiltSheet, answer: PushResult) -> CreatedLink:
    """A shop may keep what a simple product sells as the only variant of it: then it too has a parent there."""
    is_variant = entry.sheet.kind == "variant"
    parent = answer.parent_remote_id or (entry.sheet.parent_remote_id if is_variant else "")
    return CreatedLink(
        item_id=entry.item.pk,
        remote_product_id=parent or answer.remote_id,
        remote_variant_id=answer.remote_id if parent else "",
        remote_sku=entry.sheet.sku,
        remote_name=(entry.sheet.name or "")[:500],
        remote_inventory_id=str(answer.data.get("inventory_id") or ""),
        parent_remote_id=parent,
        remote_kind=entry.sheet.kind,
    )


def _keep_images(site: Site, pairs: Sequence[tuple[BuiltSheet, PushResult]]) -> None:
    rows = []
    changed: list[GalleryLine] = []
    for entry, answer in pairs:
        uploaded = answer.data.get("images")
        if not isinstance(uploaded, Mapping):
            continue
        known = {str(digest): str(remote_id) for digest, remote_id in uploaded.items() if remote_id}
        rows += [
            ShopImage(site=site, sku=entry.sheet.sku, content_hash=digest, remote_id=remote_id)
            for digest, remote_id in known.items()
        ]
        for line in entry.config.gallery_lines.all() if entry.config else ():
            digest = fingerprint_of(line.file or None, line.url)
            if digest in known and (line.content_hash, line.remote_id) != (digest, known[digest]):
                line.content_hash, line.remote_id = digest, known[digest]
                changed.append(line)
    ShopImage.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["site", "sku", "content_hash"],
        update_fields=["remote_id"],
    )
    GalleryLine.objects.bulk_update(changed, ["content_hash", "remote_id"], batch_size=200)


def _keep_states(pairs: Sequence[tuple[BuiltSheet, PushResult]]) -> None:
    now = timezone.now()
    states = {
        Outcome.OK: RequestStatus.SENT,
        Outcome.UNCHANGED: RequestStatus.UNCHANGED,
        Outcome.RETRY: RequestStatus.PENDING,
        Outcome.REJECTED: RequestStatus.FAILED,
    }
    configs = []
    for entry, answer in pairs:
        config = entry.config
        if config is None:
            continue
        config.last_request_sent = now
        config.request_status = states[answer.outcome]
        config.request_message = " ".join(
            part for part in (answer.message, answer.cure, answer.warning) if part
        )
        config.remote_id = answer.remote_id or config.remote_id
        config.remote_parent_id = answer.parent_remote_id or config.remote_parent_id
        config.content_hash = entry.fingerprint if answer.is_ok else config.content_hash
        configs.append(config)
    names = [
        "last_request_sent",
        "request_status",
        "request_message",
        "remote_id",
        "remote_parent_id",
        "content_hash",
    ]
    ProductConfig.objects.bulk_update(configs, names, batch_size=200)
