"""The item linker: headers, lines, review of candidates."""

from linking.admin.lines import ItemLinkerLineAdmin
from linking.admin.linkers import ItemLinkerAdmin

__all__ = ["ItemLinkerAdmin", "ItemLinkerLineAdmin"]
