"""Receiving something that a device must refuse, with everything that a refusal must not do."""

from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.machine.machine import Effects
from firmware_sim.machine.refusals import RefusalReason
from tests.support.answers import signed_answer
from tests.support.meter import Meter, durable


def refused(
    meter: Meter, octets: bytes, reason: RefusalReason, *, spends: RemotePartyRole | None = None
) -> Effects:
    """Hand over octets; fails unless they are refused, counted, and change no credential.

    Args:
        spends: the role whose Originator Counter the command must have moved up to its own,
            because it is authentic; None for one that must leave every counter as it is.
    """
    expected = durable(meter.device)
    if spends is not None:
        moved = expected.counters[spends]._replace(execution=parse_message(octets).counter)
        expected = expected._replace(counters=expected.counters | {spends: moved})
    counted = total(meter, reason)
    effects = meter.device.receive(octets)
    assert effects.refusal is not None, "it was accepted"
    assert effects.refusal.reason is reason, effects.refusal
    assert effects.refusal.text
    assert durable(meter.device) == expected
    assert total(meter, reason) >= max(counted, 1)  # durable when it reaches 1, 2, 4, 8, …
    return effects


def total(meter: Meter, reason: RefusalReason) -> int:
    """How often the log says that messages were refused for a reason."""
    tallies = meter.device.machine.state.tallies.values()
    return sum(tally.refusals for tally in tallies if tally.reason == reason)


def alert_code(meter: Meter, octets: bytes) -> int:
    """The alert code in a generic critical alert, after a look at its header and signature."""
    answer = signed_answer(octets, meter.signing_point)
    assert (answer.cra, answer.code) == (3, 0x1000)
    assert answer.originator == meter.entity_id
    at = 9 if meter.device.device_type is DeviceType.ESME else 3
    return int.from_bytes(answer.payload[at : at + 2], "big")
