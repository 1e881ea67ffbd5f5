"""What a newcomer's first command says on a machine where something is missing."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ground.tree import ROOT

TOO_OLD = "#!/bin/sh\nexit 1\n"
# Answers every question with yes, but for the one whether it can make an environment.
NO_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *print*) echo python3.11-venv;; esac\n'
NO_RIGHTS = '#!/bin/sh\n[ "$1" = -u ] && echo 1000\n'


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A PATH with a shell, `dirname` and `apt-get`, on which one may not install."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "env"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    program(folder, "id", NO_RIGHTS)
    program(folder, "apt-get", "#!/bin/sh\nexit 0\n")
    return folder


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def run(script: str, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "scripts" / script, *arguments],
        env={"PATH": str(path)}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_missing_suitable_python_is_reported_in_one_line(bare: Path, tmp_path: Path) -> None:
    program(bare, "python3", TOO_OLD)
    done = run("bootstrap", str(tmp_path / "venv"), "requirements/run.txt", path=bare)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "Python 3.11 or newer" in line


def test_missing_venv_without_rights_is_reported_in_one_line(bare: Path, tmp_path: Path) -> None:
    program(bare, "python3.11", NO_VENV)
    done = run("bootstrap", str(tmp_path / "venv"), "requirements/run.txt", path=bare)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "apt-get install python3.11-venv" in line


def test_a_tool_that_may_not_be_installed_is_a_note(bare: Path, tmp_path: Path) -> None:
    # The script looks in the system's own folders too, so it is asked for another program.
    script = ROOT.joinpath("scripts", "tools").read_text(encoding="utf-8")
    program(tmp_path, "tools", script.replace("mosquitto:mosquitto", "no-such:no-such"))
    program(tmp_path, "apt", ROOT.joinpath("scripts", "apt").read_text(encoding="utf-8"))
    done = subprocess.run(
        [tmp_path / "tools"], env={"PATH": str(bare)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "note: no no-such" in done.stdout


def test_each_missing_tool_for_boards_has_its_own_note(bare: Path) -> None:
    done = run("tools", "board", path=bare)
    assert done.returncode == 0
    notes = [line for line in done.stdout.splitlines() if line.startswith("note: ")]
    packages = [line.partition("apt-get install ")[2].rstrip(")") for line in notes]
    assert packages == ["gcc-arm-none-eabi", "qemu-system-arm", "gcc", "clang"]


def test_wheel_is_not_made_without_the_reference_compiler(bare: Path, tmp_path: Path) -> None:
    done = run("wheel", str(tmp_path), str(tmp_path / "dist"), path=bare)
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "apt-get install gcc-arm-none-eabi" in line
    assert not (tmp_path / "dist").exists()


def test_ci_makes_what_the_makefile_offers() -> None:
    text = ROOT.joinpath(".ci", "run").read_text(encoding="utf-8")
    found = re.search(r"^for step in ([a-z -]+); do$", text, re.MULTILINE)
    assert found is not None
    steps = found[1].split()
    assert {"lint", "types", "test", "board-test"} <= set(steps)
    makefile = ROOT.joinpath("Makefile").read_text(encoding="utf-8")
    assert set(steps) <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


@pytest.mark.parametrize(
    ("given", "beside", "expected"),
    [
        (None, True, "shared/rtds"),
        (None, False, ""),
        ("elsewhere", True, "elsewhere"),
        ("", True, ""),
    ],
)
def test_the_reference_set_is_found_only_where_it_is(
    tmp_path: Path, given: str | None, beside: bool, expected: str
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    shutil.copy(ROOT / "Makefile", tree)
    if beside:
        (tmp_path / "shared" / "rtds" / "messages").mkdir(parents=True)
    environ = {key: value for key, value in os.environ.items() if key != "GBCS_RTDS"}
    if given is not None:
        environ["GBCS_RTDS"] = given
    done = subprocess.run(
        ["make", "--silent", "--eval", "show: ; @echo $$GBCS_RTDS", "show"],
        cwd=tree, env=environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip().removeprefix(f"{tmp_path}/") == expected
