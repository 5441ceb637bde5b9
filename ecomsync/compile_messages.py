"""Compiles every translation catalogue (.po to .mo) with no program but Python: `python -m ecomsync.compile_messages`.

Django's own command needs GNU msgfmt, which a fresh machine may not have; babel is a dependency anyway.
"""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent


def compile_catalogue(source: Path) -> int:
    """Write the .mo beside the .po when it is older; returns the number of messages, 0 when it was fresh."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return 0
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3])
    for message in catalogue:
        for fault in message.check(catalogue):
            print(f"{source}: {message.id!r}: {fault}", file=sys.stderr)
    with target.open("wb") as file:
        write_mo(file, catalogue)
    return len(catalogue)


def main() -> None:
    rooms = [*ROOT.glob("*/locale"), *ROOT.glob("platforms/*/locale")]
    for source in sorted(po for room in rooms for po in room.glob("*/LC_MESSAGES/django*.po")):
        count = compile_catalogue(source)
        if count:
            print(f"{source.relative_to(ROOT)}: {count} messages")


if __name__ == "__main__":
    main()
