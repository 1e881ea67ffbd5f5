"""A KeyboardInterrupt that a library in Rust has turned into its panic is an interruption."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.bench.outcome import ExitCode

ROOT = Path(__file__).parents[3]

PANIC = """
import os, signal, sys
import firmware_sim.bench.cli.main as commands
from firmware_sim.__main__ import main

class PanicException(BaseException):
    "As `pyo3_runtime` has it."

def run():
    try:
        for number in map(int, sys.argv[1:]):
            os.kill(os.getpid(), number)
    except KeyboardInterrupt:
        pass
    raise PanicException("called `Result::unwrap()` on an `Err` value")

commands.run = run
main()
"""


def panicked(*signals: int) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-c", PANIC, *map(str, signals)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_panic_after_a_signal_is_an_interruption(number: signal.Signals) -> None:
    done = panicked(number)
    assert done.returncode == ExitCode.INTERRUPTED
    assert done.stderr == "firmware-sim: interrupted\n"


def test_a_panic_without_one_is_told_whole() -> None:
    done = panicked()
    assert done.returncode == 1
    assert "PanicException: called" in done.stderr
