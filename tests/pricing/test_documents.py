"""The life of a price document, its guards, and how its lines follow their requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from ecomsync.common.errors import PermanentError
from erp.models import Item, ItemPrice, PriceList
from pricing.models import CollectMode, DocState, LineStatus, PriceUpdaterDoc, PriceUpdaterLine
from pricing.services.collect_lines import collect_lines
from pricing.services.documents import approve, cancel, send_back, submit
from pricing.services.due import apply_due_documents
from pricing.services.process import follow, process, retry_failed
from sandbox.woocommerce import WooShop
from sites.models import Site
from sync_queues.models import UpdatePriceRequest
from tests.catalog.world import link, make_item, work_off
from tests.erp.factories import make_entity

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def prices(site: Site) -> PriceList:
    make_entity()
    found = PriceList.objects.create(code="RETAIL", currency="SAR")
    site.price_source_list = found
    site.save()
    return found


@pytest.fixture
def items(shop: WooShop, site: Site, prices: PriceList) -> list[Item]:
    made = []
    for number in range(3):
        product = shop.add_product(sku=f"IT{number}", regular_price="100.00")
        item = make_item(f"IT{number}", standard_cost=D(40))
        link(site, item, product["id"], last_sent_price=D(100))
        ItemPrice.objects.create(price_list=prices, item=item, price=D(100))
        made.append(item)
    UpdatePriceRequest.objects.all().delete()
    return made


@pytest.fixture
def document(site: Site, prices: PriceList, items: list[Item]) -> PriceUpdaterDoc:
    made = PriceUpdaterDoc.objects.create(price_list=prices, discount_percent=D(10))
    made.sites.add(site)
    return made


def user(name: str) -> User:
    return User.objects.create_user(name)


def taken(document: PriceUpdaterDoc) -> PriceUpdaterDoc:
    """Collected, submitted and approved."""
    collect_lines(document=document)
    submit(document=document)
    return approve(document=document)


def test_collecting_takes_the_discount_off_and_keeps_what_is_there(document: PriceUpdaterDoc) -> None:
    assert collect_lines(document=document) == 3
    line = document.details.first()
    assert line is not None
    assert (line.sku, line.old_price, line.new_price, line.shop_price) == ("IT0", D(100), D(90), D(100))
    assert (line.difference_percent, line.warning, line.currency) == (D(-10), "", "SAR")
    document.details.update(new_price=D(95))
    assert collect_lines(document=document) == 0
    assert set(document.details.values_list("new_price", flat=True)) == {D(95)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"collect_mode": CollectMode.CRITERIA, "collect_criteria": "code in (IT0, IT2)"}, 2),
        ({"collect_mode": CollectMode.CHANGED_SINCE, "collect_since": timezone.now() + timedelta(days=1)}, 0),
        ({"collect_mode": CollectMode.CHANGED_SINCE, "collect_since": timezone.now() - timedelta(days=1)}, 3),
        ({"collect_mode": CollectMode.FILE}, 0),
    ],
)
def test_collecting_follows_the_mode(
    document: PriceUpdaterDoc, values: dict[str, Any], expected: int
) -> None:
    for name, value in values.items():
        setattr(document, name, value)
    document.save()
    assert collect_lines(document=document) == expected


def test_a_discount_may_be_a_promotion(document: PriceUpdaterDoc) -> None:
    document.discount_to_special = True
    document.save()
    collect_lines(document=document)
    line = document.details.first()
    assert line is not None
    assert (line.new_price, line.special_price) == (D(100), D(90))


def test_a_document_goes_from_draft_to_processed(
    document: PriceUpdaterDoc, shop: WooShop, site: Site
) -> None:
    boss = user("boss")
    collect_lines(document=document)
    submitted = submit(document=document, user=user("clerk"))
    assert (submitted.state, submitted.number[:3]) == (DocState.SUBMITTED, "PU-")
    assert approve(document=document, user=boss).approved_by == boss
    shop.counters.reset()
    processing = process(document=document)
    assert processing.state == DocState.PROCESSING
    assert set(ItemPrice.objects.values_list("price", flat=True)) == {D(90)}
    assert UpdatePriceRequest.objects.count() == 3
    request = UpdatePriceRequest.objects.first()
    assert request is not None
    assert (request.document_type, request.document_id) == ("pricing.priceupdaterdoc", document.pk)
    work_off(site, "price")
    assert shop.counters.writes == 1
    done = follow(document=document)
    assert done.state == DocState.PROCESSED
    line = document.details.first()
    assert line is not None
    assert line.status == LineStatus.SENT
    assert line.sent_at is not None
    assert shop.by_sku("IT0")["regular_price"] == "90.00"  # type: ignore[index]


@pytest.mark.parametrize(
    ("price", "words"), [(D(10), "below the cost"), (D(0), "zero"), (D(160), "more than")]
)
def test_guards_stop_a_line_until_it_is_confirmed(
    document: PriceUpdaterDoc, price: Decimal, words: str
) -> None:
    collect_lines(document=document)
    line = document.details.first()
    assert line is not None
    PriceUpdaterLine.objects.filter(pk=line.pk).update(new_price=price)
    with pytest.raises(PermanentError, match=words) as caught:
        submit(document=document)
    assert caught.value.code == "guard_stopped"
    assert caught.value.cure
    line.refresh_from_db()
    assert words in line.warning, "the line that the message speaks of is marked"
    PriceUpdaterLine.objects.filter(pk=line.pk).update(confirmed=True)
    assert submit(document=document).state == DocState.SUBMITTED


def test_guards_see_the_change_of_a_typed_line_too(document: PriceUpdaterDoc, items: list[Item]) -> None:
    """A price with a zero too many, typed by hand: the line knows no old price until it is submitted."""
    PriceUpdaterLine.objects.create(document=document, line_no=1, item=items[0], new_price=D(1000))
    with pytest.raises(PermanentError, match="changes by 900 %"):
        submit(document=document)
    PriceUpdaterLine.objects.update(new_price=D(105))
    submit(document=document)
    line = document.details.get()
    assert (line.old_price, line.shop_price, line.difference_percent) == (D(100), D(100), D(5))


def test_a_document_without_lines_is_refused(document: PriceUpdaterDoc) -> None:
    with pytest.raises(PermanentError, match="no lines"):
        submit(document=document)


@pytest.mark.parametrize("values", [{"update_prices": False}, {"active": False}])
def test_a_shop_that_takes_no_prices_is_named(document: PriceUpdaterDoc, values: dict[str, Any]) -> None:
    collect_lines(document=document)
    Site.objects.update(**values)
    with pytest.raises(PermanentError, match="Site WOO"):
        submit(document=document)


def test_special_prices_need_a_list(document: PriceUpdaterDoc) -> None:
    collect_lines(document=document)
    document.details.update(special_price=D(80))
    PriceUpdaterDoc.objects.update(price_list=None)
    with pytest.raises(PermanentError, match="price list"):
        submit(document=document)


def test_four_eyes_want_two_people(document: PriceUpdaterDoc) -> None:
    PriceUpdaterDoc.objects.update(four_eyes=True)
    clerk = user("clerk")
    collect_lines(document=document)
    submit(document=document, user=clerk)
    with pytest.raises(PermanentError) as caught:
        approve(document=document, user=clerk)
    assert caught.value.code == "four_eyes"
    assert approve(document=document, user=user("boss")).state == DocState.APPROVED


@pytest.mark.parametrize("step", [approve, process, send_back])
def test_a_draft_cannot_skip_a_step(document: PriceUpdaterDoc, step: Callable[..., Any]) -> None:
    collect_lines(document=document)
    with pytest.raises(PermanentError) as caught:
        step(document=document)
    assert caught.value.code == "wrong_state"


def test_a_submitted_document_keeps_its_lines_and_can_be_sent_back(document: PriceUpdaterDoc) -> None:
    collect_lines(document=document)
    number = submit(document=document).number
    with pytest.raises(PermanentError):
        collect_lines(document=document)
    assert send_back(document=document).state == DocState.DRAFT
    assert submit(document=document).number == number


def test_a_cancelled_document_does_nothing_any_more(document: PriceUpdaterDoc) -> None:
    taken(document)
    cancel(document=document)
    with pytest.raises(PermanentError):
        process(document=document)
    assert UpdatePriceRequest.objects.count() == 0


def test_a_document_waits_for_its_time(document: PriceUpdaterDoc) -> None:
    taken(document)
    PriceUpdaterDoc.objects.update(effective_from=timezone.now() + timedelta(hours=1))
    with pytest.raises(PermanentError, match="takes effect"):
        process(document=document)
    assert apply_due_documents() == 0
    PriceUpdaterDoc.objects.update(effective_from=timezone.now() - timedelta(seconds=1))
    assert apply_due_documents() == 1
    document.refresh_from_db()
    assert document.state == DocState.PROCESSING


def test_a_refused_line_makes_the_document_partly_failed_until_it_is_retried(
    document: PriceUpdaterDoc, shop: WooShop, site: Site, items: list[Item]
) -> None:
    taken(document)
    process(document=document)
    link_row = items[1].shop_links.get()
    good_id, link_row.remote_product_id = link_row.remote_product_id, "999999"
    link_row.save()
    work_off(site, "price")
    assert follow(document=document).state == DocState.PARTLY_FAILED
    failed = document.details.get(item=items[1])
    assert failed.status == LineStatus.FAILED
    assert failed.error
    link_row.remote_product_id = good_id
    link_row.save()
    assert retry_failed(document=document) == 1
    assert follow(document=document).state == DocState.PROCESSING
    work_off(site, "price")
    apply_due_documents()
    document.refresh_from_db()
    assert document.state == DocState.PROCESSED


def test_a_request_that_was_deleted_leaves_no_line_stuck(document: PriceUpdaterDoc) -> None:
    taken(document)
    process(document=document)
    UpdatePriceRequest.objects.all().delete()
    assert follow(document=document).state == DocState.PARTLY_FAILED
    assert set(document.details.values_list("status", flat=True)) == {LineStatus.FAILED}


def test_a_newer_request_answers_for_the_line(
    document: PriceUpdaterDoc, site: Site, prices: PriceList, items: list[Item]
) -> None:
    from erp.inputs import ItemPriceInput
    from erp.services.prices import set_item_prices

    taken(document)
    process(document=document)
    set_item_prices(price_list=prices, prices=[ItemPriceInput(item, D(91)) for item in items])
    work_off(site, "price")
    assert follow(document=document).state == DocState.PROCESSED


def test_items_that_no_shop_has_are_written_to_the_erp_only(
    document: PriceUpdaterDoc, prices: PriceList
) -> None:
    loner = make_item("LONER")
    PriceUpdaterLine.objects.create(document=document, item=loner, new_price=D(7))
    taken(document)
    process(document=document)
    assert document.details.get(item=loner).status == LineStatus.SKIPPED
    assert ItemPrice.objects.get(item=loner, price_list=prices).price == D(7)


def test_wholesale_prices_stay_in_the_erp(document: PriceUpdaterDoc, prices: PriceList) -> None:
    PriceUpdaterDoc.objects.update(price_classification="wholesale")
    taken(document)
    assert process(document=document).state == DocState.PROCESSED
    assert UpdatePriceRequest.objects.count() == 3  # the list is the shop's own: its prices go out as usual
    assert not UpdatePriceRequest.objects.exclude(document_type="").exists()


def test_a_promotion_of_the_list_survives_a_document_without_one(
    document: PriceUpdaterDoc, prices: PriceList, items: list[Item]
) -> None:
    ItemPrice.objects.filter(item=items[0]).update(special_price=D(70))
    taken(document)
    process(document=document)
    row = ItemPrice.objects.get(item=items[0])
    assert (row.price, row.special_price) == (D(90), D(70))
