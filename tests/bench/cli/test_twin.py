"""``firmware-sim twin`` with the engine; with an emulated board, see tests/board/test_twin."""

import json

import pytest

from firmware_sim.bench.cli.main import run
from tests.requirements import require_engine


def test_twin_run_on_the_engine_shows_no_difference(capfd: pytest.CaptureFixture[str]) -> None:
    require_engine()
    assert run(["twin", "run", "--commands", "40", "--target", "native:tiny", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["differences"] == 0
    assert found["commands"] >= 40
    assert found["targets"] == ["native:tiny"]


def test_twin_replay_of_a_token_compares_all_that_are_named(
    capfd: pytest.CaptureFixture[str],
) -> None:
    require_engine()
    targets = ["--target", "native", "--target", "native:nrf52840"]
    assert run(["twin", "replay", "1/1/40#0-4,7", *targets]) == 0
    assert "All 3 do the same" in capfd.readouterr().out


def test_twins_on_different_flash_are_a_usage_error(capfd: pytest.CaptureFixture[str]) -> None:
    require_engine()
    targets = ["--target", "native:tiny", "--target", "native"]
    assert run(["twin", "run", "--commands", "1", *targets]) == 4
    assert "native:tiny and native have different flash; write native:tiny" in (
        " ".join(capfd.readouterr().err.split())
    )


@pytest.mark.parametrize(
    "target", ["memory", "mqtt://broker", "native:no-such", "board:mps2-an385?trace=/no/folder/x"]
)
def test_twin_target_without_firmware_or_file_is_a_usage_error(
    target: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["twin", "run", "--commands", "1", "--target", target]) == 4
    assert "firmware-sim: " in capfd.readouterr().err
