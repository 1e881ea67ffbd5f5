"""The CI files fit what is published: wheels, the example and `ci/`, in one folder of a user."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ground.tree import ROOT, pyproject

EXAMPLE = ROOT / "examples" / "firmware-team"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The folder of a user, as docs/ci.md has it made."""
    folder = shutil.copytree(EXAMPLE, tmp_path / "my-meter")
    shutil.copytree(ROOT / "ci", folder / "ci")
    (folder / "wheels").mkdir()
    return folder


def test_the_image_is_built_from_the_files_of_the_project_alone(project: Path) -> None:
    text = (project / "ci" / "Containerfile").read_text(encoding="utf-8")
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.MULTILINE))
    copied = re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE)
    sources = [re.sub(r"\$\{(\w+)\}", lambda found: defaults[found[1]], each) for each in copied]
    assert sources == ["requirements.txt", "wheels/"]
    assert all((project / source).exists() for source in sources)


def test_a_shell_can_be_started_in_the_image() -> None:
    """GitLab and Jenkins start one, with the arguments that the image gives to its entry point."""
    text = (ROOT / "ci" / "Containerfile").read_text(encoding="utf-8")
    assert "\nENTRYPOINT" not in text
    assert "FIRMWARE_SIM_ENVIRONMENT=/opt/firmware-sim" in text


def ignored() -> set[str]:
    return set((EXAMPLE / ".gitignore").read_text(encoding="utf-8").split())


def test_the_project_keeps_its_wheels_and_leaves_out_what_a_run_makes() -> None:
    assert not any("wheels" in line for line in ignored())
    assert {"/.firmware-sim/", "/results/", "/board-logs/", "/.venv/"} <= ignored()


def action() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "ci/github/action.yml").read_text("utf-8"))
    return found


def test_every_action_that_ours_uses_is_pinned() -> None:
    used = [step["uses"] for step in action()["runs"]["steps"] if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in used)


def test_no_input_becomes_a_part_of_a_script() -> None:
    scripts = [step["run"] for step in action()["runs"]["steps"] if "run" in step]
    assert scripts
    assert not any("${{" in script for script in scripts)


def test_words_for_pytest_are_read_with_their_quotes_by_pytest_itself() -> None:
    [tests] = [step for step in action()["runs"]["steps"] if step.get("name") == "Tests"]
    assert tests["env"]["PYTEST_ADDOPTS"] == "${{ inputs.pytest }}"
    assert tests["working-directory"] == "${{ inputs.working-directory }}"


def test_the_ci_files_take_the_python_on_which_everything_is_run() -> None:
    """The oldest that the package claims; on the newer ones not all was run."""
    claimed = [
        each.rpartition(" ")[2]
        for each in pyproject()["project"]["classifiers"]
        if re.search(r":: 3\.\d+$", each)
    ]
    assert pyproject()["project"]["requires-python"] == f">={claimed[0]}"
    assert action()["inputs"]["python-version"]["default"] == claimed[0]
    job = yaml.safe_load((ROOT / "ci/gitlab/board-tests.yml").read_text("utf-8"))[".firmware-sim"]
    assert job["image"].startswith(f"python:{claimed[0]}-")


def requirements() -> list[str]:
    lines = (EXAMPLE / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_the_example_asks_for_all_that_firmware_sim_asks_for() -> None:
    """It is compiled without the project's own file, which a user does not have."""
    asked = requirements()
    assert asked[:-1] == pyproject()["project"]["dependencies"]
    assert Requirement(asked[-1]).name == "pytest"


def test_what_the_example_asks_for_is_pinned() -> None:
    text = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8")
    pins = {
        canonicalize_name(name): version
        for name, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE)
    }
    for line in requirements():
        wanted = Requirement(line)
        assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)]), line
