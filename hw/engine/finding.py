"""Which engine there is: the one that the wheel brings, or one built here."""

import platform
import sys
from pathlib import Path

from firmware_sim.hw.build.engine import build_engine
from firmware_sim.hw.build.ready_made import is_ready_made, ready_made_file
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.errors import HardwareError

ENGINE_FILE = "engine.so"


def engine_file() -> Path:
    """The engine for this computer.

    Raises:
        EngineError: there is none and none can be built, or the wheel's own is damaged.
    """
    if sys.platform != "linux":
        raise EngineError(
            f"the engine is for Linux, and this is {sys.platform}",
            "use --target memory: the device in Python does the same",
        )
    try:
        return ready_made_file(ENGINE_FILE) or build_engine()
    except HardwareError as error:
        raise EngineError(f"there is no native engine: {error.problem}", error.mend) from error


def why_no_engine() -> str | None:
    """In one line, why there is no engine and how to get one; None if there is one."""
    try:
        engine_file()
    except EngineError as error:
        return str(error)
    return None


def why_not_used(path: Path) -> str:
    """In one line, why ``--target native`` uses another engine than this; empty if it uses it."""
    try:
        used = engine_file()
    except EngineError as error:
        return str(error)
    if used == path:
        return ""
    return f"--target native uses the one that the wheel brings, {used}"


def where_from(path: Path) -> str:
    """In words, where an engine comes from."""
    if is_ready_made(path):
        return "ready-made, from the wheel"
    return f"built here, for {platform.machine()}"
