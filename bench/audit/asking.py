"""One device is asked for its credentials, by one party after the other until it answers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from firmware_sim.bench.audit.sorts import ReportedCell
from firmware_sim.bench.commands.answers import read_leniently
from firmware_sim.bench.commands.contact import DeviceContact, missing_keys
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.key_ring import broker_key
from firmware_sim.bench.commands.protection import KeySigner
from firmware_sim.bench.dut.response_check import ResponseCheck
from firmware_sim.bench.dut.target import Correlation, Target
from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.parties.party import AccessControlBroker, Originator, Party
from firmware_sim.bench.smki.parameters import GENERATIONS
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.links.link import LinkError
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.security_credentials import CredentialsReport
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.machine.ports import Clock

_COS: Final = RemotePartyRole.TRANSITIONAL_COS
_BROKER: Final = RemotePartyRole.ACCESS_CONTROL_BROKER

SILENCE: Final = "no verified answer"


class ReportedCells(NamedTuple):
    """What one device reported; `cells` are None without a verified answer, and `problem` says why.

    Attributes:
        asked_by: the role whose question was answered.
    """

    cells: Mapping[TrustAnchorCellId, ReportedCell] | None
    problem: str = ""
    asked_by: str = ""


class Readers:
    """The parties that may read any device: the Broker, then the Transitional CoS party.

    A device answers the Broker only if it holds the Broker's key, which may be another generation
    than is thought. So both generations of both ask.

    Args:
        clock: of the Originator Counters; it must not stand before that of the devices.
    """

    def __init__(self, pki: DrillPki, suite: CryptoSuite, clock: Clock) -> None:
        self._pki = pki
        self._suite = suite
        self._counters = {role: OriginatorCounters(clock) for role in (_BROKER, _COS)}
        self.parties = tuple(self._made())
        if not self.parties:
            raise BenchError(
                "the PKI has no private key of the Access Control Broker",
                "give one that pki new has made, or that was imported with it",
            )

    def _made(self) -> Iterator[Party]:
        for make in (self._broker, self._cos):
            for generation in GENERATIONS:
                try:
                    yield make(generation)
                except BenchError:
                    continue  # an imported PKI need not have every key

    def _broker(self, generation: int) -> Party:
        held = self._pki.party(_BROKER, generation)
        return AccessControlBroker(
            Originator(_BROKER, held.entity_id),
            KeySigner(held.private_key(KeyUsage.DIGITAL_SIGNATURE), self._suite),
            broker_key(self._pki, self._suite, generation),
            self._counters[_BROKER],
            self._suite,
        )

    def _cos(self, generation: int) -> Party:
        held = self._pki.party(_COS, generation)
        signer = KeySigner(held.private_key(KeyUsage.DIGITAL_SIGNATURE), self._suite)
        macs = broker_key(self._pki, self._suite, generation)
        originator = Originator(_COS, held.entity_id)
        return Party(originator, signer, self._counters[_COS], self._suite, macs)


async def ask(
    target: Target, contact: DeviceContact, parties: Iterable[Party], seconds: float
) -> ReportedCells:
    """The first verified answer of a device to a CS02a about all its roles.

    Args:
        seconds: the longest wait for each answer.

    Raises:
        BenchError: the target itself is gone.
    """
    if problem := missing_keys(contact):
        return ReportedCells(None, problem)
    problem = SILENCE
    for party in parties:
        if not contact.holds(party.role):
            continue
        message, told = await _answer(target, contact, party, seconds)
        if message is not None:
            try:
                return ReportedCells(_shown(message), asked_by=party.role.label)
            except RemoteError as error:
                told = f"an answer that cannot be read: {error}"
        problem = told or problem
    return ReportedCells(None, problem)


async def _answer(
    target: Target, contact: DeviceContact, party: Party, seconds: float
) -> tuple[Message | None, str]:
    """A verified answer; without one, what is told instead."""
    command = party.read_back(contact)
    check = ResponseCheck(lambda octets: party.check(octets, command, contact))
    try:
        await target.send(contact.entity_id, command.build(), check)
    except LinkError as error:
        return None, f"the link did not take the command over: {error}"
    seen = await target.seen(contact.entity_id, Correlation.of(command), seconds)
    if seen.response is not None:
        return check.genuine.get(seen.response), ""
    if seen.forged:
        return None, f"{SILENCE}: {check.problem}"
    refusal = seen.refusal or seen.notice
    return None, "" if refusal is None else f"{SILENCE}: it refuses ({refusal.reason.label})"


def _shown(response: Message) -> dict[TrustAnchorCellId, ReportedCell]:
    """The cells of every role that is reported with success."""
    message, _departures = read_leniently(response)
    report = CredentialsReport.decode(message.payload)
    return {
        TrustAnchorCellId(entry.role, cell.key_usage, cell.cell_usage): ReportedCell(
            cell.subject_unique_id, cell.subject_key_identifier
        )
        for entry in report.roles
        if entry.status is StatusCode.SUCCESS
        for cell in entry.cells or ()
    }
