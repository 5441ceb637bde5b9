"""Cause and cure of the error codes of platform adapters, which know no Django and so no translation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedy_texts import Text

SHOPS: dict[str, tuple[Text, Text]] = {
    "bad_id": (_("The id is not one of this shop"), _("Read the record again from the shop.")),
    "bad_option": (
        _("An option of the platform has a value it does not know"),
        _("Correct the option on the site; the message names the possible values."),
    ),
    "bad_time_zone": (
        _("The time zone is not known"),
        _("Choose the shop's time zone on the site, such as Asia/Riyadh."),
    ),
    "bad_value": (
        _("A field of the product has a value that the shop does not know"),
        _("Correct the value; the message names the possible ones."),
    ),
    "blocked_by_firewall": (
        _("A firewall or security plugin before the shop refuses our calls"),
        _("Allow the address of this server in the shop's firewall, CDN or security plugin."),
    ),
    "broken_action": (
        _("A part of this system cannot be loaded"),
        _("Reinstall the system completely; the log tells what is missing."),
    ),
    "currency_mismatch": (
        _("The price is in another currency than the shop"),
        _("Choose a price list in the currency of the shop on the site."),
    ),
    "fractional_quantity": (
        _("The shop takes whole numbers only"),
        _("Round the quantities on the site, or correct the figure."),
    ),
    "image_needs_url": (
        _("The image has no public address"),
        _("Give the image an address that the shop can reach."),
    ),
    "insecure_auth": (
        _("This way of signing in needs an encrypted address"),
        _("Use the https address of the shop, or set 'How to sign in' to auto."),
    ),
    "method_blocked": (
        _("The shop's web server does not allow this kind of call"),
        _("Switch on 'Send PUT and DELETE as POST' in the options of the site."),
    ),
    "missing_credentials": (
        _("Credentials of the site are missing"),
        _("Enter them on the site, then run 'Test Connection'."),
    ),
    "no_name": (_("The product has no name"), _("Enter the name of the item in the language of the shop.")),
    "no_sku": (
        _("The product has no SKU"),
        _("Give the item a code, or choose another item identity on the site."),
    ),
    "no_webhook_secret": (_("The site has no webhook secret"), _("Run 'Register Webhooks'; it makes one.")),
    "no_webhook_url": (
        _("The public address of this system is not set"),
        _("Set BASE_URL to the address at which the shop reaches this system, then run 'Register Webhooks'."),
    ),
    "no_woocommerce": (
        _("There is no WooCommerce at this address"),
        _("Correct the URL of the site, or switch the WooCommerce plugin on."),
    ),
    "price_list_needed": (_("The document needs a price list"), _("Choose the price list of the document.")),
    "refused": (
        _("The shop's server refused the call"),
        _("Open the related request to see the answer, and correct what it names."),
    ),
    "rest_not_found": (
        _("The shop's REST interface is not at this address"),
        _(
            "Check the URL and its sub-folder, the permalinks of WordPress and security plugins that switch the REST API off."
        ),
    ),
    "sku_too_long": (_("The SKU is too long for the shop"), _("Shorten the code of the item.")),
    "special_not_below_price": (
        _("The special price is not below the price"),
        _("Correct the special price or the price."),
    ),
    "special_window": (
        _("The special price ends before it begins"),
        _("Correct the dates of the special price."),
    ),
    "status_not_kept": (
        _("The shop set another status than the one sent"),
        _("A plugin of the shop changes statuses; choose another status in 'Update Order Status'."),
    ),
    "unexpected_answer": (
        _("The answer of the shop does not match what was sent"),
        _("It is tried again by itself; open the related request if it lasts."),
    ),
    "unknown_field": (
        _("The shop has no such product field"),
        _("Correct the target field in 'Copy to E-commerce Item'."),
    ),
    "unknown_line": (
        _("The order in the shop has no such line"),
        _("Read the order again from the shop and correct the return."),
    ),
    "webhooks_disabled": (
        _("Webhooks are switched off in the shop"),
        _("Run 'Register Webhooks', then read the orders: what happened meanwhile was not delivered."),
    ),
    "weight_unit": (
        _("The shop's unit of weight cannot be read"),
        _("Give the API key to a shop manager or administrator."),
    ),
    "customer_refused": (
        _("The customer is blocked or over the credit limit"),
        _("Lift the block or raise the credit limit, then confirm the order again."),
    ),
    "negative_price": (_("The price is below zero"), _("Correct the price.")),
}
