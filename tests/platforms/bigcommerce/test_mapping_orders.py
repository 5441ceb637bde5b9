"""Order JSON of the platform -> our values, to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ecomsync.common.errors import InvalidPayload
from platforms.bigcommerce.mapping_orders import order_from_json
from platforms.bigcommerce.options import BigCommerceOptions
from platforms.types import ChargeKind, DiscountKind, FinancialStatus, OrderPhase, PaymentKind, RemoteOrder
from sandbox.bigcommerce import BigCommerceShop
from tests.platforms.bigcommerce.bench import BigCommerceBench
from tests.platforms.bigcommerce.test_orders import proved

D = Decimal
#: The order of the fact sheet, section 16 (invented values, shape from the vendor's OpenAPI file of 2026-04-01).
SHEET: dict[str, Any] = {
    "id": 2187,
    "customer_id": 412,
    "date_created": "Mon, 02 Nov 2026 09:14:58 +0000",
    "date_modified": "Mon, 02 Nov 2026 09:16:40 +0000",
    "date_shipped": "",
    "status_id": 11,
    "subtotal_ex_tax": "45.7500",
    "subtotal_inc_tax": "54.9000",
    "shipping_cost_ex_tax": "4.0800",
    "shipping_cost_inc_tax": "4.9000",
    "shipping_cost_tax": "0.8200",
    "total_ex_tax": "44.7500",
    "total_inc_tax": "53.7000",
    "total_tax": "8.9500",
    "payment_method": "Credit Card",
    "payment_provider_id": "ch_91A",
    "payment_status": "captured",
    "coupon_discount": "6.1000",
    "currency_code": "EUR",
    "default_currency_code": "EUR",
    "currency_exchange_rate": "1.0000000000",
    "is_tax_inclusive_pricing": True,
    "customer_message": "Livrer le matin",
    "billing_address": {
        "first_name": "Anna",
        "last_name": "Leroy",
        "city": "Lyon",
        "country_iso2": "FR",
        "form_fields": [],
    },
    "channel_id": 1,
    "products": [
        {
            "id": 5121,
            "product_id": 77,
            "variant_id": 381,
            "order_address_id": 2210,
            "name": "Gants",
            "sku": "GANT-L-NOIR",
            "quantity": 2,
            "price_ex_tax": "22.8750",
            "total_ex_tax": "45.7500",
            "total_inc_tax": "54.9000",
            "total_tax": "9.1500",
            "discounted_total_inc_tax": "48.8000",
            "applied_discounts": [
                {
                    "id": "total-coupon",
                    "amount": "6.1000",
                    "name": "BIENVENUE",
                    "code": "BIENVENUE",
                    "target": "order",
                }
            ],
            "product_options": [{"display_name": "Taille", "display_value": "L"}],
        }
    ],
    "shipping_addresses": [
        {
            "id": 2210,
            "shipping_method": "Colissimo",
            "cost_ex_tax": "4.0800",
            "cost_inc_tax": "4.9000",
            "cost_tax": "0.8200",
        }
    ],
}


def read(payload: dict[str, Any], **options: Any) -> RemoteOrder:
    return order_from_json(payload, BigCommerceOptions.read(options))


def test_order_of_the_fact_sheet() -> None:
    order = read(SHEET)
    (line,), (shipping,), (coupon,) = order.lines, order.charges, order.discounts

    assert (line.subtotal_net, line.subtotal_tax) == (D("45.75"), D("9.15"))
    assert (line.net, line.tax) == (D("40.67"), D("8.13"))  # 48.80 with 20 %
    assert (shipping.kind, shipping.net, shipping.tax) == (ChargeKind.SHIPPING, D("4.08"), D("0.82"))
    assert (coupon.code, coupon.kind, coupon.in_lines) == ("BIENVENUE", DiscountKind.COUPON, True)
    assert coupon.net + coupon.tax == D("6.10")
    assert order.totals.tax_total == D("8.95") == line.tax + shipping.tax
    assert order.totals.grand_total == D("53.70") and order.totals.rounding == 0
    assert proved(order) == 0
    assert (order.phase, order.financial_status) == (OrderPhase.OPEN, FinancialStatus.PAID)
    assert line.attributes == {"Taille": "L"} and line.variant_id == "381"
    assert order.created_at.isoformat() == "2026-11-02T09:14:58+00:00"


def test_tax_without_rounding_room_is_left_for_the_proof() -> None:
    order = read({**SHEET, "total_inc_tax": "60.0000"})

    assert order.totals.rounding == 0
    assert proved(order) == D("6.30")


@pytest.mark.parametrize(("inclusive", "total", "tax"), [(True, "20.00", "2.61"), (False, "23.00", "3.00")])
def test_prices_with_and_without_tax(inclusive: bool, total: str, tax: str) -> None:
    with BigCommerceShop(webhook_delay=None, prices_include_tax=inclusive) as shop:
        shop.add_product(sku="MUG", price="10.00", inventory_level=5)
        made = shop.place_order([{"sku": "MUG", "quantity": 2}])
        with BigCommerceBench(shop).adapter() as adapter:
            order = adapter.get_order(str(made["id"]))

    assert order.prices_include_tax is inclusive
    assert order.totals.grand_total == D(total) and order.totals.tax_total == D(tax)
    assert order.lines[0].net == D(total) - D(tax)
    assert [(t.name, t.rate_percent) for t in order.lines[0].taxes] == [("VAT", D(15))]


def test_three_decimals_are_kept() -> None:
    with BigCommerceShop(webhook_delay=None, currency="KWD", decimals=3, tax_rate="5") as shop:
        shop.add_product(sku="OUD", price="12.345", inventory_level=5)
        made = shop.place_order([{"sku": "OUD", "quantity": 3}], shipping="1.255")
        with BigCommerceBench(shop).adapter() as adapter:
            order = adapter.get_order(str(made["id"]))

    assert order.currency == "KWD"
    assert order.totals.grand_total == D("40.205")  # (37.035 + 1.255) x 1.05 = 40.2045
    assert proved(order) == 0


def test_gift_certificate_and_store_credit_pay_and_leave_the_total_whole(bench: BigCommerceBench) -> None:
    bench.shop.add_product(sku="MUG", price="100.00", inventory_level=5)
    made = bench.shop.place_order(
        [{"sku": "MUG", "quantity": 1}], gift_certificate="20.00", store_credit="15.00", customer={}
    )

    with bench.adapter() as adapter:
        order = adapter.get_order(str(made["id"]))

    assert order.totals.grand_total == D("115.00") and proved(order) == 0
    assert [(p.kind, p.amount) for p in order.payments] == [
        (PaymentKind.PAYMENT, D("80.00")),
        (PaymentKind.GIFT_CARD, D("20.00")),
        (PaymentKind.STORE_CREDIT, D("15.00")),
    ]


def test_tenders_that_a_store_takes_off_the_total_are_put_back() -> None:
    order = read({**SHEET, "gift_certificate_amount": "20.0000", "total_inc_tax": "33.7000"})

    assert order.totals.grand_total == D("53.70") and proved(order) == 0
    assert [(p.kind, p.amount) for p in order.payments] == [
        (PaymentKind.PAYMENT, D("33.70")),
        (PaymentKind.GIFT_CARD, D("20.00")),
    ]


def test_discount_that_no_line_bears_stands_beside_them() -> None:
    line = {**SHEET["products"][0], "discounted_total_inc_tax": "54.9000", "applied_discounts": []}

    order = read({**SHEET, "products": [line]})

    (discount,) = order.discounts
    assert not discount.in_lines
    assert (discount.net + discount.tax, discount.tax) == (D("6.10"), D("1.02"))
    assert proved(order) == 0


@pytest.mark.parametrize("inclusive", [True, False])
def test_certificate_off_the_total_is_no_part_of_a_discount_beside_the_lines(inclusive: bool) -> None:
    """Without tax a discount comes off with the tax that it saved, and with no more than that."""
    line = {**SHEET["products"][0], "discounted_total_inc_tax": "54.9000", "applied_discounts": []}
    discount = "6.1000" if inclusive else "5.0800"

    order = read(
        {
            **SHEET,
            "products": [line],
            "is_tax_inclusive_pricing": inclusive,
            "coupon_discount": discount,
            "gift_certificate_amount": "3.0000",
            "total_inc_tax": "50.7000",
        }
    )

    (beside,) = order.discounts
    assert (beside.net + beside.tax, order.totals.grand_total) == (D("6.10"), D("53.70"))
    assert proved(order) == 0
    assert [(p.kind, p.amount) for p in order.payments] == [
        (PaymentKind.PAYMENT, D("50.70")),
        (PaymentKind.GIFT_CARD, D("3.00")),
    ]


@pytest.mark.parametrize(
    ("status", "payment", "wanted"),
    [
        (11, "captured", FinancialStatus.PAID),
        (11, "authorized", FinancialStatus.AUTHORISED),
        (11, "capture pending", FinancialStatus.AUTHORISED),
        (7, "", FinancialStatus.UNPAID),
        (11, "", FinancialStatus.UNPAID),
        (10, "", FinancialStatus.PAID),
        (4, "refunded", FinancialStatus.REFUNDED),
        (14, "captured", FinancialStatus.PARTLY_REFUNDED),
        (6, "declined", FinancialStatus.FAILED),
        (5, "void", FinancialStatus.FAILED),
    ],
)
def test_payment_by_the_store_or_by_the_status(status: int, payment: str, wanted: FinancialStatus) -> None:
    assert read({**SHEET, "status_id": status, "payment_status": payment}).financial_status is wanted


def test_statuses_that_mean_paid_are_a_setting() -> None:
    payload = {**SHEET, "status_id": 11, "payment_status": ""}

    assert read(payload, paid_statuses="11, 2").financial_status is FinancialStatus.PAID


def test_business_buyer_with_tax_number_and_arabic_address(bench: BigCommerceBench) -> None:
    bench.shop.add_product(sku="MUG", price="10.00", inventory_level=5)
    made = bench.shop.place_order(
        [{"sku": "MUG", "quantity": 1}],
        company="مؤسسة الأفق للتجارة",
        vat_number="3101 2239 3500 003",
        customer={},
    )

    with bench.adapter() as adapter:
        order = adapter.get_order(str(made["id"]))

    assert order.customer.company == "مؤسسة الأفق للتجارة"
    assert order.customer.tax_number == "310122393500003"
    assert order.customer.language == "ar" and not order.customer.is_guest
    assert (order.shipping.line1, order.shipping.city, order.shipping.country) == (
        "طريق الملك فهد 12",
        "الرياض",
        "SA",
    )


def test_lines_name_the_variant_only_where_the_buyer_chose_one(bench: BigCommerceBench) -> None:
    """A simple product is sold as its base variant; it is linked as a product."""
    mug = bench.shop.add_product(sku="MUG", price="10.00", inventory_level=5)
    shirt = bench.shop.add_variable("SHIRT", {"Size": ["M"]})
    made = bench.shop.place_order([{"sku": "MUG", "quantity": 1}, {"sku": "SHIRT-M", "quantity": 1}])

    with bench.adapter() as adapter:
        order = adapter.get_order(str(made["id"]))
        sold = adapter.sold_lines(order.raw)

    wanted = [(str(mug["id"]), ""), (str(shirt["id"]), str(shirt["variants"][0]["id"]))]
    assert [(line.product_id, line.variant_id) for line in order.lines] == wanted
    assert sold is not None and [(line.product_id, line.variant_id) for line in sold] == wanted


def test_currency_is_what_was_paid_in_and_the_shown_one_stands_beside() -> None:
    order = read({**SHEET, "currency_code": "USD", "currency_exchange_rate": "1.1000000000"})

    assert (order.currency, order.presentment_currency, order.presentment_total) == ("EUR", "USD", D("59.07"))


def test_every_fault_of_an_order_is_named() -> None:
    broken = {**SHEET, "total_inc_tax": "", "date_created": "yesterday", "products": [{"id": 0}]}

    with pytest.raises(InvalidPayload) as caught:
        read(broken)

    for name in ("total_inc_tax", "date_created", "products.0.id", "products.0.quantity"):
        assert name in caught.value.message


def test_refund_of_some_pieces_shares_the_line(bench: BigCommerceBench) -> None:
    bench.shop.add_product(sku="MUG", price="9.99", inventory_level=9)
    made = bench.shop.place_order([{"sku": "MUG", "quantity": 3}], shipping="25.00")
    with bench.adapter() as adapter:
        line = adapter.get_order(str(made["id"])).lines[0]
        bench.shop.refund(made["id"], {int(line.remote_id): 1}, amount="5.00", reason="scratched")
        (found,) = adapter.get_returns(str(made["id"]))
        order = adapter.get_order(str(made["id"]))

    assert found.total == D("16.49")  # 11.49 for a piece, 5.00 beside it
    goods, extra = found.lines
    assert (goods.order_line_id, goods.quantity, goods.net, goods.tax) == (
        line.remote_id,
        D(1),
        D("9.99"),
        D("1.50"),
    )
    assert (extra.kind, extra.net, extra.tax) == ("amount", D("5.00"), D(0))
    assert found.unexplained == 0
    assert order.status == "14" and order.totals.refunded_total == D("16.49")
