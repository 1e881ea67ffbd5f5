"""The script that every CI file starts: when it installs, what it refuses, what it runs.

An interpreter that only writes down what it is asked stands in for Python: nothing is installed.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.ground.tree import ROOT

SCRIPT = ROOT / "ci" / "board-tests"

STAND_IN = f"""#!/bin/sh
case "$1 ${{2:-}}" in
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"- "*) exec {sys.executable} "$@" ;;
"-c "*) exec {sys.executable} "$@" ;;
esac
echo "$*" >>"$LOG"
[ "$1 ${{2:-}}" != "-P -c" ] || exit "${{GONE:-0}}"
[ "$1" != -P ] || [ -z "${{SLEEPS:-}}" ] || exec sleep "$SLEEPS"
[ "$1" != -P ] || exit "${{RESULT:-0}}"
"""


HEARS_ALL = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""A shell traps no signal that was ignored when it began, as under ``nohup``."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "wheels").mkdir(parents=True)
    (folder / "wheels" / "firmware_sim-1-py3-none-any.whl").write_bytes(b"a wheel")
    (folder / "requirements.txt").write_text("pytest==9.0.0 --hash=sha256:00\n")
    python = tmp_path / "python3"
    python.write_text(STAND_IN)
    python.chmod(0o755)
    return folder


def asked(folder: Path, *arguments: str, code: int = 0, **environment: str) -> list[str]:
    """What Python was asked to do by one run of the script."""
    log = folder.parent / "log"
    log.write_text("")
    clean = {name: value for name, value in os.environ.items() if "FIRMWARE_SIM" not in name}
    more = {"PYTHON": str(folder.parent / "python3"), "LOG": str(log), **environment}
    done = subprocess.run(
        [SCRIPT, *arguments], cwd=folder, env=clean | more, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return [*log.read_text().splitlines(), *done.stderr.splitlines()]


def installs(lines: list[str]) -> bool:
    return any("pip install" in line for line in lines)


def test_the_first_run_installs_by_hash_and_the_second_installs_nothing(project: Path) -> None:
    first, second = asked(project), asked(project)
    assert any("pip install -q --require-hashes -r requirements.txt" in line for line in first)
    assert any("--no-index --no-deps --find-links wheels firmware-sim" in line for line in first)
    assert not installs(second)


def another_wheel(project: Path) -> None:
    (project / "wheels" / "firmware_sim-1-py3-none-any.whl").write_bytes(b"another")


def another_requirement(project: Path) -> None:
    (project / "requirements.txt").write_text("pytest==9.0.1 --hash=sha256:01\n")


@pytest.mark.parametrize("change", [another_wheel, another_requirement])
def test_what_is_installed_is_made_anew_when_its_parts_change(
    project: Path, change: object
) -> None:
    asked(project)
    left = project / ".firmware-sim" / "left"
    left.touch()
    assert callable(change)
    change(project)
    assert installs(asked(project))
    assert not left.exists()
    assert not installs(asked(project))


def test_an_environment_that_came_with_a_copy_of_the_folder_is_not_run(project: Path) -> None:
    asked(project)
    copy = shutil.copytree(project, project.with_name("copy"))
    assert installs(asked(copy))


def test_an_installation_that_broke_off_is_made_anew(project: Path) -> None:
    asked(project)
    (project / ".firmware-sim" / "installed").unlink()
    assert installs(asked(project))


def test_an_environment_out_of_which_the_package_was_taken_is_made_anew(project: Path) -> None:
    asked(project)
    assert installs(asked(project, GONE="1"))


def test_the_documents_of_an_earlier_run_go_and_what_is_not_ours_stays(project: Path) -> None:
    results = project / "results"
    asked(project, FIRMWARE_SIM_TARGET="native")
    for name in ("simulated.xml", "native.xml", "mine.xml"):
        (results / name).touch()
    asked(project, FIRMWARE_SIM_TARGET="board:mps2-an385")
    assert [each.name for each in results.glob("*.xml")] == ["mine.xml"]
    assert (results / ".board-tests").read_text().split() == [
        "simulated.xml", "board_mps2-an385.xml",
    ]  # fmt: skip


def test_a_ready_environment_is_used_as_it_is(project: Path) -> None:
    ready = project.parent / "ready" / "bin"
    ready.mkdir(parents=True)
    shutil.copy(project.parent / "python3", ready / "python")
    shutil.rmtree(project / "wheels")
    lines = asked(project, FIRMWARE_SIM_ENVIRONMENT=str(ready.parent))
    assert len(lines) == 2
    assert not (project / ".firmware-sim").exists()


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ("wheels", "board-tests: no wheel of firmware-sim in wheels; commit one there, or set"),
        ("requirements.txt", "board-tests: no requirements.txt; set FIRMWARE_SIM_REQUIREMENTS"),
    ],
)
def test_what_is_missing_is_said_in_one_line(project: Path, missing: str, expected: str) -> None:
    path = project / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    [line] = asked(project, code=4)
    assert line.startswith(expected)


def test_each_run_has_a_document_a_suite_and_classes_of_its_own(project: Path) -> None:
    lines = asked(project, "-m", "not slow", FIRMWARE_SIM_TARGET="serial:/dev/ttyACM0")
    simulated, board = [line for line in lines if "-m pytest" in line]
    for line, name in ((simulated, "simulated"), (board, "serial__dev_ttyACM0")):
        assert f"--junitxml=results/{name}.xml" in line
        assert f"junit_suite_name={name} --junitprefix={name}" in line
        assert line.endswith("-m not slow")
    assert "--firmware-sim-target" not in simulated
    assert "--firmware-sim-target=serial:/dev/ttyACM0 --firmware-sim-require-board" in board


def test_the_script_fails_with_the_tests(project: Path) -> None:
    asked(project, code=1, RESULT="1")


@pytest.mark.parametrize(
    ("number", "code", "to_group"),
    [(signal.SIGTERM, 143, False), (signal.SIGHUP, 143, False), (signal.SIGINT, 130, True)],
    ids=["term", "hang up", "ctrl-c"],
)
def test_tests_end_with_the_script_and_the_second_run_does_not_begin(
    project: Path, number: signal.Signals, code: int, *, to_group: bool
) -> None:
    """A terminal's Ctrl-C reaches every process of the group."""
    asked(project)
    log = project.parent / "log"
    log.write_text("")
    more = {"PYTHON": str(project.parent / "python3"), "LOG": str(log), "SLEEPS": "1000"}
    with subprocess.Popen(
        [sys.executable, "-c", HEARS_ALL, SCRIPT],
        cwd=project, env=os.environ | more, start_new_session=True,
    ) as script:  # fmt: skip
        while "-m pytest" not in log.read_text():
            time.sleep(0.01)
        (os.killpg if to_group else os.kill)(script.pid, number)
        assert script.wait() == code
    assert log.read_text().count("-m pytest") == 1
    with pytest.raises(ProcessLookupError):  # nobody of its session is left
        os.killpg(script.pid, 0)


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("PYTHON", "python3.99", "board-tests: there is no python3.99; set PYTHON"),
        ("FIRMWARE_SIM_RESULTS", "/proc/x", "board-tests: cannot make /proc/x; set FIRMWARE_SIM"),
    ],
)
def test_a_setting_that_cannot_be_is_said_in_one_line(
    project: Path, setting: str, value: str, expected: str
) -> None:
    asked(project)
    assert asked(project, code=4, **{setting: value})[-1].startswith(expected)
