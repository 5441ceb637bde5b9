"""Order arithmetic as WooCommerce does it: line amounts without tax, taxes per rate, rounding per line.

Amounts keep six places inside and are rounded where the shop rounds: each line's net and each rate's tax per
line (unless the shop rounds at the subtotal), half down for taxes when prices include tax.
"""

from collections.abc import Callable, Iterable
from decimal import ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache

from sandbox.woocommerce.rows import Charge, Coupon, CouponLine, Json, Line, Order, TaxLine, TaxRate
from sandbox.woocommerce.state import Store

ZERO = Decimal(0)
HUNDRED = Decimal(100)
PRECISE = Decimal("0.000001")
Take = Callable[[int, Decimal], Decimal]


@lru_cache(maxsize=16)
def quantum(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


def rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(quantum(places), ROUND_HALF_UP) + 0


def precise(value: Decimal) -> Decimal:
    return value.quantize(PRECISE, ROUND_HALF_UP)


def money(value: Decimal, places: int) -> str:
    return format(rounded(value, places), "f")


def rates_for(store: Store, tax_class: str, address: Json) -> list[TaxRate]:
    """The rates that match a place, one per priority, the most specific first."""
    country, state = str(address.get("country") or ""), str(address.get("state") or "")
    found: dict[int, tuple[int, TaxRate]] = {}
    for rate in store.tax_rates.values():
        if rate.tax_class != tax_class or rate.country not in ("", country) or rate.state not in ("", state):
            continue
        if rate.postcode and rate.postcode != str(address.get("postcode") or ""):
            continue
        if rate.city and rate.city.lower() != str(address.get("city") or "").lower():
            continue
        weight = 8 * bool(rate.country) + 4 * bool(rate.state) + 2 * bool(rate.postcode) + bool(rate.city)
        if rate.priority not in found or found[rate.priority][0] < weight:
            found[rate.priority] = (weight, rate)
    return [found[priority][1] for priority in sorted(found)]


def exclusive_taxes(amount: Decimal, rates: list[TaxRate]) -> dict[int, Decimal]:
    """Tax on top of an amount; compound rates apply to the amount plus the taxes before them."""
    taxes = {r.id: amount * r.rate / HUNDRED for r in rates if not r.compound}
    grown = amount + sum(taxes.values(), ZERO)
    for rate in rates:
        if rate.compound:
            taxes[rate.id] = grown * rate.rate / HUNDRED
            grown += taxes[rate.id]
    return {r.id: precise(taxes[r.id]) for r in rates}


def inclusive_taxes(amount: Decimal, rates: list[TaxRate]) -> dict[int, Decimal]:
    """Tax contained in an amount."""
    taxes: dict[int, Decimal] = {}
    for rate in reversed([r for r in rates if r.compound]):
        taxes[rate.id] = amount - amount / (1 + rate.rate / HUNDRED)
        amount -= taxes[rate.id]
    plain = [r for r in rates if not r.compound]
    divisor = 1 + sum((r.rate for r in plain), ZERO) / HUNDRED
    for rate in plain:
        taxes[rate.id] = amount * (rate.rate / HUNDRED) / divisor
    return {r.id: precise(taxes[r.id]) for r in rates}


def base_address(store: Store) -> Json:
    return {"country": store.options.base_country, "state": store.options.base_state}


def net_price(store: Store, price: Decimal, tax_class: str, taxable: bool, *, including: bool) -> Decimal:
    """A catalogue amount without tax: what it contains by the shop's own rates is taken out."""
    if not including or not taxable:
        return price
    contained = inclusive_taxes(price, rates_for(store, tax_class, base_address(store)))
    return price - sum(contained.values(), ZERO)


class Calculator:
    """Computes one order; `run(coupons=True)` applies its coupon lines anew first."""

    def __init__(self, store: Store, order: Order) -> None:
        self.store = store
        self.order = order
        self.places = store.options.decimals
        self.per_line = not store.options.tax_round_at_subtotal
        self.exempt = any(m.key == "is_vat_exempt" and m.value == "yes" for m in order.meta)
        shipping, billing = order.shipping, order.billing
        chosen = shipping if shipping.get("country") else billing
        self.address = chosen if chosen.get("country") else base_address(store)
        self._rates: dict[str, list[TaxRate]] = {}

    def rates(self, tax_class: str, taxable: bool = True) -> list[TaxRate]:
        if self.exempt or not taxable:
            return []
        if tax_class not in self._rates:
            self._rates[tax_class] = rates_for(self.store, tax_class, self.address)
        return self._rates[tax_class]

    def round_tax(self, value: Decimal) -> Decimal:
        mode = ROUND_HALF_DOWN if self.order.prices_include_tax else ROUND_HALF_UP
        return value.quantize(quantum(self.places), mode) + 0

    def line_tax(self, value: Decimal) -> Decimal:
        return self.round_tax(value) if self.per_line else value

    def run(self, *, coupons: bool = False) -> None:
        order = self.order
        if coupons:
            self._coupons()
        cart_subtotal = self._sum(line.subtotal for line in order.lines)
        cart_total = self._sum(line.total for line in order.lines)
        order.shipping_total = sum((rounded(s.total, self.places) for s in order.shipping_lines), ZERO)
        fees = self._fees(cart_total)
        self._taxes()
        total_tax = sum((t for line in order.lines for t, _ in line.taxes.values()), ZERO)
        subtotal_tax = sum((s for line in order.lines for _, s in line.taxes.values()), ZERO)
        order.discount_total = rounded(cart_subtotal - cart_total, self.places)
        order.discount_tax = self.round_tax(subtotal_tax - total_tax)
        order.total = rounded(
            cart_total + fees + order.shipping_total + order.cart_tax + order.shipping_tax, self.places
        )

    def _sum(self, values: Iterable[Decimal]) -> Decimal:
        if self.per_line:
            return sum((rounded(v, self.places) for v in values), ZERO)
        return rounded(sum(values, ZERO), self.places)

    def _fees(self, cart_total: Decimal) -> Decimal:
        fees = ZERO
        for fee in self.order.fee_lines:
            floor = -rounded(cart_total + fees + self.order.shipping_total, self.places)
            if fee.total < 0 and fee.total < floor and floor < 0:
                fee.total = floor
            fees += rounded(fee.total, self.places)
        return fees

    def _taxes(self) -> None:
        order = self.order
        cart: dict[int, Decimal] = {}
        shipping: dict[int, Decimal] = {}
        for line in order.lines:
            self.tax_line(line)
            for rate_id, (total, _) in line.taxes.items():
                cart[rate_id] = cart.get(rate_id, ZERO) + self.line_tax(total)
        for fee in order.fee_lines:
            self._tax_charge(fee, self.rates(fee.tax_class, fee.tax_status == "taxable"))
            for rate_id, tax in fee.taxes.items():
                cart[rate_id] = cart.get(rate_id, ZERO) + self.line_tax(tax)
        shipping_class = self._shipping_class()
        for charge in order.shipping_lines:
            rates = [r for r in self.rates(shipping_class, charge.tax_status == "taxable") if r.shipping]
            self._tax_charge(charge, rates)
            for rate_id, tax in charge.taxes.items():
                shipping[rate_id] = shipping.get(rate_id, ZERO) + self.line_tax(tax)
        self._tax_lines(cart, shipping)
        order.cart_tax = sum((self.round_tax(t) for t in cart.values()), ZERO)
        order.shipping_tax = sum((self.round_tax(t) for t in shipping.values()), ZERO)

    def tax_line(self, line: Line) -> None:
        rates = self.rates(line.tax_class, line.tax_status == "taxable")
        total, subtotal = exclusive_taxes(line.total, rates), exclusive_taxes(line.subtotal, rates)
        line.taxes = {r.id: (total[r.id], subtotal[r.id]) for r in rates}
        line.total_tax = sum((self.line_tax(t) for t in total.values()), ZERO)
        line.subtotal_tax = sum((self.line_tax(t) for t in subtotal.values()), ZERO)

    def _tax_charge(self, charge: Charge, rates: list[TaxRate]) -> None:
        charge.taxes = exclusive_taxes(charge.total, rates)
        charge.total_tax = sum((self.line_tax(t) for t in charge.taxes.values()), ZERO)

    def _shipping_class(self) -> str:
        """Shipping inherits the class of the goods: standard when any line has it, else the first one's."""
        classes = [line.tax_class for line in self.order.lines if line.tax_status == "taxable"]
        return "" if not classes or "" in classes else classes[0]

    def _tax_lines(self, cart: dict[int, Decimal], shipping: dict[int, Decimal]) -> None:
        old = {line.rate_id: line for line in self.order.tax_lines}
        lines = []
        for rate_id in [*cart, *(r for r in shipping if r not in cart)]:
            line = old.get(rate_id) or self._new_tax_line(rate_id)
            line.tax_total = self.round_tax(cart.get(rate_id, ZERO))
            line.shipping_tax_total = self.round_tax(shipping.get(rate_id, ZERO))
            lines.append(line)
        self.order.tax_lines = lines

    def _new_tax_line(self, rate_id: int) -> TaxLine:
        rate = self.store.tax_rates[rate_id]
        return TaxLine(
            self.store.next_id("item"), rate.id, rate_code(rate), rate.name, rate.compound, rate.rate
        )

    # Coupons: computed in whole cents on what the buyer sees (with tax when prices include it).

    def _coupons(self) -> None:
        order = self.order
        scale = Decimal(10) ** self.places
        for line in order.lines:
            line.total = line.subtotal
            self.tax_line(line)
        prices = [
            rounded((line.subtotal + (line.subtotal_tax if order.prices_include_tax else ZERO)) * scale, 4)
            for line in order.lines
        ]
        left = list(prices)
        for applied in order.coupon_lines:
            coupon = find_coupon(self.store, applied.code)
            if coupon is None:
                continue
            applied.discount_type, applied.amount = coupon.discount_type, coupon.amount
            applied.free_shipping = coupon.free_shipping
            cents = self._discounts(coupon, prices, left, scale)
            self._take_off(applied, [c / scale for c in cents])

    def _discounts(
        self, coupon: Coupon, prices: list[Decimal], left: list[Decimal], scale: Decimal
    ) -> list[Decimal]:
        lines = self.order.lines
        eligible = [
            i
            for i, line in enumerate(lines)
            if left[i] > 0
            and (
                not coupon.product_ids
                or {line.product_id, line.variation_id}.intersection(coupon.product_ids)
            )
        ]
        taken = [ZERO] * len(lines)

        def take(index: int, wanted: Decimal) -> Decimal:
            got = min(wanted, left[index])
            left[index] -= got
            taken[index] += got
            return got

        if coupon.discount_type == "percent":
            share = coupon.amount / HUNDRED
            whole = rounded(sum((prices[i] for i in eligible), ZERO) * share, 0)
            for i in eligible:
                take(i, (prices[i] * share).to_integral_value(ROUND_FLOOR))
            self._remainder(eligible, whole - sum(taken, ZERO), take)
        elif coupon.discount_type == "fixed_product":
            for i in eligible:
                take(i, rounded(coupon.amount * scale, 0) * lines[i].quantity)
        else:
            self._fixed_cart(eligible, rounded(coupon.amount * scale, 0), take, left)
        return taken

    def _fixed_cart(self, eligible: list[int], amount: Decimal, take: Take, left: list[Decimal]) -> None:
        while amount > 0:
            open_lines = [i for i in eligible if left[i] > 0]
            pieces = sum(self.order.lines[i].quantity for i in open_lines)
            each = (amount / pieces).to_integral_value(ROUND_FLOOR) if pieces else ZERO
            if not pieces or each <= 0:
                self._remainder(open_lines, amount, take)
                return
            got = sum((take(i, each * self.order.lines[i].quantity) for i in open_lines), ZERO)
            amount -= got

    def _remainder(self, indexes: list[int], cents: Decimal, take: Take) -> None:
        for i in indexes:
            for _ in range(self.order.lines[i].quantity):
                if cents < 1:
                    return
                cents -= take(i, Decimal(1))

    def _take_off(self, applied: CouponLine, amounts: list[Decimal]) -> None:
        applied.discount = applied.discount_tax = ZERO
        including = self.order.prices_include_tax
        for line, amount in zip(self.order.lines, amounts, strict=True):
            rates = self.rates(line.tax_class, line.tax_status == "taxable")
            taxes = inclusive_taxes(amount, rates) if including else exclusive_taxes(amount, rates)
            tax = sum(taxes.values(), ZERO)
            net = amount - tax if including else amount
            line.total = max(ZERO, precise(line.total - net))
            applied.discount += net
            applied.discount_tax += tax


def rate_code(rate: TaxRate) -> str:
    parts = [rate.country, rate.state, rate.name or "TAX", str(rate.priority)]
    return "-".join(part for part in parts if part).upper()


def find_coupon(store: Store, code: str) -> Coupon | None:
    wanted = code.strip().lower()
    return next((c for c in store.coupons.values() if c.code == wanted and c.status != "trash"), None)
