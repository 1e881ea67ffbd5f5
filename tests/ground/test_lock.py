"""The lock pins every package by hash, covers pyproject.toml, and names no registry."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ground.tree import ROOT, pyproject

LOCKS = ["run.txt", "dev.txt"]


def text_of(lock: str) -> str:
    return Path(ROOT, "requirements", lock).read_text(encoding="utf-8")


def pins(lock: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Each pinned requirement line -> itself parsed, and its hashes."""
    entries = re.split(r"\n(?=\S)", text_of(lock).strip())
    parsed = {}
    for entry in entries:
        line, *hashes = entry.replace("\\\n", "\n").split("\n")
        parsed[line.strip()] = (Requirement(line), [each.strip() for each in hashes])
    return parsed


def declared(*extras: str) -> list[Requirement]:
    project = pyproject()["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [Requirement(line) for line in lines if not line.startswith("firmware-sim[")]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_hashed(lock: str) -> None:
    for requirement, hashes in pins(lock).values():
        [specifier] = requirement.specifier
        assert specifier.operator == "=="
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", each) for each in hashes)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_registry(lock: str) -> None:
    assert not re.search(
        r"://|index-url|find-links|trusted-host| @ |^#", text_of(lock), re.MULTILINE
    )


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        ("run.txt", ["broker", "gateway", "report", "build"]),
        ("dev.txt", ["broker", "gateway", "report", "build", "test", "fuzz", "docs", "zig", "dev"]),
    ],
)
def test_the_lock_satisfies_what_the_project_declares(lock: str, extras: list[str]) -> None:
    pinned: dict[str, list[Requirement]] = {}
    for requirement, _ in pins(lock).values():
        pinned.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    for wanted in declared(*extras):
        for pin in pinned[canonicalize_name(wanted.name)]:
            [specifier] = pin.specifier
            assert wanted.specifier.contains(specifier.version), f"{pin} for {wanted}"


def test_a_drill_runs_on_the_versions_that_were_tested() -> None:
    run, dev = (
        {(pin.name, str(pin.specifier)) for pin, _ in pins(lock).values()} for lock in LOCKS
    )
    assert run < dev


def test_vectors_package_has_the_version_of_the_library() -> None:
    assert version("cryptography_vectors") == version("cryptography")
