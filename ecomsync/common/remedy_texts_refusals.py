"""Cause and cure of what shops refuse: records that are gone, steps that an order does not allow, values not taken."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ecomsync.common.remedy_texts import Text

REFUSALS: dict[str, tuple[Text, Text]] = {
    "already_shipped": (
        _("The order has left the shop already, under other numbers"),
        _("Compare the shipments of the order in the shop with the delivery; add the number there by hand."),
    ),
    "api_not_found": (
        _("The shop's interface is not at this address"),
        _("Check the URL and sub-folder of the shop on the site, then run 'Test Connection'."),
    ),
    "attribute_not_choice": (
        _("An attribute that tells variants apart is no list of choices in the shop"),
        _("Make it a dropdown with the scope Global in the shop, or use another attribute."),
    ),
    "attribute_not_found": (
        _("The shop has no such attribute"),
        _("Make the attribute in the shop, or correct its code on the product's settings."),
    ),
    "attribute_refused": (
        _("The shop does not accept the attribute"),
        _("Correct what the shop's message names: code, kind of input or name of the attribute."),
    ),
    "attribute_set_unknown": (
        _("The shop has no such attribute set"),
        _("Choose an attribute set of the shop in the options of the site or on the product's settings."),
    ),
    "cannot_invoice": (
        _("The shop does not let the order be invoiced"),
        _("Look at the order in the shop: it may be invoiced already, on hold or cancelled."),
    ),
    "cannot_refund": (
        _("The shop does not let this be given back"),
        _(
            "Compare the credit memos of the order in the shop with the return; an order is invoiced before it is refunded."
        ),
    ),
    "cannot_ship": (
        _("The shop does not let the order be shipped"),
        _("Look at the order in the shop: it may be shipped already, on hold or cancelled."),
    ),
    "category_not_found": (
        _("The category is gone from the shop"),
        _("Read the categories of the shop again, then map this one anew."),
    ),
    "configurable_by_staff": (
        _("The shop's interface cannot build a product with variants"),
        _("Build it in the shop's admin once, with this SKU; then its texts and price are kept."),
    ),
    "consumers_not_running": (
        _("The shop does not work through its queue"),
        _(
            "Ask whoever runs the shop's server to start the consumer named in the message; until then products go one by one."
        ),
    ),
    "counts_differ": (
        _("The lists of one call have different lengths"),
        _("Hand the related request to support."),
    ),
    "credit_memo_not_found": (
        _("The credit memo is gone from the shop"),
        _("Read the returns of the shop again."),
    ),
    "customer_not_found": (
        _("The customer is gone from the shop"),
        _("The customer was deleted in the shop; the orders keep the address."),
    ),
    "customer_data_refused": (
        _("The shop does not accept the customer's data"),
        _("Correct what the shop's message names, such as the e-mail address."),
    ),
    "data_invalid": (
        _("The shop does not accept a value"),
        _("Correct the value that the shop's message names, in the ERP or in the shop, then try again."),
    ),
    "document_refused": (
        _("The shop does not accept the document"),
        _("Compare the order in the shop with its documents in the ERP: it may be done there already."),
    ),
    "filter_invalid": (
        _("The shop does not know a filter of ours"),
        _("A module of the shop has changed its tables: hand the related request to support."),
    ),
    "foreign_tiers": (
        _("The product has tier prices of the shop's staff"),
        _("Say in the options of the site that they are kept, or remove them in the shop."),
    ),
    "image_not_found": (
        _("The picture is gone from the shop"),
        _("Send the item again; the picture is uploaded anew."),
    ),
    "image_refused": (
        _("The shop does not accept the picture"),
        _("Use a JPEG, PNG, GIF or WebP file of a usual size."),
    ),
    "internal_fault": (
        _("The shop failed inside"),
        _("Nothing to do: it is tried again. Look into the shop's exception.log if it lasts."),
    ),
    "kind_mismatch": (
        _("The product is of another kind in the shop than in the ERP"),
        _("Make the kind the same on both sides, or give one of the two another SKU."),
    ),
    "link_refused": (
        _("The shop does not accept the link between two products"),
        _("See in the shop whether both products are there and of a kind that can be linked."),
    ),
    "method_missing": (
        _("The shop does not have this call"),
        _("Update the shop, or switch the feature off on the site."),
    ),
    "more_than_left": (
        _("More is to be sent than the order has left"),
        _("Read the order again from the shop, and correct the delivery or the return."),
    ),
    "no_parent": (_("The shop lacks the parent of this variant"), _("Send the parent item first.")),
    "no_root_category": (
        _("The shop has no root category"),
        _("Make one in the shop's admin, then send the categories again."),
    ),
    "no_store_credit_for_guests": (
        _("Guests have no store credit"),
        _("Give the money back in another way."),
    ),
    "not_deleted": (_("The shop did not delete the record"), _("See in the shop what still uses it.")),
    "not_moved": (
        _("The shop did not move the category"),
        _("See in the shop whether the parent is there and is not under this category."),
    ),
    "not_xml": (
        _("The shop answered with something else than data"),
        _(
            "Nothing to do: it is tried again. If it lasts, PHP prints warnings before the data: switch display_errors off in the shop."
        ),
    ),
    "option_not_added": (
        _("The shop did not take a new choice of the attribute"),
        _("Add the choice in the shop's admin, then send the item again."),
    ),
    "order_is_final": (
        _("The order is closed in the shop"),
        _("Nothing can be done to it there; correct the document in the ERP."),
    ),
    "order_not_found": (
        _("The order is gone from the shop"),
        _("It was deleted in the shop: cancel it in the ERP."),
    ),
    "partly_updated": (
        _("The shop has taken over a part of the rows"),
        _("They are sent again one by one; the refused ones say why."),
    ),
    "product_not_found": (
        _("The product is gone from the shop"),
        _("Run 'Link Items' again, or send the item anew."),
    ),
    "product_not_in_category": (
        _("The product does not stand in this category"),
        _("Send the item again; its categories are set anew."),
    ),
    "product_type_unknown": (
        _("The shop does not know this type of product"),
        _("Choose another product type on the product's settings."),
    ),
    "refund_too_large": (
        _("More is to be given back than the order has left"),
        _("Compare the credit memos of the order in the shop with the return."),
    ),
    "refund_without_goods": (
        _("The shop gives no amount back without goods"),
        _(
            "Name the goods in the return, or give the money back in the payment gateway and mark the return as paid."
        ),
    ),
    "session_lost": (
        _("The shop ends our session right after signing in"),
        _("See that the shop keeps its API sessions and that its servers share them."),
    ),
    "shipment_not_found": (
        _("The shipment is gone from the shop"),
        _("Compare the shipments of the order in the shop with the delivery."),
    ),
    "sku_twice": (_("Two items have the same SKU"), _("Give one of the two another SKU.")),
    "source_item_not_saved": (
        _("The shop could not keep a quantity"),
        _("See that the source named on the site exists in the shop; otherwise it is tried again."),
    ),
    "status_by_document": (
        _("This status is reached by a document"),
        _("Send the shipment, invoice or credit memo; the shop then sets the status by itself."),
    ),
    "status_not_allowed": (
        _("The order is not in a state for this status"),
        _("Look at the order in the shop; an order becomes complete and closed by its documents."),
    ),
    "status_not_changed": (
        _("The shop did not change the status"),
        _("Look at the state of the order in the shop: it does not allow this step."),
    ),
    "status_unknown": (
        _("The status is none of the shop's"),
        _("If the shop has it, add it to the shop's own statuses in the options of the site."),
    ),
    "store_view_unknown": (
        _("The shop has no such store view"),
        _("Correct the store views in the options of the site."),
    ),
    "tracking_not_found": (
        _("The tracking number is gone from the shop"),
        _("Compare the shipments of the order in the shop with the delivery."),
    ),
    "two_factor": (
        _("The shop asks for a second factor"),
        _(
            "Enter the secret of the user's authenticator on the site, or use an integration instead of a user."
        ),
    ),
    "unknown_attribute": (
        _("The shop has no such attribute"),
        _("Make the attribute in the shop, or correct its code on the product's settings."),
    ),
    "unknown_fault": (
        _("The shop refused without a reason"),
        _("Look at the shop's exception.log at this time; send it to support with the related request."),
    ),
    "unknown_group": (
        _("The shop has no such customer group"),
        _("Name the price list on the site after a customer group of the shop."),
    ),
    "unreadable_return": (
        _("A return of the shop cannot be read"),
        _("Open the credit memo in the shop and save it again."),
    ),
    "url_key_taken": (
        _("Another page of the shop has this address"),
        _("Give one of the two another URL key."),
    ),
    "variant_without_value": (
        _("A variant lacks a value that tells it from the others"),
        _("Give the variant a value for each attribute that tells the variants apart."),
    ),
    "website_unknown": (
        _("The shop has no such website"),
        _("Correct the websites in the options of the site."),
    ),
    "window_too_big": (
        _("The shop breaks on a list, however short"),
        _("Raise PHP's memory_limit and max_execution_time in the shop."),
    ),
    "no_part": (
        _("A part of the bundle or group is not in the shop"),
        _("Send the part first, and see that the criteria of the site admit it."),
    ),
    "part_kind": (
        _("A product of this kind cannot be part of a bundle or group"),
        _("Name the variant or the single item in its place."),
    ),
    "part_failed": (
        _("A part of the bundle or group was not accepted"),
        _("Solve the part's problem; the whole is sent after it."),
    ),
    "parent_failed": (
        _("The parent of the variant was not accepted"),
        _("Solve the parent's problem; the variant is sent after it."),
    ),
    "handshake_refused": (
        _("The shop refuses the handshake of the integration"),
        _(
            "Press 'Connect' on the page of the site, enter the new addresses in the integration, and activate or reauthorize it within five minutes."
        ),
    ),
}
