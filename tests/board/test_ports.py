"""Primitives that the engine has from libraries: each does what the board's own file does."""

import ctypes
import zlib
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.hw.build.engine import Cryptography
from firmware_sim.hw.engine.device import EngineDevice
from firmware_sim.hw.engine.library import EngineLibrary
from firmware_sim.machine.flash.geometry import NAMED
from tests.board.host_library import host_library

KEPT = {Cryptography.BEARSSL: 24, Cryptography.LIBCRYPTO: 8}
"""Facts that stay known at the least, whatever their digests are."""

ERASED = {each.erased_value: name for name, each in NAMED.items()}


@pytest.fixture(params=list(Cryptography))
def library(request: pytest.FixtureRequest) -> EngineLibrary:
    made = host_library("ports", request.param)
    made.raw.is_blank.restype = ctypes.c_bool
    made.raw.signature_fact_find.restype = ctypes.c_bool
    made.raw.crc32_update.argtypes = (ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t)
    made.raw.crc32_update.restype = ctypes.c_uint32
    return made


def on_flash(library: EngineLibrary, erased: int) -> EngineDevice:
    """A device that runs, on a part that is erased to that value."""
    device = EngineDevice(library, ERASED[erased])
    device.set_clock(0, 0)
    return device


def is_blank(library: EngineLibrary, octets: bytes, at: int = 0) -> bool:
    """Whether it finds them so, at an address so many octets behind an aligned one."""
    room = ctypes.create_string_buffer(bytes(at) + octets + b"\x55", at + len(octets) + 1)
    place = ctypes.c_void_p(ctypes.addressof(room) + at)
    return bool(library.raw.is_blank(place, ctypes.c_uint32(len(octets))))


@pytest.mark.parametrize("erased", sorted(ERASED))
def test_octets_are_blank_exactly_if_each_is_as_an_erase_leaves_it(
    library: EngineLibrary, erased: int
) -> None:
    assert {0x00, 0xFF} == set(ERASED)
    on_flash(library, erased)
    for length in range(70):
        assert is_blank(library, bytes([erased]) * length, length % 5)
    for place in range(67):
        for value in (erased ^ 1, erased ^ 0x80, erased ^ 0xFF):
            octets = bytearray([erased]) * 67
            octets[place] = value
            assert not is_blank(library, bytes(octets), place % 5)
            assert is_blank(library, bytes(octets[:place]))
    # All alike is not enough.
    assert not is_blank(library, bytes([erased ^ 0xFF]) * 64)


@given(first=st.binary(max_size=300), second=st.binary(max_size=300))
@settings(max_examples=50)
def test_checksum_is_crc_32_whether_octets_come_at_once_or_not(first: bytes, second: bytes) -> None:
    for cryptography in Cryptography:
        crc = host_library("ports", cryptography).raw.crc32_update
        begun = crc(0, first, len(first))
        assert begun == zlib.crc32(first)
        assert crc(begun, second, len(second)) == zlib.crc32(first + second)


def test_checksum_of_the_published_check_value(library: EngineLibrary) -> None:
    assert library.raw.crc32_update(0, b"123456789", 9) == 0xCBF43926


def fact(number: int) -> bytes:
    return sha256(number.to_bytes(4, "big")).digest()


def find(library: EngineLibrary, name: bytes) -> bool | None:
    """How a fact ended; None if it is not known."""
    is_good = ctypes.c_bool()
    if not library.raw.signature_fact_find(name, ctypes.byref(is_good)):
        return None
    return is_good.value


def add(library: EngineLibrary, number: int) -> None:
    library.raw.signature_fact_add(fact(number), ctypes.c_bool(number % 3 != 0))


def test_a_fact_is_known_as_it_ended_and_unknown_once_it_is_forgotten(
    library: EngineLibrary,
) -> None:
    library.share(False, False)
    library.raw.signature_facts_forget()
    kept = KEPT[Cryptography(library.path.stem.rpartition("-")[2])]
    for number in range(2000):
        assert find(library, fact(number)) is None
        add(library, number)
        for earlier in range(max(0, number + 1 - kept), number + 1):
            assert find(library, fact(earlier)) is (earlier % 3 != 0)
        # What was pushed out may be unknown, and is never known otherwise.
        assert find(library, fact(number // 2)) in {None, number // 2 % 3 != 0}
    library.raw.signature_facts_forget()
    assert {find(library, fact(number)) for number in range(2000)} == {None}


def test_facts_of_one_command_outlast_each_other_even_if_they_fall_into_one_place(
    library: EngineLibrary,
) -> None:
    """The engine has eight places for digests that begin alike."""
    library.share(False, False)
    library.raw.signature_facts_forget()
    for number in range(8):
        library.raw.signature_fact_add(b"\x07" + fact(number)[1:], ctypes.c_bool(True))
    known = [find(library, b"\x07" + fact(number)[1:]) for number in range(8)]
    assert known == [True] * 8


def test_only_what_is_shared_is_known_to_the_next_device() -> None:
    library = host_library("ports", Cryptography.LIBCRYPTO)
    for is_shared in (True, False):
        library.share(is_shared, False)
        add(library, 1)
        on_flash(library, 0xFF)
        on_flash(library, 0xFF)
        assert (find(library, fact(1)) is not None) is is_shared
    library.share(False, False)


def test_on_a_board_every_device_begins_without_facts() -> None:
    library = host_library("ports", Cryptography.BEARSSL)
    library.share(True, True)
    on_flash(library, 0xFF)
    add(library, 1)
    on_flash(library, 0xFF)
    assert find(library, fact(1)) is None
