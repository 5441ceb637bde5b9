"""What a shopper pays: the lowest of base, special and tier price."""

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.magento2.product_parts import ALL_GROUPS
from sandbox.magento2.rows import Product
from sandbox.magento2.state import Store


def base_price(product: Product, store_id: int) -> Decimal:
    return Decimal(product.get("price", store_id) or 0)


def special_price(store: Store, product: Product, store_id: int) -> Decimal | None:
    """The special price when it holds now, by the clock of the store view; the last day counts whole."""
    special = product.get("special_price", store_id)
    if special in (None, ""):
        return None
    now = datetime.fromisoformat(store.clock.local(store.clock.now()) or "")
    start, end = product.get("special_from_date", store_id), product.get("special_to_date", store_id)
    if start and now < datetime.fromisoformat(str(start)):
        return None
    if end and now >= datetime.fromisoformat(str(end)) + timedelta(days=1):
        return None
    return Decimal(special)


def final_price(
    store: Store,
    product: Product,
    store_id: int,
    *,
    group: str = "NOT LOGGED IN",
    quantity: Decimal = Decimal(1),
) -> Decimal:
    base = base_price(product, store_id)
    offers = [base]
    special = special_price(store, product, store_id)
    if special is not None:
        offers.append(special)
    offers += [
        tier.price if tier.price_type == "fixed" else base - base * tier.price / 100
        for tier in product.tiers
        if tier.customer_group in (group, ALL_GROUPS) and tier.quantity <= quantity
    ]
    return min(offers)
