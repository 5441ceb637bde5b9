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
    "frozen_reads": (
        _("A cache before the shop repeats old answers"),
        _("Exclude /wp-json from the page cache and the CDN of the shop, then run 'Test Connection'."),
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
    "connect_expired": (
        _("Keys were handed over that nobody waits for"),
        _("Press 'Connect' on the page of the site again, and approve in the shop within 15 minutes."),
    ),
    # ------------------------------------------------------------------ the words of WooCommerce itself
    "rest_no_route": (
        _("WordPress has no such interface"),
        _("Activate WooCommerce in the shop, and see that the URL names the right site."),
    ),
    "rest_disabled": (
        _("A security plugin has switched the shop's interface off"),
        _("Allow the REST API for signed-in users, or exempt /wp-json/wc/v3 in that plugin."),
    ),
    "product_invalid_sku": (
        _("Another product of the shop has this SKU"),
        _("Link the item to the product that has the SKU, or give one of the two another SKU."),
    ),
    "woocommerce_rest_product_not_created": (
        _("The shop could not create the product"),
        _("A product in the shop's trash often holds the SKU: restore it, or delete it for good."),
    ),
    "woocommerce_rest_product_invalid_id": (
        _("The product is gone from the shop"),
        _("Run 'Link Items' again, or send the item to the shop anew."),
    ),
    "woocommerce_rest_product_variation_invalid_id": (
        _("The variation is gone from the shop"),
        _("Run 'Link Items' again, or send the variants to the shop anew."),
    ),
    "woocommerce_rest_invalid_product_id": (
        _("The product is a variation of another one in the shop"),
        _("Run 'Link Items' again, so that the link names the parent."),
    ),
    "woocommerce_rest_shop_order_invalid_id": (
        _("The order is gone from the shop"),
        _("It was deleted in the shop: cancel it in the ERP, or restore it from the shop's trash."),
    ),
    "woocommerce_product_image_upload_error": (
        _("The shop could not download a picture"),
        _("The address of the picture must be public and answer with a JPEG, PNG, GIF or WebP."),
    ),
    "woocommerce_rest_cannot_create_order_refund": (
        _("The shop refused the refund"),
        _("Compare the refunds of the order in the shop with the return in the ERP."),
    ),
    "woocommerce_rest_term_invalid": (
        _("A category or attribute value is gone from the shop"),
        _("Run 'Fetch Categories', then send the item again."),
    ),
    "term_exists": (
        _("The shop has a category or value of this name already"),
        _("Link it to the one in the shop, or give one of the two another name."),
    ),
    "woocommerce_rest_request_entity_too_large": (
        _("Too many rows in one call"),
        _("Lower the batch sizes of the site to 100 or less."),
    ),
    "rest_invalid_param": (
        _("The shop does not accept a value"),
        _("Correct the value that the shop's message names, in the ERP or in the shop, then retry."),
    ),
    "rest_invalid_json": (
        _("The shop could not read what was sent"),
        _("Hand the related request to support."),
    ),
}
