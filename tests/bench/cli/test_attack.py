"""``firmware-sim attack`` from the command line: powers, tokens, comparison, exit codes."""

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.experiments.attack.history import history_of
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.gbcs.replacement import ReplacementRule

QUICK = [
    "attack",
    "explore",
    "--effort",
    "quick",
    "--target",
    "CHF",
    "--workers",
    "1",
    "--runs",
    "1",
]
BROKER = ["--key", "accessControlBroker.?? + accessControlBroker.KA"]


def test_an_exploration_gives_powers_counts_and_a_junit_document(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    junit = tmp_path / "attack.xml"
    assert run([*QUICK, *BROKER, "--json", "--junit", str(junit)]) == ExitCode.PASSED
    document = json.loads(capfd.readouterr().out)
    assert document["attackers"] == document["targets"] == 1
    assert document["attempts"] > document["changes"] > 20
    [powers] = document["powers"]["CHF"].values()
    assert powers["taken"] == {"accessControlBroker.DS": ["4"], "accessControlBroker.KA": ["4"]}
    assert document["link"]["runs"] == 1
    assert document["link"]["failures"] == 0
    suites = JUnitXml.fromfile(str(junit))
    assert [suite.name for suite in suites] == ["CHF", "the link"]
    assert suites.failures == 0


def test_powers_that_differ_from_the_given_file_end_with_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    written, junit = tmp_path / "powers.json", tmp_path / "attack.xml"
    assert run([*QUICK, *BROKER, "--json"]) == ExitCode.PASSED
    written.write_text(capfd.readouterr().out, encoding="utf-8")
    again = [*QUICK, *BROKER, "--against", str(written), "--junit", str(junit)]
    assert run(again) == ExitCode.PASSED
    history_of("ESME")
    monkeypatch.setattr(ReplacementRule, "may_replace", lambda *_: True)
    assert run(again) == ExitCode.DEVICE_FAILED
    assert "before CHF" in capfd.readouterr().out
    # The link is explored too, and what the bug lets through is found there as well.
    failures = {suite.name: suite.failures for suite in JUnitXml.fromfile(str(junit))}
    assert failures["CHF"] == 1


def test_attack_replay_plays_a_token(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["attack", "replay", "CHF#s0-1.d1-1.d1-1.p0-1"]) == ExitCode.PASSED
    assert "obeyed: 1" in capfd.readouterr().out


def test_a_token_that_breaks_a_rule_ends_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for target in ("CHF", "ESME"):  # their history is what a sound device went through
        history_of(target)
    monkeypatch.setattr(
        "firmware_sim.machine.commands.update_credentials.check_counter", lambda *_: None
    )
    token = "CHF#s0-1.d1-1.d1-1"
    assert run(["attack", "replay", token]) == ExitCode.DEVICE_FAILED
    assert "should not have" in capfd.readouterr().out


def test_attack_list_names_every_attacker(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["attack", "list", "--json"]) == ExitCode.PASSED
    listed = json.loads(capfd.readouterr().out)
    assert "recovery.DS" in listed["keys"]
    assert "GPF before handover" in listed["targets"]
    assert run(["attack", "list"]) == ExitCode.PASSED


@pytest.mark.parametrize(
    "arguments",
    [
        ["attack", "explore", "--target", "toaster"],
        ["attack", "explore", "--key", "skeleton"],
        ["attack", "explore", "--against", "/nowhere.json"],
        ["attack", "replay", "CHF"],
    ],
)
def test_unknown_attackers_targets_and_files_are_usage_errors(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == ExitCode.USAGE
    assert len(capfd.readouterr().err.splitlines()) <= 3
