"""The benchmark of a drill counts what both sides do, and adds up."""

import json

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.experiments.benchmarks.counting import counted_everywhere, floor_of
from firmware_sim.bench.experiments.benchmarks.sampling import OTHER, sampled
from firmware_sim.gbcs.crypto import P256Suite

SCALAR = (7).to_bytes(32, "big")


def test_every_suite_is_counted_inside_and_none_outside() -> None:
    suite = P256Suite()
    point = suite.public_key(SCALAR)
    with counted_everywhere() as calls:
        signature = P256Suite().sign(SCALAR, b"data")
        assert suite.signer(SCALAR, point)(b"data") == signature
        assert suite.verify(point, b"data", signature)
        assert suite.agree(SCALAR, point)
    suite.sign(SCALAR, b"data")
    assert calls == {"sign": 2, "verify": 1, "agree": 1}
    assert floor_of(calls, {"sign": 3.0, "verify": 5.0, "agree": 7.0}) == 18.0


def test_time_is_given_to_the_part_that_spends_it() -> None:
    suite = P256Suite()
    point = suite.public_key(SCALAR)
    signature = suite.sign(SCALAR, b"data")
    with sampled() as seen:
        while seen.total() < 20:
            suite.verify(point, b"data", signature)
    assert seen["cryptography"] > seen[OTHER]


@pytest.mark.slow
def test_the_benchmark_of_a_drill_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "drill", "--devices", "4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["devices"], found["premises"]) == (6, 2)
    assert found["passed"]
    assert found["verified"]
    assert found["commands_a_device"] > 9
    assert found["ratio"] == pytest.approx(sum(found["ratio_of_parts"].values()))
    floor = found["crypto_floor"]
    assert floor["microseconds_a_device"] == pytest.approx(
        floor_of(floor["operations_a_device"], floor["microseconds_an_operation"])
    )
    assert set(found["octets"]) == {"ledger", "record", "report"}
    peaks = found["peak_memory_octets_until"]
    assert peaks["drill"] <= peaks["report"] <= peaks["verify"] == found["peak_memory_octets"]
    aims = {"devices": 10_000, "verify_wall_seconds": 10.0, "report_octets": 1_000_000}
    assert found["aims"] == aims


@pytest.mark.slow
def test_a_drill_measured_as_a_fleet_has_the_floor_of_its_own_commands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["bench", "drill", "--target", "fleet", "--devices", "30", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["devices"], found["passed"]) == (30, True)
    # Tokens and readings are each device's own, and are played at representatives alone.
    assert 9 <= found["commands_a_device"] <= 11
    assert "meters-topped-up" in found["steps_at_representatives_alone"]
    assert found["crypto_floor"]["microseconds_a_device"] == pytest.approx(
        found["cpu_microseconds_a_device"] / found["ratio"]
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target", "mqtt"], "mqtt is no target of this benchmark; use memory, native or fleet"),
        (["--story", "supplier-m3-fleet"], "has its own population"),
        (["--story", "nothing-like-it"], "nothing-like-it"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_one_line(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bench", "drill", *options]) == 4
    error = capsys.readouterr().err
    assert words in error
    assert error.strip().count("\n") == 0
