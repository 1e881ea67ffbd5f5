"""A page played as a reader plays it: one folder, command after command."""

import re
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from firmware_sim.bench.cli.main import PROGRAM, run
from tests.documentation.pages import Block, blocks

# What only a shell understands.
_OF_THE_SHELL = re.compile(r"[|>&;*$]| # ")


class Printed(NamedTuple):
    """How a command ended, and what it said on each of its two lines."""

    exit_code: int
    out: str
    err: str


class Player:
    """Plays the blocks of one page in the present folder."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._last = Printed(0, "", "")

    def play(self, page: Path) -> None:
        """Run what is to be run, and compare what the page says of it."""
        for block in blocks(page):
            for command in block.prepared:
                done = self._run(command)
                assert done.exit_code in (0, 1), f"{page.name}: {command}: {done.err}"
            if "not run" not in block.said:
                self._play(block, f"{page.name}:{block.line}")

    def _play(self, block: Block, place: str) -> None:
        if "save" in block.said:
            Path(block.said["save"]).write_text(block.text, "utf-8")
        if "output" in block.said:
            assert block.text in self._last.out, f"{place}: {self._last.out}"
        for command in block.commands if block.kind == "console" else ():
            self._last = done = self._run(command.line)
            told = f"{place}: {command.line}\n{done.out}{done.err}"
            assert done.exit_code == command.exit_code, told
            if command.shown:
                assert _alike(command.shown, done.out) or _alike(command.shown, done.err), told

    def _run(self, line: str) -> Printed:
        words = shlex.split(line)
        if words[0] == PROGRAM and not _OF_THE_SHELL.search(line):
            self._capsys.readouterr()
            code = run(words[1:])
            return Printed(code, *map(_trimmed, self._capsys.readouterr()))
        done = subprocess.run(
            ["bash", "-euc", line], capture_output=True, text=True, check=False, timeout=60
        )
        return Printed(done.returncode, _trimmed(done.stdout), _trimmed(done.stderr))


def _alike(shown: str, printed: str) -> bool:
    """Whether it is what was printed; three dots stand for lines, or for the rest of a line."""
    pattern = re.escape(shown)
    pattern = re.sub(r"^\\\.\\\.\\\.\\\n", r"(?:.*\\n)*", pattern, flags=re.MULTILINE)
    return re.fullmatch(pattern.replace(r"\.\.\.", ".*"), printed) is not None


def _trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())
