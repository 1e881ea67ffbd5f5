"""What some tests need beside Python: a program, or the reference messages.

Without it a test skips and says why; under ``CI=true`` every skip is a failure
(`tests.conftest`), so that nothing is green because it did not run.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.finding import engine_file

# Daemons stand in /usr/sbin, which is not on everybody's PATH.
_DAEMON_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"


def require_tool(name: str) -> Path:
    """The path of the program `name`; skips the test where it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:{_DAEMON_FOLDERS}")
    if found is None:
        pytest.skip(f"needs the program {name} (make tools)")
    return Path(found)


needs_board = pytest.mark.usefixtures("emulated_board_tools")
"""A test that runs firmware on an emulated board: skips where none can be built or run."""


def require_engine() -> Path:
    """The native engine's file; skips the test where there is none and none can be built."""
    try:
        return engine_file()
    except EngineError as error:
        pytest.skip(f"needs the native engine: {error}")


def reference_set() -> Path:
    """The folder named by GBCS_RTDS; skips the test where the variable is not set.

    A variable that names no such folder is a mistake, not a missing set: it fails.
    """
    value = os.environ.get("GBCS_RTDS")
    if not value:
        pytest.skip("needs the reference messages (set GBCS_RTDS to their folder)")
    folder = Path(value)
    if not (folder / "messages").is_dir():
        pytest.fail(f"GBCS_RTDS names {folder}, which holds no folder 'messages'")
    return folder


def skips_are_errors(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this run must prove everything (``CI=true``)."""
    return environ.get("CI", "").lower() in {"true", "1"}
