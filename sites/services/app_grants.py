"""Events of an app: one address hears for all shops that have it installed which token they give, or that they left."""

from __future__ import annotations

from activity.services import record_event
from platforms.types import AppGrant
from sites.models import Site
from sites.services.pause import APP_REMOVED, pause_site
from sites.services.tokens import store_token


def keep_grant(*, platform: str, grant: AppGrant, heard_at: str) -> Site | None:
    """Give the token to the site of this shop, or pause the site that lost the app. None where no site is this shop.

    heard_at: code of the site at whose address the event came. The site must name the shop's number already: whoever
    installs a public app could else hand us his own shop.
    """
    site = _site_of(platform, grant.account)
    if site is None:
        record_event(
            kind="site.token",
            site_code=heard_at,
            level="warning",
            message=f"An event of the app is about shop {grant.account or '?'}, which no site names. Enter this number on the "
            "site, then approve the app in the shop anew.",
        )
        return None
    if grant.token is None:
        pause_site(
            site_id=site.pk, reason="The app was removed from the shop. Install it again.", code=APP_REMOVED
        )
        return site
    if _is_older(grant, site):
        return site
    return store_token(site_id=site.pk, token=grant.token)


def _site_of(platform: str, account: str) -> Site | None:
    if not account:
        return None
    for site in Site.objects.filter(site_type=platform, active=True).order_by("pk"):
        name = site.adapter_class.account_credential
        if name and site.credential(name).strip() == account:
            return site
    return None


def _is_older(grant: AppGrant, site: Site) -> bool:
    """A replay, or an event that was overtaken by a renewal: the pair that we hold lives longer or as long."""
    token = grant.token
    if token is None or token.expires_at is None or site.token_expires_at is None or not site.access_token:
        return False
    return token.expires_at <= site.token_expires_at
