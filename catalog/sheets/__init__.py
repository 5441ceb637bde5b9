"""What the ERP wants a shop to show of items: built as values, sent by the handlers."""

from catalog.sheets.build import BuiltSheet, SheetBuilder, disabling_sheet

__all__ = ["BuiltSheet", "SheetBuilder", "disabling_sheet"]
