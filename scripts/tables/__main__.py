"""Bring the tables in ``docs/*.md`` up to date: ``python -m scripts.tables docs``.

A table stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->``. The schema of a story
is brought up to date with them; the documentation links to the file that ships with the project.
"""

import re
import sys
from pathlib import Path

from firmware_sim.bench.drills.authoring.schema import SCHEMA_NAME, schema_text
from scripts.tables.tables import TABLES

_PLACE = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def with_tables(page: str) -> str:
    """A Markdown page with every table in it as the code has it now.

    Raises:
        KeyError: the page asks for a table that there is not.
    """
    # A blank line on both sides: Markdown takes what follows a comment for part of it.
    return _PLACE.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n\n{found[3]}", page)


def main(folder: Path) -> None:
    """Rewrite the pages of a folder that are out of date."""
    for path in sorted(folder.rglob("*.md")):
        page = path.read_text(encoding="utf-8")
        if with_tables(page) != page:
            path.write_text(with_tables(page), encoding="utf-8")
    (folder / SCHEMA_NAME).write_text(schema_text(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
