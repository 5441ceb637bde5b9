"""Cause and cure of the error codes that every app knows: settings, the way to the shop, orders, items, prices."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

GENERAL: dict[str, tuple[Text, Text]] = {
    # ------------------------------------------------------------------ settings
    "configuration": (
        _("A setting is missing or wrong"),
        _("Correct the setting that the message names, then start the action again."),
    ),
    "bad_credentials": (
        _("The shop refuses our keys"),
        _(
            "Enter valid keys or a new token on the site and run 'Test Connection'. The site resumes by itself."
        ),
    ),
    "missing_permission": (
        _("The keys are valid but may not do this"),
        _("Give the API user of the shop the right that the message names, then run 'Test Connection'."),
    ),
    "missing_mapping": (
        _("A row is missing in a mapping table of the site"),
        _("Add the row to the mapping table; records that waited for it go again by themselves."),
    ),
    "no_encryption_key": (
        _("No key for stored secrets is set"),
        _("Set FIELD_ENCRYPTION_KEYS; the command 'make_encryption_key' prints a new key."),
    ),
    "bad_encryption_key": (
        _("A key for stored secrets is not valid"),
        _("Correct FIELD_ENCRYPTION_KEYS; the command 'make_encryption_key' prints a valid key."),
    ),
    "wrong_encryption_key": (
        _("A stored secret cannot be read with the present keys"),
        _("Put the earlier key back into FIELD_ENCRYPTION_KEYS, or enter the secret again on the site."),
    ),
    "unknown_platform": (
        _("The site type is not installed"),
        _("Choose another site type, or install the package that adds this one."),
    ),
    "broken_platform": (
        _("An added platform cannot be loaded"),
        _("Update or remove the package that adds it; the log tells what is wrong."),
    ),
    "bad_url": (
        _("The address is not a valid web address"),
        _("Correct the URL of the site; it begins with https:// and names the shop's host."),
    ),
    "https_required": (
        _("The address is not encrypted"),
        _("Use an address that begins with https://; plain http is accepted on this machine only."),
    ),
    "private_address": (
        _("The address lies in a private network"),
        _(
            "Use the public address of the shop, or allow private addresses for this installation if it is meant."
        ),
    ),
    "tls": (
        _("The shop's TLS certificate is not trusted"),
        _("Renew the certificate of the shop; switch 'verify TLS' off only for a test shop."),
    ),
    "redirected": (
        _("The shop redirects to another address"),
        _("Enter the address that the shop redirects to as the URL of the site."),
    ),
    "site_paused": (
        _("The site is paused"),
        _("Remove the reason that the site shows, then run 'Resume'."),
    ),
    "site_inactive": (
        _("The site is not active"),
        _("Switch the site on if it should work."),
    ),
    "api_version": (
        _("The shop does not speak this API version"),
        _("Choose a version on the site that the shop supports, or update the shop."),
    ),
    "clock_skew": (
        _("The clocks of the shop and of this system differ"),
        _("Set both clocks by a time server; signatures fail when they differ by minutes."),
    ),
    "webhook_disabled": (
        _("The shop has switched a webhook off"),
        _("Run 'Register Webhooks'; what was missed meanwhile is read by polling."),
    ),
    "webhook_silence": (
        _("No webhook has come for a long time"),
        _("Run 'Test Connection' and 'Register Webhooks'; polling goes on meanwhile."),
    ),
    "bad_signature": (
        _("A delivery does not prove where it comes from"),
        _("Run 'Register Webhooks' so that both sides hold the same secret."),
    ),
    # ------------------------------------------------------------------ the way there
    "retryable": (_("It did not work this time"), _("Nothing to do: it is tried again by itself.")),
    "network": (
        _("The shop cannot be reached"),
        _("Check the address, DNS, the firewall and whether the shop is up; it is tried again by itself."),
    ),
    "timeout": (
        _("The shop did not answer in time"),
        _(
            "It is looked up before it is repeated. Raise the request timeout or lower the batch size if it happens often."
        ),
    ),
    "circuit_open": (
        _("The shop fails again and again and is left alone for a while"),
        _(
            "Look whether the shop is up. One call tries it from time to time; work goes on by itself once it answers."
        ),
    ),
    "job_open": (
        _("The shop has taken the work and is not done with it"),
        _("Nothing to do: it is looked at again by itself, and waiting for it uses up no attempt."),
    ),
    "not_confirmed": (
        _("Nobody has agreed to this yet"),
        _("Read what the message says, then confirm it in the options of the site."),
    ),
    "rate_limited": (
        _("The shop asks for fewer calls"),
        _("Nothing to do: calls slow down by themselves. Lower 'calls per second' on the site if it lasts."),
    ),
    "shop_unavailable": (
        _("The shop reports a fault of its own"),
        _("Look at the error log of the shop if it lasts; it is tried again by itself."),
    ),
    "no_valid_answer": (
        _("The answer of the shop is not what its contract promises"),
        _("Open the related request to see the answer; plugins of the shop often add text of their own."),
    ),
    "not_json": (
        _("The shop answered with a page instead of data"),
        _(
            "Check the URL of the site, and whether a security plugin or a maintenance page stands in the way."
        ),
    ),
    "too_large": (
        _("The answer of the shop is too large"),
        _("Lower the page size or the batch size of the site."),
    ),
    "conflict": (
        _("Somebody changed the record meanwhile"),
        _("Nothing to do: it is read again and then repeated."),
    ),
    # ------------------------------------------------------------------ records
    "permanent": (
        _("This record cannot pass as it is"),
        _("Correct the record as the message says, then retry it."),
    ),
    "rejected": (
        _("The shop refused this record"),
        _("Correct what the shop's message names, then retry the selected lines."),
    ),
    "not_found": (
        _("The record does not exist in the shop"),
        _("Link the item again, or send it to the shop anew."),
    ),
    "not_linked": (
        _("The item has no product in this shop"),
        _("Link the item in the item linker of the site, or run 'Link Items'."),
    ),
    "invalid_payload": (
        _("The shop sent something incomplete or malformed"),
        _(
            "Open the raw data of the record to see what is missing; read it again once the shop is corrected."
        ),
    ),
    "unsupported": (
        _("The platform cannot do this"),
        _("Switch the function off on the site; the platform table tells what each one can do."),
    ),
    "internal": (
        _("An error inside this system"),
        _("Hand the trace number to support; the log holds the details. Other records go on."),
    ),
    "error": (
        _("Something went wrong"),
        _("Read the message; the related requests show what was sent and answered."),
    ),
    "exceeded": (
        _("All attempts are used up"),
        _("Remove the cause that the last message names, then retry the selected lines."),
    ),
    "run_cancelled": (_("The run was cancelled"), _("Start it again when you like; nothing is done twice.")),
    # ------------------------------------------------------------------ orders
    "unknown_sku": (
        _("An ordered SKU is not known here"),
        _(
            "Link the product in the item linker or create the item with this code; the order goes again by itself."
        ),
    ),
    "unknown_item": (
        _("An ordered product is not linked to an item"),
        _("Link the product in the item linker of the site; the order goes again by itself."),
    ),
    "unmapped_payment": (
        _("The payment method of the shop is not mapped"),
        _("Add it to the payment methods of the site; the orders that it held go again by themselves."),
    ),
    "unmapped_shipping": (
        _("The shipping method of the shop is not mapped"),
        _("Add it to the shipping items of the site; the orders that it held go again by themselves."),
    ),
    "unmapped_tax": (
        _("A tax rate of the shop is not in the tax plan"),
        _("Add the rate to the tax plan of the site, or take the tax amounts from the shop."),
    ),
    "unmapped_fee": (
        _("A fee of the order has no service item"),
        _("Choose a fee item on the site, or one on the payment method that charges the fee."),
    ),
    "unmapped_currency": (
        _("The currency of the order is not known here"),
        _("Create the currency and its exchange rate; the order goes again by itself."),
    ),
    "missing_exchange_rate": (
        _("There is no exchange rate for this day"),
        _("Enter the exchange rate of the currency; the order goes again by itself."),
    ),
    "unmapped_status": (
        _("The status of the shop is not mapped"),
        _("Add it to the statuses to import on the site, or leave the order in the shop."),
    ),
    "total_mismatch": (
        _("The order's parts do not sum to the shop's total"),
        _(
            "Open the order and compare the components: the difference is shown there. Correct it in the shop, or allow a "
            "rounding line within a tolerance on the site."
        ),
    ),
    "missing_customer": (
        _("The customer was not found"),
        _("Create the customer, allow creation on the site, or set a default customer for guests."),
    ),
    "customer_blocked": (
        _("The customer is blocked"),
        _("Lift the block on the customer, then import the order again."),
    ),
    "credit_limit": (
        _("The order is above the customer's credit limit"),
        _("Raise the credit limit or collect a receipt, then confirm the order."),
    ),
    "missing_warehouse": (
        _("No warehouse is set for this order"),
        _("Set the default warehouse of the site, or a row in its warehouses."),
    ),
    "no_generation_rule": (
        _("No rule says which documents to make"),
        _("Add a row without criteria to the document generation lines of the site."),
    ),
    "not_paid": (
        _("The order is not paid yet"),
        _(
            "Nothing to do: it is imported once the shop reports the payment, or after the waiting time of the site."
        ),
    ),
    "order_changed": (
        _("The order was changed in the shop after its documents were posted"),
        _(
            "Compare the two versions on the order page and decide; posted documents are never changed silently."
        ),
    ),
    "duplicate_mismatch": (
        _("A document with this number exists and differs"),
        _(
            "Open the document and compare it with the order of the shop; cancel it if it is wrong, then import again."
        ),
    ),
    "out_of_stock": (
        _("There is not enough stock"),
        _("Receive or transfer stock, or choose another warehouse; then confirm the order again."),
    ),
    "insufficient_stock": (
        _("There is not enough stock"),
        _("Receive or transfer stock, or choose another warehouse; then try again."),
    ),
    "invalid_state": (
        _("The document is not in a state that allows this"),
        _("Reload the page to see the present state; somebody may have done it already."),
    ),
    "period_locked": (
        _("The accounting period is closed"),
        _("Open the period or choose a date in an open one."),
    ),
    "invoice_not_found": (
        _("The invoice of the returned order was not found"),
        _("Import the order first, or allow 'create invoice for returns if invoice not found' on the site."),
    ),
    "return_exceeds_order": (
        _("More is returned than was sold"),
        _("Compare the return with its order in the shop and correct the quantity."),
    ),
    # ------------------------------------------------------------------ items, prices, links
    "price_below_promotion": (
        _("The new price is not above the running promotion"),
        _(
            "Wait until the promotion ends, or change its price in the shop; the shop refuses a regular price below it."
        ),
    ),
    "price_change_too_large": (
        _("The price changes more than the guard allows"),
        _("Check the price and confirm the line if it is meant."),
    ),
    "zero_price": (_("The price is zero"), _("Enter a price, or confirm the line if it is meant.")),
    "below_cost": (_("The price is below cost"), _("Check the price and confirm the line if it is meant.")),
    "no_price": (
        _("The item has no price in this price list"),
        _("Add the price to the price list of the site."),
    ),
    "link_conflict": (
        _("The item fits several products of the shop"),
        _("Choose the right one in the item linker; conflicts are never linked by guess."),
    ),
    "remote_missing": (
        _("The linked product is gone from the shop"),
        _("Send the item again, or remove the link."),
    ),
    "duplicate_sku": (
        _("The SKU exists in the shop already"),
        _("Link the item with the existing product instead of creating it."),
    ),
    "image_rejected": (
        _("The shop refused an image"),
        _("Use a JPEG, PNG or WebP picture that the shop can reach, within its size limit."),
    ),
    "category_cycle": (_("A category is its own parent"), _("Correct the parent of the category.")),
    # ------------------------------------------------------------------ comparisons
    "catalogue_differs": (
        _("Many products, quantities or prices differ between shop and ERP"),
        _("Look at 'Events > Differences': filter by kind, find the common cause, then repair what is left."),
    ),
    "orders_differ": (
        _("Many orders differ between shop and ERP"),
        _(
            "Look at 'Events > Differences' of kind order; held orders say why, missing ones are imported by 'Repair'."
        ),
    ),
    # ------------------------------------------------------------------ silence
    "no_worker": (
        _("No worker takes the waiting work"),
        _("Start the worker and beat; nothing is lost, the work waits in the queue."),
    ),
    "backlog": (
        _("The queue grows faster than it is worked off"),
        _("Look at the failures by cause; raise the parallel calls of the site or add a worker."),
    ),
}
