"""Texts that stand nowhere as a literal of ours, listed so that our catalogue has them.

PHRASES: sentences of modules without Django and of workers; they are stored in plain English and shown by
`stored_text.in_reader_language`. PACKAGES: what installed packages say and have no Arabic for.
"""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

PHRASES = (
    # the steps of 'Test Connection'
    _("Use the https address of the shop."),
    _("The clocks agree."),
    _("products"),
    _("categories"),
    _("orders"),
    _("webhooks"),
    # orders, returns, events
    _("Order %(number)s: %(outcome)s (%(detail)s)."),
    _("Order %(number)s: %(outcome)s."),
    _("Order %(number)s cannot be read: %(reason)s"),
    _("Order %(number)s of this return is not in the ERP."),
    _("Returns of order %(number)s: %(told)s."),
    _("Nothing is held of buyer %(buyer)s."),
    _("Buyer %(buyer)s asks for his data."),
    _("The request of buyer %(buyer)s is among the problems."),
    _("Erased of buyer %(buyer)s: customers %(customers)s, orders %(orders)s."),
    _("The shop asks to erase the data of all of its buyers."),
    _("The request is among the problems."),
    _("Customer %(code)s is known to %(system)s too."),
    _("If he is to be forgotten everywhere, press 'Erase personal data' on his page; then replay the event."),
    _("%(now)s refunded now and %(before)s before are more than the order's %(total)s."),
    _("The refund is in %(theirs)s, the order in %(ours)s."),
    _("The lines of the refund are %(lines)s, the shop gave back %(total)s (%(difference)s)."),
    _("Sales order %(number)s is %(state)s; only part of it is refunded."),
    _("Order %(number)s has no invoice to credit %(amount)s on."),
    _("Item %(code)s: %(now)s returned, %(open)s of %(sold)s sold can still come back."),
    _("Money went back by '%(method)s', which no payment method line maps."),
    _("%(amount)s went back to the buyer; %(received)s were received for the order and not given back yet."),
    _("%(count)s were found and not come to before the run ended."),
    _("Posted with %(ours)s; the shop has %(theirs)s now."),
    _("Customer %(code)s: %(fields)s changed."),
    _("Customer %(code)s: updated."),
    _("Customer %(code)s: nothing changed."),
    _("Customers: %(codes)s."),
    _("Customer %(customer)s is blocked (%(kind)s)."),
    _("Credit limit %(limit)s passed: %(exposure)s with this order."),
    _("Order %(order)s of customer %(customer)s is %(state)s."),
    _("Invoice %(invoice)s of customer %(customer)s is not paid."),
    _("Order %(order)s of customer %(customer)s still waits."),
    _("Gone from the shop."),
    _("%(order)s: the shop has no such order."),
    _("extra: we have it, the shop has not"),
    _("older version"),
    _("unknown order"),
    _("The shop names no payment method."),
    _("The limit of one reading is reached; the next one goes on from here."),
    _("%(missing)s of %(all)s orders do not exist in the shop any more."),
    _("The item has no product in this shop."),
    # connecting, the call budget
    _("Nobody here asked for this approval, it was used before, or the request is too old."),
    _("Start 'Connect' again on the page of the site, and approve within 15 minutes."),
    _("The call budget of site %(site)s is used up for the next %(seconds)s seconds."),
    _(
        "All %(count)s calls that site %(site)s allows at a time are taken. A worker that was killed keeps its own for up to %(seconds)s seconds."
    ),
    _("The shop of site %(site)s failed %(count)s times in a row and is left alone for %(seconds)s seconds."),
    # prices, links
    _("Guards stop %(count)s lines: %(lines)s"),
    _("The price is zero."),
    _("Enter a price, or send zero by a confirmed price document."),
    _("%(linked)s linked, %(review)s to review, %(without)s without item, %(gone)s gone from the shop."),
    _("%(subject)s: %(state)s (%(why)s). Review it in the item linker."),
    # complete files
    _(
        "%(found)s of %(linked)s linked products would be switched off, more than the %(percent)s %% that the site "
        "allows. None was."
    ),
    _(
        "The complete file would switch off %(missing)s of %(known)s products that the shop has, more than the "
        "%(percent)s %% that the site allows."
    ),
    _("%(count)s rows of the complete file could not be made out, and it would switch them off."),
    _("No file was sent; changes were asked for one by one."),
    _("The queues of this site are still at work."),
    _("Start the action again once they are done."),
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
