"""``drill compare`` as a security officer types it, after the second periodic test."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills.story_file import story_source
from firmware_sim.bench.evidence.folder import LEDGER_NAME

STORY = "supplier-compromise-recovery"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The shipped story, and the same with a meeting that is called half an hour later."""
    place = tmp_path_factory.mktemp("compared")
    text = story_source(STORY).text
    later, hour = place / "later.yaml", "    minutes: 60\n"
    later.write_text(text.replace(hour, "    minutes: 90\n", 1), "utf-8")
    for name, story in (("old", STORY), ("new", str(later))):
        assert run(["drill", "run", story, "--out", str(place / name)]) == 0
    return place / "old", place / "new"


def compared(old: Path, new: Path, capsys: Captured, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["drill", "compare", str(old), str(new), "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_half_an_hour_more_before_the_meeting_shows_in_every_time(
    runs: tuple[Path, Path], capsys: Captured
) -> None:
    found = compared(*runs, capsys)
    changes = {each["name"]: each for each in found["changes"]}
    for name in ("decision_s", "first_device_s", "share_50_s", "share_100_s", "median_s"):
        assert changes[name]["new"] - changes[name]["old"] == 1800, name
        assert changes[name]["judgement"] == "worse"
    assert changes["lost"] == {"name": "lost", "old": 0, "new": 0, "judgement": "same"}
    [warning] = found["warnings"]
    assert warning.startswith(f"The story {STORY} was changed between the two runs: a time may")
    assert found["clauses"] == {"gained": [], "lost": []}


def test_two_runs_of_one_story_have_no_change_but_their_time(
    runs: tuple[Path, Path], capsys: Captured
) -> None:
    found = compared(runs[0], runs[0], capsys)
    assert {each["judgement"] for each in found["changes"]} == {"same", ""}
    assert found["warnings"] == []


def test_a_gate_fails_where_a_figure_is_worse_and_only_there(runs: tuple[Path, Path]) -> None:
    old, new = map(str, runs)
    assert run(["drill", "compare", old, new]) == 0
    assert run(["drill", "compare", old, new, "--fail-if-worse"]) == 1
    assert run(["drill", "compare", new, old, "--fail-if-worse"]) == 0
    assert run(["drill", "compare", old, old, "--fail-if-worse"]) == 0


def test_the_table_and_the_page_say_what_changed(
    runs: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    page = tmp_path / "compared.html"
    assert run(["drill", "compare", *map(str, runs), "--html", str(page)]) == 0
    out = capsys.readouterr().out
    assert "+30 min" in out
    assert "worse" in out
    assert f"Page: {page}" in out
    assert "Two drills compared" in page.read_text("utf-8")


def test_on_a_narrow_terminal_no_name_of_a_row_is_broken(
    runs: tuple[Path, Path], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    assert run(["drill", "compare", *map(str, runs)]) == 0
    narrow = capsys.readouterr().out.splitlines()
    first = narrow.index("First decision of the SMKI PMA")
    assert "+30 min" in narrow[first + 1]
    assert narrow[first + 2] == "First device recovered"
    assert all(len(line) <= 60 for line in narrow[first:] if not line.startswith("Rehearsed"))
    monkeypatch.setenv("COLUMNS", "100")
    assert run(["drill", "compare", *map(str, runs)]) == 0
    wide = capsys.readouterr().out
    assert "First decision of the SMKI PMA  " in wide


def test_a_ledger_that_does_not_verify_says_so_and_ends_with_one(
    runs: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    altered = shutil.copytree(runs[0], tmp_path / "altered")
    with closing(sqlite3.connect(altered / LEDGER_NAME)) as opened:
        opened.execute("UPDATE governance SET at = replace(at, 'T09', 'T08')")
        opened.commit()
    found = compared(altered, runs[1], capsys, code=1)
    assert found["verifies"] is False
    assert "governance row" in found["old"]["ledger_problem"]
    assert run(["drill", "compare", str(altered), str(runs[1])]) == 1
    assert "The old ledger does not verify." in capsys.readouterr().out


def test_what_is_no_run_is_refused_in_one_line_and_no_page_is_written(
    runs: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    page = tmp_path / "compared.html"
    arguments = ["drill", "compare", str(runs[0]), str(runs[0].parent / "nes"), "--html", str(page)]
    assert run(arguments) == 4
    assert "holds no run; did you mean 'new'?" in capsys.readouterr().err
    assert not page.exists()


def test_the_lines_of_the_story_that_differ_are_shown_before_the_figures(
    runs: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    lines = compared(*runs, capsys)["story_changes"]
    assert [line for line in lines if line[0] in "+-"] == ["-    minutes: 60", "+    minutes: 90"]
    page = tmp_path / "compared.html"
    assert run(["drill", "compare", str(runs[0]), str(runs[1]), "--html", str(page)]) == 0
    told = capsys.readouterr().out
    assert told.index("-    minutes: 60") < told.index("+    minutes: 90")
    assert told.index("+    minutes: 90") < told.index("First device recovered")
    assert "The two runs are of different stories: what is better or worse below" in told
    text = page.read_text("utf-8")
    assert text.index("+    minutes: 90") < text.index("may come from the story alone")


def test_one_story_twice_has_no_lines_that_differ(
    runs: tuple[Path, Path], capsys: Captured
) -> None:
    assert compared(runs[0], runs[0], capsys)["story_changes"] == []
    assert run(["drill", "compare", str(runs[0]), str(runs[0])]) == 0
    assert "different stories" not in capsys.readouterr().out
