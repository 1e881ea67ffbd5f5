"""The report in Chromium: for everybody to read, on a phone and on paper."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.folder import REPORT_NAME
from firmware_sim.bench.evidence.reading import read_record
from tests.bench.evidence.rehearsal import rehearse
from tests.requirements import require_tool
from tests.support.browser import accessibility, chromium, evaluate

pytestmark = pytest.mark.slow

PHONE = 390
_SERIOUS = ("serious", "critical")
_CLIPPED = """[...document.querySelectorAll("main *, header *, section *")]
  .filter(each => each.getBoundingClientRect().right > innerWidth + 1)
  .filter(each => !each.closest(".scroll, .timeline, .command, svg, .skip"))
  .map(each => each.outerHTML.slice(0, 120))"""
_UNREACHED = """[...document.querySelectorAll("*")]
  .filter(each => each.scrollWidth > each.clientWidth + 1)
  .filter(each => ["auto", "scroll"].includes(getComputedStyle(each).overflowX))
  .filter(each => each.tabIndex !== 0).map(each => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "run"
    assert run(["drill", "run", "root-compromise-contingency", "--out", str(folder)]) == 0
    return folder / REPORT_NAME


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "failed"
    rehearse(folder, premises=14, failing=5)
    export(folder)
    return folder / REPORT_NAME


@pytest.mark.parametrize("width", [1200, PHONE])
@pytest.mark.parametrize("name", ["drilled", "failed"])
def test_axe_finds_nothing_serious(
    name: str, width: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = request.getfixturevalue(name).read_text("utf-8")
    found = accessibility(page, tmp_path, width=width)
    assert [each for each in found if each[0] in _SERIOUS] == []


def test_axe_finds_what_is_wrong_in_a_page_that_is(drilled: Path, tmp_path: Path) -> None:
    page = drilled.read_text("utf-8").replace("--muted: #55606d", "--muted: #d5d6d7")
    assert {each[1] for each in accessibility(page, tmp_path)} == {"color-contrast"}


@pytest.mark.parametrize("script", [_CLIPPED, _UNREACHED], ids=["clipped", "unreached"])
def test_on_a_phone_nothing_is_clipped_and_all_that_scrolls_is_reached_by_keyboard(
    script: str, drilled: Path, tmp_path: Path
) -> None:
    page = drilled.read_text("utf-8")
    assert evaluate(page, "[document.documentElement.scrollWidth]", tmp_path, width=PHONE) == [390]
    assert evaluate(page, script, tmp_path, width=PHONE) == []


def test_on_paper_the_report_is_a4_with_page_numbers_and_no_page_of_two_lines(
    drilled: Path, tmp_path: Path
) -> None:
    paper = tmp_path / "paper.pdf"
    chromium("--no-pdf-header-footer", f"--print-to-pdf={paper}", drilled.as_uri())
    words = [str(require_tool("pdftotext")), "-layout", str(paper), "-"]
    text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    pages = text.split("\f")[:-1]
    assert re.search(rb"/MediaBox \[0 0 59[45]\S* 84[12]\S*\]", paper.read_bytes())
    assert len(pages) <= 12
    digest = json.loads((drilled.parent / "manifest.json").read_text("utf-8"))["head"]
    for number, page in enumerate(pages, start=1):
        lines = [line for line in page.splitlines() if line.strip()]
        assert f"{number} of {len(pages)}" in " ".join(page.split())
        assert lines[0].strip() == read_record(drilled.parent).run.title
        assert f"Ledger {digest}" in page
        assert len(lines) > 6
    assert "To be signed" in "".join(pages[:3])
