"""Expected failures are strict: each must be one, and is set apart only then."""

from pathlib import Path

import pytest

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.conformance.expected import read_expected, set_apart
from firmware_sim.bench.experiments.conformance.result import (
    ConformanceResult,
    Finding,
    ReplayResult,
)
from firmware_sim.bench.outcome import ExitCode


def replayed() -> ConformanceResult:
    replay = ReplayResult(
        matched=["good"],
        differ=[Finding("bad", "octet 3")],
        unsupported=[Finding("odd", "no key")],
        use_cases={"good": "CS02a", "bad": "CS02a", "odd": "CS02a"},
    )
    result = ConformanceResult(replay=replay)
    result.messages["parsed"] = 3
    return result


def test_a_known_failure_is_set_apart() -> None:
    result = replayed()
    before = result.exit_code
    set_apart(result.replay, {"bad": "clock not done"})
    assert (before, result.exit_code) == (ExitCode.DEVICE_FAILED, ExitCode.PASSED)
    assert result.replay.expected == [Finding("bad", "clock not done (octet 3)")]
    assert result.replay.pairs == 3
    assert result.as_json()["replay"]["expected_failures"][0]["name"] == "bad"


@pytest.mark.parametrize(
    ("name", "text"),
    [("good", "matches now"), ("odd", "was not executed"), ("none", "no such pair")],
)
def test_an_entry_that_is_no_failure_fails(name: str, text: str) -> None:
    result = replayed()
    set_apart(result.replay, {"bad": "known", name: "why"})
    assert result.exit_code is ExitCode.DEVICE_FAILED
    (stale,) = result.replay.stale
    assert stale.name == name
    assert text in stale.reason


def test_the_file_is_a_mapping_of_names_to_reasons(tmp_path: Path) -> None:
    file = tmp_path / "expected.yaml"
    file.write_text("a/b: not done yet\n")
    assert read_expected(file) == {"a/b": "not done yet"}
    assert read_expected(None) == {}
    for wrong in ("- a\n", "a: [1]\n", "a: x\na: y\n", "a:\n"):
        file.write_text(wrong)
        with pytest.raises(UsageError):
            read_expected(file)
