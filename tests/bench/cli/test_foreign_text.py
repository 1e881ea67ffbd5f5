"""Text of users and of files reaches a terminal as it is: never as markup, never as a control."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import firmware_sim.bench.cli
from firmware_sim.bench.cli.main import run

CLEAR_SCREEN = "\\e[2J"  # as YAML writes it
STORY = f"""
name: foreign
title: "Drill [/x] {CLEAR_SCREEN}"
summary: a summary
start: 2026-06-01T08:00:00Z
devices: [GPF]
steps:
  - {{name: look, title: "Step [/y] {CLEAR_SCREEN}", do: read back, by: supplier}}
"""
MARKUP = re.compile(r"\[/?(bold|dim|red|green|yellow|blue|cyan)?( [a-z]+)?\]")


def test_titles_and_folders_with_markup_are_shown_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, folder = tmp_path / "story.yaml", tmp_path / "a[b]c"
    story.write_text(STORY)
    assert run(["drill", "run", str(story), "--out", str(folder)]) == 0
    out, error = capsys.readouterr()
    assert "Drill [/x] \\x1b[2J" in error
    assert "Step [/y] \\x1b[2J" in error
    assert f"Report {folder}/report.html" in out
    assert "\x1b[2J" not in out + error
    assert "[bold" not in out + error


def test_a_report_made_again_names_a_folder_with_markup(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story, folder = tmp_path / "story.yaml", tmp_path / "a[b]c"
    story.write_text(STORY)
    run(["drill", "run", str(story), "--out", str(folder)])
    capsys.readouterr()
    assert run(["drill", "report", str(folder)]) == 0
    assert capsys.readouterr().out == f"Report: {folder}/report.html\n"


@pytest.mark.parametrize("arguments", [["drill", "list"], ["board", "list"], ["attack", "list"]])
def test_our_own_styles_are_no_text(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 0
    assert not MARKUP.search(capsys.readouterr().out)


def test_markup_stands_in_templates_of_styled_alone() -> None:
    folder = Path(str(firmware_sim.bench.cli.__file__)).parent
    found = [
        f"{path.name}:{line}: {text}"
        for path in folder.rglob("*.py")
        for line, text in _unstyled(ast.parse(path.read_text("utf-8")))
        if MARKUP.search(text)
    ]
    assert found == []


def _unstyled(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts of a module that are no template of `styled`."""
    templates = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "styled"
        for argument in node.args
        for part in ast.walk(argument)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text), lineno=line) if id(node) not in templates:
                yield line, text
