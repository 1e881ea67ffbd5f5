"""``drill check`` as a user types it."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run

STORY = """\
name: own
title: "A story [bold]"
summary: A summary.
start: 2026-03-02T09:00:00Z
steps:
  - name: change
    title: t
    do: update
    by: supplier
    mode: supplierBySupplier
    cells: [supplier]
    instal: 2
  - name: look
    title: t
    do: read back
    by: supplier
    devices: [CHF]
"""


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(STORY)
    return path


def test_check_lists_every_mistake_for_programs(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "check", str(story), "--json"]) == 4
    assert json.loads(capsys.readouterr().out) == [
        {
            "line": 6, "column": 5, "path": ["steps", 0, "install"], "rule": "missing-key",
            "clause": "", "message": "is missing", "suggestion": "",
            "field": "steps[1].install",
        },
        {
            "line": 12, "column": 5, "path": ["steps", 0, "instal"], "rule": "unknown-key",
            "clause": "", "message": "there is no such key",
            "suggestion": "did you mean 'install'?", "field": "steps[1].instal",
        },
        {
            "line": 16, "column": 5, "path": ["steps", 1, "by"], "rule": "role-of-no-device",
            "clause": "GBCS 13.3", "suggestion": "", "field": "steps[2].by",
            "message": "no device concerned has a cell supplier.DS to check its command with "
                       "(concerned: CHF)",
        },
    ]  # fmt: skip


def test_check_tells_people_place_rule_and_remedy(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "check", str(story)]) == 4
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == f"{story}:12:5: steps[1].instal: there is no such key [unknown-key]"
    assert lines[2] == "    did you mean 'install'?"
    assert lines[-1] == "3 mistakes. Nothing runs before all is mended."


def test_check_remarks_that_waves_wait_for_devices_without_an_answer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Three attempts after the first, half an hour apart, in each of two waves before the last."""
    assert run(["drill", "check", "supplier-m3-fleet"]) == 0
    first, remark = capsys.readouterr().out.splitlines()
    assert first == "supplier-m3-fleet.yaml: no mistake found."
    assert remark.startswith(
        "Remark recovery: a wave waits for devices that do not answer, up to 90 min (3 times 30 "
        "min). The last wave may so begin 3.0 h later"
    )
    assert run(["drill", "check", "supplier-m3-fleet", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_check_of_a_sound_story_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["drill", "check", "gpf-handover"]) == 0
    assert capsys.readouterr().out == "gpf-handover.yaml: no mistake found.\n"
    assert run(["drill", "check", "gpf-handover", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n"


def test_run_does_the_same_first_and_leaves_nothing(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert run(["drill", "run", str(story), "--out", str(folder)]) == 4
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("own.yaml, ")[2].partition(":")[0] for line in lines[:3]] == [
        "line 6, steps[1].install",
        "line 12, steps[1].instal",
        "line 16, steps[2].by",
    ]
    assert not folder.exists()


def test_check_of_what_is_no_yaml_is_a_finding_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("name: [\nsteps: x\n")
    assert run(["drill", "check", str(path), "--json"]) == 4
    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["rule"], finding["suggestion"]) == ("yaml", "mend the YAML")
    assert finding["line"] > 0


@pytest.mark.parametrize("name", ["absent.yaml", "gpf-handovr"])
def test_check_of_no_story_is_one_line_and_exit_code_4(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "check", name]) == 4
    out = capsys.readouterr()
    assert out.out == ""
    assert len(out.err.splitlines()) == 1


def test_the_policy_decides_what_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, policy = tmp_path / "own.yaml", tmp_path / "policy.yaml"
    look = "{name: a, title: t, do: read back, by: accessControlBroker, devices: [ESME], "
    head = STORY.partition("steps:")[0]
    path.write_text(f"{head}steps:\n  - {look}holding: {{loadController: 1}}}}\n")
    policy.write_text("esme_load_controller: held\n")
    assert run(["drill", "check", str(path)]) == 4
    assert run(["drill", "check", str(path), "--policy", str(policy)]) == 0
    capsys.readouterr()


def test_text_of_a_story_is_shown_and_never_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(STORY.replace("by: supplier\n    mode", 'by: "[red]\\e[2J"\n    mode'))
    assert run(["drill", "check", str(path)]) == 4
    out = capsys.readouterr().out
    assert "[red]" in out
    assert "\x1b" not in out
