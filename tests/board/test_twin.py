"""The firmware on an emulated board and the simulator, side by side; without a board, see
test_machine_twins.
"""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from tests.requirements import needs_board

pytestmark = needs_board


def test_twin_of_two_hundred_commands_on_the_emulated_board_shows_no_difference(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    frames = tmp_path / "frames.jsonl"
    target = f"board:mps2-an385?trace={frames}"
    assert run(["twin", "run", "--commands", "200", "--target", target, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["differences"] == 0
    assert found["commands"] >= 200
    assert found["executed"] > 50
    assert len(found["refused"]) > 5
    assert len(found["board"]["build_id"]) == 64
    kinds = {json.loads(line)["type"] for line in frames.read_text().splitlines()}
    assert {"MESSAGE", "MESSAGE answer", "DIGEST", "PROVISION"} <= kinds


def test_twin_replay_of_a_token_on_the_emulated_board_shows_no_difference(
    capfd: pytest.CaptureFixture[str],
) -> None:
    token = "1/1/40#0-4,7"
    assert run(["twin", "replay", token, "--target", "board:mps2-an385"]) == 0
    assert "Both do the same" in capfd.readouterr().out


@pytest.mark.parametrize(
    "target", ["memory", "mqtt://broker", "board:mps2-an385?trace=/no/folder/x"]
)
def test_twin_target_without_board_or_file_is_a_usage_error(
    target: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["twin", "run", "--commands", "1", "--target", target]) == 4
    assert "firmware-sim: " in capfd.readouterr().err
