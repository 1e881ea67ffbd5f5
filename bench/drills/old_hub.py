"""The play of `old hub`: what was the old hub's is worth nothing at the new one."""

from dataclasses import replace
from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.protection import AgreementKey, KeySigner
from firmware_sim.bench.drills.delivery import CommandSender
from firmware_sim.bench.drills.each_device import for_each
from firmware_sim.bench.drills.hub_steps import OldHubStep
from firmware_sim.bench.drills.hubs_so_far import OldDevice
from firmware_sim.bench.drills.readers import readers
from firmware_sim.bench.drills.refusal_terms import RefusalExpected
from firmware_sim.bench.drills.refusing import Refusing
from firmware_sim.bench.drills.state import DrillState, Kept
from firmware_sim.bench.drills.step_log import NOT_REACHED, StepFinding, StepLog
from firmware_sim.bench.dut.blueprint import blueprint_of
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.dut.target import Correlation
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.outcome import Verdict
from firmware_sim.bench.parties.party import Party
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import ACB_KEY_AGREEMENT, DeviceType, KeyUsage, RemotePartyRole
from firmware_sim.machine.image.records import RecordKind

_FORGED: Final = "an answer under the old hub's key is not believed"
_WELL_MADE: Final = "the same answer is well made but for its key"
_IN_VAIN: Final = "the old hub is not there any more"
_PRIVATE: Final = slice(1, 33)
"""Where the private key stands in the record of a device key; see the layout of the image."""


async def play_old_hub(state: DrillState, step: OldHubStep, log: StepLog) -> None:
    """At every device that came with a new hub.

    Raises:
        BenchError: no hub was exchanged before.
    """
    new = [each for each in state.contacts if each.entity_id in state.hubs.old]
    if not new:
        raise BenchError("no hub was exchanged before", "put an exchange hub step before it")
    if step.what == "asked in vain":
        await for_each(list(state.hubs.old.values()), _Asking(state, log).ask, state.progress,
                       step.title)  # fmt: skip
    elif step.what == "forged answers":
        await for_each(new, _Forging(state, log).forge, state.progress, step.title)
    elif isinstance(step.expect, RefusalExpected):
        sent = _captured(state, step, new) if step.kept else _stale(state, new)
        refusing = Refusing(state, step.expect, log)
        await refusing.send(sent, step.title)


def _captured(state: DrillState, step: OldHubStep, new: list[DeviceContact]) -> list[Kept]:
    kept = state.kept.get(step.kept or "", {})
    found = ((each, kept.get(state.hubs.old[each.entity_id].contact.entity_id)) for each in new)
    return [Kept(contact, message.octets) for contact, message in found if message is not None]


def _stale(state: DrillState, new: list[DeviceContact]) -> list[Kept]:
    """By a Broker who believes that the new device has the old one's keys."""
    sent = []
    for contact in new:
        old = state.hubs.old[contact.entity_id].contact
        believed = replace(contact, signing_key=old.signing_key, agreement_key=old.agreement_key)
        broker = state.participants.broker(state.broker_generation(contact))
        sent.append(Kept(contact, broker.read_back(believed).build()))
    return sent


class _Asking:
    """The old hub is asked once more."""

    def __init__(self, state: DrillState, log: StepLog) -> None:
        self._state = state
        self._log = log

    async def ask(self, old: OldDevice) -> None:
        """Nothing takes the command in hand, and nothing answers."""
        contact = old.contact
        broker = self._state.participants.broker(1)
        command = broker.read_back(contact)
        self._log.sent(contact, command.build(), f"{NOT_REACHED}: its hub was exchanged")
        target, key = self._state.target, Correlation.of(command)
        await target.send(contact.entity_id, command.build(), lambda _octets: True)
        seen = await target.seen(contact.entity_id, key, self._state.waits.silence)
        is_silent = not (seen.response or seen.copy or seen.refusal or seen.was_handled)
        reason = "" if is_silent else "a device that was taken away is still reached"
        actual = "silence" if is_silent else "an answer"
        self._log.find(contact, StepFinding(_IN_VAIN, is_silent, "silence", actual, reason))


class _Forging:
    """Answers in the new hub's name, by somebody who has the old one and has read its flash."""

    def __init__(self, state: DrillState, log: StepLog) -> None:
        self._state = state
        self._log = log
        self._suite = P256Suite()
        self._sender = CommandSender(state.target, state.waits, log)

    async def forge(self, contact: DeviceContact) -> None:
        """One under each of the old keys: the MAC key, and the signing key where a party asks."""
        old = self._state.hubs.old[contact.entity_id]
        if old.image is None:
            reason = "only the old hub itself can read its flash"
            self._log.check(contact, _FORGED, Verdict.SKIPPED, "", "not tried", reason)
            return
        keys = _keys_of(old.image)
        for party in self._askers(contact):
            await self._forge(contact, old, keys, party)

    def _askers(self, contact: DeviceContact) -> list[Party]:
        """The Broker, whom the device answers with a MAC, and one whom it answers signed."""
        broker = self._state.participants.broker(self._state.broker_generation(contact))
        if contact.device_type is not DeviceType.CHF:
            first, *_ = readers(self._state, contact)
            return [broker, first]
        wan = self._state.participants.party(
            RemotePartyRole.WAN_PROVIDER, 1, broker=1, decision=None
        )
        return [broker, wan]

    async def _forge(
        self, contact: DeviceContact, old: OldDevice, keys: dict[KeyUsage, bytes], party: Party
    ) -> None:
        first = party.read_back(contact)
        result = await self._sender.deliver(party, contact, first, lambda: party.read_back(contact))
        if result.response is None:
            self._log.check(contact, _FORGED, result.verdict, "an answer", "none", result.problem)
            return
        forged = self._under(result.response, keys, contact)
        with self._log.together():
            self._log.forged(contact, (forged.build(),), 1)
            self._log.find(contact, _believed(party, forged, result.command, contact, _FORGED))
            as_known = replace(
                contact,
                signing_key=old.contact.signing_key,
                agreement_key=old.contact.agreement_key,
            )
            self._log.find(contact, _believed(party, forged, result.command, as_known, _WELL_MADE))

    def _under(
        self, answer: Message, keys: dict[KeyUsage, bytes], contact: DeviceContact
    ) -> Message:
        """The genuine answer, protected by the old device in the same way."""
        if answer.mac is None:
            signer = KeySigner(keys[KeyUsage.DIGITAL_SIGNATURE], self._suite)
            return replace(answer, signature=signer.sign(answer.signed_octets()))
        agreement = AgreementKey(keys[KeyUsage.KEY_AGREEMENT], self._suite)
        broker = Credential(ACB_KEY_AGREEMENT, self._state.broker_generation(contact))
        return agreement.add_mac(answer, self._state.participants.public_key(broker))


def _believed(
    party: Party, answer: Message, command: Message, contact: DeviceContact, name: str
) -> StepFinding:
    is_wanted = name == _WELL_MADE
    try:
        party.check(answer.build(), command, contact)
    except RemoteError as error:
        return StepFinding(name, not is_wanted, "believed" if is_wanted else "not believed",
                           "not believed", str(error))  # fmt: skip
    expected = "believed" if is_wanted else "not believed"
    return StepFinding(name, is_wanted, expected, "believed", "" if is_wanted else _FORGED)


def _keys_of(image: bytes) -> dict[KeyUsage, bytes]:
    """The private keys in a flash image: for who forges with them, and for no log."""
    return {
        KeyUsage(key.number >> 4): body[_PRIVATE]
        for key, body in blueprint_of(image).records
        if key.kind is RecordKind.DEVICE_KEY
    }
