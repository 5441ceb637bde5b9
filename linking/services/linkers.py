"""The header that new lines of a site belong to."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from linking.models import ItemLinker, MatchingRule
from sites.models import Site


def linker_for(site: Site) -> ItemLinker:
    """The first active linker of the site; made when there is none, so that 'Link Items' works on a new site."""
    present = ItemLinker.objects.filter(site=site, active=True).order_by("id").first()
    if present is not None:
        return present
    try:
        with transaction.atomic():
            return ItemLinker.objects.create(
                code=_free_code(f"LINK-{site.code}"),
                name1=site.name1,
                name2=site.name2,
                site=site,
                legal_entity=site.legal_entity,
                branch=site.branch,
                department=site.department,
                sector=site.sector,
                **_rule_of(site),
            )
    except IntegrityError:
        # Another worker made it at the same moment.
        return ItemLinker.objects.filter(site=site, active=True).order_by("id")[0]


def _rule_of(site: Site) -> dict[str, str]:
    """The site's own identity of items, as a matching rule."""
    if site.item_identity == "barcode":
        return {"matching_rule": MatchingRule.BARCODE}
    return {"matching_rule": MatchingRule.CODE}


def _free_code(wished: str) -> str:
    code, number = wished[:60].upper(), 1
    while ItemLinker.objects.filter(code=code).exists():
        number += 1
        code = f"{wished[:56].upper()}-{number}"
    return code
