"""The plugin's options on pytest's command line, beside those of other plugins.

Every option has a long name of its own, ``--firmware-sim-…``. The short names ``--target``,
``--port``, ``--baud`` and ``--require-board`` are taken only where they are free: pytest-embedded,
for one, has ``--target``, ``--port`` and ``--baud`` too. Whether a name is free is known only when
every plugin and every initial ``conftest.py`` has been loaded. pytest loads them one by one and
calls each one's ``pytest_addoption`` at once, so no order of hooks (tryfirst, trylast) helps there:
the first to register a name has it, and the second ends pytest.
"""

import argparse
import os
import shlex
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

PREFIX: Final = "--firmware-sim-"
_SHORT: Final = pytest.StashKey[frozenset[str]]()
_GROUP: Final = ("firmware-sim", "device under test (firmware-sim)")


class _Option(NamedTuple):
    name: str
    help: str
    settings: dict[str, Any]

    @property
    def short(self) -> str:
        return f"--{self.name}"

    @property
    def long(self) -> str:
        return f"{PREFIX}{self.name}"

    @property
    def dest(self) -> str:
        return "firmware_sim_" + self.name.replace("-", "_")


_OPTIONS: Final = (
    _Option(
        "target",
        "memory (default): a simulated device. native: the firmware itself, in this computer. "
        "board:NAME: an emulated board, e.g. board:mps2-an385. "
        "serial:URL: a board at the end of a line.",
        {"default": None, "metavar": "TARGET"},
    ),
    _Option(
        "port",
        "The same as target serial:URL, e.g. /dev/ttyACM0 or usb:SERIALNUMBER.",
        {"default": None, "metavar": "URL"},
    ),
    _Option("baud", "Speed of the port.", {"default": 115_200, "type": int, "metavar": "N"}),
    _Option(
        "require-board",
        "Firmware that is not there ends pytest before the first test.",
        {"default": False, "action": "store_true"},
    ),
)
_WITH_VALUE: Final = tuple(each for each in _OPTIONS if "action" not in each.settings)


class Chosen(NamedTuple):
    """What the command line says; None where it says nothing."""

    target: str | None
    port: str | None
    baud: int
    require_board: bool


def chosen(config: pytest.Config) -> Chosen:
    """What the options of the plugin say, under whichever of their names they were given."""
    return Chosen(*(getattr(config.option, each.dest) for each in _OPTIONS))


def add_long_names(parser: pytest.Parser) -> None:
    """Register the options under the names that no other plugin has."""
    group = parser.getgroup(*_GROUP)
    for each in _OPTIONS:
        group.addoption(each.long, dest=each.dest, help=each.help, **each.settings)


def add_short_names(parser: pytest.Parser, config: pytest.Config) -> None:
    """Register the short names that are free once every other plugin has been loaded."""
    group = parser.getgroup(*_GROUP)
    free = [each for each in _OPTIONS if _is_free(parser, each.short)]
    for each in free:
        text = f"The same as {each.long}."
        # A default of its own would hide what the long name was given.
        settings = {**each.settings, "default": argparse.SUPPRESS}
        group.addoption(each.short, dest=each.dest, help=text, **settings)
        setattr(config.option, each.dest, each.settings["default"])
    config.stash[_SHORT] = frozenset(each.short for each in free)


def _is_free(parser: pytest.Parser, name: str) -> bool:
    """Whether pytest does not know the option; one that has it may read its value as it likes."""
    try:
        _, unknown = parser.parse_known_and_unknown_args([f"{name}=1"])
    except (pytest.UsageError, SystemExit, ValueError, argparse.ArgumentTypeError):
        return False
    return f"{name}=1" in unknown


def taken(config: pytest.Config) -> list[str]:
    """The short names that another plugin has."""
    short = config.stash.get(_SHORT, frozenset())
    return [each.short for each in _OPTIONS if each.short not in short]


def forget_values(config: pytest.Config, args: Sequence[str]) -> None:
    """Take values of options not known yet out of the files and folders pytest is to look into.

    pytest looks for the initial ``conftest.py`` files beside them.
    """
    paths = getattr(config.known_args_namespace, "file_or_dir", None)
    for name, value in pairwise(args):
        is_ours = name in {each.short for each in _WITH_VALUE}
        if is_ours and isinstance(paths, list) and value in paths:
            paths.remove(value)


def joined_args(config: pytest.Config) -> list[str] | None:
    """The command line with ``--port=X`` for ``--port X``; None if it may stay as it is.

    pytest looks for its root folder before it knows the options of any plugin. It takes a value
    behind a space that is a path (``--port /dev/ttyACM0``) for a folder of tests, finds ``/dev`` as
    root, and misses the settings of the project.

    Raises:
        UsageError: it is so in PYTEST_ADDOPTS, which is read anew each time.
    """
    if _joined(config, shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))) is not None:
        raise pytest.UsageError("in PYTEST_ADDOPTS, write --port=/dev/…, with = and no space")
    return _joined(config, [os.fspath(each) for each in config.invocation_params.args])


def _joined(config: pytest.Config, args: Sequence[str]) -> list[str] | None:
    short = config.stash.get(_SHORT, frozenset())
    names = {each.long for each in _WITH_VALUE} | {
        each.short for each in _WITH_VALUE if each.short in short
    }
    made, changed, rest = list[str](), False, iter(args)
    for arg in rest:
        if arg in names:
            value = next(rest, None)
            made.append(arg if value is None else f"{arg}={value}")
            changed |= value is not None and Path(value).exists()
        else:
            made.append(arg)
    return made if changed else None


def described(config: pytest.Config) -> Iterable[str]:
    """Lines for the head of a run: what is under test, and which names do not mean us."""
    options = chosen(config)
    named = options.target or (options.port and f"serial:{options.port}")
    others = taken(config)
    if named:
        yield f"firmware-sim: device under test {named}"
    if others:
        names = ", ".join(others)
        yield f"firmware-sim: another plugin has {names}; ours are {PREFIX}target and so on"
