"""``python -m tests.sanitized``: the firmware's tests on this computer, watched as they run.

They are the same tests; the libraries that they load, the board's firmware and the engine on
libcrypto, are built with AddressSanitizer and UBSan, and any finding ends the run. What runs on an
emulated board is left out: it loads no library.
"""

import os
import subprocess
import sys
from pathlib import Path

from firmware_sim.hw.build.engine import checked_environment

ROOT = Path(__file__).parents[1]

PATTERNS = ("crypto", "ports", "language_*", "certificates*", "store*", "machine_[!h]*")
"""Of tests/board; test_machine_hostile starts a watched program of its own, and what the refusals
of an engine are about ends under the sanitizers in another way."""


def main(arguments: list[str]) -> int:
    """Run pytest with those tests and the given arguments; its exit code."""
    board = ROOT / "tests" / "board"
    found = [file for pattern in PATTERNS for file in sorted(board.glob(f"test_{pattern}.py"))]
    command = [sys.executable, "-m", "pytest", "-q", *arguments, *map(str, found)]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | checked_environment(), check=False
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
