"""Every decision record is listed and has its three parts."""

from pathlib import Path

import pytest

from tests.ground.tree import ROOT

RECORDS = sorted(ROOT.joinpath("docs", "adr").glob("[0-9]*.md"))


def test_numbers_of_decision_records_are_consecutive() -> None:
    assert [int(path.name[:4]) for path in RECORDS] == list(range(len(RECORDS)))


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_decision_record_is_listed_and_complete(record: Path) -> None:
    index = ROOT.joinpath("docs", "adr", "index.md").read_text(encoding="utf-8")
    first, *lines = record.read_text(encoding="utf-8").splitlines()
    number, _, title = first.removeprefix("# ").partition(" ")
    assert f"| {number} | [{title}]({record.name}) |" in index
    parts = [line for line in lines if line.startswith("## ")]
    assert parts == ["## Context", "## Decision", "## Consequences"]
