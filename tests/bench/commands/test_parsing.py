"""A message is parsed once, however many parts of the bench look at it."""

import pytest

from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import parse_message
from tests.support.commands import supplier_by_supplier
from tests.support.meter import meter


def test_the_same_octets_give_the_same_message() -> None:
    octets = supplier_by_supplier(meter()).build()
    first = message_of(octets)
    assert first == parse_message(octets)
    assert message_of(bytes(bytearray(octets))) is first


def test_octets_that_are_no_message_are_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(RemoteError):
            message_of(b"no message")
