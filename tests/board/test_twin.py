"""Simulator, engine and the firmware on an emulated board, side by side; without a board, see
test_machine_twins.
"""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from tests.requirements import needs_board

pytestmark = needs_board


def test_two_hundred_commands_show_no_difference_of_simulator_engine_and_emulated_board(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    frames = tmp_path / "frames.jsonl"
    target = f"board:mps2-an385?trace={frames}"
    targets = ["--target", "native", "--target", target]
    assert run(["twin", "run", "--commands", "200", *targets, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["differences"] == 0
    assert found["targets"] == ["native", target]
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
