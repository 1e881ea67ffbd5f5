"""What is built is kept with its digest: a damaged file is made again, and never taken."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.hw.build import objects, toolchain
from firmware_sim.hw.build.bearssl import bearssl_source
from firmware_sim.hw.build.cache import cache_folder, is_kept, keep
from firmware_sim.hw.build.catalogue import board_named
from firmware_sim.hw.build.engine import build_engine
from firmware_sim.hw.build.firmware import build, call_graph
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.hw.errors import HardwareError
from tests.requirements import require_engine

SPOILERS: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda octets: b"",
    "cut off": lambda octets: octets[: len(octets) // 2],
    "with one bit changed": lambda octets: bytes((octets[0] ^ 1,)) + octets[1:],
    "longer": lambda octets: octets + b"\0",
}


@pytest.fixture(name="kept")
def kept_file(tmp_path: Path) -> Path:
    made, kept = tmp_path / "made", tmp_path / "kept.o"
    made.write_bytes(b"an object")
    keep(made, kept)
    return kept


def test_a_file_that_was_kept_is_there_and_nothing_else_is_left(kept: Path) -> None:
    assert is_kept(kept)
    assert sorted(path.name for path in kept.parent.iterdir()) == ["kept.o", "kept.o.sha256"]


@pytest.mark.parametrize("spoil", SPOILERS.values(), ids=SPOILERS)
def test_a_file_with_other_octets_is_not_kept(kept: Path, spoil: Callable[[bytes], bytes]) -> None:
    kept.write_bytes(spoil(kept.read_bytes()))
    assert not is_kept(kept)


@pytest.mark.parametrize("digest", [None, b"", b"\xff\xfe", b"0" * 64])
def test_a_file_without_its_own_digest_is_not_kept(kept: Path, digest: bytes | None) -> None:
    beside = kept.with_name("kept.o.sha256")
    if digest is None:
        beside.unlink()
    else:
        beside.write_bytes(digest)
    assert not is_kept(kept)


@pytest.mark.parametrize("name", ["kept.o", "kept.o.sha256"])
def test_what_is_no_file_is_not_kept_and_not_read(kept: Path, name: str) -> None:
    place = kept.with_name(name)
    place.unlink()
    place.symlink_to("/dev/zero")  # of which no reader comes to the end
    assert not is_kept(kept)
    place.unlink()
    place.mkdir()
    assert not is_kept(kept)


def test_a_digest_without_its_file_is_nothing(kept: Path) -> None:
    kept.unlink()
    assert not is_kept(kept)


@pytest.fixture(name="copied")
def copied_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of one's own, with what was built before; debug information names BearSSL's place."""
    folder, sources = tmp_path / "cache", bearssl_source()
    ignored = shutil.ignore_patterns("*.lock", "tmp*", "bearssl*")
    shutil.copytree(cache_folder(), folder, ignore=ignored)
    monkeypatch.setenv("BEARSSL_SRC", str(sources))
    monkeypatch.setenv("BOARD_CACHE", str(folder))
    return folder


def test_a_damaged_engine_in_the_cache_is_built_again(
    request: pytest.FixtureRequest,
) -> None:
    require_engine()
    request.getfixturevalue("copied")
    path = build_engine()
    sound = path.read_bytes()
    path.write_bytes(sound[:-4096])
    assert build_engine() == path
    assert is_kept(path)
    EngineLibrary(path).check()
    assert path.stat().st_size == len(sound)


@pytest.mark.slow  # all files are optimised as one
def test_a_damaged_firmware_in_the_cache_is_built_again_with_the_same_program(
    request: pytest.FixtureRequest,
) -> None:
    try:
        compiler = toolchain.cross_toolchain("gcc")
    except HardwareError as error:
        pytest.skip(f"needs a cross compiler (scripts/tools board): {error}")
    board = board_named("mps2-an385")
    build(board, compiler)
    request.getfixturevalue("copied")
    elf = build(board, compiler)
    sound = Firmware.read(elf).loads
    for file in (elf, call_graph(elf)):
        file.write_bytes(file.read_bytes()[:-4096])
    assert build(board, compiler) == elf
    # Its notes for a debugger may name another folder.
    assert Firmware.read(elf).loads == sound
    assert is_kept(call_graph(elf))


def test_a_damaged_object_in_the_cache_is_compiled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_engine()
    monkeypatch.setenv("BOARD_CACHE", str(tmp_path))
    units = objects.own_units([objects.FIRMWARE_FOLDER / "machine" / "drbg.c"], ("-std=c11",), None)
    [path] = objects.compile_all(toolchain.host_toolchain(None), units)
    sound = path.read_bytes()
    path.write_bytes(b"")
    assert objects.compile_all(toolchain.host_toolchain(None), units) == [path]
    assert path.read_bytes() == sound
