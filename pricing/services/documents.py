"""The life of a price document: submitted, approved, cancelled, taken back."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils import timezone

from activity.services import record_event
from ecomsync.common.errors import PermanentError
from erp.services.numbering import next_number
from erp.states import DocumentType
from pricing.models import DocState, PriceClassification, PriceUpdaterDoc
from pricing.services.guards import check_guards
from pricing.services.targets import targets_of
from sites.models import Site

User = AbstractBaseUser | AnonymousUser | None


def lock_document(document: PriceUpdaterDoc) -> PriceUpdaterDoc:
    """The document as it is now, locked until the end of the transaction."""
    return PriceUpdaterDoc.objects.select_for_update().get(pk=document.pk)


def need_draft(document: PriceUpdaterDoc) -> None:
    if not document.is_editable:
        raise wrong_state(document, "Its lines can no longer be changed.")


def wrong_state(document: PriceUpdaterDoc, what: str) -> PermanentError:
    return PermanentError(
        f"Price document {document} is {document.get_state_display()}. {what}",
        code="wrong_state",
        cure="Look at its state; somebody may have been faster.",
    )


def move(document: PriceUpdaterDoc, state: str, *, user: User = None, **values: Any) -> None:
    """Set the state if it may follow the present one; writes an event. Raises PermanentError 'wrong_state'."""
    if not document.may_become(state):
        raise wrong_state(document, f"It cannot become {DocState(state).label}.")
    document.state = state
    document.version += 1
    for name, value in values.items():
        setattr(document, name, value)
    if user is not None and getattr(user, "pk", None):
        document.updated_by_id = user.pk
        values["updated_by"] = user
    document.save(update_fields=["state", "version", "updated_at", *values])
    record_event(kind=f"price_document.{state}", subject=document, message=str(document), actor=user)


def submit(*, document: PriceUpdaterDoc, user: User = None) -> PriceUpdaterDoc:
    """Draft → submitted: checks lines, guards and shops; takes the number. Raises PermanentError.

    What the guards find is written on the lines first, on its own: a refusal must not take back the marks it speaks of.
    """
    fresh = PriceUpdaterDoc.objects.get(pk=document.pk)
    if fresh.state == DocState.DRAFT:
        check_guards(fresh)
    return _submit(document, user)


@transaction.atomic
def _submit(document: PriceUpdaterDoc, user: User) -> PriceUpdaterDoc:
    locked = lock_document(document)
    need_draft(locked)
    _check(locked)
    number = locked.number or next_number(
        document_type=DocumentType.PRICE_UPDATE, legal_entity=locked.legal_entity, on=locked.issue_date
    )
    move(
        locked,
        DocState.SUBMITTED,
        user=user,
        number=number,
        submitted_by_id=getattr(user, "pk", None),
        submitted_at=timezone.now(),
    )
    return locked


@transaction.atomic
def approve(*, document: PriceUpdaterDoc, user: User = None) -> PriceUpdaterDoc:
    """Submitted → approved. With four eyes not by whoever submitted it. The permission is the door's business."""
    locked = lock_document(document)
    if locked.state != DocState.SUBMITTED:
        raise wrong_state(locked, "Only a submitted document can be approved.")
    if locked.four_eyes and user is not None and getattr(user, "pk", None) == locked.submitted_by_id:
        raise PermanentError(
            f"Price document {locked} was submitted by the same person.",
            code="four_eyes",
            cure="Let somebody else approve it.",
        )
    _check(locked)
    move(
        locked,
        DocState.APPROVED,
        user=user,
        approved_by_id=getattr(user, "pk", None),
        approved_at=timezone.now(),
    )
    return locked


@transaction.atomic
def send_back(*, document: PriceUpdaterDoc, user: User = None) -> PriceUpdaterDoc:
    """Submitted → draft, to be corrected. It keeps its number."""
    locked = lock_document(document)
    move(locked, DocState.DRAFT, user=user)
    return locked


@transaction.atomic
def cancel(*, document: PriceUpdaterDoc, user: User = None) -> PriceUpdaterDoc:
    """Give a document up that has not been processed. What was sent cannot be taken back by cancelling."""
    locked = lock_document(document)
    move(locked, DocState.CANCELLED, user=user)
    return locked


def _check(document: PriceUpdaterDoc) -> None:
    if not document.details.exists():
        raise PermanentError(
            f"Price document {document} has no lines.",
            code="no_lines",
            cure="Collect lines, import them from a file, or enter them.",
        )
    for site in {target.site for target in targets_of(document)}:
        _check_site(site)
    needs_list = (
        document.price_classification != PriceClassification.RETAIL
        or document.details.filter(special_price__isnull=False).exists()
        or document.details.filter(min_quantity__gt=1).exists()
    )
    if needs_list and document.price_list_id is None:
        raise PermanentError(
            "Special prices, quantity prices and price tiers are kept in a price list, and the document names none.",
            code="price_list_needed",
            cure="Choose the price list of the document.",
        )
    stopped = check_guards(document)
    if stopped:
        named = "; ".join(f"{line.sku}: {line.warning}" for line in stopped[:5])
        raise PermanentError(
            f"Guards stop {len(stopped)} lines: {named}",
            code="guard_stopped",
            cure="Check the marked lines and tick 'confirmed' where the price is meant.",
        )


def _check_site(site: Site) -> None:
    """A shop that takes no prices would leave its lines waiting for ever."""
    reason = ""
    if not site.active:
        reason = "is not active"
    elif not site.capabilities.push_prices:
        reason = "cannot take prices"
    elif not site.update_prices:
        reason = "has 'update prices' switched off"
    if reason:
        raise PermanentError(
            f"Site {site.code} {reason}.",
            code="configuration",
            site=site.code,
            cure="Switch it on at the site, or take the site off the document.",
        )
