"""Questions to a person at a terminal; without one, a clear error for what is missing."""

import sys
from collections.abc import Collection, Mapping

import typer
from rich.table import Table
from rich.text import Text

from firmware_sim.bench.cli.output import stderr
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.yaml_mistakes import suggestion


def can_ask() -> bool:
    """Whether a person sits at standard input."""
    return sys.stdin.isatty()


def chosen(
    option: str,
    written: str | None,
    offered: Mapping[str, str],
    question: str,
    also: Collection[str] = (),
) -> str:
    """One of the offered names: as it was written, or as a person answers.

    Args:
        option: what the command line calls it, e.g. ``--key``.
        written: on the command line; None if it was not.
        offered: names, each with what it means; if there is one only, nothing is asked.
        also: shorter names that the caller takes too; a slip in one leads back to it.

    Raises:
        UsageError: it is none of them, or is missing and nobody can be asked.
    """
    if written is not None:
        if written not in offered:
            near = suggestion(written, (*also, *offered))
            raise UsageError(f"{option} {written!r} is not offered here{near}", _one_of(offered))
        return written
    if len(offered) == 1:
        return next(iter(offered))
    if not can_ask():
        raise UsageError(
            f"{option} is missing, and there is no terminal to ask at", _one_of(offered)
        )
    return _asked(question, offered)


def answered(question: str, default: str) -> str:
    """A word from a person, or the default at once if nobody can be asked."""
    return str(typer.prompt(question, default=default, err=True)) if can_ask() else default


def _asked(question: str, offered: Mapping[str, str]) -> str:
    names = list(offered)
    by_number = not any(name.isdecimal() for name in names)  # a Method has a number of its own
    stderr.print(f"\n{question}", highlight=False)
    menu = Table.grid(padding=(0, 2))
    for number, (name, meaning) in enumerate(offered.items(), start=1):
        menu.add_row(f"{number:4}" if by_number else "  ", Text(name), Text(meaning))
    stderr.print(menu, highlight=False)
    while True:
        answer = str(typer.prompt("Number or name" if by_number else "Name", err=True)).strip()
        if answer in offered:
            return answer
        if by_number and answer.isdecimal() and 0 < int(answer) <= len(names):
            return names[int(answer) - 1]
        stderr.print(f"{answer!r} is not offered{suggestion(answer, names)}", highlight=False)


def _one_of(offered: Mapping[str, str]) -> str:
    return f"give one of {', '.join(offered)}"
