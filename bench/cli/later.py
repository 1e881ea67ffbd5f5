"""Groups of verbs, each imported when one of its verbs is called.

The help of the program shows each group by name and purpose, which stand in `main`. What a group
needs (templates, brokers, plots) is imported by its module, and that only by its own command line.
"""

import gc
from functools import cache
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup


class _Later(TyperGroup):
    """Stands for the group of a module until a command line leads into it."""

    module: ClassVar[str]
    verb: ClassVar[str | None]

    def imported(self) -> Any:
        """The group or verb that it stands for, by the name and with the help that it has."""
        command: Any = typer.main.get_group(_app_of(self.module))
        if self.verb is not None:
            command = command.commands[self.verb]
        command.name, command.help = self.name, self.help
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Read the rest of a command line, as the group that it stands for does."""
        return self.imported().make_context(info_name, args, parent, **extra)


def later(module: str, verb: str | None = None) -> type[TyperGroup]:
    """For ``add_typer(typer.Typer(), cls=...)``: the ``app`` of a module, imported when called.

    Args:
        module: its path in this package, e.g. ``board.group``.
        verb: the one command of it that is meant, in place of the whole group.
    """
    return type("Later", (_Later,), {"module": module, "verb": verb})


def whole(app: typer.Typer) -> Any:
    """A program with all groups and verbs of it imported, for what describes or tests them.

    Its class is the library's that typer brings, which has no public name.
    """
    root: Any = typer.main.get_group(app)
    for name, command in root.commands.items():
        root.commands[name] = command.imported() if isinstance(command, _Later) else command
    return root


@cache
def _app_of(module: str) -> typer.Typer:
    app: typer.Typer = import_module(f"firmware_sim.bench.cli.{module}").app
    gc.freeze()  # modules, classes and tables stay: they need not be looked through for cycles
    return app
