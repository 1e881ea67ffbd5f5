"""Messages for tests: a few fixed ones, and strategies that make any."""

from typing import Any

from hypothesis import strategies as st

from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message, Supplementary

PARTY = EntityId.parse("1122334455667788")
DEVICE = EntityId.parse("99aabbccddeeff00")

entities = st.binary(min_size=8, max_size=8).map(EntityId)
counters = st.integers(0, 2**64 - 1)

supplementaries = st.one_of(
    st.none(),
    st.builds(Supplementary, entities),
    st.builds(Supplementary, entities, counters),
    st.builds(Supplementary, entities, counters, counters),
    st.builds(
        Supplementary,
        entities,
        counters,
        certificate=st.binary(min_size=8, max_size=300).map(lambda octets: b"\x30" + octets),
    ),
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Any message that the envelope can carry."""
    mac = draw(st.none() | st.binary(min_size=12, max_size=12))
    signatures = st.sampled_from([b"", None] if mac is None else [b""])
    return Message(
        cra=draw(st.sampled_from(CraFlag)),
        counter=draw(counters),
        originator=draw(entities),
        target=draw(entities),
        code=MessageCode(draw(st.integers(0, 0xFFFF))),
        payload=draw(st.binary(max_size=600)),
        date_time=draw(st.sampled_from([b"", bytes(range(12))])),
        supplementary=draw(supplementaries),
        signature=draw(signatures | st.binary(min_size=64, max_size=64)),
        mac=mac,
    )


def command(payload: bytes = b"\x05\x00", **changes: Any) -> Message:
    """A command with a signature field and a MAC field of recognisable octets."""
    fields: dict[str, Any] = {
        "cra": CraFlag.COMMAND,
        "counter": 0x0102030405060708,
        "originator": PARTY,
        "target": DEVICE,
        "code": MessageCode(0x0102),
        "payload": payload,
        "signature": b"\x55" * 64,
        "mac": b"\x77" * 12,
    }
    return Message(**{**fields, **changes})
