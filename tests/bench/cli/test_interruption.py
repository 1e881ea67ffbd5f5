"""SIGINT and SIGTERM end a long command with exit code 2, and every process that it started."""

import json
import os
import signal
from pathlib import Path
from typing import NamedTuple

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence.export import export
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.bench.outcome import ExitCode
from tests.support.process_group import ProcessGroup, started

pytestmark = pytest.mark.slow

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SWEEP = ("-m", "firmware_sim", "sweep", "run", "--workers", "2")


class Command(NamedTuple):
    """A command that works for minutes; what it says when it begins; processes that it starts."""

    arguments: tuple[str, ...]
    says: str
    children: int = 0


POOLED = {
    "sweep": Command(SWEEP, "- operations", 2),
    "attack": Command(
        ("-m", "firmware_sim", "attack", "explore", "--workers", "2"), "- attackers before", 2
    ),
    "link": Command(
        (
            *("-m", "firmware_sim", "attack", "explore", "--workers", "2", "--target", "CHF"),
            *("--key", "wanProvider.DS", "--effort", "quick", "--runs", "1000"),
        ),
        "- runs on the link",
        2,
    ),
}


def assert_ends(group: ProcessGroup, *, says: str = "firmware-sim: interrupted") -> None:
    """Exit code 2, one line instead of a traceback, and no process left."""
    assert group.exit_code() == ExitCode.INTERRUPTED
    group.until(lambda: not group.children())
    assert group.said().splitlines()[-1] == says
    assert "Traceback" not in group.said()


def interrupt(command: Command, number: signal.Signals) -> None:
    with started(*command.arguments) as group:
        group.says(command.says)
        group.until(lambda: len(group.children()) >= command.children)
        group.process.send_signal(number)
        assert_ends(group)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", POOLED.values(), ids=POOLED)
def test_signal_to_the_parent_of_a_campaign_ends_its_processes_too(
    command: Command, number: signal.Signals
) -> None:
    interrupt(command, number)


@pytest.mark.usefixtures("emulated_board_tools")
@pytest.mark.parametrize("number", SIGNALS)
def test_signal_ends_a_twin_run_and_its_emulator(number: signal.Signals) -> None:
    arguments = ("-m", "firmware_sim", "twin", "run", "--commands", "100000")
    interrupt(Command(arguments, "The same commands for", 1), number)


@pytest.mark.usefixtures("emulated_board_tools")
@pytest.mark.parametrize("emulator", ["unicorn", "qemu"])
def test_ctrl_c_ends_power_cuts_on_a_board(emulator: str) -> None:
    arguments = ("-m", "firmware_sim", "board", "cuts", "mps2-an385", "--emulator", emulator)
    interrupt(Command(arguments, "- "), signal.SIGINT)


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_ends_a_conformance_run(number: signal.Signals, rtds: Path) -> None:
    interrupt(
        Command(("-m", "firmware_sim", "conformance", "run", str(rtds)), "- messages"), number
    )


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_ends_a_benchmark_of_the_codec(number: signal.Signals, rtds: Path) -> None:
    arguments = ("-m", "firmware_sim", "bench", "codec", str(rtds), "--rounds", "1000")
    interrupt(Command(arguments, "- rounds"), number)


IMPORTING = """
import signal, sys
from firmware_sim import __main__ as door
class Interrupted:
    def find_spec(self, name, *_):
        if name == "firmware_sim.bench.cli.{module}":
            signal.raise_signal(signal.{number})
sys.meta_path.insert(0, Interrupted())
door.main()
"""
"""The command line, with a signal that comes while one of its modules is looked for."""


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("module", ["main", "drill"])
def test_signal_while_the_command_line_is_imported_is_no_traceback(
    module: str, number: signal.Signals
) -> None:
    code = IMPORTING.format(module=module, number=number.name)
    with started("-c", code, "drill", "list") as group:
        assert_ends(group)


def test_ctrl_c_reaches_every_process_of_a_sweep_and_none_prints_a_traceback() -> None:
    with started(*SWEEP) as group:
        group.says("- operations")
        group.until(lambda: len(group.children()) == 2)
        os.killpg(group.process.pid, signal.SIGINT)
        assert_ends(group)


def test_sigterm_ends_a_sweep_that_a_shell_started_in_the_background() -> None:
    with started(*SWEEP, on_interrupt=signal.SIG_IGN) as group:
        group.says("- operations")
        group.until(lambda: len(group.children()) == 2)
        group.process.send_signal(signal.SIGTERM)
        assert_ends(group)


def test_processes_of_a_sweep_end_when_their_parent_is_killed() -> None:
    with started(*SWEEP) as group:
        group.says("- operations")
        group.until(lambda: len(group.children()) == 2)
        group.process.kill()
        group.until(lambda: not group.children())
        assert "Traceback" not in group.said()


ROOT_DRILL = ("-m", "firmware_sim", "drill", "run", "root-compromise-contingency")


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize(
    "target",
    [
        ("memory", "--premises", "100"),
        ("mqtt", "--premises", "20"),
    ],
    ids=["memory", "mqtt"],
)
def test_signal_ends_a_drill_in_its_step_and_no_report_is_rendered(
    number: signal.Signals, target: tuple[str, ...], tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    with started(*ROOT_DRILL, "--target", *target, "--out", str(folder)) as group:
        group.says("- Every cell holds what it was provisioned with")
        group.process.send_signal(number)
        assert group.exit_code() == ExitCode.INTERRUPTED
        said = group.said()
        assert "Traceback" not in said
    assert {path.name for path in folder.iterdir()} <= {"run.sqlite", "images"}
    record = export(folder)
    assert record.run.outcome == "interrupted"
    *before, last = record.steps
    assert last.verdict is None
    assert None not in {step.verdict for step in before}


def test_the_report_of_an_interrupted_drill_is_made_from_its_ledger(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with started(*ROOT_DRILL, "--premises", "20", "--out", str(folder)) as group:
        group.says("- The supplier's key is accepted today")
        group.process.send_signal(signal.SIGINT)
        assert group.exit_code() == ExitCode.INTERRUPTED
    assert run(["drill", "report", str(folder)]) == ExitCode.PASSED
    record = json.loads((folder / "record.json").read_text("utf-8"))
    assert record["run"]["outcome"] == "interrupted"
    assert "Interrupted" in (folder / "report.html").read_text("utf-8")


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_ends_a_drill_that_still_makes_its_homes(
    number: signal.Signals, tmp_path: Path
) -> None:
    story = ("drill", "run", "root-compromise-contingency", "--premises", "1000000", "--yes")
    with started("-m", "firmware_sim", *story, "--out", str(tmp_path / "run")) as group:
        group.says("- Making the homes")
        group.process.send_signal(number)
        assert group.exit_code() == ExitCode.INTERRUPTED
        said = group.said()
        assert "1,000,000 homes take about" in said
        assert "Traceback" not in said
    assert read_record(tmp_path / "run").run.outcome == "interrupted"


def test_interrupted_sweep_goes_on_with_what_remains(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log, quick = tmp_path / "sweep.jsonl", ("--effort", "quick", "--part", "tiny")
    with started(*SWEEP, *quick, "--resume", str(log)) as group:
        group.until(lambda: log.exists() and log.read_bytes().count(b"\n") > 2)
        group.process.send_signal(signal.SIGINT)
        assert_ends(group)
        assert "operations remain" in group.said()
    _, *lines = map(json.loads, log.read_text("utf-8").splitlines())
    names = [line["trial"] for line in lines]
    chosen = [word for name in (*names[:2], "gpf/boot") for word in ("--operation", name)]
    again = ["sweep", "run", *quick, *chosen, "--json"]
    assert run([*again, "--resume", str(log)]) == ExitCode.PASSED
    resumed = json.loads(capfd.readouterr().out)
    assert run(again) == ExitCode.PASSED
    whole = json.loads(capfd.readouterr().out)
    assert resumed | {"cpu_seconds": 0} == whole | {"cpu_seconds": 0}
    others = log.read_text("utf-8").splitlines()[1 + len(names) :]
    assert [json.loads(line)["trial"] for line in others] == ["gpf/boot"]
