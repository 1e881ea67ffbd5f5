"""Firmware as Intel HEX: records of the specification, and what objcopy reads out of them."""

import shutil
import subprocess
from pathlib import Path

import pytest

from firmware_sim.hw.build.intel_hex import intel_hex


def test_records_are_those_of_a_published_example() -> None:
    """Two data records of the example in Wikipedia's *Intel HEX*, whose checks are its own."""
    octets = bytes.fromhex("214601360121470136007EFE09D21901 2146017E17C20001FF5F160021480119")
    assert intel_hex([(0x0100, octets)]).splitlines() == [
        ":10010000214601360121470136007EFE09D2190140",
        ":100110002146017E17C20001FF5F16002148011928",
        ":00000001FF",
    ]


def test_an_address_above_64_kib_has_its_upper_half_in_a_record_of_its_own() -> None:
    assert intel_hex([(0x0800_0000, b"\x01")]).splitlines()[0] == ":020000040800F2"


def test_objcopy_reads_the_same_octets_out_of_it(tmp_path: Path) -> None:
    objcopy = shutil.which("objcopy") or shutil.which("arm-none-eabi-objcopy")
    if objcopy is None:
        pytest.skip("needs objcopy")
    loads = [(0x1_FFF5, bytes(range(40))), (0x2_0040, b"\xaa" * 5)]
    file, binary = tmp_path / "made.hex", tmp_path / "made.bin"
    file.write_text(intel_hex(loads))
    subprocess.run([objcopy, "-I", "ihex", "-O", "binary", file, binary], check=True)
    memory = bytearray(0x2_0045 - 0x1_FFF5)
    for start, octets in loads:
        memory[start - 0x1_FFF5 : start - 0x1_FFF5 + len(octets)] = octets
    assert binary.read_bytes() == memory
