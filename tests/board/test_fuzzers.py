"""Every fuzzer of hw/native/programs runs a while, under AddressSanitizer and UBSan."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.hw.build.engine import PROGRAMS, build_program
from firmware_sim.hw.errors import HardwareError
from tests.board.test_language_messages import BY_HAND as MESSAGES
from tests.board.test_language_messages import SEEDS
from tests.board.test_language_payloads import BARE, FULL, counted
from tests.board.test_language_payloads import BY_HAND as PAYLOADS
from tests.board.test_language_use_payloads import USES
from tests.support.pki import FIRST

_RUNS = 20_000
_LONGEST = 8300

_SUPPLIER = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT)


def seeds(name: str) -> Iterable[bytes]:
    """What a fuzzer starts from; without it, it hardly gets behind the first length."""
    if name == "fuzz_message":
        yield from SEEDS
        yield from (octets for octets, _ in [*MESSAGES.values(), *PAYLOADS.values()])
        yield from (BARE.encode(), FULL.encode(), counted(16, 8, 16, 4).encode())
        yield from USES.values()
    elif name == "fuzz_certificate":
        yield from certificate_seeds()
    elif name == "fuzz_link":
        yield b"".join(scripted(*request) for request in _REQUESTS) + _A_SECOND
        yield _NOISE + scripted(0x01)


def certificate_seeds() -> Iterable[bytes]:
    """One for each use that the first octet of an input chooses (fuzz_certificate.c)."""
    path = [FIRST.leaf(_SUPPLIER), FIRST.issuing(), FIRST.root()]
    certificates = [each.certificate for each in path]
    yield from (b"\0" + each for each in certificates)
    name = FIRST.name.octets
    yield bytes((1, len(name))) + name + name
    apex = parse_certificate(FIRST.root().certificate).wrapped_contingency_key
    yield b"\2" + (apex or b"")
    yield b"\3" + b"".join(len(each).to_bytes(2, "big") + each for each in certificates)


_NOISE = bytes((0, 9)) + bytes(range(250, 256)) + bytes(3)
_A_SECOND = bytes((2, 63))
_REQUESTS: tuple[tuple[int, bytes], ...] = (
    (0x05, b"\x01\x00\x00\x01" + bytes(55)),  # RECORD: an identity
    (0x05, b"\x07\x00\x00" + bytes(24)),  # and the device's own counters
    (0x06, b"\x01" + bytes(range(8))),  # PROVISION
    (0x04, bytes(9) + b"\x01"),  # CLOCK, running
    (0x02, b"\xdf\x09" + bytes(30)),  # MESSAGE
    (0x0E, b"73950067887105178605"),  # ENTER
    (0x09, b""),  # DIGEST
    (0x0A, b"\x10\x00\x00\x00\x40\x00"),  # READ
    (0x0D, b"\x05\x01\x00\x10\x00"),  # MEASURE
    (0x08, b"\x01\x00\x00\x00\x02\xff\x00\xff\x00"),  # CUT
    (0x07, b"ERASE"),
)


def scripted(kind: int, payload: bytes = b"") -> bytes:
    """A request as the script of fuzz_link.c has it."""
    return bytes((1, kind, 1, len(payload) // 4, len(payload) % 4)) + payload


@pytest.mark.parametrize("source", sorted(PROGRAMS.glob("fuzz_*.c")), ids=lambda each: each.stem)
def test_short_run_of_each_fuzzer_finds_nothing(source: Path, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number, octets in enumerate(seeds(source.stem)):
        (corpus / str(number)).write_bytes(octets)
    assert any(corpus.iterdir()), f"no seeds for {source.name}"
    try:
        program = build_program(source, fuzzer=True)
    except HardwareError as error:
        pytest.skip(f"needs clang with its sanitizers: {error}")
    options = [f"-runs={_RUNS}", "-seed=1", f"-max_len={_LONGEST}", f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(
        [str(program), *options, str(corpus)],
        capture_output=True, text=True, check=False, timeout=800,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"Done {_RUNS} runs" in done.stderr
