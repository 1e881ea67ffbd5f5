"""The figures of a page come from the result of a run."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.experiments.conformance.reference import locate
from firmware_sim.bench.experiments.conformance.run import run_conformance
from firmware_sim.bench.progress import Silent
from firmware_sim.gbcs.policy import Policy
from scripts.tables.conformance_figures import main, stated_size, with_figures
from tests.bench.experiments.conformance.own_set import OwnSet, query_command

PAGE = "# Page\n\n<!-- figures of a run -->\noutdated\n<!-- end of figures -->\n\nrest\n"


def result(own_set: OwnSet) -> dict[str, object]:
    return run_conformance(
        locate(own_set.root), strict=False, policy=Policy(), progress=Silent()
    ).as_json()


def test_only_the_figures_of_a_page_are_replaced(own_set: OwnSet) -> None:
    own_set.add_pair()
    own_set.add("2/lonely_COMMAND", query_command(6))
    page = with_figures(PAGE, result(own_set))
    assert page.startswith("# Page\n\n<!-- figures of a run -->\n\nA run over 3 messages")
    assert page.endswith("\n\n<!-- end of figures -->\n\nrest\n")
    assert "outdated" not in page
    lines = page.splitlines()
    assert "| parsed | 3 | 0 | 0 |" in lines
    assert "| MAC | 3 | 0 | 0 |" in lines
    assert "| replayed | 1 | 0 | 0 |" in lines
    assert "| CS02a | 1 | 1 |" in lines
    assert "- credential messages without counterpart: 1" in lines
    assert stated_size(page) == 3


def test_current_figures_stay_as_they_are(own_set: OwnSet) -> None:
    own_set.add_pair()
    page = with_figures(PAGE, result(own_set))
    assert with_figures(page, result(own_set)) == page
    own_set.add("broken/x_COMMAND", "00")
    assert with_figures(page, result(own_set)) != page


@pytest.mark.parametrize("page", ["", PAGE + PAGE])
def test_a_page_with_no_or_two_places_for_figures_raises(own_set: OwnSet, page: str) -> None:
    with pytest.raises(ValueError, match="one place"):
        with_figures(page, result(own_set))


def test_a_page_without_figures_states_no_size() -> None:
    with pytest.raises(ValueError, match="does not say"):
        stated_size(PAGE)


def test_the_program_rewrites_the_page(own_set: OwnSet, tmp_path: Path) -> None:
    own_set.add_pair()
    page, found = tmp_path / "page.md", tmp_path / "result.json"
    page.write_text(PAGE)
    found.write_text(json.dumps(result(own_set)))
    main(found, page)
    assert page.read_text() == with_figures(PAGE, result(own_set))
