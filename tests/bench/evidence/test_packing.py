"""What a ledger has in common is stored once, and every row comes out as it went in."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.bench.evidence.folder import LEDGER_NAME
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.ledger_checks import check_chain
from firmware_sim.bench.evidence.packing import deflated
from firmware_sim.bench.evidence.unpacking import inflated
from firmware_sim.bench.outcome import Outcome, Verdict
from firmware_sim.gbcs.identifiers import EntityId
from tests.bench.evidence.asking import asked
from tests.bench.evidence.rehearsal import START, run_info

DEVICES = [EntityId.parse(f"00db12345678{number:04x}") for number in range(40)]
CERTIFICATES = bytes(range(256)) * 7


def command(number: int) -> bytes:
    """Octets that devices have in common, and some that are a device's own."""
    return number.to_bytes(8, "big") + bytes([number]) * 64 + CERTIFICATES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Forty devices that are sent alike, and the first of them the same once more."""
    with RunLedger.create(tmp_path / "run", run_info()) as ledger:
        ledger.follow(lambda: START)
        for entity in DEVICES:
            ledger.device(entity, "ESME", 0)
        step = ledger.step("one", "The first step", at=START)
        for number, entity in enumerate(DEVICES):
            ledger.message(step, entity, "to device", command(number), START)
            ledger.check(step, entity, "is well", Verdict.PASSED, "this", f"device {number}")
        ledger.message(step, DEVICES[0], "to device", command(0), START)
        ledger.message(step, DEVICES[0], "from device", b"", START, "said nothing")
        ledger.finish_step(step, Verdict.PASSED, at=START)
        ledger.finish(Outcome.PASSED)
    return tmp_path / "run"


def test_every_message_comes_out_as_it_went_in(folder: Path) -> None:
    rows = asked(folder, "SELECT device, direction, octets, summary FROM message ORDER BY id")
    sent = [(str(entity), "to device", command(number), "")
            for number, entity in enumerate(DEVICES)]  # fmt: skip
    again = (str(DEVICES[0]), "to device", command(0), "")
    assert rows == [*sent, again, (str(DEVICES[0]), "from device", b"", "said nothing")]


def test_every_check_comes_out_as_it_went_in(folder: Path) -> None:
    rows = asked(folder, "SELECT device, at, name, verdict, expected, actual FROM verdict")
    at = START.isoformat(timespec="milliseconds")
    assert rows == [
        (str(entity), at, "is well", "passed", "this", f"device {number}")
        for number, entity in enumerate(DEVICES)
    ]


def test_what_messages_share_is_stored_once(folder: Path) -> None:
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        query = "SELECT base IS NULL, length(octets) FROM message ORDER BY id"
        (first, whole), *others = database.execute(query).fetchall()
        words = database.execute("SELECT count(*) FROM word WHERE text = 'is well'").fetchone()
        numbers = database.execute("SELECT count(*) FROM verdict WHERE typeof(name) = 'integer'")
        named = numbers.fetchone()
    assert (first, whole) == (1, len(command(0)))
    assert all(size < 60 for _, size in others)
    assert others[-2] == (0, 0), "the octets of an earlier message are not stored again"
    assert (words, named) == ((1,), (len(DEVICES) - 1,))


def test_the_rows_of_words_are_in_the_chain(folder: Path) -> None:
    assert check_chain(folder).rows
    with closing(sqlite3.connect(folder / LEDGER_NAME)) as database:
        database.execute("UPDATE word SET text = 'is ill' WHERE text = 'is well'")
        database.commit()
    with pytest.raises(Exception, match=r"word row \d+"):
        check_chain(folder)


@given(octets=st.binary(max_size=400), base=st.binary(max_size=400))
def test_octets_come_back_from_what_differs(octets: bytes, base: bytes) -> None:
    assert inflated(deflated(octets, base), base) == octets


@pytest.mark.parametrize(
    "packed",
    [
        b"\xff" * 8,
        deflated(b"a message", b"")[:-1],
        deflated(b"a message", b"") + b"\0",
        deflated(bytes(1 << 21), b""),
    ],
    ids=["no deflate", "cut off", "more behind it", "longer than any message"],
)
def test_what_is_no_difference_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="octets are no difference"):
        inflated(packed, b"")


def test_the_difference_is_the_raw_deflate_that_the_documentation_names() -> None:
    base, octets = command(1), command(2)
    reading = zlib.decompressobj(wbits=-13, zdict=base)
    assert reading.decompress(deflated(octets, base)) == octets
