"""What staff read of this adapter, listed so that the catalogue in `locale/` has it.

The adapter knows no Django: it leaves its sentences in plain English, and the pages show them in the reader's language.
"""

from __future__ import annotations


def _(text: str) -> str:
    """Marks a text for translation; the text itself stays."""
    return text


PHRASES = (
    # signing in and settings
    _("The site has no %(missing)s."),
    _("Enter it on the site, then run 'Test Connection'."),
    _("The settings of this shop have no operation '%(name)s' (%(purpose)s)."),
    _("Add it to the operations in the platform options of the site, or switch the feature off."),
    _("The site has no operations yet, so nothing is known of this shop."),
    _("Import the settings file of the shop, or fill in the platform options."),
    _("This way of signing in asks for no token."),
    _("Choose oauth2 or login as 'How to sign in', or enter the access token by hand."),
    _("The shop gives no token: %(reason)s"),
    _("The shop's answer to the sign-in holds no token."),
    _("Correct 'token' in the details of signing in: it says where the answer has the token."),
    _("The shop refuses our credentials: %(reason)s"),
    _("Enter valid credentials on the site and run 'Test Connection'; look at 'How to sign in' too."),
    _("We may not do this (%(what)s): %(reason)s"),
    _("Give the API user of the shop the right for this call, then run 'Test Connection'."),
    _("The option '%(option)s' cannot be used: %(reason)s."),
    _("Correct it in the platform options of the site, or import the settings file of this shop again."),
    # calls
    _("'%(url)s' is not a valid web address."),
    _("Correct the URL of the site."),
    _("The shop's next page lies on another host (%(host)s)."),
    _("Enter the host of the API as the URL of the site; keys are never sent to another one."),
    _("%(what)s should have found %(expected)s in the answer and found %(type)s."),
    _("Look at 'rows' and 'record' of this operation in the platform options of the site."),
    _("The address redirects to %(target)s."),
    _("Enter the address to which it leads as the URL of the site."),
    _("A page instead of an answer refused the call (%(what)s)."),
    _("Let the firewall before the shop pass our calls, or correct the path of the API."),
    _("The shop asks for fewer calls."),
    _("The shop failed with status %(status)s (%(what)s)."),
    _("The shop answered %(what)s with something that is not %(format)s."),
    _("The shop does not have this record (%(what)s): %(reason)s"),
    _("See in the shop whether the record was deleted; then link it again or send it anew."),
    _("The shop refused %(what)s: %(reason)s"),
    _("Correct what the shop's message names, in the ERP or in the shop, then try again."),
    # orders
    _("The shop has no order '%(id)s'."),
    _("See in the shop whether the order was deleted."),
    _("The order has no date."),
    _("The return has no date."),
    _("The field '%(name)s' of a %(record)s cannot be read: %(reason)s."),
    _("The field '%(name)s' of an %(record)s cannot be read: %(reason)s."),
    _("Look at the raw payload and at the field maps in the platform options of the site."),
    _("The shop has no status '%(status)s'."),
    _("Choose one of the 'Statuses of orders' in 'Update Order Status', or add it to the platform options."),
    # rows
    _("The item has no product in this shop."),
    _("Link the item in the item linker of this site, or run 'Link Items'."),
    _("The price is in %(theirs)s and the shop sells in %(ours)s."),
    _("Choose a price list in the currency of the shop, or correct the currency of the site."),
    _("The shop refused the row: %(reason)s"),
    _("A quantity below zero is not published."),
    _("Correct the stock in the ERP."),
    _("The shop takes whole quantities and %(quantity)s has a fraction."),
    _("Round quantities on the site, or switch 'Quantities with a fraction' on if the shop takes them."),
    _("The shop's answer says nothing of this row."),
    _("See in the shop whether the product is still there; then link it again."),
    _("The picture '%(name)s' was not accepted: %(reason)s"),
    # deliveries
    _("The site has no webhook secret, so no delivery can be proved."),
    _("The delivery does not prove that it comes from this shop."),
    _("The delivery has no time, which is part of its signature."),
    _("The delivery was signed too long ago, or ahead of our clock."),
    _("What is signed cannot be put together: %(reason)s."),
    _(
        "Enter the site's webhook secret in the shop, or run 'Register Webhooks'; look at the scheme in the platform options of the site."
    ),
    _("The body of the delivery cannot be read: %(reason)s."),
    _("The delivery cannot be read: %(reason)s."),
    _("Look at the format of bodies in the platform options of the site."),
    # the steps of 'Test Connection'
    _("The shop's settings were read."),
    _("Orders can be read."),
    _("Orders can be read; there is none yet."),
    _("Products can be read."),
    _("Products can be read; there is none yet."),
    _("%(count)s webhooks are active."),
    _("%(off)s of %(all)s webhooks are switched off: %(topics)s."),
    _("Run 'Register Webhooks'; then read the orders, since what happened meanwhile was not delivered."),
    _("No webhook is registered yet."),
    _("The connection is not encrypted: keys travel in clear."),
    _("Use the https address."),
    _("The certificate is not checked."),
    _("Switch 'verify TLS' on."),
    _("The connection is encrypted and the certificate is trusted."),
    _("The shop does not tell its time."),
    _("The clocks differ by %(seconds)s seconds."),
    _("Let this server and the shop's server take their time from a time server."),
    _("The clocks agree."),
    _("The shop sells in %(theirs)s and the site says %(ours)s."),
    _("Set the site's currency to %(currency)s."),
    _("The shop sells in %(currency)s."),
    # what is wrong with a setting
    _("'%(name)s' is no operation; known are %(known)s"),
    _("'%(name)s' is no record; known are %(known)s"),
    _("'%(name)s' is no field; known are %(known)s"),
    _("'%(name)s' is not an object"),
    _("'%(name)s' is not a text"),
    _("'%(name)s' is not an expression"),
    _("'%(name)s' has an unknown key '%(key)s'; known are %(known)s"),
    _("'%(name)s' has neither a path nor a GraphQL document nor steps"),
    _("'%(name)s' is '%(value)s'; it is one of %(known)s"),
    _("'%(name)s' needs 'next': where the answer tells how to go on"),
    _("'%(name)s' needs 'rows': where the answer lists what each row came to"),
    _("'%(name)s' needs 'rows' (where they are) and 'fields'"),
    _("'%(name)s' is %(value)s; it is a whole number from 1 to 10000"),
    _(
        "'%(name)s' looks like a secret; enter it as a credential and write {{ credentials.access_token }} here"
    ),
    _("the phase of '%(code)s', '%(phase)s', is none of %(known)s"),
    _("it is not a JSON object in braces"),
    _("it is not an amount"),
    _("it is not JSON (%(reason)s)"),
    _("'%(value)s' is none of %(known)s"),
    _("the scheme '%(scheme)s' is none of hmac, token, basic"),
    _("'login' needs 'request' and 'token'"),
    _("'oauth2' needs 'token_path', such as /oauth/token"),
    _("'kinds' maps the shop's codes to %(known)s"),
)
