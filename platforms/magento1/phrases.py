"""What staff read of this adapter, listed so that the catalogue in `locale/` has it.

The adapter knows no Django: it leaves its sentences in plain English, and the pages show them in the reader's language.
"""

from __future__ import annotations


def _(text: str) -> str:
    """Marks a text for translation; the text itself stays."""
    return text


PHRASES = (
    # the steps of 'Test Connection'
    _("The API answers at %(address)s."),
    _("The API user is signed in."),
    _("The connection is not encrypted: the API key and the orders travel in clear."),
    _("What the shop tells of itself was read."),
    _("The API user may %(what)s."),
    _("The API user may not %(what)s (%(path)s)."),
    _("read orders"),
    _("read credit memos"),
    _("read shipments"),
    _("read products"),
    _("read stock"),
    _("read categories"),
    _("read attributes"),
    _("read customer groups"),
    _("change products"),
    _("change stock"),
    _("comment on orders"),
    _("cancel orders"),
    _("make shipments"),
    _("add tracking numbers"),
    _("make invoices"),
    _("make credit memos"),
    _("change categories"),
    _("add pictures"),
    _(
        "In the shop's admin, under System > Web Services > SOAP/XML-RPC - Roles, give the role of the API user this right, or all resources."
    ),
    _("Update the shop, or do without this feature."),
    _("The shop tells its currency only in orders, and it has no recent one."),
    _("See that the currency of the site is the base currency of the shop."),
    _("The shop's base currency is %(theirs)s and the site says %(ours)s."),
    _("The shop's base currency is %(currency)s."),
    _(
        "Magento 1 sends nothing by itself: changes are found by polling, and sooner where the shop's module sends hints."
    ),
    _("The version of the shop cannot be read."),
    _("Give the API user the right 'Core > Magento info'."),
    _("Magento %(version)s is older than what was tested (%(tested)s)."),
    _("Update the shop, to OpenMage at best."),
    _("Magento %(version)s (tested: %(tested)s)."),
    _("OpenMage %(version)s (tested: %(tested)s)."),
    _("The shop's XML-RPC cannot be reached, so SOAP v2 is used: one call per row, and with fewer columns."),
    _("Allow /api/xmlrpc in the shop's firewall or web server."),
    # the shop and its API
    _("The shop answered '%(path)s' with something else than it should."),
    _("Look at the related request: a module of the shop changes the answers of its API."),
    _("The API user has no right to '%(path)s'."),
    _(
        "In the shop's admin, under System > Web Services > SOAP/XML-RPC - Roles, give the role of the API user the right named in the message, or all resources."
    ),
    _("The shop ended our session again right after signing in."),
    _(
        "See that the shop keeps its API sessions (System > Configuration > Services > Magento Core API) and that its servers share them."
    ),
    _("This shop has no '%(path)s'."),
    _("Update the shop, or switch the feature off on the site."),
    _("The shop failed inside (%(what)s): %(text)s"),
    _("Look at the shop's exception.log at this time; send it to support with the related request."),
    _("The shop refuses the API user or its key."),
    _(
        "Enter the user name and the API key (not the admin password) of an active user under System > Web Services > SOAP/XML-RPC - Users, then run 'Test Connection'."
    ),
    _("Exempt /api from the server's password protection."),
    _("The shop's web server asks for a password of its own before the API is reached."),
    _("A firewall or security module before the shop refused the call (%(what)s)."),
    _("Allow the address of this server and the path /api in the shop's firewall, CDN or security module."),
    _("There is no core API at this address."),
    _("Check the URL (and sub-folder) of the shop, and that its web server passes /api to index.php."),
    _("The server before the shop gave up waiting (%(what)s); the shop may have done it all the same."),
    _("The shop answered %(what)s with something that is not an answer of its API (%(reason)s)."),
    _(
        "Look at the related request: often PHP prints warnings before the data, or a page stands in its place. Switch display_errors off in the shop; it is tried again by itself."
    ),
    _("The shop breaks on the list of what changed at %(start)s, however short the window."),
    _(
        "Raise PHP's memory_limit and max_execution_time in the shop; a script may have changed very many records in one second."
    ),
    _("SOAP v2 has no '%(path)s'."),
    _("Open /api/xmlrpc in the shop's firewall, so that XML-RPC can be used."),
    _("It says: %(title)s."),
    _("The shop's server asks for fewer calls."),
    _("The shop's server refused %(what)s with status %(status)s."),
    _("The shop's server refused %(what)s: too much data in one call."),
    _("The shop answered %(status)s with a page instead of data (%(what)s)."),
    _("Set the URL of the site to the address that answers without a redirect."),
    _("Look at the shop's own error log if it lasts; it is tried again by itself."),
    # orders and what goes back to them
    _("The order was deleted in the shop."),
    _("%(what)s should be a record and is %(kind)s."),
    _("Open the order in the shop and save it again."),
    _("Open the credit memo in the shop and save it again."),
    _("Look at the raw payload: the shop or a module sent something else."),
    _(
        "Open the record in the shop and save it again; if the fault stays, a module changes the API's answers."
    ),
    _("Other charges of the shop"),
    _("Other credits of the shop"),
    _("Payment surcharge"),
    _("Gift wrapping of items"),
    _("Gift wrapping"),
    _("Fixed product tax"),
    _("The status '%(status)s' is none of Magento's own, and the shop takes any text without a check."),
    _("If the shop has it, add it to 'Order statuses of the shop's own' in the options of the site."),
    _("The status '%(status)s' belongs to the state '%(belongs)s', and the order is '%(state)s'."),
    _("An order becomes complete by its invoice and shipments and closed by its credit memos: send those."),
    _("The order is on hold and was '%(before)s' before; it cannot become '%(status)s' at once."),
    _("Send the status '%(before)s' first, or take the order off hold in the shop."),
    _("Look at the order in the shop: it may be shipped already, on hold or cancelled."),
    _("Look at the order in the shop: it may be invoiced already, on hold or cancelled."),
    _("Look at the state of the order in the shop: it does not allow this step."),
    _("All goods of the order have left the shop already, under other tracking numbers."),
    _("Compare the shipments of this order in the shop with the delivery; add the number there by hand."),
    _("Compare the shipments of this order in the shop with the delivery."),
    _("The order has no line %(line)s."),
    _("Read the order again from the shop and correct the delivery."),
    _("Of line %(line)s only %(left)s are left to ship, and %(sent)s were sent."),
    _("Compare the credit memos of this order in the shop with the return in the ERP."),
    _(
        "Compare the credit memos of this order in the shop with the return in the ERP; an order is invoiced before it is refunded."
    ),
    _("%(amount)s cannot be given back: %(left)s of the order are left."),
    _(
        "Of '%(sku)s' %(left)s can be given back and %(sent)s were sent; what is not invoiced in the shop cannot be."
    ),
    _("Send the invoice of this order first, and compare its credit memos with the return in the ERP."),
    _("The credit memo %(memo)s of the shop is over %(kept)s and the return over %(amount)s."),
    _("The shop takes amounts of a credit memo in %(base)s only, and the order is in %(currency)s."),
    _(
        "Make the credit memo in the shop's admin, or read the orders of this site in the shop's base currency."
    ),
    _("The shop's API gives no money back through a gateway: pay it back there by hand."),
    _("The shop puts nothing back on its shelf by this; the next push of the quantity does."),
    # stock and prices
    _("The product is gone from the shop: run 'Link Items' again."),
    _("'%(remote_id)s' is not the id of a product."),
    _("The quantity %(quantity)s cannot be published; the shop would store 0 for it."),
    _("Correct the stock figure in the ERP."),
    _("The shop keeps %(kept)s although %(sent)s was sent."),
    _(
        "The shop shows the item as out of stock although it has a quantity: it is not above the shop's threshold."
    ),
    _("The special price %(special)s is not below the price %(price)s, so buyers do not get it."),
    _("The product has %(count)s other tier prices, and an update replaces all of them."),
    _(
        "Set 'Tier prices of the shop's staff' in the options of the site to keep, or remove them in the shop."
    ),
    _("The shop has no customer group '%(name)s'."),
    _("Name the price list on the site after a customer group of the shop, or give its number."),
    _("Correct the store views in the options of the site."),
    # products and categories
    _("The shop has no attribute set '%(name)s'."),
    _("Choose an attribute set of the shop in the options of the site."),
    _("The attribute set %(set_id)s has no attribute '%(code)s'."),
    _("Add the attribute to this set in the shop, or take it off the product's settings."),
    _("The attribute '%(code)s' has no option '%(value)s'."),
    _("Use one of: %(known)s."),
    _("The shop does not show the option '%(label)s' of '%(code)s' although it was added."),
    _("Add the option in the shop's admin, under Catalog > Attributes."),
    _("Magento 1 has no product field '%(name)s'."),
    _("Choose a field of the list, or attribute:code for an attribute of the shop."),
    _("'%(unit)s' is no unit of weight."),
    _("Use kg, g, lb or oz."),
    _("The shop's API cannot build configurable products."),
    _(
        "Build the configurable product in the shop's admin once, with this SKU; then its texts and price are kept."
    ),
    _("A product needs a SKU of at most %(count)s characters."),
    _("Correct the SKU of the item."),
    _("It was made as a simple product: attach it to its configurable product in the shop's admin."),
    _("It was made without a price and is switched off, so that nobody buys it for nothing."),
    _("Link the item to the product that has this SKU."),
    _("The picture must be a JPEG, PNG, GIF or WebP file of a usual size."),
    _("The picture '%(name)s' is neither JPEG, PNG, GIF nor WebP."),
    _("Convert the picture."),
    _("The picture '%(name)s' has neither content nor an address."),
    _("Upload the picture again, or give it an address."),
    _("The picture '%(name)s' cannot be fetched from its address (status %(status)s)."),
    _("See that the address answers with a picture of at most 8 MB."),
    _("The shop has no root category."),
    _("Make a root category in the shop's admin, under Catalog > Manage Categories."),
    _("The category is gone from the shop: read the categories again."),
    # groups
    _("Its members have the prices; nothing was sent."),
    _("The shop has no product '%(sku)s', which is a part of '%(whole)s'."),
    _("Send the part first, and see that the criteria of the site admit it."),
    _("'%(sku)s' is a product of type '%(kind)s' in the shop and cannot be part of '%(whole)s'."),
    _("Name the variant or the single item in its place."),
    _("The part '%(sku)s' was not accepted."),
    _("Solve the part's problem; the whole is sent after it."),
    _("SKU '%(sku)s' is a product of type '%(theirs)s' in the shop and '%(ours)s' in the ERP."),
    _("Make the kind of the item the same on both sides, or give one of the two another SKU."),
    # hints
    _("Enter the address and the secret of this site's webhooks in the settings of the shop's module again."),
    _("The hint was signed %(seconds)s seconds ago."),
    _("The hint was signed %(seconds)s seconds ahead of our time."),
    _("The site has no webhook secret, so no hint can be verified."),
    _("The hint is not signed."),
    _("The signature of the hint is wrong."),
    _("The hint is not a JSON object."),
    _("The hint is not JSON."),
    # fields of a product, offered where staff map ERP fields to them
    _("Short description"),
    _("Weight"),
    _("URL key"),
    _("Meta title"),
    _("Meta keywords"),
    _("Meta description"),
    _("Tax class"),
    _("Visibility"),
    _("Allow gift message"),
    _("Display product options in"),
    _("Cost"),
    _("Manufacturer"),
    _("Attribute (attribute:code)"),
)
