from __future__ import annotations

import pytest

from activity.models import Alert, SiteError
from ecomsync.common.errors import BadCredentials, MissingMapping
from sites.models import Site
from sites.services.pause import note_error, note_recovery, pause_site, resume_site

pytestmark = pytest.mark.django_db


def test_bad_credentials_pause_once_with_one_alert(site: Site) -> None:
    error = BadCredentials("The shop refuses our keys.")
    assert note_error(site, error)
    assert not note_error(site, error)
    assert not note_error(site, error)
    site.refresh_from_db()
    assert site.paused
    assert "refuses our keys" in site.pause_reason
    alert = Alert.objects.get()
    assert alert.count == 1
    assert SiteError.objects.get().count == 3


def test_missing_mapping_is_listed_and_does_not_pause(site: Site) -> None:
    assert not note_error(site, MissingMapping("No payment method for 'cod'."))
    site.refresh_from_db()
    assert not site.paused
    assert SiteError.objects.get().link.endswith(f"/ecomsites/site/{site.pk}/change/")


def test_resume_closes_what_paused_the_site(site: Site) -> None:
    note_error(site, BadCredentials("No."))
    assert resume_site(site_id=site.pk)
    assert not resume_site(site_id=site.pk)
    site.refresh_from_db()
    assert (site.paused, site.pause_reason, site.paused_at) == (False, "", None)
    assert SiteError.objects.get().state == "resolved"
    assert Alert.objects.get().acknowledged_at is not None


def test_first_reason_of_a_pause_stays(site: Site) -> None:
    assert pause_site(site_id=site.pk, reason="Stock taking")
    assert not pause_site(site_id=site.pk, reason="Other")
    site.refresh_from_db()
    assert site.pause_reason == "Stock taking"


def test_working_keys_do_not_end_a_pause_by_staff(site: Site) -> None:
    pause_site(site_id=site.pk, reason="Stock taking")
    site.refresh_from_db()
    note_recovery(site, "bad_credentials")
    site.refresh_from_db()
    assert site.paused
