"""The tests of `examples/firmware-team` are red on firmware that lacks what they are about."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.planted.planting import apply, environment_of_a_tree
from tests.planted.test_mistakes import MISTAKES
from tests.requirements import require_engine

pytestmark = [pytest.mark.planted]

EXPECTED = {
    "mac-not-checked": {
        "test_a_command_with_a_wrong_mac_is_not_obeyed[update]",
        "test_a_command_with_a_wrong_mac_is_not_obeyed[reading]",
    },
    "signature-not-checked": {
        "test_a_forged_command_changes_nothing",
        "test_the_recovery_key_shuts_a_stolen_key_out",
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_example_is_red_on_firmware_with_the_mistake(name: str, tree: Path) -> None:
    """On the engine, which is built in a copy of the tree that has the mistake."""
    require_engine()
    [mistake] = [each for each in MISTAKES if each.name == name]
    apply(mistake, tree)
    command = [sys.executable, "-m", "pytest", "-p", "no:asyncio", "-q", "--tb=no", "-rf"]
    command += ["--firmware-sim-target=native", "--firmware-sim-require-board"]
    done = subprocess.run(
        [*command, "tests/test_credentials.py"],
        cwd=tree / "examples" / "firmware-team",
        env=environment_of_a_tree() | {"PYTHONPATH": str(tree), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert {line.partition("::")[2].partition(" - ")[0] for line in failed} == EXPECTED[name]
