"""Sentences of modules without Django and of workers, listed so that the catalogue has them.

They are stored in plain English and shown by `stored_text.in_reader_language`.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PHRASES = (
    # the steps of 'Test Connection'
    _("The REST API answers at %(address)s."),
    _("The REST API answers but WooCommerce is not part of it."),
    _("Activate WooCommerce (3.5 or newer) in the shop, or correct the URL."),
    _("The shop has no permalinks (or hides /wp-json); the longer form of addresses is used."),
    _("In WordPress > Settings > Permalinks, choose any structure but 'Plain'."),
    _("The shop has permalinks."),
    _("The connection is encrypted and the certificate is trusted."),
    _("The certificate is not checked."),
    _("Switch 'verify TLS' on."),
    _("The connection is not encrypted; calls are signed by OAuth 1.0a."),
    _("Use https in production."),
    _("The shop does not tell its time."),
    _("The clocks differ by %(minutes)s minutes."),
    _("The clocks differ by %(seconds)s seconds."),
    _("The clocks agree."),
    _("Let this server and the shop's server take their time from a time server."),
    _("Signed in by %(means)s; orders can be read."),
    _("the Authorization header"),
    _("keys in the query (the shop's server drops the Authorization header)"),
    _("OAuth 1.0a signatures"),
    _("The key may read %(what)s."),
    _("The key may write %(what)s."),
    _("products"),
    _("categories"),
    _("orders"),
    _("webhooks"),
    _("The shop's settings were read."),
    _("The shop's tax mode cannot be read."),
    _("Give the API key to an Administrator."),
    _("Prices are entered with tax."),
    _("Prices are entered without tax."),
    _("The shop keeps stock."),
    _("The shop's stock management is switched off, or may not be read: quantities would be ignored."),
    _("In WooCommerce > Settings > Products > Inventory, switch 'Enable stock management' on."),
    _("The shop sells in %(theirs)s and the site says %(ours)s."),
    _("Set the site's currency to %(currency)s."),
    _("The shop sells in %(currency)s."),
    _("This site receives no webhooks."),
    _("%(off)s of %(all)s webhooks are switched off: %(topics)s."),
    _("Run 'Register Webhooks'; then read the orders, since what happened meanwhile was not delivered."),
    _("%(count)s webhooks are active."),
    _("No webhook is registered yet."),
    _("WooCommerce's version cannot be read."),
    _("Give the API key to an Administrator, who may read the system status."),
    _("WooCommerce %(version)s is older than what was tested (%(tested)s)."),
    _("WooCommerce %(version)s is newer than what was tested (%(tested)s)."),
    _(
        "WooCommerce %(version)s cannot list changed orders; recent orders are compared instead, which is slower."
    ),
    _("Update WooCommerce."),
    _("Update ecomsync."),
    _("Update WooCommerce to 5.8 or newer."),
    _("WooCommerce %(version)s (tested: %(tested)s)."),
    # orders, returns, events
    _("Order %(number)s: %(outcome)s (%(detail)s)."),
    _("Order %(number)s: %(outcome)s."),
    _("Order %(number)s cannot be read: %(reason)s"),
    _("Order %(number)s of this return is not in the ERP."),
    _("Returns of order %(number)s: %(told)s."),
    _("Customer %(code)s: %(fields)s changed."),
    _("older version"),
    _("unknown order"),
    _("The shop names no payment method."),
    _("The limit of one reading is reached; the next one goes on from here."),
    _("%(missing)s of %(all)s orders do not exist in the shop any more."),
    _("The item has no product in this shop."),
    # prices, links
    _("The price is zero."),
    _("Enter a price, or send zero by a confirmed price document."),
    _("%(linked)s linked, %(review)s to review, %(without)s without item, %(gone)s gone from the shop."),
    _("%(subject)s: %(state)s (%(why)s). Review it in the item linker."),
)
