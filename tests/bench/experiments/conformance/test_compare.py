"""When two messages count as equal."""

from dataclasses import replace

import pytest

from firmware_sim.bench.experiments.conformance.compare import difference, mac_is_comparable
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Supplementary
from tests.bench.experiments.conformance.own_set import SUPPLIER_DS, query_response, report

EXPECTED = query_response(report(SUPPLIER_DS))
LONG = replace(EXPECTED, payload=b"\x30\x81" + EXPECTED.payload[1:])


def test_equal_messages_do_not_differ() -> None:
    assert difference([EXPECTED], [EXPECTED.build()]) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"cra": CraFlag.ALERT},
        {"counter": 6},
        {"originator": EntityId(bytes(8))},
        {"target": EntityId(bytes(8))},
        {"code": MessageCode(9)},
        {"date_time": bytes(12)},
        {"supplementary": Supplementary(EntityId(bytes(8)))},
        {"payload": EXPECTED.payload[:-1] + b"?"},
        {"signature": bytes(64)},
        {"mac": None},
        {"mac": bytes(12)},
    ],
)
def test_every_field_but_the_signatures_value_counts(change: dict[str, object]) -> None:
    other = replace(EXPECTED, **change)  # type: ignore[arg-type]
    assert difference([EXPECTED], [other.build()])


def test_signatures_value_does_not_count() -> None:
    signed = replace(EXPECTED, signature=bytes(64), mac=None)
    other = replace(signed, signature=b"\x01" * 64)
    assert difference([signed], [other.build()]) == ""


def test_long_lengths_are_equal_and_their_mac_is_not_compared() -> None:
    assert not mac_is_comparable(LONG)
    assert mac_is_comparable(EXPECTED)
    assert difference([LONG], [EXPECTED.build()]) == ""


@pytest.mark.parametrize("count", [0, 2])
def test_number_of_messages_counts(count: int) -> None:
    found = difference([EXPECTED], [EXPECTED.build()] * count)
    assert found == f"{count} messages instead of 1"


def test_answer_that_is_no_message_is_a_difference() -> None:
    assert "does not parse" in difference([EXPECTED], [b"\x00"])
