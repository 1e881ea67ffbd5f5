"""Notices of refusals: what is written reads back, and nothing else is one."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.devices.links.refusal_notice import RefusalNotice
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId, MessageCode

DEVICE, PARTY = EntityId(bytes(range(8))), EntityId(bytes(range(8, 16)))


def test_refusal_notice_is_spelt_as_documented() -> None:
    notice = RefusalNotice(DEVICE, 8, PARTY, 1000, MessageCode(258))
    assert notice.octets() == (
        b'{"reason": 8, "originator": "08090a0b0c0d0e0f", "counter": 1000, "code": 258}'
    )
    assert RefusalNotice.parse(DEVICE, notice.octets()) == notice


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"reason": null, "originator": "08090a0b0c0d0e0f", "counter": 1, "code": 2}',
        b'{"reason": 1, "originator": "0809", "counter": 1, "code": 2}',
        b'{"reason": Infinity, "originator": "08090a0b0c0d0e0f", "counter": 1, "code": 2}',
        b"[" * 1000,
        b'{"reason": 1, "originator": "08090a0b0c0d0e0f", "counter": 1, "code": 2}' + b" " * 1000,
    ],
)
def test_octets_of_another_form_are_no_refusal_notice(octets: bytes) -> None:
    with pytest.raises(RemoteError):
        RefusalNotice.parse(DEVICE, octets)


@given(st.binary(max_size=60))
def test_any_octets_are_a_refusal_notice_or_a_remote_error(octets: bytes) -> None:
    with suppress(RemoteError):
        RefusalNotice.parse(DEVICE, octets)
