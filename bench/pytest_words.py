"""What pytest says of a test: names of parameters, and tracebacks without our inside."""

from enum import IntEnum
from typing import Final

import pytest

_OURS: Final = "firmware_sim."


def name_of(value: object) -> str | None:
    """The name of a value of ours that pytest would show as a number; None for any other."""
    if isinstance(value, IntEnum) and type(value).__module__.startswith(_OURS):
        return value.name
    return None


def end_at_the_test(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Let the traceback of an error that says all by itself end at the line of the test.

    What else is raised inside is a mistake of ours, and keeps its traceback; ``--full-trace``
    keeps every one.
    """
    if call.excinfo is None or item.config.getoption("fulltrace", default=False):
        return
    if not _says_all(call.excinfo.value):
        return
    at, is_in_test = call.excinfo.tb, False
    while (inner := at.tb_next) is not None:
        is_in_test |= at.tb_frame.f_code.co_filename == str(item.path)
        if is_in_test and _is_ours(inner.tb_frame.f_globals):
            # Not `excinfo.traceback`: pytest makes that anew from here.
            at.tb_next = None
            return
        at = inner


def _is_ours(names: dict[str, object]) -> bool:
    return str(names.get("__name__", "")).startswith(_OURS)


def _says_all(error: BaseException) -> bool:
    from firmware_sim.bench.errors import BenchError
    from firmware_sim.devices.links.link import LinkError
    from firmware_sim.gbcs.roles import UnknownCellError
    from firmware_sim.hw.errors import HardwareError

    return isinstance(
        error, AssertionError | BenchError | HardwareError | LinkError | UnknownCellError
    )
