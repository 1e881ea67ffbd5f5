"""``firmware-sim sweep`` from the command line: counts, tokens, exit codes."""

import json
import os
import re
import signal
from pathlib import Path

import pytest
from junitparser import JUnitXml

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.experiments.sweep import engines
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.sweep import EngineSweep
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
    arguments = [*QUICK, "--engine", "python", "--operation", "gpf/own/install-DS", "--json"]
    assert run(arguments) == ExitCode.DEVICE_FAILED
    [failure, *_] = json.loads(capfd.readouterr().out)["failures"]
    assert "secret" in failure["check"]
    again = ["sweep", "replay", failure["token"], "--engine", failure["engine"]]
    assert run(again) == ExitCode.DEVICE_FAILED
    assert failure["check"] in capfd.readouterr().out
    monkeypatch.undo()
    assert run(again) == ExitCode.PASSED


def test_tokens_of_device_cuts_and_flipped_bits_can_be_replayed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    device, bit = "gpf/read/supplier.DS@nor-64k:1:ff:device#1:after:0", "gpf/boot@tiny:4:ff:rot#99"
    assert run(["sweep", "replay", device]) == run(["sweep", "replay", bit]) == ExitCode.PASSED
    monkeypatch.setattr(Journal, "append", lambda *_: None)
    assert run(["sweep", "replay", device, "--engine", "python"]) != ExitCode.PASSED
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


def test_both_engines_agree_and_either_replays_a_token(
    engine: None, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--engine", "both", "--operation", "ppmid/boot", "--json"]
    assert run([*QUICK, *arguments]) == ExitCode.PASSED
    counts = json.loads(capfd.readouterr().out)
    assert counts["faults"] == 0 < counts["cuts"]
    token = "ppmid/read/supplier.DS@tiny:8:00:full#7:prefix:10,2:after:0"
    assert run(["sweep", "replay", token, "--engine", "both"]) == ExitCode.PASSED
    told = capfd.readouterr().out
    for engine_name in ("native", "python"):
        assert re.search(f"After power-on of {engine_name}: the (old|new) state", told)
    assert told.count("cut after →") == 2  # the second cut, of the recovery
    assert "cut prefix →" in told


def test_the_tokens_of_an_operation_are_listed_and_replayed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run(["sweep", "list", "--tokens", "ppmid/boot@tiny", "--json"]) == ExitCode.PASSED
    tokens = [each["token"] for each in json.loads(capfd.readouterr().out)]
    assert {token.split(":")[3].partition("#")[0] for token in tokens} == {"roomy", "full"}
    assert {token.split(":")[4] for token in tokens} >= {"before", "after", "bits"}
    endings = {"before": "the old state", "after": "the new state"}
    for token in (tokens[0], [each for each in tokens if ":roomy#" in each][-1]):
        assert run(["sweep", "replay", token, "--engine", "python"]) == ExitCode.PASSED
        assert endings[token.split(":")[4]] in capfd.readouterr().out
    assert run(["sweep", "list", "--tokens", "ppmid/boot@tiny"]) == ExitCode.PASSED
    assert capfd.readouterr().out.splitlines()[0].startswith(f"{tokens[0]}  program")


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("esme/boot@tiny:4:ff:half#1:before:0", "FLAVOUR: before, after, prefix"),
        ("esme/boot@tiny:4:ff:full#1:torn:0", "torn in the link protocol"),
        ("esme/boot@nrf5284:4:ff:full#1:before:0", "'nrf5284'; do you mean nrf52840?"),
        ("esme/boto@tiny:4:ff:full#1:before:0", "do you mean esme/boot?"),
        ("esme/boot@tiny:3:ff:full#1:before:0", "no write unit of 3; use 1, 4, 8 or 16"),
        ("esme/boot@tiny:4:7f:full#1:before:0", "no part erases to 7f; use ff or 00"),
    ],
)
def test_a_wrong_token_is_told_its_form_or_the_nearest_name(
    token: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["sweep", "replay", token]) == ExitCode.USAGE
    assert words in " ".join(capfd.readouterr().err.split())


def test_a_cut_that_a_step_does_not_have_is_a_usage_error(
    engine: None, capfd: pytest.CaptureFixture[str]
) -> None:
    for token in (
        "esme/boot@tiny:4:ff:roomy#1:preprogrammed:0",
        "esme/boot@tiny:4:ff:rot#99999999",
        "gpf/read/supplier.DS@nor-64k:1:ff:device#9:after:0",
    ):
        assert run(["sweep", "replay", token]) == ExitCode.USAGE
        assert "Traceback" not in capfd.readouterr().err


def test_without_an_engine_the_sweep_runs_in_python_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "why_no_engine", lambda: "there is no native engine: no gcc")
    assert run([*QUICK, "--operation", "ppmid/boot"]) == ExitCode.PASSED
    assert "no gcc; the sweep runs in Python" in capfd.readouterr().err
    assert run(["sweep", "run", "--effort", "pairs"]) == ExitCode.USAGE
    assert "--engine native" in capfd.readouterr().err


def test_a_wanted_engine_that_is_not_there_is_an_error_of_the_bench(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def none() -> Path:
        raise EngineError("there is no native engine: no gcc", "make engine")

    monkeypatch.setattr(engines, "_library", none)
    arguments = ["--engine", "native", "--operation", "ppmid/boot"]
    assert run([*QUICK, *arguments]) == ExitCode.BENCH_FAILED
    assert "no gcc; make engine" in capfd.readouterr().err


def test_a_crash_of_the_engine_is_the_bench_s_error_and_its_case_is_kept(
    engine: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(EngineSweep, "cut", lambda *_, **__: os.kill(os.getpid(), signal.SIGSEGV))
    arguments = ["--engine", "native", "--operation", "ppmid/boot"]
    assert run([*QUICK, *arguments]) == ExitCode.BENCH_FAILED
    told = capfd.readouterr().err
    assert "the engine crashed in ppmid/boot@tiny:4:ff:roomy" in told
    [kept] = tmp_path.glob("sweep-crash-*.txt")
    assert kept.read_text(encoding="utf-8").startswith("ppmid/boot@tiny:4:ff:roomy\n")
    assert kept.name in told
