"""What the ERP announces to those above it.

Sent inside the transaction that made the change, in batches. Receivers must be cheap and only write rows.
"""

from __future__ import annotations

from django.dispatch import Signal

#: item_ids: set[int], warehouse_ids: set[int]. Kits that contain a changed component are included.
stock_changed = Signal()
#: item_ids: set[int]. Anything of the item's sheet: names, texts, images, attributes, group, active.
item_changed = Signal()
#: item_ids: set[int], price_list_id: int | None (None: the item's own sales or special price).
price_changed = Signal()
#: customer_ids: set[int]. Staff changed or imported customers; what shops bring is not announced.
customers_changed = Signal()
#: customer, accounts: list[(system, external id)]. Within the transaction that erases personal data, before the
#: customer's own row is changed; receivers take it out of their records, and refuse with PermanentError.
customer_erasing = Signal()
#: document, document_type ("sales_order", "delivery", "invoice", "credit_note", "return", "receipt"),
#: old_state ("" when it was just made), new_state.
document_state_changed = Signal()
