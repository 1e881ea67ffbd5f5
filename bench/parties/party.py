"""What all remote parties have in common: building, protecting and checking messages.

Signature and MAC follow the rule of the replacement mode (`gbcs.replacement`). The MAC of a
command is always made by the Access Control Broker, whoever originates it.
"""

from dataclasses import replace
from typing import ClassVar, Protocol

from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.identity import DeviceContact, Identity, Signer
from firmware_sim.bench.commands.requests import UpdateRequest
from firmware_sim.bench.commands.responses import check_signature, response_to
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import Control, UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode, ReplacementRule
from firmware_sim.gbcs.roles import DeviceType, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A


class MacMaker(Protocol):
    """The Access Control Broker, as the other parties need it."""

    def add_mac(self, message: Message, agreement_key: bytes) -> Message:
        """The message with a MAC for the device that has that 65-octet public key."""


class Party:
    """A remote party with a signing key.

    Args:
        identity: role and Entity Identifier.
        signer: signs for the party.
        counters: the organisation's Originator Counters.
        suite: cryptography for checking responses.
        broker: makes MACs; may be left out by a party whose modes carry none.
    """

    MODES: ClassVar[frozenset[ReplacementMode]] = frozenset()
    """The modes that the party may use."""

    def __init__(
        self,
        identity: Identity,
        signer: Signer,
        counters: OriginatorCounters,
        suite: CryptoSuite,
        broker: MacMaker | None = None,
    ) -> None:
        self._identity = identity
        self._signer = signer
        self._counters = counters
        self._suite = suite
        self._broker = broker

    @property
    def role(self) -> RemotePartyRole:
        """The role whose cells hold the party's credentials."""
        return self._identity.role

    @property
    def entity_id(self) -> EntityId:
        """The originator of its commands."""
        return self._identity.entity_id

    def read_back(
        self, device: DeviceContact, roles: tuple[RemotePartyRole, ...] | None = None
    ) -> Message:
        """CS02a, protected: which credentials does the device hold for `roles` (default: all)?"""
        cell = TrustAnchorCellId(self.role, KeyUsage.DIGITAL_SIGNATURE)
        return self._signed(self._query(device, cell, roles))

    def update_credentials(self, device: DeviceContact, request: UpdateRequest) -> Message:
        """CS02b, protected for that device.

        Raises:
            LocalError: the mode is another party's, or a MAC is due and there is no broker.
        """
        if request.mode not in self.MODES:
            raise LocalError(f"{self.role.label} does not use {request.mode.label}")
        rule = REPLACEMENT_RULES[request.mode]
        counter = self._counters.next()
        by_contingency = request.mode is ReplacementMode.ANY_BY_CONTINGENCY
        control = Control(
            mode=request.mode,
            counter=counter,
            authorising_cell=_named_authorising_cell(rule, device.device_type),
            floor=request.floors.authorising,
            specialist_floors=request.floors.specialist,
            other_changes=request.floors.others,
            time_checks=request.time_checks,
            symmetric_key=self._symmetric_key() if by_contingency else None,
        )
        command = UpdateCommand(control, request.replacements, request.path, request.execution)
        message = self._command(device, rule.code, command.encode(), counter)
        return self._protected(message, rule, device)

    def check(self, octets: bytes, command: Message, device: DeviceContact) -> Message:
        """The response to `command`, its header and its protection verified.

        Raises:
            RemoteError: it is no message, answers something else, or is not protected by
                the device as the use case demands.
        """
        response = response_to(command, octets)
        self._check_protection(response, device)
        return response

    def _check_protection(self, response: Message, device: DeviceContact) -> None:
        check_signature(response, device, self._suite)

    def _symmetric_key(self) -> bytes:
        raise LocalError(f"{self.role.label} has no contingency symmetric key")

    def _query(
        self,
        device: DeviceContact,
        cell: TrustAnchorCellId,
        roles: tuple[RemotePartyRole, ...] | None,
    ) -> Message:
        query = CredentialsQuery(cell, device.roles if roles is None else roles)
        return self._command(device, CS02A, query.encode(), self._counters.next())

    def _command(
        self, device: DeviceContact, code: MessageCode, payload: bytes, counter: int
    ) -> Message:
        return Message(CraFlag.COMMAND, counter, self.entity_id, device.entity_id, code, payload)

    def _protected(self, message: Message, rule: ReplacementRule, device: DeviceContact) -> Message:
        if rule.is_signed(device.device_type):
            message = self._signed(message)
        if not rule.maced:
            return message
        if self._broker is None:
            raise LocalError(f"{rule.mode.label} carries a MAC, and no broker was given")
        return self._broker.add_mac(message, device.agreement_key)

    def _signed(self, message: Message) -> Message:
        return replace(message, signature=self._signer.sign(message.signed_octets()))


def _named_authorising_cell(
    rule: ReplacementRule, device_type: DeviceType
) -> TrustAnchorCellId | None:
    # Left out only where the Broker's key agreement key alone authorises (GBCS 13.3.3.1).
    return rule.authorising_cell(device_type) if rule.is_signed(device_type) else None
