"""What staff read of this adapter, listed so that the catalogue in `locale/` has it.

The adapter knows no Django: it leaves its sentences in plain English, and the pages show them in the reader's language.
"""

from __future__ import annotations


def _(text: str) -> str:
    """Marks a text for translation; the text itself stays."""
    return text


PHRASES = (
    # settings and signing in
    _("The site has no %(missing)s."),
    _("The site has no application id."),
    _(
        "Enter client id and client secret of Norce Admin > Settings > Users > OAuth; the secret is shown once."
    ),
    _("Enter the number of the application, as Norce Admin > Settings > Applications shows it."),
    _("'%(url)s' is not the base URL of a Norce environment."),
    _(
        "Enter the base URL of the environment on the site: https://….api-se.norce.tech (stage and playground have hosts of their own)."
    ),
    _("The option '%(label)s' (%(name)s) is %(value)s."),
    _("Set it to: %(allowed)s."),
    _("Norce gives three tokens a minute, and more were asked for."),
    _("Norce's Identity failed with status %(status)s."),
    _("Norce's Identity answered without a token."),
    _("Norce does not know the scope, or the account may not have it."),
    _("Set 'Scope' of the site to the environment: prod, stage or playground (older: production, lab)."),
    _("Norce does not know the client id, or the client secret is wrong."),
    _("Query does not know %(names)s of %(route)s."),
    _(
        "Look up in Norce's documents of Query what the field is called there, and enter it in 'Names of fields in Query' of the site: %(entry)s"
    ),
    _("Query knows the fields that are asked for."),
    # what Norce's answers mean
    _("The address redirects to %(target)s."),
    _("Norce asks for fewer calls."),
    _("Norce failed with status %(status)s (%(what)s)."),
    _("Norce refuses the token."),
    _("Press 'Request Token' on the site; if that fails, check client id and client secret."),
    _("The account may not do this (%(what)s)."),
    _(
        "In Norce Admin, under Settings > Users > OAuth, give the account access to this application and part; check the application id of the site."
    ),
    _("Norce does not know this record (%(what)s)."),
    _("See in Norce whether the record was deleted; check the paths in the options of the site."),
    _("Norce refused %(what)s: %(text)s"),
    _("Norce refused %(what)s with status %(status)s."),
    _("Correct what Norce's message names, in the ERP or in Norce, then try again."),
    _("A firewall or proxy before the API refused the call (%(what)s)."),
    _("Let this server reach Norce through the firewall or proxy."),
    _("There is no Norce API at this address."),
    _("Norce answered %(what)s with something that is not JSON."),
    _("Norce answered %(what)s with something else than a list."),
    # jobs
    _("Norce did not take the file (%(kind)s): %(text)s"),
    _("Correct the rows that the message names; the others are sent without them."),
    _("Norce tells nothing of job %(number)s."),
    _("Job %(number)s (%(kind)s) did not pass Norce's validation: %(text)s"),
    _("Correct what the log of the job names (Norce Admin > Integrations > Jobs)."),
    _("Job %(number)s (%(kind)s) failed in Norce: %(text)s"),
    _("The present state is sent again by itself; look at the job in Norce Admin if it lasts."),
    _("Job %(number)s (%(kind)s) is still open in Norce."),
    _(
        "Nothing to do: it is looked at again with the next run, and no second job of its kind is sent meanwhile."
    ),
    _("Job %(number)s (%(kind)s) tells of %(count)s rows that cannot be told apart: %(text)s"),
    _("Look at the log of the job in Norce Admin > Integrations > Jobs."),
    _("%(count)s jobs of %(kind)s failed in Norce one after the other."),
    _("Look at the jobs in Norce Admin > Integrations > Jobs, or ask Norce's support."),
    _("Job %(number)s (%(kind)s) has been open in Norce for %(minutes)s minutes."),
    _("Look at Norce's job queue: many small imports of other systems delay everything."),
    _("Norce did not take the row (job %(number)s): %(text)s"),
    _(
        "Look whether the article, the price list and the warehouse exist in Norce; then link the item again or send it anew."
    ),
    _("A full file would be the first, and it switches off what the ERP does not name."),
    _("Look through what the ERP sends, then switch 'Full files are confirmed' on."),
    _("The ERP was not read completely, so no full file is sent."),
    _("Run it again once the ERP answers completely; until then changes go out as deltas."),
    _("The full file has %(count)s rows and the last one had %(last)s: it would switch off too much."),
    _("If so many rows are really gone, raise 'Largest drop of a full file' for one run."),
    _(
        "%(count)s rows cannot be sent, and a full file without them would switch them off. The first: %(message)s"
    ),
    # articles, quantities, prices
    _("The item has no article in Norce."),
    _("Link the item in the item linker of this site, or run 'Link Items'."),
    _("The quantity %(quantity)s is below zero; 0 was published."),
    _("Norce has no warehouse or location '%(code)s'."),
    _("It is not said to which warehouse of Norce quantities go."),
    _("Choose one of Norce's warehouses on the site: %(known)s."),
    _("Norce has no price list '%(code)s'."),
    _("It is not said to which price list of Norce prices go."),
    _("Choose one of Norce's price lists on the site: %(known)s."),
    _("The price is in %(currency)s and the price list '%(code)s' in %(theirs)s."),
    _("Send prices in the currency of the price list, or choose another price list on the site."),
    _("Norce ignores prices of 0."),
    _("Enter a price above 0, or take the article out of sale."),
    _("Quantity breaks of Norce are whole numbers, and this one is %(quantity)s."),
    _("Enter a whole quantity in the price list of the ERP."),
    _("The special price was not sent: in Norce it belongs into a campaign price list."),
    _("Norce listed an article without PartNo."),
    _("This is a fault of Norce's answer: send the related request to support."),
    _("The item has no number, and PartNo is what Norce goes by."),
    _("Give the item a code in the ERP."),
    _("Norce has no article '%(sku)s', and articles are not to be created."),
    _("Create it in Norce and link it, or allow the creation of products on the site."),
    _("The variant has no parent with a number."),
    _("Send the parent first."),
    _("Norce takes no customer without %(fields)s."),
    _("Complete the customer in the ERP."),
    _("The article was created, its quantity was not taken: %(text)s"),
    _("Pictures without a public address were left out: Norce fetches pictures from their address."),
    # orders
    _("Order %(number)s cannot be read: it has no %(fields)s."),
    _("Order %(number)s cannot be read: %(faults)s."),
    _(
        "Look at the order in Norce Admin; the stored payload shows what came. Read it again once it is whole."
    ),
    _("Norce has no order %(number)s."),
    _("See in Norce Admin whether the order is there; Query may show it a little later."),
    _("The reference '%(number)s' of the order is no number, and Connect takes numbers only."),
    _("Ask Norce for numeric references of orders; change the order in Norce Admin until then."),
    _("Norce has no order status '%(status)s'."),
    _("Choose one of these in the order statuses of the site: %(known)s."),
    _("Credit notes reach Norce as refunds."),
    _("Order %(number)s has an invoice in Norce already, and this one would charge it again."),
    _("Compare the invoices of the order in Norce Admin and in the ERP."),
    _("Order %(number)s has no invoice in Norce, and money is given back against an invoice."),
    _("Send the invoice of the order first; an order without one is cancelled instead."),
    _("The refund of %(amount)s is above what the invoices of order %(number)s still bear."),
    _("Lower the amount, or look at the credits of the order in Norce Admin."),
    # deliveries
    _("The site has no webhook secret, so no delivery can be proved."),
    _(
        "Save a webhook secret on the site and enter it in Norce Admin as the header X-Hub-Token of the events and as the password of the ERP integration."
    ),
    _("The delivery bears neither our header nor a password."),
    _(
        "In Norce Admin > Integrations > Events add the header X-Hub-Token with the webhook secret of the site; for the ERP integration enter user and password."
    ),
    _("The header or the password of the delivery is not the webhook secret of the site."),
    _(
        "In Norce Admin correct the header X-Hub-Token of the events, or user and password of the ERP integration."
    ),
    _("The event is of application %(theirs)s, and this site is application %(ours)s."),
    _("In Norce Admin give each application's events the address of its own site."),
    _("The delivery is proved but is not JSON."),
    _("The delivery is proved but is no JSON object."),
    _("In Norce Admin set the endpoint type of the ERP integration to REST with JSON."),
    # the test of the connection
    _("Norce gives a token for application %(number)s."),
    _("The connection is not encrypted: the secret travels in clear."),
    _("Use the https address."),
    _("The certificate is not checked."),
    _("Switch 'verify TLS' on."),
    _("The connection is encrypted and the certificate is trusted."),
    _("The clocks differ by %(seconds)s seconds."),
    _("Let this server and the shop's server take their time from a time server."),
    _("The clocks agree."),
    _("The account may read %(route)s."),
    _("The account may send imports to Connect."),
    _("The account may send order statuses."),
    _("Norce has no jobs at this path."),
    _("Set 'Path of jobs' in the options of the site to commerce/connect/4.0/api, or empty it."),
    _("Jobs can be followed."),
    _("The shop's settings were read."),
    _("The shop sells in %(theirs)s and the site says %(ours)s."),
    _("Set the site's currency to %(currency)s."),
    _("The shop sells in %(currency)s."),
    _("Prices go to the price list '%(code)s'."),
    _(
        "Quantities go to warehouse '%(warehouse)s', location '%(location)s', where a warehouse has none of its own."
    ),
    _("This site receives no webhooks."),
    _("The site has no webhook secret."),
    _("Save a webhook secret on the site."),
    _(
        "Enter %(url)s in Norce Admin: as ERP integration (REST, user %(user)s, password: the webhook secret), and per event with the header X-Hub-Token."
    ),
    # fields of a product, offered where staff map ERP fields to them
    _("Sub header"),
    _("Meta description"),
    _("Commodity code"),
)
