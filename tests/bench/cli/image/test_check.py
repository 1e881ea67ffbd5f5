"""``firmware-sim image diff | verify | map | corrupt`` on images of a meter before and after."""

import json
import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import pytest

from firmware_sim.bench.cli.main import run
from firmware_sim.bench.evidence import html
from firmware_sim.bench.evidence.flash.words import TONE_NAMES
from firmware_sim.bench.experiments.sweep.case import FlashPart, Room, prepare_case
from firmware_sim.bench.experiments.sweep.filling import commit
from firmware_sim.bench.experiments.sweep.operations import operations
from firmware_sim.bench.experiments.sweep.recording import record
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.machine.image.diff import record_differences
from firmware_sim.machine.image.records import LogTally, RecordKey, RecordKind
from firmware_sim.machine.refusals import RefusalReason
from firmware_sim.machine.store import Store
from tests.support.mutated_images import records_of, with_record

Capture = pytest.CaptureFixture[str]


class Images(NamedTuple):
    before: Path
    after: Path
    secrets: list[bytes]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Images:
    """A meter before and after it changes its own signing key."""
    folder = tmp_path_factory.mktemp("images")
    recorded = record(operations()["esme/own/install-DS"])
    case = prepare_case(recorded, FlashPart.native("nrf52840"), Room.ROOMY)
    paths = Images(folder / "before.bin", folder / "after.bin", [])
    case.flash.restore(case.start)
    paths.before.write_bytes(case.flash.image())
    commit(Store.open(case.flash), recorded.transactions[0])
    paths.after.write_bytes(case.flash.image())
    for state in recorded.states:
        keys = [body[1:33] for key, body in (state or {}).items() if key.kind.name == "DEVICE_KEY"]
        paths.secrets.extend(keys)
    return paths


def test_image_diff_names_what_changed_and_shows_no_secret(images: Images, capfd: Capture) -> None:
    arguments = ["image", "diff", str(images.before), str(images.after)]
    assert run([*arguments, "--json"]) == ExitCode.DEVICE_FAILED
    out = capfd.readouterr().out
    found = {(row["record"], row["field"]) for row in json.loads(out)}
    assert ("device key DS active", "public_key") in found
    assert ("device key DS active", "private_key") in found
    assert ("device certificate DS", "der") in found
    assert ("counters supplier", "execution") in found
    assert not any(record.startswith("cell") for record, _ in found)
    codes = [row["after"] for row in json.loads(out) if row["field"] == "message_code"]
    assert codes
    assert all(re.fullmatch("[0-9A-F]{4}", code) for code in codes)
    assert not any(secret.hex() in out for secret in images.secrets)
    assert run(arguments) == ExitCode.DEVICE_FAILED


def test_image_diff_cuts_nothing_short_on_a_narrow_terminal(
    images: Images, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["image", "diff", str(images.before), str(images.after)]
    run([*arguments, "--json"])
    rows = json.loads(capfd.readouterr().out)
    monkeypatch.setenv("COLUMNS", "60")
    assert run(arguments) == ExitCode.DEVICE_FAILED
    out = capfd.readouterr().out
    assert "…" not in out
    assert {row["field"] for row in rows} <= set(out.split())
    assert {row["record"] for row in rows} <= {
        line.rpartition(" ")[0] for line in out.splitlines() if not line.startswith(" ")
    }
    whole = "".join(line[10:].strip() for line in out.splitlines())
    (certificate,) = (row["after"] for row in rows if row["field"] == "der")
    assert certificate in whole


def test_an_image_does_not_differ_from_itself(images: Images, capfd: Capture) -> None:
    assert run(["image", "diff", str(images.after), str(images.after)]) == ExitCode.PASSED
    assert "the same" in capfd.readouterr().out


def test_image_verify_distinguishes_sound_repaired_and_refused(
    images: Images, tmp_path: Path, capfd: Capture
) -> None:
    def verdict(path: Path) -> tuple[int, str]:
        code = run(["image", "verify", str(path), "--json"])
        return code, json.loads(capfd.readouterr().out)["verdict"]

    assert verdict(images.after) == (ExitCode.PASSED, "sound")
    out = tmp_path / "altered.bin"
    for what, expected in (
        ("superblock copy", (ExitCode.PASSED, "repaired")),
        ("cell supplier.DS", (ExitCode.DEVICE_FAILED, "refused")),
        ("device key KA active", (ExitCode.DEVICE_FAILED, "refused")),
    ):
        code = run(["image", "corrupt", str(images.after), "--what", what, "--out", str(out)])
        assert code == ExitCode.PASSED
        capfd.readouterr()
        assert verdict(out) == expected
    assert run(["image", "verify", str(out)]) == ExitCode.DEVICE_FAILED
    assert "altered" in capfd.readouterr().out


def test_a_record_that_no_device_writes_is_refused_and_shown_as_a_problem(
    images: Images, tmp_path: Path, capfd: Capture
) -> None:
    """Under sound checksums: an own key pair in a state that there is not."""
    out = tmp_path / "unsound.bin"
    image = images.after.read_bytes()
    key = RecordKey(RecordKind.DEVICE_KEY, 0x41)
    body = dict(records_of(image))[key]
    out.write_bytes(with_record(image, key, key, b"\x07" + body[1:]))
    assert run(["image", "verify", str(out)]) == ExitCode.DEVICE_FAILED
    assert "refused: the device key 41 is none that a device writes" in capfd.readouterr().out
    assert run(["image", "show", str(out)]) == ExitCode.PASSED
    assert "the device key 41 is none that a device writes" in capfd.readouterr().out
    assert run(["image", "map", str(out), "--json"]) == ExitCode.PASSED
    assert "unsound device key 41" in capfd.readouterr().out
    assert run(["image", "diff", str(images.after), str(out)]) == ExitCode.USAGE


def test_image_corrupt_flips_only_the_given_bit(
    images: Images, tmp_path: Path, capfd: Capture
) -> None:
    out = tmp_path / "b.bin"
    arguments = ["image", "corrupt", str(images.after), "--at", "9", "--bit", "3"]
    assert run([*arguments, "--out", str(out)]) == ExitCode.PASSED
    before, after = images.after.read_bytes(), out.read_bytes()
    assert [at for at in range(len(before)) if before[at] != after[at]] == [9]
    assert before[9] ^ after[9] == 8
    capfd.readouterr()


def test_image_map_covers_every_octet_once(images: Images, capfd: Capture) -> None:
    assert run(["image", "map", str(images.before), "--json"]) == ExitCode.PASSED
    document = json.loads(capfd.readouterr().out)
    assert (document["generation"], document["active_area"]) == (1, 0)
    regions = document["regions"]
    place = 0
    for region in regions:
        assert region["start"] == place
        place += region["octets"]
    assert place == images.before.stat().st_size
    names = {region["name"] for region in regions if region["kind"] == "record"}
    assert {"identity", "root", "cell supplier.KA.PP", "device key DS pending"} <= names


def test_image_map_prints_letters_and_writes_a_picture(
    images: Images, tmp_path: Path, capfd: Capture
) -> None:
    svg = tmp_path / "map.svg"
    assert run(["image", "map", str(images.before), "--svg", str(svg)]) == ExitCode.PASSED
    out = capfd.readouterr().out
    assert out.startswith("000000 SSSS")
    assert "area 0 (in use), blocks 0-3: erased at least 1 time\n" in out
    root = ET.parse(svg).getroot()
    titles = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any(title.startswith("cell supplier.KA.PP at ") for title in titles)


@pytest.mark.parametrize("columns", [60, 100])
def test_image_diff_cuts_no_name_and_has_moments_and_reasons_in_words(
    images: Images, capfd: Capture, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    arguments = ["image", "diff", str(images.before), str(images.after)]
    assert run(arguments) == ExitCode.DEVICE_FAILED
    out = capfd.readouterr().out
    assert "…" not in out
    assert "device certificate DS" in out
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", out)
    assert not any(len(line.rstrip()) > columns for line in out.splitlines())


def test_a_moment_and_a_reason_of_an_image_are_in_words_where_there_are_some() -> None:
    earlier = LogTally(int(RefusalReason.REPLAYED), True, 1, 0, 1_796_019_258, bytes(8))
    later = earlier._replace(reason=255, last_time=2**64 - 1)
    found = {each.field: each for each in record_differences(earlier, later)}
    assert found["reason"][2:] == ("replayed", "255")
    assert found["last_time"][2:] == ("2026-11-30 06:14:18", str(2**64 - 1))


def test_the_words_of_a_legend_have_room_for_the_longest_beside_each_other() -> None:
    assert 15 + 6.5 * max(map(len, TONE_NAMES.values())) < html._LEGEND_WIDTH


def test_image_map_shows_the_wear_that_an_image_proves(
    images: Images, tmp_path: Path, capfd: Capture
) -> None:
    svg = tmp_path / "map.svg"
    arguments = ["image", "map", str(images.after)]
    assert run([*arguments, "--json"]) == ExitCode.PASSED
    document = json.loads(capfd.readouterr().out)
    # Installing a key retires another: one compaction, which erases area 0 a second time.
    assert (document["generation"], document["active_area"]) == (2, 1)
    assert [block["erased_at_least"] for block in document["blocks"]] == [2, *[1] * 7]
    assert [block["start"] for block in document["blocks"]] == list(range(0, 32768, 4096))
    assert run([*arguments, "--svg", str(svg)]) == ExitCode.PASSED
    out, picture = capfd.readouterr().out, svg.read_text("utf-8")
    assert "Generation 2, in area 1" in out
    assert "area 0 (not in use), block 0: erased at least 2 times" in out
    assert "area 1 (in use), blocks 4-7: erased at least 1 time" in out
    assert picture.count(">≥ 2x<") == 1
    assert picture.count(">≥ 1x<") == 7
    for secret in images.secrets:
        assert secret.hex() not in out + picture


def test_an_unwritable_map_file_is_an_error_of_the_bench(
    images: Images, tmp_path: Path, capfd: Capture
) -> None:
    svg = tmp_path / "no-such-folder" / "map.svg"
    arguments = ["image", "map", str(images.after), "--svg", str(svg)]
    assert run(arguments) == ExitCode.BENCH_FAILED
    assert "cannot write" in capfd.readouterr().err


def test_sweep_picture_writes_an_svg_of_an_operation(tmp_path: Path) -> None:
    svg = tmp_path / "trace.svg"
    arguments = ["sweep", "picture", "esme/update/anyByContingency", "--out", str(svg)]
    assert run(arguments) == ExitCode.PASSED
    assert "flash operation" in svg.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ["corrupt", "{image}", "--out", "x"],
        ["corrupt", "{image}", "--out", "x", "--at", "1", "--what", "root"],
        ["corrupt", "{image}", "--out", "x", "--at", "99999999"],
        ["corrupt", "{image}", "--out", "x", "--what", "cell nobody.DS"],
        ["diff", "{image}", "{nothing}"],
        ["map", "{nothing}"],
        ["map", "no-such-file"],
    ],
)
def test_impossible_arguments_of_image_verbs_are_usage_errors(
    arguments: list[str], images: Images, tmp_path: Path, capfd: Capture
) -> None:
    nothing = tmp_path / "nothing.bin"
    nothing.write_bytes(bytes(4096))
    places = {"image": str(images.after), "nothing": str(nothing)}
    assert run(["image", *(text.format(**places) for text in arguments)]) == ExitCode.USAGE
    assert not Path("x").exists()
    capfd.readouterr()
