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
    # what the shop's answers mean, and what it cannot take
    _("WooCommerce cannot switch a category off: it stays visible as long as it has products."),
    _("Look at the related request: a cache or plugin of the shop changes the answers of /wp-json."),
    _("Over plain HTTP WooCommerce takes only OAuth 1.0a."),
    _(
        "Look at the related request: often a plugin prints warnings or a page stands before the data. Switch WP_DEBUG_DISPLAY off in the shop; it is tried again by itself."
    ),
    _("Enter it as https://shop.example.com, with the sub-folder if WordPress lives in one."),
    _("The shop's answer to a batch of %(count)s rows does not match it (POST %(route)s)."),
    _(
        "Use the https address of the shop, set 'How to sign in' to auto, or, if a proxy ends TLS before the shop, switch on 'TLS ends before the shop'."
    ),
    _("WooCommerce sends keys to https addresses only, and this installation is at %(url)s."),
    _(
        "This is not what WooCommerce sends when keys are approved: consumer_key or consumer_secret is missing."
    ),
    _("The approved key may only '%(permission)s'."),
    _("Set BASE_URL of this installation to its public https address, or enter the keys by hand."),
    _("Start 'Connect' again on the page of the site."),
    _("Start 'Connect' again and approve reading and writing."),
    _("Link the item to the product that has this SKU, or give one of the two another SKU."),
    _("A product in the shop's trash probably holds this SKU: restore it or delete it for good."),
    _(
        "The shop could not download the picture: its address must be public and must answer with a JPEG, PNG, GIF or WebP."
    ),
    _("Compare the refunds of this order in the shop with the return in the ERP."),
    _("The category or attribute value is gone from the shop: read the categories again."),
    _("Lower the batch size of the site to 100 or less."),
    _(
        "Check the URL (and sub-folder) of the shop, set WordPress' permalinks to anything but 'Plain', and see that no security plugin switches the REST API off."
    ),
    _("The shop refuses the keys: %(text)s The clocks differ by %(minutes)s minutes."),
    _(
        "Enter a valid consumer key and secret of a Shop manager, then run 'Test Connection'; a key goes when its WordPress user is deleted. If they are right, the shop's server drops the Authorization header: set 'How to sign in' to query."
    ),
    _("In WooCommerce, give the API key to a Shop manager or Administrator."),
    _("Give the API key to a Shop manager or Administrator."),
    _("Exempt /wp-json from the server's password protection."),
    _(
        "Allow the address of this server and the path /wp-json in the shop's firewall, CDN or security plugin."
    ),
    _("See that WooCommerce (3.5 or newer) is active in the shop and that the URL names the right site."),
    _(
        "Set the clock of this server (and of the shop) by a time server; signatures are valid for 15 minutes."
    ),
    _("In WooCommerce > Settings > Advanced > REST API, set the key's permissions to Read/Write."),
    _(
        "Enter the consumer secret again, then run 'Test Connection'. If it is right, the URL of the site is not the one in WordPress' Settings > General > Site Address: use exactly that, with sub-folder and www."
    ),
    _("The picture '%(name)s' has no public address; WooCommerce downloads pictures itself."),
    _("Order %(id)s cannot be read: date_created_gmt is empty."),
    _("Refund %(id)s cannot be read: date_created_gmt is empty."),
    _("The special price %(special)s is not below the price %(price)s; WooCommerce would erase it."),
    _("The SKU has %(count)s characters; WooCommerce keeps %(limit)s."),
    _("WooCommerce takes whole numbers only, and the %(field)s is %(value)s."),
    _("WooCommerce takes whole numbers only, and the quantity is %(quantity)s."),
    _("%(unit)s is not a unit of weight that WooCommerce has."),
    _("Use a whole number."),
    _("Use kg, g, lb or oz on the item and kg, g, lbs or oz in the shop."),
    _("WooCommerce has no product field '%(name)s'."),
    _("Correct the target in the site's lines 'Copy to E-commerce Item', or write it as meta:<key>."),
    _("The URL is http, yet the shop sees HTTPS (a proxy tells it so): sign in as over HTTPS."),
    _("The shop made the status '%(made)s' although '%(sent)s' was sent."),
    _("Look at the raw payload: the shop or a plugin sent something else."),
    _(
        "Open the record in the shop and save it again; if the fault stays, a plugin changes the API's answers."
    ),
    _("Price its variations: link the ERP variants to the shop's variations and leave the parent out."),
    _(
        "The new price %(price)s is not above the shop's own promotion price %(sale)s; WooCommerce would erase the promotion."
    ),
    _(
        "End the promotion in the shop, raise the price, or set 'New price at or below the shop's own promotion' of the site to overwrite."
    ),
    _(
        "A plugin of the shop (wholesale, currency, dynamic prices) sets prices: settle which of the two is to rule."
    ),
    _("The shop keeps the special price %(kept)s although %(sent)s was sent."),
    _("See that the special price is below the price and that no plugin of the shop sets prices."),
    _("WooCommerce has no prices per group or quantity."),
    _("Take price lists and quantity breaks off this site's price update."),
    _("The variation '%(sku)s' belongs to product %(owner)s in the shop, not to %(parent)s."),
    _("Correct the parent in the ERP, or delete the variation in the shop."),
    _("Solve the parent's problem; the variation is sent after it."),
    _("The shop has no variable product '%(sku)s' for this variation."),
    _("The shop dropped an attribute that the parent does not have."),
    _(
        "The shop shows the item as out of stock although it has a quantity: it is not above the shop's out-of-stock threshold."
    ),
    _("The shop keeps %(kept)s although %(sent)s was sent; a plugin may change quantities."),
    _("This is the parent of variations: its quantity holds for all variations without their own."),
    _("Link the item to a simple product or a variation, or switch quantities off for it."),
    _("The shop ignores quantities: its stock management is switched off."),
    _(
        "In WooCommerce > Settings > Products > Inventory, switch 'Enable stock management' on, then run 'Update All Qtys'."
    ),
    _("The product lies in the shop's trash."),
    _("Restore the product in the shop, or link the item to another one."),
    _("WordPress delivers only to the ports 80, 443 and 8080, and this address has %(port)s."),
    _("WordPress does not deliver to private addresses; the shop must be able to reach this address."),
    _("The signature does not fit the body and the site's webhook secret."),
    _("WooCommerce has no webhook topic '%(topic)s'."),
    _("A plugin of the shop prints into deliveries; see the shop's error log."),
    _("Save a webhook secret on the site; WooCommerce would make one that nobody can read."),
)
