"""/taxes and /taxes/classes."""

from decimal import Decimal

from sandbox.php import clean_decimal, slugify, to_bool, to_int
from sandbox.woocommerce.errors import RestError
from sandbox.woocommerce.listing import ITEM_ALLOW, Call, Result, links, paged
from sandbox.woocommerce.products import invalid_id
from sandbox.woocommerce.rows import Json, TaxRate
from sandbox.woocommerce.validate import PAGING, B, Field, I, S, Schema, enum

TAX_BODY: Schema = {
    "country": S,
    "state": S,
    "postcode": S,
    "city": S,
    "rate": S,
    "name": S,
    "priority": I,
    "compound": B,
    "shipping": B,
    "order": I,
    "class": S,
}
TAX_LIST: Schema = {**PAGING, "orderby": enum("id", "order", "priority"), "class": S}
CLASS_BODY: Schema = {"name": Field("string", required=True)}


def tax_json(call: Call, rate: TaxRate) -> Json:
    return {
        "id": rate.id,
        "country": rate.country,
        "state": rate.state,
        "postcode": rate.postcode,
        "city": rate.city,
        "rate": f"{rate.rate:.4f}",
        "name": rate.name,
        "priority": rate.priority,
        "compound": rate.compound,
        "shipping": rate.shipping,
        "order": rate.order,
        "class": rate.tax_class or "standard",
        "postcodes": [rate.postcode] if rate.postcode else [],
        "cities": [rate.city] if rate.city else [],
        "_links": links(call, "/taxes", rate.id, ITEM_ALLOW),
    }


def list_taxes(call: Call) -> Result:
    rows = list(call.store.tax_rates.values())
    if call.text("class"):
        wanted = call.text("class").replace("standard", "")
        rows = [r for r in rows if r.tax_class == wanted]
    by = call.text("orderby", "order")
    rows.sort(key=lambda r: (getattr(r, by), r.id), reverse=call.text("order", "asc") == "desc")
    return paged(call, rows, lambda r: tax_json(call, r))


def _rate(call: Call) -> TaxRate:
    rate = call.store.tax_rates.get(call.id())
    if rate is None:
        raise invalid_id("woocommerce_rest_invalid_id", 404)
    return rate


def get_tax(call: Call) -> Result:
    return Result(tax_json(call, _rate(call)))


def _fill_rate(call: Call, rate: TaxRate) -> None:
    params = call.params
    for name in ("country", "state", "postcode", "city", "name"):
        if params.get(name) is not None:
            setattr(rate, name, str(params[name]))
    for name in ("priority", "order"):
        if params.get(name) is not None:
            setattr(rate, name, to_int(params[name]))
    for name in ("compound", "shipping"):
        if params.get(name) is not None:
            setattr(rate, name, to_bool(params[name]))
    if params.get("rate") is not None:
        rate.rate = Decimal(clean_decimal(params["rate"]) or "0")
    if params.get("class") is not None:
        rate.tax_class = str(params["class"]).replace("standard", "")


def create_tax(call: Call) -> Result:
    store = call.store
    rate = TaxRate(store.next_id("tax"), "", "", Decimal(0), "Tax")
    _fill_rate(call, rate)
    store.tax_rates[rate.id] = rate
    return Result(tax_json(call, rate), 201, [("Location", f"{call.rest_url}/wc/v3/taxes/{rate.id}")])


def update_tax(call: Call) -> Result:
    rate = _rate(call)
    _fill_rate(call, rate)
    return Result(tax_json(call, rate))


def delete_tax(call: Call) -> Result:
    rate = _rate(call)
    if not call.flag("force"):
        raise RestError("woocommerce_rest_trash_not_supported", "Taxes do not support trashing.", 501)
    del call.store.tax_rates[rate.id]
    return Result(tax_json(call, rate))


def _class_json(call: Call, slug: str, name: str) -> Json:
    base = f"{call.rest_url}/wc/v3/taxes/classes"
    return {"slug": slug, "name": name, "_links": {"collection": [{"href": base}]}}


def list_classes(call: Call) -> Result:
    return Result([_class_json(call, s, n) for s, n in call.store.tax_classes.items()])


def create_class(call: Call) -> Result:
    slug = slugify(call.text("name"))
    if slug in call.store.tax_classes:
        raise RestError("woocommerce_rest_tax_class_exists", "Cannot create existing resource.", 400)
    call.store.tax_classes[slug] = call.text("name")
    return Result(_class_json(call, slug, call.text("name")), 201)


def delete_class(call: Call) -> Result:
    slug = call.ids[-1]
    if slug == "standard" or slug not in call.store.tax_classes:
        raise RestError("woocommerce_rest_tax_class_invalid_slug", "Invalid slug.", 404)
    if not call.flag("force"):
        raise RestError("woocommerce_rest_trash_not_supported", "Taxes do not support trashing.", 501)
    return Result(_class_json(call, slug, call.store.tax_classes.pop(slug)))
