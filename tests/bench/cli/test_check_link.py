"""``board check-link`` on the responders of the example, over TCP: documents and exit codes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from junitparser import JUnitXml
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli.board.group import app
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.link_check.check import RULES
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.hw.build.toolchain import host_toolchain
from tests.requirements import needs_board, require_tool
from tests.support.toy_responder import FOLDER


def check(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["check-link", *arguments])


@contextmanager
def served(*command: str | Path) -> Iterator[str]:
    """A responder at a free port, and the URL of it."""
    with subprocess.Popen([*command, "0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def built(folder: Path) -> Path:
    require_tool("gcc")
    program = folder / "responder"
    flags = ("-std=c11", "-Wall", "-Wextra", "-Werror")
    source = FOLDER / "responder.c"
    command = [*host_toolchain("gcc").command, *flags, "-o", str(program), str(source)]
    subprocess.run(command, check=True)
    return program


@pytest.mark.slow
@pytest.mark.parametrize("language", ["python", "c"])
def test_the_responders_of_the_example_pass_every_rule(language: str, tmp_path: Path) -> None:
    program = (sys.executable, FOLDER / "responder.py")
    command = program if language == "python" else (built(tmp_path),)
    junit = tmp_path / "link.xml"
    with served(*command) as url:
        result = check("--port", url, "--json", "--junit", str(junit))
    assert result.exit_code == ExitCode.PASSED, result.stderr
    document = json.loads(result.stdout)
    assert document["outcome"] == "passed"
    assert len(document["checks"]) == len(RULES) + 1
    others = {each["name"]: each["verdict"] for each in document["checks"]}
    assert others.pop("power cut") == "skipped"  # it announces no CUT
    assert set(others.values()) == {"passed"}
    suite = JUnitXml.fromfile(str(junit))
    assert (suite.tests, suite.failures, suite.skipped) == (len(RULES) + 1, 0, 1)


@pytest.mark.slow
def test_a_broken_rule_is_shown_with_frames_section_and_what_to_do(tmp_path: Path) -> None:
    source = (FOLDER / "responder.py").read_text()
    wrong = tmp_path / "responder.py"
    wrong.write_text(source.replace('struct.pack("<I", zlib', 'struct.pack(">I", zlib'))
    junit = tmp_path / "link.xml"
    with served(sys.executable, wrong) as url:
        result = check("--port", url, "--junit", str(junit))
    assert result.exit_code == ExitCode.DEVICE_FAILED
    assert "bad CRC: the check is most significant octet first" in result.stdout
    for words in ("sent: HELLO", "came: ", "section 2.2, 3: ", "to do: "):
        assert words in result.stdout
    suite = JUnitXml.fromfile(str(junit))
    assert (suite.failures, suite.skipped) == (1, len(RULES))


def test_a_port_that_is_none_and_a_target_without_the_protocol_are_refused() -> None:
    assert isinstance(check("--target", "memory").exception, UsageError)
    assert isinstance(check("--target", "board:x", "--port", "y").exception, UsageError)
    gone = check("--port", "/dev/there-is-no-such-port").exception
    assert isinstance(gone, BenchError)
    assert "there is no port" in str(gone)


@pytest.mark.slow
@needs_board
def test_our_firmware_passes_every_rule_on_an_emulated_board() -> None:
    result = check("--target", "board:mps2-an385", "--json")
    assert result.exit_code == ExitCode.PASSED, result.stdout
    assert {each["verdict"] for each in json.loads(result.stdout)["checks"]} == {"passed"}
