"""What docs/cli.md shows of the command line, read from its own tree of commands."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from typer.core import TyperGroup

from firmware_sim.bench.cli.later import whole
from firmware_sim.bench.cli.main import PROGRAM, app
from scripts.tables import table

# Of the library that typer brings, which has no public name.
_Command = Any

_OF_THE_HOST = {"workers"}  # their default is another on each computer


def commands_reference() -> str:
    """Every command with its arguments and options, one heading each."""
    return "\n\n".join(_pages((PROGRAM,), whole(app)))


def _pages(path: tuple[str, ...], command: _Command) -> Iterator[str]:
    if not command.hidden:
        yield "\n\n".join(_page(path, command))
    for name, each in command.commands.items() if isinstance(command, TyperGroup) else ():
        yield from _pages((*path, name), each)


def _page(path: tuple[str, ...], command: _Command) -> Iterator[str]:
    # The program and its groups stand one level higher than what they hold.
    yield f"{'#' * min(len(path) + 1, 3)} `{' '.join(path[1:] or path)}`"
    yield from _paragraphs(command.help)
    rows = [_row(each) for each in command.params if not getattr(each, "hidden", False)]
    if rows:
        yield table(("name", "takes", "what it is"), rows)
    yield from _paragraphs(command.epilog)


def _row(parameter: _Command) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        names = f"`{parameter.metavar or parameter.name.upper()}`"
    taken = "" if getattr(parameter, "is_flag", False) else _shown(_taken(parameter))
    words = [" ".join((parameter.help or "").split())]
    if parameter.required:
        words.append("Required.")
    elif _tells(parameter.default) and parameter.name not in _OF_THE_HOST:
        words.append(f"Default: `{getattr(parameter.default, 'value', parameter.default)}`.")
    return names, taken, _shown(" ".join(filter(None, words)))


def _taken(parameter: _Command) -> str:
    return f"`{parameter.metavar or parameter.bare_type().strip('<>')}`"


def _tells(default: object) -> bool:
    """Whether a default says something: a file's absence and a flag that is off do not."""
    return default is not None and not callable(default) and default not in (False, "", (), [])


def _paragraphs(text: str | None) -> Iterator[str]:
    for part in (text or "").split("\n\n"):
        words = " ".join(part.split())
        if words:
            yield _escaped(words)


def _shown(text: str) -> str:
    return _escaped(text).replace("|", "\\|")


def _escaped(text: str) -> str:
    """Text as Markdown shows it; what is in code already stays as it is."""
    parts = text.split("`")
    return "`".join(
        part if place % 2 else part.replace("<", "\\<").replace("*", "\\*")
        for place, part in enumerate(parts)
    )


CLI_TABLES: Mapping[str, Callable[[], str]] = MappingProxyType({"commands": commands_reference})
