"""What adapters found out: kept at once or at their end, beside what others found out meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sites.models import Site
from sites.services.learned import Keeper, learned_of
from tests.orders.factories import make_shop_site

pytestmark = pytest.mark.django_db


def opened(site: Site) -> Any:
    """An adapter as far as the keeper knows one, and its keeper."""
    found = dict(learned_of(site))
    adapter: Any = SimpleNamespace(learned=found, findings=())
    return adapter, Keeper(site, adapter)


def known(site: Site) -> dict[str, Any]:
    return dict(learned_of(Site.objects.get(pk=site.pk)))


def test_what_was_kept_on_the_way_and_is_over_at_the_end_is_gone() -> None:
    site = make_shop_site()
    adapter, keeper = opened(site)
    adapter.learned["jobs"] = {"prices": "7"}
    keeper.keep()
    assert known(site) == {"jobs": {"prices": "7"}}

    del adapter.learned["jobs"]
    adapter.learned["ended"] = "now"
    keeper.close()

    assert known(site) == {"ended": "now"}


def test_what_others_found_out_meanwhile_stays() -> None:
    site = make_shop_site()
    adapter, keeper = opened(site)
    other, other_keeper = opened(Site.objects.get(pk=site.pk))
    other.learned["plan"] = "large"
    other_keeper.close()
    adapter.learned["jobs"] = {"prices": "7"}
    keeper.keep()
    adapter.learned.pop("jobs")
    keeper.close()

    assert known(site) == {"plan": "large"}
