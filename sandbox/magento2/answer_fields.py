"""The `fields` parameter: `items[sku,extension_attributes[website_ids]],total_count`."""

from typing import Any

Tree = dict[str, "Tree"]


def parse(text: str) -> Tree:
    tree, _ = _level(text, 0)
    return tree


def _level(text: str, at: int) -> tuple[Tree, int]:
    tree: Tree = {}
    name = ""
    while at < len(text):
        char = text[at]
        if char == "[":
            tree[name.strip()], at = _level(text, at + 1)
            name = ""
        elif char in ",]":
            if name.strip():
                tree.setdefault(name.strip(), {})
            name = ""
            if char == "]":
                return tree, at + 1
            at += 1
        else:
            name += char
            at += 1
    if name.strip():
        tree.setdefault(name.strip(), {})
    return tree, at


def only(value: Any, tree: Tree) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [only(row, tree) for row in value]
    if isinstance(value, dict):
        return {name: only(value[name], inner) for name, inner in tree.items() if name in value}
    return value
