"""Which private key has protected a command of a governance drill.

It is found by trying: a key is the one if it verifies the signature, or makes the same MAC. So
nothing is asked of those who composed the command, and what is found has been shown.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.key_ring import PkiKeys
from firmware_sim.bench.commands.protection import AgreementKey
from firmware_sim.bench.drills.attackers_keys import attackers_key
from firmware_sim.bench.drills.drill_parties import SPEAKERS
from firmware_sim.bench.drills.participants import Participants
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.update_step import UpdateStep
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.bench.smki.holdings import PkiError
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.protection import mac_is_valid, signature_is_valid
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole

_SUITE: Final = P256Suite()
_OWN_NUMBERS: Final = (1, 2)
_WHY: Final = "the shards of a fleet sign for the other devices that a decision covers"


class FleetKeys:
    """Every private key that a party or an attacker of a story can have.

    Args:
        story: whose organisations and generations of keys are meant.
        at: when the governance drill was over.
    """

    def __init__(self, participants: Participants, story: Story, at: datetime) -> None:
        pki = participants.pki
        keys = [*_parties(participants, story), *_in_custody(pki, at), *_attackers(pki)]
        self._signing = {_SUITE.public_key(key): key for key in keys}
        self._brokers = [participants.macs(generation) for generation in GENERATIONS]
        self._usual: dict[EntityId, list[bytes]] = {}

    def signer_of(self, command: Message) -> bytes | None:
        """The scalar that has signed it; None if nobody's key has, or it bears no signature."""
        if not command.signature:
            return None
        usual = self._usual.setdefault(command.originator, [])
        for point in (*usual, *self._signing):
            if signature_is_valid(command, point, _SUITE):
                if point not in usual:
                    usual.append(point)
                return self._signing[point]
        return None

    def broker_of(self, command: Message, contact: DeviceContact) -> bytes | None:
        """The scalar of the Broker that has made its MAC; None if none has, or there is no MAC."""
        if command.mac is None:
            return None
        return next(
            (key.private_key for key in self._brokers if _made(key, command, contact)), None
        )


def _made(key: AgreementKey, command: Message, contact: DeviceContact) -> bool:
    return mac_is_valid(command, key.secret_with(contact.agreement_key), _SUITE)


def _parties(participants: Participants, story: Story) -> Iterator[bytes]:
    names = story.effective_population.organisations
    for role in SPEAKERS:
        if role in {RemotePartyRole.ROOT, RemotePartyRole.RECOVERY}:
            continue
        for generation in _generations(story):
            for name in names.get(role, ("",)):
                with suppress(PkiError):  # not every role has every generation
                    held = participants.credentials(role, generation, name)
                    yield held.private_key(KeyUsage.DIGITAL_SIGNATURE)


def _generations(story: Story) -> list[int]:
    """Those that its steps name, and the two that are always there."""
    named = {step.credentials for step in story.steps if isinstance(step, SendingStep)}
    named |= {step.install for step in story.steps if isinstance(step, UpdateStep)}
    return sorted({*GENERATIONS, *named})


def _in_custody(pki: DrillPki, at: datetime) -> Iterator[bytes]:
    keys = PkiKeys(pki, at, _WHY)
    for generation in GENERATIONS:
        for key, role in (
            (CustodyKey.RECOVERY, RemotePartyRole.RECOVERY),
            (CustodyKey.CONTINGENCY, RemotePartyRole.ROOT),
        ):
            if pki.custody.holds(key, generation):
                yield keys.signing(role, generation)


def _attackers(pki: DrillPki) -> Iterator[bytes]:
    """A root's key signs no command of a party; attackers try it, and keys of their own."""
    for generation in GENERATIONS:
        held = pki.authority(CertificateKind.ROOT_OCA, generation).private_key
        if held is not None:
            yield held
    for number in _OWN_NUMBERS:
        yield attackers_key(KeyUsage.DIGITAL_SIGNATURE, number)
