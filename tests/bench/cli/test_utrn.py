"""``utrn`` and ``device enter``: tokens made, shown, checked, typed in; a new device's values."""

import json
from pathlib import Path

import pytest

from firmware_sim.bench.cli.main import run as run_program
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, new_flash
from firmware_sim.bench.dut.simulated.state_file import read_state_file
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.meter_values import GAS, MeterValues
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.uses import IMPORT_REGISTERS, POWER_REGISTERS
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.state import DeviceState
from firmware_sim.machine.store import open_image

FIVE = 5 << 32
GOOD = """\
balance: -5000
firmware_version: 0123abcd
image: {version: 0123abce, sha256: "HASH"}
registers:
  - {interface: 1, attribute: 2, obis: 00005e2c220a, value: "0600000001"}
  - {interface: 1, attribute: 2, obis: 00005e2c2214, fails: 1}
spent_counters: [4294967296]
""".replace("HASH", "ab" * 32)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("utrn") / "pki"
    DrillPki.generate(4).save(folder)
    return folder


@pytest.fixture(scope="module")
def image(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    state = tmp_path_factory.mktemp("state") / "state.yaml"
    state.write_text("balance: 100000\n")
    request = DeviceRequest(DeviceType.GSME, pki=pki, seed=1, state=state)
    flash: NorFlash = new_flash(request, pki)
    return flash.image()


def entity(image: bytes) -> str:
    return str(DeviceState.load(open_image(image)[1]).identity.entity)


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = run_program([str(each) for each in arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_token_that_is_made_is_authentic_and_is_credited_once(
    pki: Path, image: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gsme.bin"
    file.write_bytes(image)
    keys = ("--pki", pki, "--entity", entity(image), "--counter", FIVE)
    code, made, _ = run(capsys, "utrn", "make", *keys, "--pence", 1250)
    digits = made.strip()
    assert (code, len(digits)) == (0, 20)
    code, told, _ = run(capsys, "utrn", "check", digits, *keys)
    assert (code, "£12.50" in told) == (0, True)
    code, told, _ = run(capsys, "device", "enter", digits, "--image", file, "--json")
    document = json.loads(told)
    assert (code, document["credited"], document["balance"]) == (0, True, 1_350_000)
    assert len(document["alerts"]) == 1
    code, told, _ = run(capsys, "device", "enter", digits, "--image", file)
    assert (code, "duplicate" in told, "£13.50" in told) == (1, True, True)


def test_a_token_of_another_counter_or_key_is_not_authentic(
    pki: Path, image: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = ("--pki", pki, "--entity", entity(image))
    _, made, _ = run(capsys, "utrn", "make", *keys, "--pounds", 20, "--counter", FIVE)
    digits = made.strip()
    far, near = FIVE + (1024 << 32), FIVE + (1 << 32)
    for wrong in (("--counter", far), ("--counter", near), ("--counter", FIVE, "--generation", 2)):
        code, told, _ = run(capsys, "utrn", "check", digits, *keys, *wrong)
        assert (code, "Not authentic" in told) == (1, True)


def test_a_token_is_shown_without_keys(capsys: pytest.CaptureFixture[str]) -> None:
    code, told, _ = run(capsys, "utrn", "show", "73950067887105178605", "--json")
    shown = json.loads(told)
    assert (code, shown["counter_bits_41_to_32"], shown["value"]) == (0, 6, 1250)


@pytest.mark.parametrize("typed", ["", "7395006788710517860", "739500678871051786x5", "1" * 20])
def test_what_is_no_token_is_a_mistake_of_use_in_one_line(
    typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, error = run(capsys, "utrn", "show", typed)
    assert (code, out, error.count("\n")) == (4, "", 1)


@pytest.mark.parametrize(
    "wrong", [(), ("--pence", 1, "--pounds", 1), ("--pence", 1, "--counter", 7)]
)
def test_a_token_has_one_value_and_a_counter_of_its_kind(
    pki: Path, image: bytes, wrong: tuple[object, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    keys = ("--pki", pki, "--entity", entity(image))
    code, out, _ = run(capsys, "utrn", "make", *keys, *wrong)
    assert (code, out) == (4, "")


def test_a_state_file_gives_a_new_device_its_values(tmp_path: Path) -> None:
    file = tmp_path / "state.yaml"
    file.write_text(GOOD)
    assert read_state_file(file, DeviceType.ESME) == MeterValues(
        balance=-5000,
        firmware_version=bytes.fromhex("0123abcd"),
        image=(bytes.fromhex("0123abce"), bytes.fromhex("ab" * 32)),
        registers={IMPORT_REGISTERS: bytes.fromhex("0600000001")},
        failing={POWER_REGISTERS: 1},
        spent_counters=(1 << 32,),
    )
    file.write_text("balance: 1\n")
    assert read_state_file(file, DeviceType.GSME).registers == GAS.registers


BAD = {
    "an unknown key": ("balanc: 1\n", "line 1"),
    "a balance that no answer shows": ("balance: 9999999999\n", "line 1"),
    "a version of three octets": ('firmware_version: "0123ab"\n', "line 1"),
    "a value and a failure": (
        "registers:\n  - {interface: 1, attribute: 2, value: '00', fails: 1}\n",
        "line 2",
    ),
    "a DLMS value cut short": (
        "registers:\n  - {interface: 1, attribute: 2, obis: 00005e2c220a, value: '06000000'}\n",
        "line 2",
    ),
    "a ZCL value of no type": ("registers:\n  - {interface: 1, attribute: 2, value: '77'}\n", "77"),
    "a counter that is none": ("spent_counters: [5]\n", "line 1"),
    "one object twice": (
        "registers:\n" + "  - {interface: 1, attribute: 2, obis: 00005e2c220a, fails: 1}\n" * 2,
        "line 3",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_state_file_is_refused_with_its_line(case: str, tmp_path: Path) -> None:
    file = tmp_path / "state.yaml"
    text, told = BAD[case]
    file.write_text(text)
    with pytest.raises(UsageError, match=told):
        read_state_file(file, DeviceType.ESME)


def test_values_are_for_a_new_device_that_has_some(tmp_path: Path) -> None:
    file = tmp_path / "state.yaml"
    file.write_text("balance: 1\n")
    with pytest.raises(UsageError, match="holds no values"):
        read_state_file(file, DeviceType.PPMID)
