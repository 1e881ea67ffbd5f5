"""The conformance page shows what a run finds, or says which other set it is about."""

from pathlib import Path

from firmware_sim.bench.experiments.conformance.result import ConformanceResult
from scripts.tables.conformance_figures import stated_size, with_figures

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
REMEDY = (
    "run: firmware-sim conformance run --json, then python -m scripts.tables.conformance_figures"
)


def test_the_conformance_page_is_current_for_a_set_of_its_size(result: ConformanceResult) -> None:
    """Another set, say of other messages, has other figures, and the page is right not to
    follow it: then it must say how many messages its own are about.
    """
    page = PAGE.read_text(encoding="utf-8")
    if stated_size(page) == result.messages.total():
        assert with_figures(page, result.as_json()) == page, REMEDY
    else:
        assert stated_size(page) > 0
