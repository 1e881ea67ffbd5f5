"""``python -m tests.fuzz``: a run ends well, or keeps what it found; in CI it must have run."""

import importlib.util
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.bench.outcome import ExitCode
from tests.fuzz import __main__ as fuzz
from tests.fuzz.beside import ENGINE
from tests.ground.tree import ROOT
from tests.support.process_group import started

pytestmark = pytest.mark.slow


def run_for(seconds: int, out: Path, *, root: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzz", "--seconds", str(seconds), "--out", str(out)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_missing_atheris_is_reported_and_an_error_in_ci(
    ci: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fuzz, "find_spec", lambda _: None)
    monkeypatch.setattr(sys, "argv", ["fuzz", "--out", str(tmp_path)])
    monkeypatch.setenv("CI", ci)
    assert fuzz.main() == code
    assert "no wheel" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs atheris (no wheel)")
def test_short_run_finds_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    result = run_for(2, tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stderr.count("stat::number_of_executed_units") == 2
    assert "with the native engine beside it" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_an_engine_the_device_alone_is_fuzzed_and_in_ci_it_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(fuzz, "find_spec", lambda _: "there")
    monkeypatch.setattr(fuzz, "why_no_engine", lambda: "no compiler")
    monkeypatch.setattr(fuzz, "_run", lambda command: 0 if ENGINE not in command else 9)
    monkeypatch.setattr(sys, "argv", ["fuzz", "--out", str(tmp_path)])
    for ci, code in (("", 0), ("true", 1)):
        monkeypatch.setenv("CI", ci)
        assert fuzz.main() == code
        assert "the engine is not fuzzed: no compiler" in capsys.readouterr().err


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs atheris (no wheel)")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_signal_to_the_parent_ends_the_fuzzing_process_too(
    number: signal.Signals, tmp_path: Path
) -> None:
    with started("-m", "tests.fuzz", "--seconds", "600", "--out", str(tmp_path)) as group:
        group.says("Instrumenting")
        group.process.send_signal(number)
        code = group.exit_code()
        group.until(lambda: not group.children())
        assert "Traceback" not in group.said()
    assert code == (-number if number is signal.SIGKILL else ExitCode.INTERRUPTED)
