"""What is shown: no text that is not ours acts on a terminal, and every terminal can show ours."""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.cli.output import Terminal, styled
from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.files.foreign_text import visible
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType

CLEAR_SCREEN = "\x1b[2J"
TURNED = "\u202edessaP"


@pytest.mark.parametrize(
    "text",
    [f"a{CLEAR_SCREEN}b", "\x9b2J", "\x07", "\x7f", TURNED, "a\rb", "\x00", "a\u200bb", "\ufeffa"],
)
@pytest.mark.parametrize("wrapped", [str, Text, lambda text: styled("[bold]{it}[/]", it=text)])
def test_control_characters_are_written_out_wherever_they_stand(text: str, wrapped: object) -> None:
    terminal = Terminal()
    table = Table(box=None, show_header=False)
    table.add_row(wrapped(text))  # type: ignore[operator]
    with terminal.capture() as captured:
        terminal.print(wrapped(text))  # type: ignore[operator]
        terminal.print(table)
    assert captured.get().replace("\n", "").isprintable()


def test_new_lines_and_tabs_are_no_control_sequences() -> None:
    assert visible("a\n\tb") == "a\n\tb"
    assert visible(CLEAR_SCREEN) == "\\x1b[2J"


@pytest.mark.parametrize("text", ["Drill [/x]", "runs/a[b]c", "[bold]", ":smile:", "[/]", "{x}"])
def test_foreign_text_is_never_read_as_markup(text: str) -> None:
    terminal = Terminal()
    with terminal.capture() as captured:
        terminal.print(text)
        terminal.print(styled("[bold]{it}[/]", it=text))
    assert captured.get() == f"{text}\n{text}\n"


def command_line(*arguments: str, encoding: str = "utf-8") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "firmware_sim", *arguments],
        env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.parametrize("arguments", [("drill", "list"), ("policy", "list"), ("--help",)])
def test_any_terminal_encoding_shows_the_words(encoding: str, arguments: tuple[str, ...]) -> None:
    with command_line(*arguments, encoding=encoding) as process:
        out, error = process.communicate()
    assert process.returncode == 0, error
    out.decode(encoding)


def test_json_is_whole_in_a_terminal_that_is_not_utf_8() -> None:
    with command_line("policy", "list", "--json", encoding="ascii") as process:
        out, _ = process.communicate()
    assert json.loads(out.decode("ascii"))


@pytest.mark.parametrize(
    "arguments", [("policy", "list"), ("policy", "list", "--json"), ("--help",), ("drill", "list")]
)
def test_a_reader_that_has_gone_is_neither_an_error_nor_a_verdict(
    arguments: tuple[str, ...],
) -> None:
    with command_line(*arguments) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        error = process.stderr.read()
    assert (process.returncode, error) == (0, b"")


@pytest.fixture
def altered(tmp_path: Path) -> Path:
    """A flash image that no device starts on."""
    octets = bytearray(AllParties().flash(DeviceType.ESME, Policy()).image())
    octets[200] ^= 1
    path = tmp_path / "altered.bin"
    path.write_bytes(octets)
    return path


def test_a_reader_that_has_gone_does_not_change_a_verdict(altered: Path) -> None:
    with command_line("image", "verify", str(altered)) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        error = process.stderr.read()
    assert (process.returncode, error) == (1, b"")


@pytest.mark.parametrize("closed", [1, 2])
def test_a_stream_that_is_closed_from_the_start_changes_no_verdict(
    altered: Path, closed: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "firmware_sim", "image", "verify", str(altered)],
        capture_output=True,
        check=False,
        preexec_fn=lambda: os.close(closed),
    )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


def test_times_of_log_lines_begin_with_the_year(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["-v", "board", "keys"]) == 0
    capfd.readouterr()
    logging.getLogger("a line").info("went away")
    told = capfd.readouterr().err
    assert re.match(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] INFO +went away", told)
