"""A script that the engine's process would run once more is told what it lacks."""

import subprocess
import sys
from pathlib import Path

from tests.requirements import require_engine

SCRIPT = """
from firmware_sim.bench.dut.opening import named_device
with named_device("native").device():
    pass
"""


def test_the_engine_is_not_blamed_for_a_script_without_its_guard(tmp_path: Path) -> None:
    require_engine()
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "the engine's process did not start: it ended by exit code 1" in last
    assert "if __name__ == '__main__':" in last
    assert "damaged" not in done.stderr
