"""The commands of the documentation are run, and do what the pages say."""

import os
import re
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.documentation.pages import blocks
from tests.documentation.playing import Player
from tests.ground.tree import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.glob("*.md") if any(b.kind == "console" for b in blocks(page)))

NOT_RUN = Counter(
    {
        "it installs, or runs all tests": 12,
        "it removes what the tests need": 1,
        "jq is a program of its own": 1,
        "it needs a board on the desk": 12,
        "it needs a broker, or another program that goes on running": 11,
        "it needs a file or folder of yours": 8,
        "it takes minutes; tests play the same with fewer devices": 5,
        "it takes long; tests/board runs such commands": 9,
    }
)
"""Why a block is not run, and how many are not for that reason."""


RUN = [
    page
    for page in PAGES
    if any(block.kind == "console" and "not run" not in block.said for block in blocks(page))
]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_commands_of_a_page_do_what_it_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("ROOT", str(ROOT))
    Player(capsys).play(page)


def test_every_block_that_is_not_run_has_a_known_reason_and_is_counted() -> None:
    found = Counter(
        block.said["not run"] for page in PAGES for block in blocks(page) if "not run" in block.said
    )
    assert found == NOT_RUN


def test_commands_stand_in_blocks_that_are_run() -> None:
    indented = [
        f"{page.name}: {line}"
        for page in DOCS.glob("*.md")
        for line in re.findall(
            r"^    (?:\$ )?firmware-sim .*", page.read_text("utf-8"), re.MULTILINE
        )
    ]
    assert indented == []


@pytest.mark.parametrize(
    "text",
    [
        "```console\n$ firmware-sim policy weather\n```\n",
        "<!-- exit: 4 -->\n\n```console\n$ firmware-sim policy list --json\n```\n",
        "```console\n$ firmware-sim drill schema --help\nnothing\n```\n",
        "```console\n$ echo one\n```\n\n<!-- output -->\n\n```text\ntwo\n```\n",
    ],
    ids=["no such command", "another exit code", "other output", "not in the output"],
)
def test_a_page_that_says_what_does_not_happen_is_noticed(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")
    with pytest.raises(AssertionError):
        Player(capsys).play(page)
