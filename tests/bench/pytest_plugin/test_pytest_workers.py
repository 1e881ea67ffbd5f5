"""The plugin under pytest-xdist: a board for each worker, or one that the workers take in turns."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.requirements import needs_board

TESTS = """
import pytest
from firmware_sim.gbcs.replacement import ReplacementMode

@pytest.mark.parametrize("number", range(4))
def test_a_supplier_replaces_its_key(meter, number):
    assert len(meter.replace(ReplacementMode.SUPPLIER_BY_SUPPLIER, "supplier.DS")) == 1
    assert meter.refusal is None
"""


def properties(document: Path) -> dict[str, str]:
    found = [each.attrib for each in ET.parse(document).iter("property")]
    assert len({each["name"] for each in found}) == len(found)
    return {each["name"]: each["value"] for each in found}


@contextmanager
def board_at_a_port(folder: Path) -> Iterator[str]:
    """An emulated board that runs by itself, at a port as a real one is."""
    command = [sys.executable, "-m", "firmware_sim", "board", "run", "mps2-an385", "--json"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        text = ""
        for line in running.stdout:
            text += line
            if line.startswith("}"):
                break
        try:
            yield json.loads(text)["port"]
        finally:
            running.terminate()


@pytest.mark.slow
@needs_board
def test_each_worker_has_an_emulated_board_and_the_document_names_it(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(TESTS)
    target = ("--target", "board:mps2-an385", "--require-board")
    result = pytester.runpytest_subprocess("-n", "2", *target, "--junitxml=run.xml")
    result.assert_outcomes(passed=4)
    assert properties(pytester.path / "run.xml")["board"] == "mps2-an385"


@pytest.mark.slow
@needs_board
def test_workers_take_turns_at_the_only_board(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    with board_at_a_port(pytester.path) as port:
        options = (f"--port={port}", "--require-board", "--junitxml=run.xml")
        result = pytester.runpytest_subprocess("-n", "2", *options)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["*one board for 2 workers; each holds it for a test"])
    assert properties(pytester.path / "run.xml")["board"] == "mps2-an385"
