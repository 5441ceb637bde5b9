"""Rows of 'Update Order Status': what cannot work is refused when it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override

from erp.states import STATES_BY_TYPE
from sites.admin.site import offered_values
from sites.choices import DocumentKind
from sites.comments import PLACEHOLDERS, fill_template
from sites.models import Site, UpdateOrderStatusLine
from tests.sites.test_models import errors_of

pytestmark = pytest.mark.django_db


def make(site: Site, **values: Any) -> UpdateOrderStatusLine:
    known = {"document_type": "delivery", "document_state": "shipped", "remote_action": "complete"}
    return UpdateOrderStatusLine(site=site, **{**known, **values})


def test_state_must_be_one_that_the_document_has(site: Site) -> None:
    found = errors_of(make(site, document_state="closed"))
    assert found["document_state"] == [
        "This document type has no state ‘closed’; it has: draft, shipped, cancelled."
    ]
    make(site, document_state=" Shipped ").full_clean()


@pytest.mark.parametrize(
    ("action", "document", "state"),
    [("ship", "invoice", "issued"), ("ship", "sales_order", "delivered"), ("invoice", "delivery", "shipped")],
)
def test_action_must_suit_the_document(site: Site, action: str, document: str, state: str) -> None:
    line = make(site, remote_action=action, document_type=document, document_state=state)
    assert "remote_action" in errors_of(line)


def test_action_must_suit_the_platform(site: Site) -> None:
    assert not site.capabilities.push_shipments
    assert errors_of(make(site, remote_action="ship"))["remote_action"] == [
        "The platform of this site cannot do this."
    ]


@pytest.mark.parametrize("document", ["invoice", "credit_note"])
def test_invoices_and_credit_notes_can_be_sent(site: Site, document: str) -> None:
    assert site.capabilities.push_invoices
    make(site, remote_action="invoice", document_type=document, document_state="issued").full_clean()


def test_status_must_be_one_that_the_shop_told(site: Site) -> None:
    make(site, remote_status="anything").full_clean()
    site.shop_info = {"statuses": [["processing", "Processing"], ["sent", "Sent"]]}
    make(site, remote_status=" sent ").full_clean()
    make(site, remote_status="anything", active=False).full_clean()
    found = errors_of(make(site, remote_status="anything"))
    assert "it has: processing, sent" in found["remote_status"][0]


@pytest.mark.parametrize("template", ["Sent {trakcing}", "{}", "{number", "number}", "{Number}"])
def test_unknown_placeholder_is_refused(site: Site, template: str) -> None:
    assert "comment_template" in errors_of(make(site, comment_template=template))


def test_every_documented_placeholder_is_accepted_and_filled(site: Site) -> None:
    template = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    make(site, comment_template=template).full_clean()
    assert fill_template(template, dict.fromkeys(PLACEHOLDERS, "x")) == " ".join("x" * len(PLACEHOLDERS))
    field = UpdateOrderStatusLine._meta.get_field("comment_template")
    assert all(f"{{{name}}}" in str(field.help_text) for name in PLACEHOLDERS)


def test_what_is_filled_in_is_not_read_again() -> None:
    assert (
        fill_template("{customer} {order} {odd}", {"customer": "{order}", "order": "7"}) == "{order} 7 {odd}"
    )


def test_page_offers_every_state_of_every_document_and_no_other(site: Site) -> None:
    offered = dict(offered_values(site)["document_states"])
    real = {str(value) for kind in DocumentKind for value in STATES_BY_TYPE[kind].values}
    assert set(offered) == real
    with override("ar"):
        words = dict(offered_values(site)["document_states"])["shipped"]
    assert words.isascii() is False and " · " in words
