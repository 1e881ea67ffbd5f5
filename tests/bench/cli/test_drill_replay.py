"""``drill replay``: a device once more, from its kept image, to the last bit."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.drills import kept_devices
from firmware_sim.bench.drills.setup import set_up
from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.bench.dut.simulated.device import SimulatedDevice
from firmware_sim.bench.evidence.reading import read_record
from firmware_sim.devices.device import Device
from firmware_sim.machine.machine import Effects
from tests.bench.drills.cut_off import killed
from tests.bench.drills.test_for_later import EARLY, LATER, NEW
from tests.bench.drills.wave_stories import text_of

STORY = "gpf-handover"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replayed") / "run"
    assert run(["drill", "run", STORY, "--premises", "2", "--out", str(folder)]) == 0
    return folder


def replayed(folder: Path, capsys: Captured, *options: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["drill", "replay", str(folder), "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def first_difference(found: dict[str, Any]) -> dict[str, Any]:
    difference: dict[str, Any] = found["devices"][0]["differences"][0]
    return difference


def test_every_answer_and_every_image_of_a_run_come_again(folder: Path, capsys: Captured) -> None:
    code, found = replayed(folder, capsys)
    record = read_record(folder)
    assert (code, found["outcome"]) == (0, "equal")
    assert [each["device"] for each in found["devices"]] == [each.entity for each in record.devices]
    sent = sum(each["messages"] for each in found["devices"])
    came = sum(each["answers"] for each in found["devices"])
    assert (sent, came) == (
        record.counts["messages_to_devices"],
        record.counts["messages_from_devices"],
    )
    assert all(each["image_compared"] for each in found["devices"])


@pytest.mark.usefixtures("engine")
def test_the_firmware_gives_the_same_octets_from_the_image_of_a_simulated_device(
    folder: Path, capsys: Captured
) -> None:
    entity = read_record(folder).devices[0].entity
    code, found = replayed(folder, capsys, "--engine", "native", "--device", entity.upper())
    assert (code, found["outcome"], found["engine"]) == (0, "equal", "native")
    assert [each["device"] for each in found["devices"]] == [entity]


def test_one_octet_of_one_answer_is_found_with_its_message_and_its_place(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = read_record(folder)
    entity = record.devices[0].entity
    answers = [row for row in record.messages if row.device == entity and row.direction[0] == "f"]
    wrong = bytearray.fromhex(answers[2].octets or "")
    wrong[40] ^= 1
    true_receive = Device.receive

    def receive(device: Device, octets: bytes) -> Effects:
        effects = true_receive(device, octets)
        altered = (
            bytes(wrong) if each.hex() == answers[2].octets else each for each in effects.messages
        )
        return effects._replace(messages=tuple(altered))

    monkeypatch.setattr(Device, "receive", receive)
    code, found = replayed(folder, capsys, "--device", entity)
    assert (code, found["outcome"]) == (1, "differs")
    difference = first_difference(found)
    assert (difference["message"], difference["octet"]) == (answers[2].id, 40)
    assert found["devices"][0]["answers"] == len(answers) - 1


def test_a_device_that_keeps_silent_or_ends_otherwise_differs(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Device, "receive", lambda *_: Effects())
    entity = read_record(folder).devices[0].entity
    code, found = replayed(folder, capsys, "--device", entity)
    assert code == 1
    assert first_difference(found)["problem"] == "the device does not send it now"
    *_, last = found["devices"][0]["differences"]
    assert (last["message"], last["problem"]) == (None, "the device ends with another")
    assert last["octet"] is not None
    assert run(["drill", "replay", str(folder), "--device", entity]) == 1
    assert "Differs." in capsys.readouterr().out


def test_of_a_run_too_large_for_image_files_the_images_follow_from_the_seed(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_devices, "has_files", lambda _: False)
    code, found = replayed(folder, capsys)
    assert (code, found["outcome"], len(found["devices"])) == (0, "equal", 2)
    monkeypatch.setattr(
        kept_devices, "set_up", lambda story, **named: set_up(story, **named | {"seed": 2})
    )
    assert run(["drill", "replay", str(folder)]) == 4
    assert "the story gives no device" in capsys.readouterr().err


def test_of_a_run_that_was_cut_off_what_stands_is_compared(
    tmp_path: Path, capsys: Captured
) -> None:
    folder = tmp_path / "run"
    killed(["drill", "run", STORY, "--out", str(folder)], 200)
    code, found = replayed(folder, capsys)
    assert (code, found["outcome"]) == (0, "equal")
    [device] = found["devices"]
    assert device["messages"] > 0
    assert device["image_compared"] is False


def test_a_device_that_took_no_part_names_the_nearest(folder: Path, capsys: Captured) -> None:
    entity = read_record(folder).devices[0].entity
    assert run(["drill", "replay", str(folder), "--device", "f" + entity[1:]]) == 4
    assert f"did you mean '{entity}'?" in capsys.readouterr().err


def test_what_is_no_run_or_an_altered_one_is_refused(
    folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    assert run(["drill", "replay", str(tmp_path)]) == 4
    copy = shutil.copytree(folder, tmp_path / "copy")
    entity = read_record(folder).devices[0].entity
    (copy / "images" / f"{entity}.before.bin").write_bytes(bytes(64))
    capsys.readouterr()
    assert run(["drill", "replay", str(copy)]) == 4
    assert "is altered: images/" in capsys.readouterr().err
    (copy / "images" / f"{entity}.before.bin").unlink()
    assert run(["drill", "replay", str(copy)]) == 4
    assert capsys.readouterr().err.count("\n") == 1


def run_of(text: str, folder: Path) -> Path:
    story, run_folder = folder / "story.yaml", folder / "run"
    story.write_text(text, "utf-8")
    run(["drill", "run", str(story), "--out", str(run_folder)])
    return run_folder


def test_what_a_device_did_when_a_command_fell_due_comes_again(
    tmp_path: Path, capsys: Captured
) -> None:
    folder = run_of(text_of(LATER, after=EARLY + NEW), tmp_path)
    alerts = [row for row in read_record(folder).messages if row.kind == "alert"]
    code, found = replayed(folder, capsys)
    assert (code, found["outcome"], len(alerts)) == (0, "equal", 3)
    assert sum(each["answers"] for each in found["devices"]) == 12


def test_a_run_in_which_devices_distrust_their_clocks_is_refused(
    tmp_path: Path, capsys: Captured
) -> None:
    folder = run_of(text_of("    clock: unreliable\n"), tmp_path)
    capsys.readouterr()
    assert run(["drill", "replay", str(folder)]) == 4
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "its devices distrust their clocks in a step" in told.err
    assert not told.out
    assert run(["evidence", "verify", str(folder), "--replay", "all"]) == 0
    assert "Played again: 3 devices, of which 3 agree." in capsys.readouterr().out


LINKS = "links: {loss: 25%, duplicate: 40%, late: {share: 25%, minutes: 90}}\n"
CUTS = "faults: [{power cut: commit, count: 3}]\n"
RETRY = "    retry: {attempts: 6, back off: 1h}\n"


@pytest.fixture(scope="module")
def rough(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose links lose, double and delay messages, and whose devices lose their power."""
    return run_of(text_of(RETRY, LINKS + CUTS, NEW), tmp_path_factory.mktemp("rough"))


def test_what_a_device_met_on_bad_links_and_in_power_cuts_comes_again(
    rough: Path, capsys: Captured
) -> None:
    code, found = replayed(rough, capsys)
    record = read_record(rough)
    assert (code, found["outcome"]) == (0, "equal")
    assert sum(each["messages"] for each in found["devices"]) > 20
    came = sum(each["answers"] for each in found["devices"])
    assert came == record.counts["messages_from_devices"]
    assert all(each["image_compared"] for each in found["devices"])
    assert any(row.summary.startswith("late: ") for row in record.messages)
    assert sum(each.name.startswith("power cut") for each in record.checks) == 3


def test_one_device_of_a_run_over_bad_links_is_played_by_itself(
    rough: Path, capsys: Captured
) -> None:
    entity = read_record(rough).devices[1].entity
    code, found = replayed(rough, capsys, "--device", entity)
    assert (code, [each["device"] for each in found["devices"]]) == (0, [entity])


@pytest.mark.usefixtures("engine")
def test_the_firmware_meets_the_same_bad_links_and_power_cuts(
    rough: Path, capsys: Captured
) -> None:
    code, found = replayed(rough, capsys, "--engine", "native")
    assert (code, found["outcome"]) == (0, "equal")


def test_devices_out_of_reach_come_again_as_they_were(tmp_path: Path, capsys: Captured) -> None:
    folder = run_of(text_of(RETRY, "links: {unreachable: {count: 2}, loss: 20%}\n"), tmp_path)
    code, found = replayed(folder, capsys)
    assert (code, found["outcome"]) == (0, "equal")
    assert [each["answers"] for each in found["devices"]].count(0) == 2


def test_a_device_that_keeps_what_a_power_cut_took_differs(
    rough: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(device: SimulatedDevice, octets: bytes, _moment: CutMoment) -> Effects:
        return device.receive(octets)._replace(messages=())

    monkeypatch.setattr(SimulatedDevice, "receive_cut", kept)
    code, found = replayed(rough, capsys)
    assert (code, found["outcome"]) == (1, "differs")
