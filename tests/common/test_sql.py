"""Rows written many at a time say what the ORM would have written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from activity.models import Event
from ecomsync.common.sql import insert_rows, save_rows
from erp.models import Customer, StockMovement
from tests.erp.factories import make_item, make_warehouse

pytestmark = pytest.mark.django_db


def events(payloads: list[Any]) -> list[Event]:
    return [Event(kind="test", message=f"حدث {n}", payload=payload) for n, payload in enumerate(payloads)]


@pytest.mark.parametrize(
    "payloads",
    [
        [{}],
        [{}, {}],
        [{"a": 1}, {"a": True}, {"a": 1.0}],
        [{"a": "x"}, {}, {"a": [None, "ع\u200f"]}],
        [{}, [], {}],
    ],
)
def test_json_keeps_its_types_in_every_row(payloads):
    insert_rows(events(payloads))
    stored = list(Event.objects.order_by("id").values_list("payload", "message"))
    assert [(repr(payload), message) for payload, message in stored] == [
        (repr(payload), f"حدث {n}") for n, payload in enumerate(payloads)
    ]


def test_rows_get_their_keys_in_their_order_and_count_as_saved():
    rows = events([{"n": n} for n in range(30)])
    insert_rows(rows)
    assert [row.pk for row in rows] == list(Event.objects.order_by("id").values_list("pk", flat=True))
    assert not any(row._state.adding for row in rows)
    assert Event.objects.get(pk=rows[7].pk).payload == {"n": 7}
    rows[7].message = "changed"
    rows[7].save()
    assert Event.objects.count() == 30


def test_inserted_rows_equal_those_of_bulk_create():
    item, place = make_item(), make_warehouse()

    def movements() -> list[StockMovement]:
        return [
            StockMovement(
                item=item,
                warehouse=place,
                quantity=Decimal(n) / 3,
                movement_type="opening",
                balance_after=Decimal("1.5"),
                source_id=n if n % 2 else None,
                posted_at=datetime(2026, 1, n, tzinfo=UTC),
            )
            for n in range(1, 6)
        ]

    StockMovement.objects.bulk_create(movements())
    wanted = list(
        StockMovement.objects.order_by("id").values_list("quantity", "source_id", "posted_at", "item_id")
    )
    insert_rows(movements())
    rows = StockMovement.objects.order_by("id").values_list("quantity", "source_id", "posted_at", "item_id")
    assert list(rows)[5:] == wanted


def test_many_rows_are_one_statement_where_the_database_takes_them(is_postgres):
    with CaptureQueriesContext(connection) as seen:
        insert_rows(events([{"n": n} for n in range(100)]))
    inserts = [query for query in seen.captured_queries if query["sql"].startswith("INSERT")]
    assert len(inserts) == 1 if is_postgres else len(inserts) >= 1
    assert Event.objects.count() == 100


def test_no_rows_cost_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows([])
        save_rows([], ["name"])


def test_refused_rows_raise_and_none_is_kept():
    first = Customer(code="A", name1="One")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([first, Customer(code="A", name1="Two")])
    assert not Customer.objects.exists()


def test_saved_columns_are_each_rows_own_and_others_stay():
    rows = Customer.objects.bulk_create(Customer(code=f"C{n}", name1=f"N{n}") for n in range(3))
    for n, row in enumerate(rows):
        row.name2, row.credit_limit, row.remarks = f"عميل {n}", (None, Decimal("1.5"), Decimal(0))[n], "lost"
    before = rows[0].updated_at
    save_rows(rows, ["name2", "credit_limit"])
    stored = list(Customer.objects.order_by("code").values_list("name2", "credit_limit", "remarks", "name1"))
    assert stored == [
        ("عميل 0", None, "", "N0"), ("عميل 1", Decimal("1.5"), "", "N1"), ("عميل 2", Decimal(0), "", "N2"),
    ]  # fmt: skip
    assert Customer.objects.get(code="C0").updated_at > before
