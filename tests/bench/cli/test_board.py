"""``firmware-sim board``: what it prints, how it ends, and that nothing is left running."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from firmware_sim.bench.cli import main
from firmware_sim.bench.cli.board.group import app
from firmware_sim.bench.errors import BenchError, UsageError
from firmware_sim.bench.experiments.board_check.check import OTHER_TYPES, STORIES
from firmware_sim.bench.experiments.board_check.protections import PROTECTIONS
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.links.link import LinkError
from firmware_sim.hw.build import flashing
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.sizes import TEXT_BUDGET
from firmware_sim.hw.emulators.power import default_emulator
from firmware_sim.hw.emulators.qemu import qemu_version
from firmware_sim.hw.errors import HardwareError
from tests.board.emulated import elf, firmware, is_gone, mps2

NAME = "mps2-an385"
PROGRAM = "import sys; from firmware_sim.bench.cli.main import run; sys.exit(run(sys.argv[1:]))"

pytestmark = pytest.mark.usefixtures("emulated_board_tools")


def invoke(*arguments: str, app: Any = app) -> Result:
    return CliRunner().invoke(app, [*arguments])


def document(*arguments: str) -> Any:
    result = invoke(*arguments, "--json")
    assert result.exit_code == ExitCode.PASSED, result.stderr
    return json.loads(result.stdout)


@contextmanager
def running(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """``board run`` as a process of its own, and what it printed."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "board", "run", NAME, "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        text = ""
        while not text.endswith("\n}\n") and (line := process.stdout.readline()):
            text += line
        yield process, json.loads(text)
    finally:
        process.kill()
        process.communicate()


def emulators_of(process: subprocess.Popen[str]) -> list[int]:
    command = ["ps", "-o", "pid=", "--ppid", str(process.pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(pid) for pid in found.stdout.split()]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board") / "pki"
    DrillPki.generate(4).save(folder)
    return folder


def test_board_list_names_boards_and_emulators() -> None:
    listed = document("list")
    (board,) = (each for each in listed["boards"] if each["name"] == NAME)
    assert board["emulators"] == ["qemu", "unicorn"]
    assert board["flash_octets"] == mps2().flash.size
    assert listed["emulators"]["qemu"] == "installed"
    assert NAME in invoke("list").stdout


def test_board_build_reports_build_id_and_size(tmp_path: Path) -> None:
    out = tmp_path / "firmware.elf"
    built = document("build", NAME, "--out", str(out))
    assert out.read_bytes() == elf().read_bytes()
    assert built["build_id"] == firmware().build_id.hex()
    assert built["octets"] < TEXT_BUDGET


def test_an_unknown_board_name_is_a_usage_error_that_lists_the_names() -> None:
    result = invoke("build", "arduino")
    assert isinstance(result.exception, UsageError)
    assert "use mps2-an385" in str(result.exception)


def test_board_run_keeps_its_image_across_reset_and_restart_until_erased(
    tmp_path: Path, pki: Path
) -> None:
    flash = tmp_path / "meter.bin"
    arguments = ("--flash", str(flash), "--pki", str(pki), "--type", "esme")
    with running(*arguments) as (process, told):
        assert told["store"] == "ok"
        assert told["device_type"] == "ESME"
        port = told["port"]
        seen = document("info", "--port", port)
        assert seen["entity"] == told["entity"]
        assert seen["statistics"]["programs"] > 100
        assert document("reset", "--port", port)["reset_cause"] == "software"
        refused = invoke("erase", "--port", port)
        assert isinstance(refused.exception, UsageError)
        (emulator,) = emulators_of(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == ExitCode.PASSED
        assert is_gone(emulator)
    assert flash.stat().st_size == mps2().flash.size
    wrong = ["board", "run", NAME, "--flash", str(flash), "--type", "gsme"]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *wrong], capture_output=True, text=True, check=False
    )
    assert done.returncode == ExitCode.USAGE
    assert f"the board is ESME {told['entity']}; give another --flash" in done.stderr
    with running("--flash", str(flash), "--emulator", "unicorn") as (process, told):
        assert told["entity"] == seen["entity"]
        # The first start, the reset, the one that was refused, and this under another emulator.
        assert told["boots"] == 4
        erased = invoke("erase", "--port", told["port"], "--yes")
        assert erased.exit_code == ExitCode.PASSED
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == ExitCode.PASSED
    assert flash.read_bytes() == mps2().flash.erased()


def test_a_killed_board_run_leaves_no_emulator() -> None:
    with running() as (process, _):
        (emulator,) = emulators_of(process)
        process.kill()
        assert is_gone(emulator)


def test_board_run_fails_as_the_bench_if_its_emulator_ends() -> None:
    with running() as (process, _):
        (emulator,) = emulators_of(process)
        os.kill(emulator, signal.SIGKILL)
        assert process.wait(20) == ExitCode.BENCH_FAILED
        assert process.stderr is not None
        assert "qemu ended: " in process.stderr.read()


def test_board_info_warns_of_what_an_open_line_gives_to_anyone() -> None:
    with running() as (_, told):
        result = invoke("info", "--port", told["port"], "--json")
    assert result.exit_code == ExitCode.PASSED
    given = json.loads(result.stdout)["open_to_anyone"]
    assert any("private keys" in each for each in given)
    assert len(given) == 4
    warning = " ".join(result.stderr.split())
    assert "open line: without a password it will " + ", ".join(given) in warning
    assert "board build --closed leaves it out" in warning


def test_board_info_fails_on_a_board_with_another_build(tmp_path: Path) -> None:
    other = tmp_path / "other.elf"
    octets = bytearray(elf().read_bytes())
    at = octets.index(b"mps2-an385")
    octets[at] ^= 1
    other.write_bytes(octets)
    with running() as (_, told):
        assert invoke("info", "--port", told["port"], "--elf", str(elf())).exit_code == 0
        result = invoke("info", "--port", told["port"], "--elf", str(other))
    assert result.exit_code == ExitCode.DEVICE_FAILED
    assert "another build" in result.stderr


def test_a_port_that_is_not_there_is_an_error_of_the_bench() -> None:
    result = invoke("info", "--port", "/dev/no-such-port")
    assert isinstance(result.exception, BenchError)
    assert not isinstance(result.exception, LinkError)
    assert "there is no port /dev/no-such-port" in str(result.exception)
    assert main.run(["board", "info", "--port", "/dev/no-such-port"]) == ExitCode.BENCH_FAILED


def test_board_test_lists_its_checks_as_passed() -> None:
    told = document("test", NAME, "--story", "supplier-compromise-recovery")
    assert told["outcome"] == "passed"
    assert [check["name"] for check in told["checks"]] == [
        "starts",
        "erasure",
        "flash",
        "power cut",
        *(f"protection {protection.name}" for protection in PROTECTIONS),
        *(f"protections as {kind.name}" for kind in OTHER_TYPES),
        "drill supplier-compromise-recovery",
    ]


def test_board_test_fails_on_a_board_of_another_name() -> None:
    """A board of another name than the one asked for."""
    with running() as (_, told):
        result = invoke("test", "stm32f405", "--port", told["port"], "--json")
    assert result.exit_code == ExitCode.DEVICE_FAILED
    (check,) = json.loads(result.stdout)["checks"]
    assert check["verdict"] == "failed"
    assert "it is mps2-an385, not stm32f405" in check["text"]


def test_board_cuts_counts_its_cuts() -> None:
    told = document("cuts", NAME, "--emulator", "qemu", "--sample", "1")
    assert (told["cuts"], told["before"], told["after"], told["faults"]) == (2, 1, 1, [])


def fake_tool(folder: Path, name: str, script: str) -> None:
    tool = folder / name
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)


@pytest.mark.parametrize("tool", ["pyocd", "openocd"])
def test_board_flash_uses_the_installed_tool(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tool(tmp_path, tool, f'echo "$@" > {tmp_path}/said')
    monkeypatch.setenv("PATH", str(tmp_path))
    result = invoke("flash", "stm32f405", "--elf", str(elf()), "--probe", "0123")
    assert result.exit_code == ExitCode.PASSED, result.exception
    said = (tmp_path / "said").read_text()
    assert str(elf()) in said
    assert "0123" in said
    assert ("stm32f405" if tool == "pyocd" else "verify reset exit") in said


def test_a_dry_run_prints_the_command_and_runs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    arguments = ("flash", "nrf52840-dk", "--elf", str(elf()), "--dry-run")
    result = invoke(*arguments)
    assert result.exit_code == ExitCode.PASSED, result.exception
    assert shlex.split(result.stdout) == [
        *("pyocd", "flash", "--no-wait", "--target", "nrf52840"),
        str(elf()),
    ]
    other = shlex.split(invoke(*arguments, "--tool", "openocd", "--probe", "12").stdout)
    assert other[:5] == ["openocd", "-f", "board/nordic_nrf52_dk.cfg", "-c", "adapter serial 12"]
    assert "flashes nothing" in str(invoke(*arguments, "--tool", "spoon").exception)
    fake_tool(tmp_path, "openocd", f"touch {tmp_path}/ran")
    assert invoke(*arguments).stdout.startswith("openocd ")
    assert not (tmp_path / "ran").exists()


def test_board_flash_without_a_tool_names_the_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = invoke("flash", "stm32f405", "--elf", str(elf()))
    assert "pip install pyocd, or apt install openocd" in str(result.exception)


def test_board_flash_repeats_the_error_of_its_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tool(tmp_path, "openocd", "echo Error: no device found; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    result = invoke("flash", "stm32f405", "--elf", str(elf()))
    assert "openocd failed: Error: no device found" in str(result.exception)


def test_board_flash_refuses_an_emulated_board() -> None:
    result = invoke("flash", NAME, "--elf", str(elf()))
    assert "emulated only" in str(result.exception)
    assert board_named("stm32f405").real is not None
    assert flashing._COMMANDS.keys() == {"pyocd", "openocd"}


def test_without_qemu_the_message_offers_unicorn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    qemu_version.cache_clear()
    try:
        assert default_emulator(mps2()) == "unicorn"
        result = invoke("test", NAME, "--elf", str(elf()), "--emulator", "qemu")
    finally:
        qemu_version.cache_clear()
    assert result.exit_code == ExitCode.BENCH_FAILED
    assert re.search("apt install qemu-system-arm, or use the emulator unicorn", result.stdout)


def test_board_list_advises_no_emulator_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for module in ("availability", "qemu"):
        monkeypatch.setattr(f"firmware_sim.hw.emulators.{module}.find_spec", lambda _: None)
    qemu_version.cache_clear()
    try:
        listed = document("list")["emulators"]
        with pytest.raises(HardwareError, match="or pip install unicorn"):
            qemu_version()
    finally:
        qemu_version.cache_clear()
    assert listed == {
        "qemu": "qemu-system-arm is not installed; apt install qemu-system-arm",
        "unicorn": "not installed; pip install unicorn",
    }


def sent(file: Path, target: str, pki: Path) -> Result:
    arguments = ["message", "send", str(file), "--target", target, "--pki", str(pki), "--json"]
    return CliRunner().invoke(main.app, arguments)


def read_back_command(folder: Path, pki: Path, entity: str) -> Path:
    file = folder / "command.hex"
    identity = ["--type", "esme", "--entity", entity]
    arguments = ["message", "read-back", "--pki", str(pki), *identity, "--out", str(file)]
    assert CliRunner().invoke(main.app, arguments).exit_code == ExitCode.PASSED
    return file


def description_on_the_page() -> str:
    """`new-supplier.yaml`, as the page Messages has it."""
    page = (Path(__file__).parents[3] / "docs" / "messages.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(# new-supplier\.yaml\n.*?)```", page, re.DOTALL)
    assert found, "the page labels no block as new-supplier.yaml"
    return found[1]


def test_the_update_on_the_page_changes_a_board_that_was_erased_and_provisioned(
    tmp_path: Path, pki: Path
) -> None:
    description, update = tmp_path / "new-supplier.yaml", tmp_path / "update.hex"
    description.write_text(description_on_the_page(), encoding="utf-8")
    order = ("build", str(description), "--pki", str(pki), "--out", str(update))
    built = CliRunner().invoke(main.app, ["message", *order])
    assert built.exit_code == ExitCode.PASSED, built.output
    with running() as (_, told):
        port = told["port"]
        declined = sent(update, f"serial:{port}", pki)
        assert "not running" in str(declined.exception)
        assert invoke("provision", "--port", port, "--pki", str(pki)).exit_code == 0
        done = sent(update, f"serial:{port}", pki)
    assert done.exit_code == ExitCode.PASSED, done.output
    cells = json.loads(done.stdout)["response"]["payload"]["cells"]
    assert {cell["status"] for cell in cells.values()} == {"success"}


def test_a_second_copy_of_a_message_to_a_board_is_refused_as_replayed(
    tmp_path: Path, pki: Path
) -> None:
    with running() as (_, told):
        port = told["port"]
        unprovisioned = invoke("bridge", "--port", port, "--target", "mqtt")
        assert "not provisioned" in str(unprovisioned.exception)
        entity = document("provision", "--port", port, "--pki", str(pki))["entity"]
        again = invoke("provision", "--port", port, "--pki", str(pki))
        assert isinstance(again.exception, UsageError)
        file = read_back_command(tmp_path, pki, entity)
        first = sent(file, f"serial:{port}", pki)
        assert first.exit_code == ExitCode.PASSED, first.stderr
        assert json.loads(first.stdout)["proof"]["verified"]
        second = sent(file, f"serial:{port}", pki)
    assert second.exit_code == ExitCode.DEVICE_FAILED
    assert "it refused: replayed" in second.stderr
    assert len(json.loads(second.stdout)["alerts"]) == 1


def test_message_send_makes_a_new_board_the_device_of_the_message(
    tmp_path: Path, pki: Path
) -> None:
    file = read_back_command(tmp_path, pki, "0246531100000000")
    answered = sent(file, f"board:{NAME}", pki)
    assert answered.exit_code == ExitCode.PASSED, answered.stderr
    assert json.loads(answered.stdout)["proof"]["verified"]


def test_message_send_to_a_new_board_without_a_pki_is_a_usage_error(
    tmp_path: Path, pki: Path
) -> None:
    file = read_back_command(tmp_path, pki, "0246531100000000")
    arguments = ["message", "send", str(file), "--target", f"board:{NAME}"]
    refused = CliRunner().invoke(main.app, arguments)
    assert isinstance(refused.exception, UsageError)
    assert "board run mps2-an385 --flash FILE" in str(refused.exception)


def test_board_bridge_answers_messages_from_a_broker(tmp_path: Path, pki: Path) -> None:
    with running("--pki", str(pki)) as (_, told):
        command = ["board", "bridge", "--port", told["port"], "--target", "mqtt"]
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = re.search(r"mqtt://\S+:\d+", line)
            assert url, line
            file = read_back_command(tmp_path, pki, told["entity"])
            assert sent(file, url[0], pki).exit_code == ExitCode.PASSED
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == ExitCode.PASSED
        finally:
            process.kill()
            process.communicate()


def test_board_test_runs_only_stories_that_the_board_at_a_port_can_serve() -> None:
    with running() as (_, told):
        checked = document("test", NAME, "--port", told["port"])
        refused = invoke("test", NAME, "--port", told["port"], "--story", STORIES[1], "--json")
    names = [each["name"] for each in checked["checks"]]
    protections = [f"protection {each.name}" for each in PROTECTIONS]
    protections += [f"protections as {kind.name}" for kind in OTHER_TYPES]
    assert names == ["starts", "erasure", "flash", "power cut", *protections, f"drill {STORIES[0]}"]
    assert {each["verdict"] for each in checked["checks"]} == {"passed"}
    assert re.match(r"\d\d+ checks passed", checked["checks"][-1]["text"])
    assert refused.exit_code == ExitCode.BENCH_FAILED
    drill = json.loads(refused.stdout)["checks"][-1]
    assert "needs a CHF, and the board is ESME" in drill["text"]
