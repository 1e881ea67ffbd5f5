"""Two audits side by side, as a security officer types it."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.audit.result import FILE_NAME
from firmware_sim.bench.cli.main import run
from tests.bench.audit.estates import opened, should_hold, story, write

MISHELD = "  misheld: [{at: north, hold: south, types: [ESME], count: 2}]\nsteps:"

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def audits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Before, two meters hold the wrong operator's certificates; after, one device is gone."""
    path = story(tmp_path, 6)
    rows = [should_hold(each) for each in opened(path, monkeypatch, {}).setup.estate]
    monkeypatch.undo()
    file = write(tmp_path / "estate.csv", rows)
    right = path.read_text("utf-8")
    path.write_text(right.replace("steps:", MISHELD), "utf-8")
    more = ["--story", str(path), "--inventory", str(file), "--out"]
    assert run(["audit", "run", *more, str(tmp_path / "before")]) == 1
    path.write_text(right, "utf-8")
    gone = next(row for row in rows if row["type"] == "GSME")
    gone["device"] = "00db1234567890a0"
    write(file, rows)
    assert run(["audit", "run", *more, str(tmp_path / "after")]) == 1
    return tmp_path / "before", tmp_path / "after"


def test_an_audit_takes_no_other_ones_place(
    audits: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    before, _ = audits
    kept = (before / FILE_NAME).read_bytes()
    more = ["--story", str(tmp_path / "audited.yaml"), "--inventory", str(tmp_path / "estate.csv")]
    assert run(["audit", "run", *more, "--out", str(before)]) == 4
    assert "holds an audit already; choose another --out" in capsys.readouterr().err
    assert (before / FILE_NAME).read_bytes() == kept


def test_before_and_after_are_told_as_table_json_and_page(
    audits: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    page = tmp_path / "audits.html"
    capsys.readouterr()
    assert run(["audit", "compare", *map(str, audits), "--json", "--html", str(page)]) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    counts = {row["sort"]: (row["old"], row["new"]) for row in found["sorts"]}
    assert counts["wrong party"] == (4, 0)
    assert counts["unreachable"] == (0, 6)
    assert {each["sort"] for each in found["gone"]} == {"wrong party"}
    assert {each["device"] for each in found["come"]} == {"00db1234567890a0"}
    assert found["still"] == []
    assert "the later audit knows nothing of 1 device" in found["warnings"]
    assert "4 cells no more among the wrong ones, 0 still, 6 new." in shown.err
    text = page.read_text("utf-8")
    assert "<svg" in text
    assert "wrong party" in text
    assert "<script" not in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is no audit"),
        ("[]", "is no audit"),
        ('{"format": 2}', "is no audit: format"),
        ('{"format": 1, "devices": -1}', "is no audit"),
    ],
)
def test_what_is_no_audit_is_refused(
    tmp_path: Path, capsys: Captured, text: str, told: str
) -> None:
    file = tmp_path / "audit.json"
    file.write_text(text, "utf-8")
    assert run(["audit", "compare", str(file), str(file)]) == 4
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
