"""Errors name pages of the documentation by the titles that these have."""

from pathlib import Path

import pytest

from firmware_sim.bench.files.documentation import TITLES, page

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", TITLES)
def test_a_page_that_an_error_names_has_that_title(name: str) -> None:
    first = (DOCS / f"{name}.md").read_text("utf-8").splitlines()[0]
    assert first == f"# {TITLES[name]}"
    assert page(name) == f'the documentation\'s page "{TITLES[name]}" (docs/{name}.md)'
