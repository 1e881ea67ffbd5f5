"""The firmware itself in this computer, at the verbs that know it by ``native``."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli import main
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.experiments.board_check.check import OTHER_TYPES
from firmware_sim.bench.experiments.board_check.protections import PROTECTIONS
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.roles import DeviceType
from tests.requirements import require_engine

pytestmark = pytest.mark.usefixtures("_engine")


@pytest.fixture(scope="module")
def _engine() -> None:
    require_engine()


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("native") / "pki"
    DrillPki.generate(4).save(folder)
    return folder


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main.app, list(map(str, arguments)))


def command_for(kind: DeviceType, folder: Path, pki: Path) -> Path:
    file, entity = folder / "command.hex", str(device_entity_id(kind, 0))
    identity = ("--type", kind.name.lower(), "--entity", entity)
    made = invoke("message", "read-back", "--pki", pki, *identity, "--out", file)
    assert made.exit_code == ExitCode.PASSED, made.output
    return file


@pytest.mark.parametrize(
    ("kind", "target"),
    [(DeviceType.ESME, "native"), (DeviceType.GSME, "native:stm32f4?type=gsme")],
)
def test_message_send_makes_the_device_of_the_message_and_verifies_its_answer(
    kind: DeviceType, target: str, tmp_path: Path, pki: Path
) -> None:
    file = command_for(kind, tmp_path, pki)
    answered = invoke("message", "send", file, "--target", target, "--pki", pki, "--json")
    assert answered.exit_code == ExitCode.PASSED, answered.output
    assert json.loads(answered.stdout)["proof"]["verified"]


def test_message_send_says_why_the_firmware_does_not_answer(tmp_path: Path, pki: Path) -> None:
    file = command_for(DeviceType.ESME, tmp_path, pki)
    octets = bytearray.fromhex(file.read_text())
    octets[-1] ^= 1
    file.write_text(octets.hex())
    refused = invoke("message", "send", file, "--target", "native", "--pki", pki)
    assert refused.exit_code == ExitCode.DEVICE_FAILED
    said = " ".join(refused.stderr.split())
    words = r"no response of [0-9a-fA-F]{16}: by the firmware, unsigned, it refused: bad mac"
    assert re.search(words, said)


@pytest.mark.parametrize("target", ["native:no-flash", "native?x=1", "native?type=toy"])
def test_message_send_refuses_a_mistake_in_the_words(
    target: str, tmp_path: Path, pki: Path
) -> None:
    file = command_for(DeviceType.ESME, tmp_path, pki)
    sent = invoke("message", "send", file, "--target", target, "--pki", pki)
    assert isinstance(sent.exception, UsageError)


def test_message_send_to_a_new_device_needs_a_pki(tmp_path: Path, pki: Path) -> None:
    file = command_for(DeviceType.ESME, tmp_path, pki)
    sent = invoke("message", "send", file, "--target", "native")
    assert isinstance(sent.exception, UsageError)
    assert "device run --engine native" in str(sent.exception)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--sync",), "does not wait for the disk"),
        (("--cut-at", "1:after:0"), "leave out --cut-at"),
        (("--policy", "other.yaml"), "default policy"),
    ],
)
def test_device_run_refuses_what_only_the_device_in_python_does(
    options: tuple[str, ...], told: str, tmp_path: Path, pki: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "other.yaml").write_text("refusal_alerts: silence\n")
    monkeypatch.chdir(tmp_path)
    run = ("device", "run", "--type", "esme", "--engine", "native", "--target", "mqtt")
    refused = invoke(*run, "--pki", pki, "--image", "esme.bin", *options)
    assert isinstance(refused.exception, UsageError), refused.output
    assert told in str(refused.exception)
    assert not (tmp_path / "esme.bin").exists()


def test_a_quiet_board_test_says_how_many_passed_and_no_more() -> None:
    story = "supplier-compromise-recovery"
    done = invoke("board", "test", "native", "--story", story, "--quiet")
    assert done.exit_code == ExitCode.PASSED, done.output
    count = 2 + len(PROTECTIONS) + len(OTHER_TYPES)
    assert done.stdout == f"{count} checks: {count} passed\n"
    assert len(done.stderr.splitlines()) == 1  # no line for each step of the drill


def test_board_test_of_the_engine_lists_its_checks_as_passed() -> None:
    story = "supplier-compromise-recovery"
    done = invoke("board", "test", "native", "--story", story, "--json")
    assert done.exit_code == ExitCode.PASSED, done.output
    checks = json.loads(done.stdout)["checks"]
    assert [each["name"] for each in checks] == [
        "starts",
        *(f"protection {each.name}" for each in PROTECTIONS),
        *(f"protections as {each.name}" for each in OTHER_TYPES),
        f"drill {story}",
    ]
    assert {each["verdict"] for each in checks} == {"passed"}


@pytest.mark.parametrize("option", [("--port", "x"), ("--emulator", "qemu"), ("--elf", "x")])
def test_board_test_of_the_engine_takes_no_option_of_boards(option: tuple[str, str]) -> None:
    refused = invoke("board", "test", "native", *option)
    assert isinstance(refused.exception, UsageError)
