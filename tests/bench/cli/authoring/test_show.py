"""``drill show`` and ``drill list`` as a user types them."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run

STORY = "supplier-compromise-recovery"


def test_list_tells_what_falls_how_where_and_how_much_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["drill", "list", "--json"]) == 0
    (entry,) = [each for each in json.loads(capsys.readouterr().out) if each["name"] == STORY]
    assert entry == {
        "name": STORY,
        "incident": "D07",
        "title": "A supplier's key falls, and Recovery gives it new ones",
        "falls": ["the supplier's signing key (first generation)"],
        "methods": ["3"],
        "devices": ["GPF", "ESME", "GSME"],
        "verdicts": {"procedure": "followed", "devices": "right"},
        "steps": 37,
        "positives": 17,
        "negatives": 11,
    }


def test_list_says_the_same_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "list"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "Mended by Method 3: Recovery puts new certificates" in out
    assert "17 positive, 11 negative; ends with procedure followed, devices right" in out


def test_show_tells_time_who_what_where_and_what_must_come_of_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")  # nothing is written anywhere
    assert run(["drill", "show", STORY]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "from 2026-05-11 08:00 to 2026-05-11 11:28 UTC (3 hours and 28 minutes" in out
    assert (
        "11:09 recovery Recovery puts generation 2 into the cells supplier "
        "(anyExceptAbnormalRootByRecovery), counters from zero; kept as recovery "
        "GPF, ESME and GSME: supplier.DS, supplier.KA, supplier.KA.PP → must obey"
    ) in out
    assert "→ must refuse: replayed" in out


def test_the_text_of_a_shipped_story_is_a_beginning_for_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "show", STORY, "--source"]) == 0
    own = tmp_path / "own.yaml"
    own.write_text(capsys.readouterr().out, "utf-8")
    assert run(["drill", "check", str(own)]) == 0
    assert run(["drill", "show", STORY, "--source", "--json"]) == 4
    own.write_text("# \x1b[31mred\n", "utf-8")
    capsys.readouterr()
    assert run(["drill", "show", str(own), "--source"]) == 0
    assert capsys.readouterr().out == "# \\x1b[31mred\n"


def test_show_as_json_has_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "show", STORY, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["steps"]) == 37
    step = next(each for each in told["steps"] if each["name"] == "attacker-refused")
    assert step["at"] == "2026-05-11T11:13:00Z"
    assert step["who"] == "the attacker, as the supplier"
    assert step["devices"]["GSME"] == ["supplier.DS", "supplier.KA", "supplier.KA.PP"]
    assert (step["expected"], step["negative"]) == ("must refuse: bad signature", True)


def test_show_of_a_story_with_mistakes_lists_them_and_ends_with_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\nsteps: []\n")
    assert run(["drill", "show", str(path)]) == 4
    out = capsys.readouterr()
    assert out.out == ""
    assert "steps: must not be empty" in out.err


def test_text_of_a_story_is_shown_and_never_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        'name: own\ntitle: "\\e[31m[bold]x[/bold]"\nsummary: "\\e]0;owned\\a"\n'
        "start: 2026-03-02T09:00:00Z\nsteps:\n"
        "  - {name: a, title: t, do: meet, present: [chair], expect: no quorum}\n"
    )
    assert run(["drill", "show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[bold]x[/bold]" in out
