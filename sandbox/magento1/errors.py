"""Faults of the core API. A code means something only together with its resource."""

GLOBAL = {
    0: "Unknown Error",
    1: "Internal Error. Please see log for details.",
    2: "Access denied.",
    3: "Invalid api path.",
    4: "Resource path is not callable.",
    5: "Session expired. Try to relogin.",
    6: 'Required parameter is missing, for more details see "exception.log"',
}
_DETAILS = "Invalid data given. Details in error message."
FAULTS: dict[str, dict[int, str]] = {
    "catalog_product": {
        100: "Requested store view not found.",
        101: "Product not exists.",
        102: _DETAILS,
        103: "Product not deleted. Details in error message.",
        104: "Product type is not in allowed types.",
        105: "Product attribute set is not existed",
        106: "Product attribute set is not belong catalog product entity type",
        107: "Requested products and product data counts differ.",
        108: "There was an error during one or more products update. See error log for details.",
    },
    "catalog_category": {
        100: "Requested store view not found.",
        101: "Requested website not found.",
        102: "Category not exists.",
        103: _DETAILS,
        104: "Category not moved. Details in error message.",
        105: "Category not deleted. Details in error message.",
        106: "Requested product is not assigned to category.",
    },
    "catalog_product_attribute": {
        100: "Requested store view not found.",
        101: "Requested attribute not found.",
        102: "Invalid request parameters.",
        108: "Unable to add option.",
    },
    "catalog_product_attribute_media": {
        100: "Requested store view not found.",
        101: "Product not exists.",
        102: _DETAILS,
        103: "Requested image not exists in product images’ gallery.",
        104: "Image creation failed. Details in error message.",
        105: "Image not updated. Details in error message.",
        106: "Image not removed. Details in error message.",
        107: "Requested product doesn't support images",
    },
    "catalog_product_attribute_tier_price": {
        100: "Product not exists.",
        101: _DETAILS,
        102: "Tier prices not updated. Details in error message.",
    },
    "cataloginventory_stock_item": {
        101: "Product not exists.",
        102: "Product inventory not updated. Details in error message.",
        103: "Requested products and product data counts differ.",
    },
    "sales_order": {
        100: "Requested order not exists.",
        101: "Invalid filters given. Details in error message.",
        102: _DETAILS,
        103: "Order status not changed. Details in error message.",
    },
    "sales_order_shipment": {
        100: "Requested shipment not exists.",
        101: "Invalid filters given. Details in error message.",
        102: _DETAILS,
        103: "Requested order not exists.",
        104: "Requested tracking not exists.",
        105: "Tracking not deleted. Details in error message.",
    },
    "sales_order_invoice": {
        100: "Requested invoice does not exist.",
        101: "Invalid filter given. Details in error message.",
        102: _DETAILS,
        103: "Requested order does not exist.",
        104: "Invoice status not changed.",
    },
    "sales_order_creditmemo": {
        100: "Requested credit memo does not exist.",
        101: "Invalid filter given. Details in error message.",
        102: _DETAILS,
        103: "Requested order does not exist.",
        104: "Credit memo status not changed.",
        105: "Money can not be refunded to the store credit account as order was created by guest.",
        106: "Credit memo for requested order can not be created.",
    },
    "customer": {
        100: _DETAILS,
        101: "Invalid filters specified. Details in error message.",
        102: "Customer not exists.",
        103: "Customer not deleted. Details in error message.",
    },
    "customer_address": {
        100: _DETAILS,
        101: "Customer not exists.",
        102: "Address not exists.",
        103: "Address not deleted. Details in error message.",
    },
    "core_store": {100: "Requested store view not found."},
}


class ApiFault(Exception):
    """A refusal as the API answers it: a number and a text."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PhpDied(Exception):
    """PHP ended without an answer: memory or time was used up."""


def fault(resource: str, code: int, message: str = "") -> ApiFault:
    """The fault of a resource; a text of its own takes the place of the standard one."""
    standard = FAULTS.get(resource, {}).get(code) or GLOBAL[code]
    return ApiFault(code, message or standard)


def sql_error(column: str, table: str) -> ApiFault:
    """A filter on a column that a flat table has not: the raw error with its query leaks."""
    return ApiFault(
        1,
        f"SQLSTATE[42S22]: Column not found: 1054 Unknown column '{column}' in 'where clause', query was: "
        f"SELECT `main_table`.* FROM `{table}` AS `main_table` WHERE (`{column}` = '1')",
    )
