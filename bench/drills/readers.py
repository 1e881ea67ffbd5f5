"""Who reads a device back for the bench, beside what the story says.

A reading spends an Originator Counter of the one who reads. Stories send captured messages of the
supplier, the network operator and the Access Control Broker again, and what refuses these must not
depend on how often the bench has looked. So the Transitional CoS party reads, which the device
answers with its signature; the Broker where the device has no such cell, or does not answer it.
"""

from collections.abc import Iterator

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.dut.simulated.credential import Credential, Filling
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)

_COS_CELL = TrustAnchorCellId(RemotePartyRole.TRANSITIONAL_COS, KeyUsage.DIGITAL_SIGNATURE)

READERS_CELLS = frozenset((_COS_CELL, ACB_KEY_AGREEMENT))
"""The cells on which it depends whether a device answers a reader."""


def readers(
    state: DrillState, contact: DeviceContact, held: Filling | None = None
) -> Iterator[Party]:
    """The parties that may read a device back, the first choice first.

    Args:
        held: what the cells hold, where it is not what the parties know.
    """
    known = dict(state.held[contact.entity_id]) | dict(held or {})
    cos, broker = known.get(_COS_CELL), known[ACB_KEY_AGREEMENT].generation
    if cos is not None and cos == Credential(_COS_CELL, cos.generation):
        yield state.participants.party(
            RemotePartyRole.TRANSITIONAL_COS, cos.generation, broker=broker, decision=None
        )
    yield state.participants.broker(broker)
