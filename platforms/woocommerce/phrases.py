"""What staff read of this adapter, listed so that the catalogue in `locale/` has it.

The adapter knows no Django: it leaves its sentences in plain English, and the pages show them in the reader's language.
"""

from __future__ import annotations


def _(text: str) -> str:
    """Marks a text for translation; the text itself stays."""
    return text


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
    _("The connection is not encrypted up to the proxy before the shop: the keys travel in clear."),
    _("Use https in production."),
    _("The shop does not tell its time."),
    _("The clocks differ by %(minutes)s minutes."),
    _("The clocks differ by %(seconds)s seconds."),
    _("Let this server and the shop's server take their time from a time server."),
    _("Signed in by %(means)s; orders can be read."),
    _("the Authorization header"),
    _("keys in the query (the shop's server drops the Authorization header)"),
    _("OAuth 1.0a signatures"),
    _("The key may read %(what)s."),
    _("The key may write %(what)s."),
    _("Reads are answered by the shop itself."),
    _("A cache before the shop answers reads of /wp-json (%(evidence)s)."),
    _("Reads bear a throw-away parameter now, so that they reach the shop."),
    _("A cache before the shop answers reads of /wp-json (%(evidence)s), even such as it cannot know."),
    _("Orders, stock and prices are seen late."),
    _("the list of %(what)s does not move"),
    _("%(record)s is shown as of %(shown)s and changed %(known)s"),
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
    _("The shop keeps a product per language (%(plugin)s); those of its default language are used."),
    _("Set 'Language of the catalogue' in the options of the site."),
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
    # fields of a product, offered where staff map ERP fields to them
    _("Slug"),
    _("Short description"),
    _("Tax class"),
    _("Tax status"),
    _("Catalogue visibility"),
    _("Featured"),
    _("Virtual"),
    _("Weight"),
    _("Length"),
    _("Width"),
    _("Height"),
    _("Shipping class"),
    _("Backorders"),
    _("Low stock threshold"),
    _("Sold individually"),
    _("Reviews allowed"),
    _("Purchase note"),
    _("Menu order"),
    _("GTIN / barcode"),
    _("Tags (comma separated ids)"),
    _("Upsells (comma separated product ids)"),
    _("Cross-sells (comma separated product ids)"),
    _("Meta data (meta:key)"),
)
