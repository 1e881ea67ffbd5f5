"""A JUnit document that could not be written is told before the run, whose result would be lost."""

from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.files.whole_files import check_can_be_written


@pytest.mark.parametrize(
    "words",
    [
        ["twin", "run", "--commands", "5", "--target", "native"],
        ["sweep", "run"],
        ["attack", "explore"],
        ["conformance", "run", "."],
        ["board", "check-link", "--port", "/dev/no-such-port"],
    ],
)
def test_a_path_without_a_folder_is_refused_at_once(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--junit", str(tmp_path / "none" / "x.xml")]) == 4
    said = " ".join(capsys.readouterr().err.split())
    assert f"there is no folder {tmp_path / 'none'}; make it first" in said


def test_a_folder_in_its_place_is_refused_and_a_file_may_be_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["sweep", "run", "--junit", str(tmp_path)]) == 4
    assert "is a folder" in capsys.readouterr().err
    file = tmp_path / "x.xml"
    assert check_can_be_written(file) == file
    assert not file.exists()
    file.touch()
    assert check_can_be_written(file) == file
