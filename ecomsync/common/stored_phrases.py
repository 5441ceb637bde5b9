"""Texts that stand nowhere as a literal of ours, listed so that our catalogue has them.

PHRASES: sentences of modules without Django and of workers; they are stored in plain English and shown by
`stored_text.in_reader_language`. PACKAGES: what installed packages say and have no Arabic for.
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
    _("Reads are answered by the shop itself."),
    _(
        "A cache before the shop answers reads of /wp-json (%(evidence)s). Reads bear a throw-away parameter now, so "
        "that they reach the shop."
    ),
    _(
        "A cache before the shop answers reads of /wp-json (%(evidence)s), even such as it cannot know: orders, stock "
        "and prices are seen late."
    ),
    _("A cache before the shop answers reads of /wp-json (%(evidence)s)."),
    _("the list of %(what)s does not move"),
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
    _("Guards stop %(count)s lines: %(lines)s"),
    _("The price is zero."),
    _("Enter a price, or send zero by a confirmed price document."),
    _("%(linked)s linked, %(review)s to review, %(without)s without item, %(gone)s gone from the shop."),
    _("%(subject)s: %(state)s (%(why)s). Review it in the item linker."),
)

PACKAGES = (
    # django.contrib.auth
    _("Conflicting form data submitted. Please try again."),
    _("Password-based authentication was disabled."),
    _("Set password: %s"),
    _("Reset password"),
    _("Set password"),
    _(
        "Whether the user will be able to authenticate using a password or not. If disabled, they may still be able "
        "to authenticate using other backends, such as Single Sign-On or LDAP."
    ),
    _("Password-based authentication"),
    _("Enabled"),
    _("Disabled"),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),
    _("Enable password-based authentication for this user by setting a password."),
    _("algorithm"),
    _("salt"),
    _("hash"),
    _("iterations"),
    # auditlog
    _("Audit log"),
    _("Audit log: %s"),
    _("Resource"),
    _("Resource Type"),
    _("Correlation ID"),
    _("Changes"),
    _("Created"),
    _("User"),
    _("Click to filter by records with this correlation id"),
    _("Created {repr:s}"),
    _("Updated {repr:s}"),
    _("Deleted {repr:s}"),
    _("Logged {repr:s}"),
    _("Field"),
    _("From"),
    _("To"),
    _("create"),
    _("update"),
    _("delete"),
    _("access"),
    _("action"),
    _("actor"),
    _("timestamp"),
    _("log entry"),
    _("log entries"),
    _("object representation"),
    # axes
    _("Axes"),
    _("Locked Out"),
    _("access attempt expiration"),
    _("access attempt expirations"),
    # import_export
    _("Select all"),
    _("Export %(len)s selected item."),
    _("Some rows failed to validate"),
    _("Please correct these errors in your data where possible, then reupload it using the form above."),
    _("Row"),
    _("Non field specific"),
    _("Value could not be parsed."),
    _("No valid data to import. Ensure your file has the correct headers or data for import."),
    _("Import finished: {} new, {} updated, {} deleted and {} skipped {}."),
    _(
        "%(exc_name)s encountered while trying to read file. Ensure you have chosen the correct format for the file."
    ),
)
