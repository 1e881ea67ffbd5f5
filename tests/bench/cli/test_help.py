"""The help of every command: an example that can be typed, and lines that fit a narrow terminal."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
import typer.rich_utils
from typer.core import TyperGroup
from typer.testing import CliRunner

from firmware_sim.bench.cli.later import whole
from firmware_sim.bench.cli.main import PROGRAM, app

Command = Any  # of the library that typer brings, which has no public name

ROOT = whole(app)
VERY_WIDE = 1000
FRAME = "│╭╮╰╯─"


def commands(
    group: Command = ROOT, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every command and group of the program, with the words that lead to it."""
    yield path, group
    for name, command in group.commands.items() if isinstance(group, TyperGroup) else ():
        yield from commands(command, (*path, name))


LEAVES = [(path, each) for path, each in commands() if not isinstance(each, TyperGroup)]


def shown(path: tuple[str, ...], columns: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(typer.rich_utils, "MAX_WIDTH", columns)
    return CliRunner().invoke(app, [*path, "--help"], env={"NO_COLOR": "1"}).output


def words(text: str) -> set[str]:
    return set(text.translate(dict.fromkeys(map(ord, FRAME), " ")).split())


def examples(command: Command) -> list[list[str]]:
    """The command lines of the program in the example of a command, as words."""
    text = " ".join(f"{command.help or ''} {command.epilog or ''}".split())
    example = re.split(r"Examples?: ", text, maxsplit=1)[-1] if "Example" in text else ""
    lines = re.findall(rf"{PROGRAM} (.*?)(?=;|\.(?: |$)| [|>] | compares | # |$)", example)
    return [shlex.split(line) for line in lines]


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_help_has_an_example_of_the_command_with_options_that_exist(
    path: tuple[str, ...], command: Command
) -> None:
    found = examples(command)
    assert found, f"{PROGRAM} {' '.join(path)} --help has no 'Example: {PROGRAM} …'"
    assert any(tuple(line[: len(path)]) == path for line in found), found
    for line in found:
        parsed(line)


def parsed(line: list[str]) -> None:
    """Read a command line as the program does, but carry nothing out."""
    command, rest, context = ROOT, line, typer.Context(ROOT, info_name=PROGRAM)
    while isinstance(command, TyperGroup):
        name = rest.pop(0)
        assert name in command.commands, name
        command = command.commands[name]
        context = typer.Context(command, context, info_name=name)
    parser = command.make_parser(context)
    values, left, _ = parser.parse_args(list(rest))
    assert not left, line
    for place in command.params:
        if place.param_type_name == "argument" and place.required and not place.envvar:
            assert values.get(place.name), line


@pytest.mark.parametrize("columns", [80, 60])
def test_help_fits_a_terminal_and_splits_no_word(
    columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {}
    for path, _ in commands():
        whole = words(shown(path, VERY_WIDE, monkeypatch))
        text = shown(path, columns, monkeypatch)
        too_long = [line for line in text.splitlines() if len(line.rstrip()) > columns]
        split = sorted(words(text) - whole)
        if too_long or split:
            wrong[" ".join(path)] = [*too_long, *split]
    assert wrong == {}


def test_a_word_that_a_narrow_terminal_splits_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow, wide = (words(shown(("pki", "new"), columns, monkeypatch)) for columns in (20, 80))
    assert narrow - wide
