"""Cuts the served part out of the published Admin schema: `python -m sandbox.shopify.make_schema FOLDER`.

FOLDER holds `admin_<version>.json.gz` (introspection answers). Writes `schema/<version>.graphql`. Only shapes are
taken over, no descriptions.
"""

import gzip
import json
import re
import sys
from pathlib import Path
from typing import Any

from sandbox.shopify.served import ARGUMENTS_LEFT_OUT, INPUT_FIELDS_LEFT_OUT, OBJECTS, UNIONS

SCHEMA = Path(__file__).parent / "schema"
VERSIONS = ("2026-07", "2026-10")
_ALONG = re.compile(r"(Connection|Edge|Payload|UserError)$")
_BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}
Json = dict[str, Any]


class Cutter:
    def __init__(self, types: list[Json], directives: list[Json]) -> None:
        self.types = {t["name"]: t for t in types}
        self.directives = directives
        self.wanted = {name: text.split() for name, text in OBJECTS.items() if name in self.types}
        self.needed: set[str] = set()
        self.lines: list[str] = []
        self.missing: list[str] = []

    def cut(self) -> str:
        done: set[str] = set()
        self.needed = set(self.wanted)
        while todo := self.needed - done:
            for name in sorted(todo):
                done.add(name)
                self.lines.append(self._definition(self.types[name]))
        head = [
            "schema { query: QueryRoot mutation: Mutation }",
            "directive @idempotent(key: String!) on FIELD",
        ]
        return "\n".join([*head, *sorted(line for line in self.lines if line)]) + "\n"

    def _definition(self, row: Json) -> str:
        name, kind = row["name"], row["kind"]
        if kind == "SCALAR":
            return "" if name in _BUILT_IN else f"scalar {name}"
        if kind == "ENUM":
            return f"enum {name} {{ {' '.join(v['name'] for v in row['enumValues'])} }}"
        if kind == "UNION":
            members = [m["name"] for m in row["possibleTypes"] if m["name"] in self.wanted]
            return f"union {name} = {' | '.join(members)}"
        if kind == "INPUT_OBJECT":
            fields = [f for f in row["inputFields"] if f["name"] not in INPUT_FIELDS_LEFT_OUT]
            shown = [self._argument(f) for f in fields]
            one_of = ""
            return f"input {name}{one_of} {{ {' '.join(shown)} }}"
        return self._object(row)

    def _object(self, row: Json) -> str:
        name = row["name"]
        have = {f["name"]: f for f in row["fields"]}
        listed = self.wanted.get(name)
        if listed is None:
            chosen = [f for f in row["fields"] if self._servable(f["type"])]
        else:
            self.missing += [f"{name}.{f}" for f in listed if f not in have]
            chosen = [have[f] for f in dict.fromkeys(listed) if f in have]
        word = "interface" if row["kind"] == "INTERFACE" else "type"
        parents = [i["name"] for i in row.get("interfaces") or [] if self._implements(i["name"], chosen)]
        self.needed.update(parents)
        suffix = f" implements {' & '.join(parents)}" if parents else ""
        return f"{word} {name}{suffix} {{ {' '.join(self._field(f) for f in chosen)} }}"

    def _implements(self, interface: str, chosen: list[Json]) -> bool:
        wanted = self.wanted.get(interface)
        return wanted is not None and set(wanted) <= {f["name"] for f in chosen}

    def _servable(self, kind: Json) -> bool:
        name = self._base(kind)
        row = self.types[name]
        if row["kind"] in ("SCALAR", "ENUM") or name in self.wanted or name in UNIONS:
            return True
        if not _ALONG.search(name):
            return False
        node = next((f for f in row["fields"] or [] if f["name"] in ("node", "nodes")), None)
        return node is None or self._servable(node["type"])

    def _field(self, row: Json) -> str:
        base = self._base(row["type"])
        if not self._servable(row["type"]):
            raise SystemExit(f"{row['name']} is of type {base}, which is not served.")
        self.needed.add(base)
        arguments = [self._argument(a) for a in row["args"] if a["name"] not in ARGUMENTS_LEFT_OUT]
        shown = f"({', '.join(arguments)})" if arguments else ""
        return f"{row['name']}{shown}: {self._shown(row['type'])}"

    def _argument(self, row: Json) -> str:
        self.needed.add(self._base(row["type"]))
        default = f" = {row['defaultValue']}" if row.get("defaultValue") is not None else ""
        return f"{row['name']}: {self._shown(row['type'])}{default}"

    def _base(self, kind: Json) -> str:
        return self._base(kind["ofType"]) if kind.get("ofType") else kind["name"]

    def _shown(self, kind: Json) -> str:
        if kind["kind"] == "NON_NULL":
            return self._shown(kind["ofType"]) + "!"
        if kind["kind"] == "LIST":
            return f"[{self._shown(kind['ofType'])}]"
        return str(kind["name"])


def schema_text(file: Path) -> tuple[str, list[str]]:
    """The SDL of one version, and the listed fields that this version does not have."""
    published = json.loads(gzip.decompress(file.read_bytes()))["data"]["__schema"]
    cutter = Cutter(published["types"], published["directives"])
    return cutter.cut(), cutter.missing


def main(folder: str) -> None:
    for version in VERSIONS:
        text, missing = schema_text(Path(folder) / f"admin_{version}.json.gz")
        (SCHEMA / f"{version}.graphql").write_text(text, encoding="utf-8")
        print(f"{version}: {text.count(chr(10))} types; not in this version: {', '.join(missing) or 'none'}")


if __name__ == "__main__":
    main(sys.argv[1])
