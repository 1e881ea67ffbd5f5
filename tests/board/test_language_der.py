"""The firmware's DER reader accepts what gbcs.der does, value by value; and its dates."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_sim.gbcs import der
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.times import encode_date_time
from tests.board.answers_in_c import EPOCH
from tests.board.language_in_c import LanguageInC

_ANY_FIXTURE = settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18

TIMES = [
    "20260101000000Z",
    "20260229000000Z",
    "20240229235959Z",
    "19000229000000Z",
    "20000229000000Z",
    "00000101000000Z",
    "00010101000000Z",
    "99991231235959Z",
    "20261301000000Z",
    "20260001000000Z",
    "20260100000000Z",
    "20260132000000Z",
    "20260431000000Z",
    "20260101240000Z",
    "20260101006000Z",
    "20260101000060Z",
    "20260101000000",
    "20260101000000.5Z",
    "20260101000000.000001Z",
    "202601010000Z",
    "20260101000000+0000",
    "2026010100000aZ",
    "+2260101000000Z",
    "20260101000000z",
    "260101000000Z",
    "500101000000Z",
    "490229000000Z",
    "480229000000Z",
    "000101000000Z",
    "2601010000Z",
    "260101000000+0000",
    "Z",
]


def element(tag: int, content: bytes) -> bytes:
    length = der.encode(content)[1 : -len(content)] if content else b"\x00"
    return bytes((tag,)) + length + content


def moment(tag: int, content: bytes) -> datetime | None:
    octets = element(tag, content)
    try:
        if tag == UTC_TIME:
            return der.moment(der.decode(der.UTCTime, octets, what="time"), what="time")
        return der.moment(der.decode(der.GeneralizedTime, octets, what="time"), what="time")
    except RemoteError:
        return None


def accepts(schema: type, tag: int, content: bytes) -> bool:
    try:
        der.decode(schema, element(tag, content), what="value")
    except RemoteError:
        return False
    return True


def headers(random: Random) -> Iterator[bytes]:
    """Values with all sorts of tags, and lengths that are right, lie, or have another form."""
    while True:
        content = bytes(random.choice((0, 1, 5, 127, 128, 200, 255, 256, 300, 65_535, 65_536)))
        length = max(0, len(content) + random.choice((0, 0, 0, 0, -1, 1, 128, 2**32)))
        count = random.choice((None, 0, 1, 2, 3, 4, 5, 9))
        coded = bytes((length & 0x7F,))
        if count is not None:
            coded = bytes((0x80 | count,)) + (length & (1 << 8 * count) - 1).to_bytes(count, "big")
        if random.random() < 0.3:
            coded = der.encode(content)[1 : len(der.encode(content)) - len(content)]
        yield random.choice(TAGS) + coded + content


TAGS = [
    bytes.fromhex(tag)
    for tag in (
        *("00", "02", "30", "9e", "be", "1f", "ff", "1f1e", "1f1f", "1f7f", "1f8000", "1f801f"),
        *("1f8100", "1f817f", "3f8f7f", "bf8fffffff7f", "1f9080808000", "1fffffffff7f"),
        *("1f8180808000", "1f818080808000", "1f80808080801f"),
    )
]


def test_headers_of_values_are_read_or_refused_alike(language: LanguageInC) -> None:
    random = Random(2)
    accepted = [0, 0]
    for octets in islice(headers(random), 4000):
        expected: bytes | None = None
        with suppress(RemoteError):
            expected = bytes(der.decode(der.Tlv, octets, what="value").data)
        assert language.whole(octets, long_tags=True) == expected, octets[:20].hex()
        cut: bytes | None = None
        with suppress(RemoteError, ValueError):
            (value,) = der.split(octets)
            cut = value[len(value) - len(expected or b"") :]
        short = language.whole(octets, long_tags=False)
        assert short == (cut if octets[0] & 0x1F != 0x1F else None), octets[:20].hex()
        accepted[0] += expected is not None
        accepted[1] += short is not None
    assert min(accepted) > 200


@pytest.mark.parametrize("octets", ["", "30", "1f", "1f1f", "3081", "308201", "1f81", "3000 00"])
def test_headers_cut_short_are_refused(language: LanguageInC, octets: str) -> None:
    assert language.whole(bytes.fromhex(octets), long_tags=True) is None
    assert language.whole(bytes.fromhex(octets), long_tags=False) is None


@pytest.mark.parametrize("text", TIMES)
def test_times_are_read_or_refused_alike(language: LanguageInC, text: str) -> None:
    content = text.encode()
    for tag in (UTC_TIME, GENERALIZED_TIME):
        assert language.time(tag, content) == moment(tag, content)


def test_damaged_times_are_read_or_refused_alike(language: LanguageInC) -> None:
    random = Random(1)
    for _ in range(3000):
        tag, text = random.choice(
            ((UTC_TIME, "310203040506Z"), (GENERALIZED_TIME, "20310203040506Z"))
        )
        content = bytearray(text.encode())
        for _ in range(random.choice((1, 2, 3))):
            content[random.randrange(len(content))] = random.choice(b"0123456789 .Z-")
        assert language.time(tag, bytes(content)) == moment(tag, bytes(content)), content


@_ANY_FIXTURE
@given(content=st.binary(max_size=24))
def test_integers_and_named_bits_are_read_alike(language: LanguageInC, content: bytes) -> None:
    assert language.is_integer(content) == accepts(int, 0x02, content)
    try:
        bits = der.decode(der.BitString, element(0x03, content), what="bits")
        numbers = der.read_named_bits(bits, what="bits")
    except RemoteError:
        assert language.named_bits(content) is None
    else:
        expected = sum({1 << min(number, 15) for number in numbers})
        assert language.named_bits(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        *(bytes([first, second]) for first in range(9) for second in (0, 1, 0x08, 0x80, 0xFF)),
        b"\x00",
        b"\x01",
        b"",
        b"\x00\x00\x00",
        b"\x00\xff\xff\xff",
        b"\x07\x00\x00\x80",
        b"\x04\xff\xf0",
    ],
    ids=bytes.hex,
)
def test_bit_strings_at_the_limits_are_read_alike(language: LanguageInC, content: bytes) -> None:
    test_integers_and_named_bits_are_read_alike.hypothesis.inner_test(language, content)  # type: ignore[attr-defined]


@_ANY_FIXTURE
@given(
    content=st.binary(max_size=8)
    | st.lists(st.sampled_from(b"\x01\x2a\x7f\x80\x81\x83\x84\xff"), max_size=66).map(bytes)
)
def test_object_identifiers_are_accepted_alike(language: LanguageInC, content: bytes) -> None:
    expected = accepts(der.ObjectIdentifier, 0x06, content)
    assert language.is_object_identifier(content) == expected


@_ANY_FIXTURE
@given(seconds=st.integers(0, 253_402_300_799), status=st.sampled_from((0x00, 0x02, 0xFF)))
def test_date_time_stamps_are_written_alike(
    language: LanguageInC, seconds: int, status: int
) -> None:
    at = EPOCH + timedelta(seconds=seconds)
    assert language.stamp(seconds, status) == encode_date_time(at, status)


@pytest.mark.parametrize("year", [1, 4, 99, 100, 1600, 1900, 1969, 1970, 2000, 2024, 2100, 9999])
def test_every_day_of_a_year_is_written_and_read(language: LanguageInC, year: int) -> None:
    day = datetime(year, 1, 1, 23, 59, 59, tzinfo=UTC)
    while day.year == year:
        text = f"{year:04}{day:%m%d%H%M%S}".encode()
        assert language.digits(int((day - EPOCH).total_seconds())) == text
        assert language.time(GENERALIZED_TIME, text + b"Z") == day
        if day.month == 12 and day.day == 31:
            break
        day += timedelta(days=1)


@pytest.mark.parametrize("length", [0, 1, 126, 127, 128, 129, 254, 255, 256, 257, 300, 1000, 8000])
def test_values_are_written_alike(language: LanguageInC, length: int) -> None:
    expected = der.encode(bytes(length))
    assert language.put_at_once(0x04, bytes(length)) == expected
    assert language.put_around(0x04, bytes(length)) == expected
    assert language.put_around(0x04, bytes(length), room=len(expected)) == expected
    assert language.put_around(0x04, bytes(length), room=len(expected) - 1) is None


@_ANY_FIXTURE
@given(number=st.integers(0, 2**64 - 1) | st.integers(0, 63).map(lambda bit: 1 << bit))
def test_numbers_are_written_alike(language: LanguageInC, number: int) -> None:
    assert language.put_number(0x02, number) == der.encode(number)
