"""``firmware-sim sweep`` from the command line: counts, tokens, exit codes."""

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.machine.store.journal import Journal
from firmware_sim.machine.store.store import Store

QUICK = ["sweep", "run", "--effort", "quick", "--part", "tiny", "--workers", "1"]


def test_sweep_run_gives_counts_and_a_junit_document(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    junit = tmp_path / "sweep.xml"
    code = run([*QUICK, "--operation", "gpf/own/issue-*", "--json", "--junit", str(junit)])
    assert code == ExitCode.PASSED
    counts = json.loads(capfd.readouterr().out)
    assert counts["operations"] == 2
    assert counts["cuts"] > counts["states"] > 500
    assert counts["mixtures"] == counts["second_cuts"] == 0
    document = JUnitXml.fromfile(str(junit))
    assert [suite.name for suite in document] == ["gpf/own/issue-DS", "gpf/own/issue-KA"]
    assert document.failures == 0


def test_a_bug_ends_a_sweep_with_exit_code_1_and_a_token_that_reproduces_it(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Store, "_retires_secret", lambda *_: False)
    arguments = [*QUICK, "--operation", "gpf/own/install-DS", "--json"]
    assert run(arguments) == ExitCode.DEVICE_FAILED
    [failure, *_] = json.loads(capfd.readouterr().out)["failures"]
    assert "secret" in failure["check"]
    assert run(["sweep", "replay", failure["token"]]) == ExitCode.DEVICE_FAILED
    assert failure["check"] in capfd.readouterr().out
    monkeypatch.undo()
    assert run(["sweep", "replay", failure["token"]]) == ExitCode.PASSED


def test_tokens_of_device_cuts_and_flipped_bits_can_be_replayed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    device, bit = "gpf/read/supplier.DS@nor-64k:1:ff:device#1:after:0", "gpf/boot@tiny:4:ff:rot#99"
    assert run(["sweep", "replay", device]) == run(["sweep", "replay", bit]) == ExitCode.PASSED
    monkeypatch.setattr(Journal, "append", lambda *_: None)
    assert run(["sweep", "replay", device]) != ExitCode.PASSED
    capfd.readouterr()


@pytest.mark.parametrize(
    "arguments",
    [
        [*QUICK, "--operation", "esme/none"],
        ["sweep", "run", "--part", "core-memory"],
        ["sweep", "replay", "esme/boot"],
        ["sweep", "replay", "esme/boot@tiny:4:ff:full#99:after:0"],
        ["sweep", "replay", "esme/none@nor-64k:1:ff:device#0:after:0"],
        ["sweep", "replay", "esme/boot@tiny:4:ff:rot#x"],
    ],
)
def test_unknown_operations_and_tokens_are_usage_errors(
    arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == ExitCode.USAGE
    assert len(capfd.readouterr().err.splitlines()) <= 3


def test_sweep_list_names_every_operation(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["sweep", "list", "--json"]) == ExitCode.PASSED
    names = [row["operation"] for row in json.loads(capfd.readouterr().out)]
    assert "esme/update/anyByContingency" in names
    assert run(["sweep", "list"]) == ExitCode.PASSED
