"""The program starts with what its command line needs, and no more."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from firmware_sim.bench.cli import later
from firmware_sim.bench.cli.main import app, run
from firmware_sim.bench.outcome import ExitCode

ROOT = Path(__file__).parents[3]

IMPORTED = """
import json, sys
from firmware_sim.__main__ import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
"""A command line, and on standard error which modules it has imported."""

FOR_VERBS_ALONE = {
    "aiomqtt", "amqtt", "asyncio", "cryptography", "distributed", "jinja2", "matplotlib",
    "multiprocessing", "pydantic", "sqlite3", "starlette", "unicorn", "yaml",
}  # fmt: skip
MOST_OF_OURS = 40


def imported(*arguments: str) -> set[str]:
    words = [sys.executable, "-c", IMPORTED, *arguments]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("arguments", [("--help",), ("--version",)], ids=" ".join)
def test_help_and_version_import_nothing_that_only_verbs_need(arguments: tuple[str, ...]) -> None:
    modules = imported(*arguments)
    assert modules & FOR_VERBS_ALONE == set()
    ours = [name for name in modules if name.startswith("firmware_sim")]
    assert len(ours) <= MOST_OF_OURS, ours


def test_a_group_imports_itself_and_no_other() -> None:
    verbs = {name for name in imported("policy", "--help") if ".bench.cli." in name}
    assert "firmware_sim.bench.cli.policy" in verbs
    assert not verbs & {f"firmware_sim.bench.cli.{name}" for name in ("drill", "sweep", "pki")}


def test_a_group_is_imported_under_the_name_and_purpose_that_the_help_shows() -> None:
    shown = later.whole(app).commands
    assert {name: command.name for name, command in shown.items()} == {name: name for name in shown}
    assert shown["board"].help == "Firmware on an emulated or a real board."
    assert "run" in shown["drill"].commands
    assert not hasattr(shown["live"], "commands")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["drrill"], "No such command 'drrill'. Did you mean 'drill'?; see firmware-sim --help"),
        (["drill", "rum"], "'resume'?; see firmware-sim drill --help"),
        (["live", "--prt", "1"], "see firmware-sim live --help"),
    ],
)
def test_mistakes_are_told_as_of_groups_that_are_there(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == ExitCode.USAGE
    assert said in capsys.readouterr().err


def test_a_story_that_is_no_yaml_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = tmp_path / "story.yaml"
    story.write_text("a: [\n")
    assert run(["drill", "run", str(story)]) == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("mend the YAML")
