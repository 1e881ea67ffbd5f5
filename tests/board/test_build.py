"""The firmware is built from pinned sources, reproducibly, and stays within its budgets."""

import os
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

from firmware_sim.devices.links.board_protocol import FrameType, Statistics
from firmware_sim.hw.build import bearssl, objects, toolchain
from firmware_sim.hw.build import firmware as build
from firmware_sim.hw.build.cache import cache_folder, file_digest
from firmware_sim.hw.build.catalogue import board_named, boards
from firmware_sim.hw.build.sizes import STACK_BUDGET, TEXT_BUDGET, largest, sizes_of
from firmware_sim.hw.build.stack import stack_bound
from firmware_sim.hw.emulators.direct import DirectLink
from firmware_sim.hw.emulators.firmware import Firmware
from firmware_sim.hw.emulators.unicorn_board import UnicornBoard
from firmware_sim.hw.errors import HardwareError

HW = Path(build.__file__).parents[1]


def cross(name: str) -> toolchain.Toolchain:
    try:
        return toolchain.cross_toolchain(name)
    except HardwareError as error:
        pytest.skip(f"needs a cross compiler (scripts/tools board): {error}")


BUILT_FAST = ("mps2-an385", "stm32f405")  # each takes seconds to build


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=() if name in BUILT_FAST else pytest.mark.slow)
        for name in sorted(boards())
    ],
)
def elf(request: pytest.FixtureRequest) -> Path:
    """What the reference compiler makes for each board."""
    return build.build(board_named(request.param), cross("gcc"))


def test_text_stays_within_its_budget(elf: Path) -> None:
    sizes = sizes_of(elf)
    assert sizes.text < TEXT_BUDGET, f"{sizes}; the largest: {largest(elf, 20)}"
    assert sizes.text == Firmware.read(elf).octets


def test_stack_stays_within_its_budget_on_every_call_path(elf: Path) -> None:
    bound = stack_bound(build.call_graph(elf))
    assert bound.octets < STACK_BUDGET, bound
    assert bound.octets < sizes_of(elf).stack
    assert bound.octets > 2000  # a graph that lacks the crypto would be a bad witness


def test_stack_that_a_board_has_used_is_below_the_bound() -> None:
    """The bound comes from the compiler, the mark from paint that the startup code left."""
    board = board_named("mps2-an385")
    file = build.build(board, cross("gcc"))
    link = DirectLink(UnicornBoard(board, Firmware.read(file)))
    link.power_on()  # the self-test verifies, signs and agrees
    answer = link.ask(FrameType.STATISTICS)
    assert answer is not None
    used = Statistics.parse(answer).stack_octets
    assert 2000 < used <= stack_bound(build.call_graph(file)).octets


def test_closed_firmware_starts_without_what_gives_a_board_away_and_is_smaller() -> None:
    board = board_named("mps2-an385")
    files = [build.build(board, cross("gcc"), closed=closed) for closed in (False, True)]
    records = [DirectLink(UnicornBoard(board, Firmware.read(each))).power_on() for each in files]
    assert {flag.name for flag in records[0].capabilities ^ records[1].capabilities} == {
        "CLOCK", "CUT", "ERASE", "READ",
    }  # fmt: skip
    assert records[1].self_test_passed
    assert sizes_of(files[1]).text < sizes_of(files[0]).text


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_every_compilers_firmware_passes_its_self_test_and_knows_its_build(compiler: str) -> None:
    board = board_named("mps2-an385")
    firmware = Firmware.read(build.build(board, cross(compiler)))
    boot = DirectLink(UnicornBoard(board, firmware)).power_on()
    assert boot.self_test_passed
    assert boot.build_id == firmware.build_id
    assert boot.firmware == version("firmware-sim")


def build_in(folder: Path, cache: Path, sources: Path) -> Path:
    """The ELF of one board, built by a copy of the sources in that folder."""
    root = folder / "firmware_sim"
    shutil.copytree(HW, root / "hw", ignore=shutil.ignore_patterns("__pycache__"))
    for package in ("__init__.py", "devices", "gbcs", "machine"):
        (root / package).symlink_to(HW.parent / package)
    program = (
        "from firmware_sim.hw.build.firmware import build;"
        "from firmware_sim.hw.build.catalogue import board_named;"
        "print(build(board_named('mps2-an385')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False,
        env=os.environ | {"BOARD_CACHE": str(cache), "BEARSSL_SRC": str(sources)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    built = Path(done.stdout.strip())
    assert built.is_relative_to(cache)
    return built


@pytest.mark.slow
def test_builds_in_several_folders_are_the_same_octets(tmp_path: Path) -> None:
    """The second finds nothing made; the third, deeper, finds all that the second made."""
    first = build.build(board_named("mps2-an385"), cross("gcc"))
    sources = shutil.copytree(bearssl.bearssl_source(), tmp_path / "sources")
    cache = tmp_path / "cache"
    second = build_in(tmp_path / "another" / "place", cache, sources)
    assert second.read_bytes() == first.read_bytes()
    shutil.rmtree(cache / "elf")
    third = build_in(tmp_path / "a" / "third" / "and" / "deeper" / "place", cache, sources)
    assert third.read_bytes() == first.read_bytes()


def test_second_build_runs_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    board, compiler = board_named("mps2-an385"), cross("gcc")
    first = build.build(board, compiler)

    def refuse(*_: object) -> None:
        raise AssertionError("a compiler was run")

    monkeypatch.setattr(build, "run_tool", refuse)
    monkeypatch.setattr(objects, "run_tool", refuse)
    assert build.build(board, compiler) == first


def test_cache_reached_through_a_link_is_its_real_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compiler names the folder that it works in without links, and path_free must find it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.delenv("BOARD_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "link"))
    assert cache_folder().is_relative_to(tmp_path / "real")


def object_with(folder: Path, *paths: str) -> Path:
    """What the reference compiler makes of one small file with these path options."""
    (folder / "own.c").write_text('#include "number.h"\nint number = NUMBER;\n')
    [made] = objects.compile_all(
        cross("gcc"), [objects.Unit(folder, "own.c", ("-g",), "same", paths)]
    )
    return made


def test_object_is_compiled_anew_when_only_a_path_option_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOARD_CACHE", str(tmp_path / "cache"))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "number.h").write_text(f"#define NUMBER {'one two'.index(name)}\n")
    one, two = (object_with(tmp_path, f"-I{tmp_path / name}") for name in ("one", "two"))
    assert one.read_bytes() != two.read_bytes()
    mapped = object_with(tmp_path, f"-I{tmp_path / 'one'}", f"-ffile-prefix-map={tmp_path}=.")
    assert mapped.read_bytes() != one.read_bytes()


def test_file_that_does_not_compile_is_named_with_what_the_compiler_says() -> None:
    unit = objects.Unit(HW, "firmware/main.c", ("-DFIRMWARE_VERSION=(", "-w"), "never", ())
    with pytest.raises(HardwareError, match=r"compiling firmware/main\.c fails: .*octets\.h"):
        objects.compile_all(cross("gcc"), [unit])


def test_missing_compilers_are_named_with_the_package_and_the_way_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(HardwareError, match="arm-none-eabi-gcc nor ziglang") as caught:
        toolchain.cross_toolchain()
    assert "apt install gcc-arm-none-eabi" in caught.value.mend
    assert "pip install ziglang" in caught.value.mend
    assert "wheel" in caught.value.mend
    with pytest.raises(HardwareError, match="ziglang is not here"):
        toolchain.cross_toolchain("zig")
    with pytest.raises(HardwareError, match="no C compiler"):
        toolchain.host_toolchain()


def test_unknown_compiler_is_refused_with_the_known_ones() -> None:
    with pytest.raises(HardwareError, match="'tcc' is no compiler for boards; use gcc or zig"):
        toolchain.cross_toolchain("tcc")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return shutil.copytree(bearssl.bearssl_source(), tmp_path / "bearssl")


def test_named_bearssl_tree_is_used_only_if_it_is_the_pinned_one(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEARSSL_SRC", str(tree))
    assert bearssl.bearssl_source() == tree
    changed = tree / "src" / "ec" / "ec_p256_m31.c"
    changed.write_bytes(changed.read_bytes() + b"\n")
    with pytest.raises(HardwareError, match=r"another BearSSL than version 0\.6"):
        bearssl.bearssl_source()
    changed.unlink()
    with pytest.raises(HardwareError, match=r"lacks src/ec/ec_p256_m31\.c"):
        bearssl.bearssl_source()


def test_a_cold_cache_without_a_network_is_told_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: name)
    failed = subprocess.CompletedProcess([], 100, "", "E: You must put some 'deb-src' URIs\n")
    monkeypatch.setattr(bearssl, "_apt", lambda command, folder: failed)
    with pytest.raises(HardwareError, match=r"no list of Debian's sources; connect to the network"):
        bearssl._download(tmp_path)


def test_header_added_to_bearssl_is_found(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEARSSL_SRC", str(tree))
    (tree / "inc" / "string.h").write_text("#define memset(a, b, c) (a)\n")
    with pytest.raises(HardwareError, match="another BearSSL"):
        bearssl.bearssl_source()


def test_archive_that_is_not_the_pinned_one_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BEARSSL_SRC", raising=False)
    monkeypatch.setenv("BOARD_CACHE", str(tmp_path))
    monkeypatch.setattr(
        bearssl, "_download", lambda folder: (folder / bearssl.ARCHIVE).write_bytes(b"another")
    )
    with pytest.raises(HardwareError, match="is not the pinned one; set BEARSSL_SRC"):
        bearssl.bearssl_source()


def test_the_archive_is_unpacked_by_the_first_python_311_too(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Debian 12 has 3.11.2; what chooses the members of an archive came with 3.11.4."""
    packed = tmp_path / bearssl.ARCHIVE
    with tarfile.open(packed, "w:xz") as tar:
        tar.add(tree, "BearSSL")
    monkeypatch.setattr(bearssl, "ARCHIVE_SHA256", file_digest(packed))
    monkeypatch.setattr(bearssl, "_download", lambda folder: shutil.copy(packed, folder))
    monkeypatch.delattr(tarfile, "data_filter")
    unpack = tarfile.TarFile.extractall

    def without_filter(tar: tarfile.TarFile, path: Path) -> None:
        unpack(tar, path, filter="fully_trusted")

    monkeypatch.setattr(tarfile.TarFile, "extractall", without_filter)
    monkeypatch.delenv("BEARSSL_SRC", raising=False)
    monkeypatch.setenv("BOARD_CACHE", str(tmp_path / "cache"))
    assert bearssl.tree_digest(bearssl.bearssl_source()) == bearssl.TREE_SHA256


def test_missing_apt_is_reported_with_the_other_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BEARSSL_SRC", raising=False)
    monkeypatch.setenv("BOARD_CACHE", str(tmp_path))
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(HardwareError, match="apt-get, which is not here; set BEARSSL_SRC"):
        bearssl.bearssl_source()


def test_a_system_that_names_no_repository_is_told_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("apt-get") is None:
        pytest.skip("needs apt-get")
    monkeypatch.delenv("BEARSSL_SRC", raising=False)
    monkeypatch.setenv("BOARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(bearssl, "_APT_SOURCES", tmp_path)
    with pytest.raises(HardwareError, match=r"fetch no list of .*; or set BEARSSL_SRC"):
        bearssl.bearssl_source()
    assert not list((tmp_path / "cache").glob("bearssl-*"))


def test_cache_that_cannot_be_made_is_reported_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BOARD_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(HardwareError, match=r"cannot make .*; set BOARD_CACHE"):
        build.build(board_named("mps2-an385"), cross("gcc"))


def test_repositories_are_asked_for_sources_in_both_forms() -> None:
    new = "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n"
    assert bearssl._of_sources(new, ".sources") == new.replace("Types: deb", "Types: deb-src")
    old = "# here\ndeb [arch=amd64] http://mirror.example/debian bookworm main\ndeb-src x y z\n"
    expected = "deb-src [arch=amd64] http://mirror.example/debian bookworm main\n"
    assert bearssl._of_sources(old, ".list") == expected
