"""The documentation's tables are the code's tables."""

from pathlib import Path

import pytest

from scripts.tables.__main__ import with_tables

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    "name",
    [
        "attackers.md",
        "cli.md",
        "drills.md",
        "flash-image.md",
        "governance.md",
        "policy.md",
        "power-cuts.md",
        "protocol.md",
        "recovery-events.md",
        "smki.md",
        "story-schema.md",
        "traceability.md",
        "write-a-story.md",
    ],
)
def test_the_tables_of_a_page_are_up_to_date(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    assert "<!-- table: " in page
    assert with_tables(page) == page, "run: python -m scripts.tables docs"


def test_a_stale_table_is_noticed() -> None:
    page = "<!-- table: status -->\n| 0 | failure |\n<!-- end of table -->"
    assert "| 0 | success |" in with_tables(page)


def test_an_unknown_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        with_tables("<!-- table: weather -->\nfine\n<!-- end of table -->")
