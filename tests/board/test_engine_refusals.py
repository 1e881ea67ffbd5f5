"""An engine that is not this package's, or that crashes: one line that says what to do, exit 3."""

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from firmware_sim.bench.cli import main
from firmware_sim.bench.dut.native import engine as opening
from firmware_sim.bench.dut.native.single_device import native_brought_up
from firmware_sim.bench.dut.simulated.single_device import DeviceRequest, brought_up
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.outcome import ExitCode
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.hw.build import ready_made
from firmware_sim.hw.build.engine import sources_digest
from firmware_sim.hw.engine import finding
from firmware_sim.hw.engine.errors import EngineCrashError, EngineError
from firmware_sim.hw.engine.hosting import EngineProcess
from tests.board.stubs import Stub, stubbed
from tests.requirements import require_engine, require_tool

TWINS = ["twin", "run", "--commands", "1", "--target", "native"]
ANEW = "firmware-sim engine build makes it anew"

Spoil = Callable[[Path, Path], Path]
"""Makes another file of an engine, in a folder."""


@pytest.fixture(scope="module")
def engine() -> Path:
    return require_engine()


def written(folder: Path, octets: bytes) -> Path:
    path = folder / "engine.so"
    path.write_bytes(octets)
    return path


def another_interface(engine: Path, folder: Path) -> Path:
    return stubbed(engine, folder, {"engine_interface": Stub.NO})


def wrong_cryptography(engine: Path, folder: Path) -> Path:
    return stubbed(engine, folder, {"crypto_sign": Stub.NO})


def another_firmware(engine: Path, folder: Path) -> Path:
    """Whose digest of its sources is another."""
    octets, digest = engine.read_bytes(), sources_digest().encode()
    assert octets.count(digest + b"\0") == 1
    return written(folder, octets.replace(digest + b"\0", digest[::-1] + b"\0"))


def no_library(_: Path, folder: Path) -> Path:
    return written(folder, b"#!/bin/sh\nexit 0\n")


def empty(_: Path, folder: Path) -> Path:
    return written(folder, b"")


def cut_off_in_its_head(engine: Path, folder: Path) -> Path:
    return written(folder, engine.read_bytes()[:40])


def cut_off_in_the_middle(engine: Path, folder: Path) -> Path:
    """What the head of the file speaks of is not there: reading it is a signal."""
    octets = engine.read_bytes()
    return written(folder, octets[: len(octets) // 2])


def for_another_processor(engine: Path, folder: Path) -> Path:
    octets = bytearray(engine.read_bytes())
    with engine.open("rb") as file:
        machine = str(ELFFile(file).header["e_machine"])
    other = {"EM_X86_64": 183}.get(machine, 62)  # AArch64, else x86-64
    octets[18:20] = other.to_bytes(2, "little")
    return written(folder, bytes(octets))


def without_its_openssl(_: Path, folder: Path) -> Path:
    gcc, openssl = require_tool("gcc"), folder / "libcrypto.so.9"
    for name, made, libraries in (
        ("libcrypto", openssl, ("-Wl,-soname,libcrypto.so.9",)),
        ("engine", folder / "engine.so", ("-Wl,--no-as-needed", str(openssl))),
    ):
        source = folder / f"{name}.c"
        source.write_text(f"int {name}_is_here(void) {{ return 1; }}\n")
        command = [str(gcc), "-shared", "-fPIC", str(source), *libraries, "-o", str(made)]
        subprocess.run(command, check=True)
    openssl.unlink()
    return folder / "engine.so"


def another_library(_: Path, folder: Path) -> Path:
    source = folder / "other.c"
    source.write_text("int engine_interface(void) { return 1; }\n")
    made = folder / "engine.so"
    command = [str(require_tool("gcc")), "-shared", "-fPIC", str(source), "-o", str(made)]
    subprocess.run(command, check=True)
    return made


SPOILT: dict[Spoil, str] = {
    another_interface: "has interface 0, not 1",
    another_firmware: "was made from another firmware",
    wrong_cryptography: "fails the known answers of its cryptography",
    no_library: "cannot be loaded",
    empty: "cannot be loaded",
    cut_off_in_its_head: "cannot be loaded",
    cut_off_in_the_middle: "engine.so ",  # by a signal or by the loader's own check
    for_another_processor: "cannot be loaded",
    without_its_openssl: "libcrypto.so.9: cannot open shared object file",
    another_library: "is no engine, or an older one",
}


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda each: each.__name__)
def test_an_engine_that_is_not_ours_is_refused_in_one_line(
    spoil: Spoil,
    engine: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    path = spoil(engine, tmp_path)
    monkeypatch.setattr(opening, "engine_file", lambda: path)
    assert main.run(TWINS) == ExitCode.BENCH_FAILED
    out, err = capfd.readouterr()
    lines = [line for line in err.splitlines() if line.startswith("firmware-sim: ")]
    assert out == ""
    assert len(lines) == 1
    assert SPOILT[spoil] in lines[0]
    assert ANEW in lines[0]
    assert "Traceback" not in err


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.99])
def test_an_engine_that_ends_too_soon_does_no_harm_to_who_loads_it(
    engine: Path, tmp_path: Path, share: float
) -> None:
    """Of what is loaded; what is for debuggers may be missing."""
    with engine.open("rb") as file:
        loaded = [each for each in ELFFile(file).iter_segments() if each["p_type"] == "PT_LOAD"]
        end = max(int(each["p_offset"] + each["p_filesz"]) for each in loaded)
    path = written(tmp_path, engine.read_bytes()[: int(end * share)])
    with pytest.raises(EngineError, match=r"engine\.so"), EngineProcess(path):
        pass


def test_a_ready_made_engine_with_another_digest_is_refused(
    engine: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    octets = bytearray(engine.read_bytes())
    digest = hashlib.sha256(octets).hexdigest()
    (tmp_path / ready_made.DIGESTS).write_text(f"{digest}  engine.so\n")
    monkeypatch.setattr(ready_made, "FOLDER", tmp_path)
    written(tmp_path, bytes(octets))
    assert finding.engine_file() == tmp_path / "engine.so"
    octets[len(octets) // 2] ^= 1
    written(tmp_path, bytes(octets))
    assert main.run(TWINS) == ExitCode.BENCH_FAILED
    (tmp_path / "engine.so").unlink()
    assert main.run(TWINS) == ExitCode.BENCH_FAILED
    first, second = (
        line for line in capfd.readouterr().err.splitlines() if line.startswith("firmware-sim")
    )
    assert "engine.so is damaged: its SHA-256 is not" in first
    assert "engine.so is missing" in second
    assert "install the wheel anew" in first
    assert "install the wheel anew" in second


@pytest.mark.slow
def test_without_an_engine_the_device_in_python_does_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def none() -> Path:
        raise EngineError("there is no native engine: no compiler", "apt install gcc")

    monkeypatch.setattr(opening, "engine_file", none)
    drill = ["drill", "run", "supplier-compromise-recovery", "--target"]
    assert main.run([*drill, "memory", "--out", str(tmp_path / "memory")]) == ExitCode.PASSED
    assert "engine" not in capfd.readouterr().err
    assert main.run([*drill, "native", "--out", str(tmp_path / "run")]) == ExitCode.BENCH_FAILED
    told = " ".join("".join(capfd.readouterr()).split())
    assert "there is no native engine: no compiler; apt install gcc" in told


@pytest.fixture
def crashing(engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, and an engine that ends by a signal at every message."""
    (tmp_path / "engine").mkdir()
    path = stubbed(engine, tmp_path / "engine", {"engine_receive": Stub.CRASH})
    monkeypatch.setattr(opening, "engine_file", lambda: path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("engine-crash-*.bin"))


def test_a_crash_is_an_error_of_the_bench_and_its_message_is_kept(
    crashing: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.run(TWINS) == ExitCode.BENCH_FAILED
    [line] = [
        line for line in capfd.readouterr().err.splitlines() if line.startswith("firmware-sim: ")
    ]
    [file] = kept(crashing)
    assert "the engine ended by SIGSEGV at receive" in line
    assert f"the message is kept in {file.name}" in line
    assert hashlib.sha256(file.read_bytes()).hexdigest()[:16] in file.name


def test_a_kept_message_is_for_its_owner_alone(crashing: Path) -> None:
    main.run(TWINS)
    [file] = kept(crashing)
    assert file.stat().st_mode & 0o077 == 0


def test_a_crash_of_a_device_that_is_run_is_an_error_of_the_bench(
    crashing: Path, tmp_path: Path
) -> None:
    DrillPki.generate(1).save(tmp_path / "pki")
    request = DeviceRequest(DeviceType.ESME, image=tmp_path / "esme.bin", pki=tmp_path / "pki")
    with (
        pytest.raises(BenchError, match="SIGSEGV at receive; the message is kept"),
        native_brought_up(request) as running,
    ):
        running.receive(b"octets")
    assert [file.read_bytes() for file in kept(crashing)] == [b"octets"]
    with brought_up(request) as again:
        assert not again.is_new


@pytest.mark.slow
def test_a_crash_in_a_drill_is_no_verdict_about_a_device(
    crashing: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    drill = ["drill", "run", "supplier-compromise-recovery", "--target", "native", "--out", "run"]
    assert main.run(drill) == ExitCode.BENCH_FAILED
    told = " ".join("".join(capfd.readouterr()).split())
    assert "the engine ended by SIGSEGV at receive" in told
    assert "Traceback" not in told
    assert kept(crashing)


@pytest.mark.slow
def test_a_crash_in_a_replay_of_reference_messages_is_no_difference(
    crashing: Path, rtds: Path
) -> None:
    assert main.run(["conformance", "run", str(rtds), "--target", "native"]) == (
        ExitCode.BENCH_FAILED
    )
    assert kept(crashing)


def test_devices_of_an_engine_that_has_gone_say_so_each_time(engine: Path) -> None:
    with EngineProcess(engine) as process:
        device = process.open("nrf52840")
        process._process.kill()
        for _ in range(2):
            with pytest.raises(EngineCrashError, match="ended by SIGKILL at receive") as error:
                device.receive(b"octets")
            assert error.value.octets == b"octets"
