"""Numbers of a story that its devices do not have: found by `drill check`, and before a run."""

from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run

ONE_IN_TEN = "links: {unreachable: {share: 10%}}"
ATTACKER = (
    "attacker: [{holds: networkOperator.DS, via: broker, devices: NUMBER, from: key-falls, "
    "does: [rotate to own], at: [before notice]}]"
)
FAULT = "faults: [{power cut: commit, count: 21}]"
NEW = ["--key", "networkOperator", "--method", "3", "--premises", "25", "--unreachable", "10%"]


@pytest.fixture
def story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Fifty devices, of which five are unreachable."""
    path = tmp_path / "own.yaml"
    assert run(["drill", "new", str(path), *NEW]) == 0
    capsys.readouterr()
    return path


def change(story: Path, old: str, new: str) -> None:
    text = story.read_text()
    assert old in text
    story.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            ONE_IN_TEN,
            f"{ONE_IN_TEN}\n{ATTACKER.replace('NUMBER', '80')}",
            ["attacker[1].devices: attacker 1: 80 devices asked for, and there are 45"],
        ),
        (
            ONE_IN_TEN,
            "links: {unreachable: {count: 51}}",
            ["links.unreachable: unreachable: 51 devices asked for, and there are 50"],
        ),
        (
            ONE_IN_TEN,
            f"links: {{unreachable: {{count: 30}}}}\n{FAULT}\n{ATTACKER.replace('NUMBER', '21')}",
            ["fault 1: 21 devices asked for, and there are 20", "attacker 1: 21 devices asked"],
        ),
        (
            "  premises: 25\n",
            "  premises: 25\n  smi: {suspended: {count: 30}, withdrawn: {count: 30}}\n",
            ["population.smi.withdrawn: smi withdrawn takes 30 devices, and 20 are left"],
        ),
        (
            "    install: 2\n",
            "    install: 2\n    waves: [{share: 0.5%, name: canary}, {share: rest}]\n",
            ["canary: 0.5% of 50 devices is no device"],
        ),
    ],
    ids=["attacker", "unreachable", "together", "inventory", "wave"],
)
def test_what_devices_do_not_have_is_found_by_check_and_leaves_no_folder(
    story: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, told: list[str]
) -> None:
    change(story, old, new)
    assert run(["drill", "check", str(story)]) == 4
    out = capsys.readouterr().out
    assert all(each in out for each in told), out
    assert "[enough-devices]\n" in out
    folder = story.with_name("run")
    assert run(["drill", "run", str(story), "--out", str(folder)]) == 4
    assert not folder.exists()


def test_of_a_story_without_premises_the_run_says_it_before_there_is_a_folder(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(story, "population:\n  premises: 25\n", "")
    change(story, ONE_IN_TEN, "links: {unreachable: {count: 5}}")
    assert run(["drill", "check", str(story)]) == 0
    folder = story.with_name("run")
    assert run(["drill", "run", str(story), "--premises", "2", "--out", str(folder)]) == 4
    assert "unreachable: 5 devices asked for, and there are 4 to" in capsys.readouterr().err
    assert not folder.exists()


def test_a_story_is_looked_at_as_large_as_it_will_run(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """80 devices for the attacker are too many of 50, and not of the 1,000 of a fleet."""
    change(story, ONE_IN_TEN, f"{ONE_IN_TEN}\n{ATTACKER.replace('NUMBER', '80')}")
    assert run(["drill", "check", str(story)]) == 4
    assert run(["drill", "check", str(story), "--devices", "1000"]) == 0
    assert run(["drill", "check", str(story), "--devices", "50"]) == 4
    assert "80 devices asked for, and there are 45" in capsys.readouterr().out


def test_the_number_of_homes_is_refused_where_the_story_says_it_as_a_run_does(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["drill", "check", str(story), "--premises", "5"]) == 4
    assert "leave --premises out" in capsys.readouterr().err
    assert run(["drill", "check", "gpf-handover", "--premises", "5"]) == 0
    assert run(["drill", "check", "gpf-handover", "--premises", "5", "--devices", "5"]) == 4
    assert "--premises and --devices are two sizes" in capsys.readouterr().err
