"""What an audit did not ask: lines that are left out, and devices that no line names."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from tests.bench.audit.estates import opened, should_hold, story, write

Captured = pytest.CaptureFixture[str]


def test_lines_that_are_left_out_and_devices_without_a_line_are_counted_everywhere(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = story(tmp_path)
    devices = list(opened(path, monkeypatch, {}).setup.estate)
    rows = [should_hold(each) for each in devices[:-3]]  # three have no line
    words = ["audit", "run", "--story", str(path), "--inventory"]

    whole = write(tmp_path / "whole.csv", [should_hold(each) for each in devices])
    assert run([*words, str(whole), "--out", str(tmp_path / "whole")]) == 0
    assert "not in the inventory" not in capsys.readouterr().out

    partly = write(tmp_path / "partly.csv", rows)
    columns = tmp_path / "columns.yaml"
    columns.write_text("cells: {supplier: supplier}\nskip: [CHF]\n")
    out = tmp_path / "partly"
    more = ["--columns", str(columns), "--out", str(out)]
    assert run([*words, str(partly), *more]) == 0
    said = " ".join(capsys.readouterr().out.split())
    hubs = sum(each["type"] == "CHF" for each in rows)
    assert f"{hubs} lines of the inventory were left out: a hub, or a type that skip" in said
    assert "3 devices of the estate are not in the inventory, and were not asked." in said
    kept = json.loads((out / "audit.json").read_text("utf-8"))
    assert (kept["devices"], kept["skipped"], kept["unlisted"]) == (len(rows) - hubs, hubs, 3)

    page = tmp_path / "page.html"
    assert run(["audit", "compare", str(tmp_path / "whole"), str(out), "--html", str(page)]) == 0
    assert "After: 3 devices of the estate are not" in capsys.readouterr().out
    assert "3 devices of the estate are not in the inventory" in page.read_text("utf-8")
