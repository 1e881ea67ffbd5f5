"""``firmware-sim twin`` with the engine; with an emulated board, see tests/board/test_twin."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.dut.native.device import NativeDevice
from firmware_sim.bench.experiments.twin.comparing import TwinDifference
from firmware_sim.bench.experiments.twin.documents import write_failure, write_junit
from firmware_sim.bench.experiments.twin.finding import TwinFinding
from firmware_sim.bench.experiments.twin.running import TwinResult
from firmware_sim.bench.experiments.twin.token import TwinToken
from firmware_sim.machine.machine import Effects
from tests.requirements import require_engine


def test_a_misspelt_target_is_offered_only_what_a_twin_run_takes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for target in ("nativ", "memory", "mqtt"):
        assert run(["twin", "run", "--target", target]) == 4
        said = " ".join(capsys.readouterr().err.split())
        assert f"'{target}' runs no firmware; use native, board:NAME or serial:URL" in said


def test_twin_run_on_the_engine_shows_no_difference(capfd: pytest.CaptureFixture[str]) -> None:
    require_engine()
    assert run(["twin", "run", "--commands", "40", "--target", "native:tiny", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["differences"] == 0
    assert found["commands"] >= 40
    assert found["targets"] == ["native:tiny"]


def cases(path: Path) -> dict[str, str | None]:
    """What failed or was left out, by class; None: it passed."""
    found = ET.parse(path).iter("testcase")
    return {
        each.attrib["classname"]: None if (bad := each.find("*")) is None else bad.get("message")
        for each in found
    }


def test_twin_run_says_what_it_compared_and_writes_junit(
    capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    require_engine()
    words = ["twin", "run", "--commands", "40", "--target", "native:tiny"]
    assert run([*words, "--junit", str(tmp_path / "twin.xml")]) == 0
    told = " ".join(capfd.readouterr().out.split())
    assert "The simulator and native:tiny took the same" in told
    assert "After each command, answer, refusal and trust store were compared" in told
    assert told.endswith("0 differences")
    assert cases(tmp_path / "twin.xml") == {"twin.native:tiny": None}


def test_a_difference_fails_the_twin_that_differs_in_junit(tmp_path: Path) -> None:
    result = TwinResult(7, commands=3)
    difference = TwinDifference(0, 4, "the answer", "one", "other", twin=2)
    result.differences.append(TwinFinding(difference, TwinToken(7, 0, 40), difference))
    write_junit(result, ["native", "board:x"], tmp_path / "twin.xml")
    assert cases(tmp_path / "twin.xml") == {
        "twin.native": "the run ended after 3 commands: board:x differs",
        "twin.board:x": "the answer differs from the simulator",
    }
    assert "twin replay '7/0/40' --target 'board:x'" in (tmp_path / "twin.xml").read_text("utf-8")


def test_a_device_that_failed_leaves_no_twin_passed_in_junit(tmp_path: Path) -> None:
    write_failure(["native", "board:x"], "it hangs", tmp_path / "twin.xml")
    assert set(cases(tmp_path / "twin.xml").values()) == {"it hangs"}


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


def test_an_interrupted_twin_run_says_how_far_it_came(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    require_engine()
    given = []

    def hasty(self: NativeDevice, octets: bytes) -> Effects:
        given.append(octets)
        if len(given) == 12:
            raise KeyboardInterrupt
        return receive(self, octets)

    receive = NativeDevice.receive
    monkeypatch.setattr(NativeDevice, "receive", hasty)
    assert run(["twin", "run", "--commands", "40", "--target", "native:tiny"]) == 2
    told = " ".join(capfd.readouterr().err.split())
    assert re.search(r"Interrupted after 1\d commands; until then there was no difference", told)


def test_a_difference_that_comes_once_is_told_with_the_token_of_its_whole_trial(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    require_engine()
    given = []

    def once(self: NativeDevice, octets: bytes) -> Effects:
        given.append(octets)
        return Effects((b"once",)) if len(given) == 12 else receive(self, octets)

    receive = NativeDevice.receive
    monkeypatch.setattr(NativeDevice, "receive", once)
    words = ["twin", "run", "--commands", "40", "--target", "native:tiny", "--json"]
    assert run([*words, "--junit", str(tmp_path / "twin.xml")]) == 1
    out, err = capfd.readouterr()
    [found] = json.loads(out)["found"]
    assert (found["token"], found["again"]) == ("1/0/40", "not reproducible alone")
    assert "twin replay '1/0/40' --target 'native:tiny'" in err
    assert "not reproducible alone, nor is the whole trial 0 on fresh devices" in err
    assert "not reproducible alone" in (tmp_path / "twin.xml").read_text("utf-8")
