"""What a Device's answers, and the command, tell of its state before the command."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from firmware_sim.bench.experiments.conformance.payloads import Payload, read_payload
from firmware_sim.bench.experiments.conformance.published_keys import PublishedKeys
from firmware_sim.gbcs.certificates import Certificate, parse_certificate
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.device_certificates import CertificateCommand, KeyUsageQuery
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery, CredentialsReport
from firmware_sim.gbcs.payloads.update_credentials import UpdateAlert, UpdateCommand, UpdateResponse
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.times import decode_date_time
from firmware_sim.gbcs.uses import USES
from firmware_sim.machine.ports import ClockReading, ClockReliability

# The clock status octet of a stamp; FF is read as "nothing is known of the clock".
_RELIABILITY = {
    0x00: ClockReliability.RELIABLE,
    0x02: ClockReliability.UNRELIABLE,
    0xFF: ClockReliability.INVALID,
}
_OTHER_BASE = 0x04
"""Neither invalid nor doubtful: the clock of another device."""
NO_STAMP = ClockReading(datetime(2000, 1, 1, tzinfo=UTC), ClockReliability.INVALID)
"""The clock of a Device whose answers show none."""


class StateError(Exception):
    """The pair does not determine a start state; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class CellIdentity:
    """What an answer says a cell held: subject unique id and key identifier, 8 octets each."""

    cell: TrustAnchorCellId
    unique_id: bytes
    key_identifier: bytes

    def is_of(self, certificate: Certificate) -> bool:
        """Whether the certificate is the one that was held."""
        return (
            certificate.subject_unique_id == self.unique_id
            and certificate.key_identifier == self.key_identifier
        )

    def __str__(self) -> str:
        return f"{self.cell} ({self.unique_id.hex()}, {self.key_identifier.hex()})"


def shown_cells(answer: Payload | None) -> Iterator[CellIdentity]:
    """The cells that an answer shows as they were before the command."""
    if isinstance(answer, CredentialsReport):
        for role in answer.roles:
            for held in role.cells or ():
                cell = TrustAnchorCellId(role.role, held.key_usage, held.cell_usage)
                yield CellIdentity(cell, held.subject_unique_id, held.subject_key_identifier)
    elif isinstance(answer, UpdateResponse | UpdateAlert):
        for item in answer.outcome.outcomes if answer.outcome else ():
            # A cell that the Device does not have has nothing in it to show.
            if item.status is not StatusCode.TRUST_ANCHOR_NOT_FOUND:
                yield CellIdentity(
                    item.cell, item.existing_subject_id, item.existing_key_identifier
                )


def shown_counters(answers: Iterable[Payload | None]) -> dict[RemotePartyRole, int]:
    """The Originator Counter that answers show for a role."""
    return {
        role.role: role.counter
        for answer in answers
        if isinstance(answer, CredentialsReport)
        for role in answer.roles
        if role.counter is not None
    }


def carried_certificates(command: Message) -> list[Certificate]:
    """Every certificate in a command that parses: replacements first, then the path."""
    payload = read_payload(command)
    if not isinstance(payload, UpdateCommand):
        return []
    certificates = []
    for octets in (*(item.certificate for item in payload.replacements), *payload.path):
        try:
            certificates.append(parse_certificate(octets))
        except RemoteError:
            continue  # judging it is the Device's part
    return certificates


def named_authority(command: Message) -> TrustAnchorCellId | None:
    """The cell that a command says it is authorised by; None if it does not say."""
    payload = read_payload(command)
    if isinstance(payload, CredentialsQuery):
        return payload.authorising_cell
    return payload.control.authorising_cell if isinstance(payload, UpdateCommand) else None


def authorising_cell(
    command: Message, device_type: DeviceType, policy: Policy
) -> TrustAnchorCellId:
    """The cell that a command names, or that its mode or its use case implies.

    Raises:
        StateError: the command is of no use case that a cell authorises.
    """
    payload, named = read_payload(command), named_authority(command)
    if named is not None:
        return named
    if isinstance(payload, UpdateCommand):
        return REPLACEMENT_RULES[payload.control.mode].authorising_cell(device_type)
    if isinstance(payload, KeyUsageQuery | CertificateCommand):
        return certificate_authority(device_type, policy)
    raise StateError("no cell authorises such a command")


def asking_cell(command: Message, keys: PublishedKeys) -> TrustAnchorCellId:
    """The cell of the party that asks for a use of keys: by what its certificates say it is.

    Raises:
        StateError: no published certificate gives the originator a role that may ask.
    """
    use = USES[command.code]
    usage = KeyUsage.DIGITAL_SIGNATURE if use.signed else KeyUsage.KEY_AGREEMENT
    for role in use.askers:
        if any(key.entity == command.originator for key in keys.held_by(role, usage)):
            return TrustAnchorCellId(role, usage)
    raise StateError(f"{command.originator} has no published certificate of a role that may ask")


def clock_of(response: Message) -> ClockReading:
    """The clock that a response's header shows; `NO_STAMP` if it shows none.

    Raises:
        StateError: a clock status that has no reading here.
    """
    if not response.date_time:
        return NO_STAMP
    at, status = decode_date_time(response.date_time)
    if status == _OTHER_BASE:
        return ClockReading(at, ClockReliability.RELIABLE, status)
    if status not in _RELIABILITY:
        raise StateError(f"the clock status {status:02x} has no reading here")
    return ClockReading(at, _RELIABILITY[status])
