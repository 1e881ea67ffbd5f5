"""The 12-octet date-time of a header."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.times import NEVER, decode_date_time, encode_date_time


def test_fields_stand_in_order_with_weekday_and_deviation_unspecified() -> None:
    at = datetime(2026, 11, 22, 14, 5, 6, 999_999, tzinfo=UTC)
    octets = bytes.fromhex("07ea 0b 16 ff 0e 05 06 00 8000 02")
    assert encode_date_time(at, 0x02) == octets
    assert decode_date_time(octets) == (at.replace(microsecond=0), 0x02)


def test_local_time_is_sent_as_utc() -> None:
    local = datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert encode_date_time(local, 0)[:8] == bytes.fromhex("07ea 06 1e ff 17 1e 00")


def test_last_second_of_9999_is_encoded() -> None:
    assert decode_date_time(encode_date_time(NEVER, 0)) == (NEVER, 0)


@given(
    at=st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
    status=st.integers(0, 255),
)
def test_encoded_times_decode_to_the_same(at: datetime, status: int) -> None:
    assert decode_date_time(encode_date_time(at, status)) == (at, status)


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "07ea0b16ff0e050600800000ff",
        "07ea0b16ff0e0506008000",
        "00000b16ff0e05060080000000",
        "07ea 0d 01 ff 00 00 00 00 8000 00",
        "07ea 02 1e ff 00 00 00 00 8000 00",
        "07ea 01 01 ff 18 00 00 00 8000 00",
        "07ea 01 01 ff ff ff ff 00 8000 00",
        "ffff ff ff ff ff ff ff ff 8000 ff",
    ],
)
def test_octets_that_are_no_date_are_refused(octets: str) -> None:
    with pytest.raises(RemoteError):
        decode_date_time(bytes.fromhex(octets))


@given(octets=st.binary(min_size=12, max_size=12))
def test_arbitrary_octets_are_a_date_or_a_remote_error(octets: bytes) -> None:
    try:
        at, status = decode_date_time(octets)
    except RemoteError:
        return
    assert at.tzinfo is UTC
    assert status == octets[11]
