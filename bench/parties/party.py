"""The remote parties: a row of the mode table each, and the keys they act with.

Signature and MAC follow the rule of the replacement mode (`gbcs.replacement`). The MAC of a
command is always made by the Access Control Broker, whichever party originates the command.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from firmware_sim.bench.commands.compose import Content, Header, compose
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.counters import OriginatorCounters
from firmware_sim.bench.commands.protection import AgreementKey, Signer
from firmware_sim.bench.commands.requests import UpdateRequest
from firmware_sim.bench.commands.responses import check_mac, check_signature, response_to
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.use_cases import CS02A

SymmetricKey = Callable[[DeviceContact, UpdateRequest], bytes]
"""Gives the Contingency Symmetric Key for one command to one device."""

MODES_OF: dict[RemotePartyRole, frozenset[ReplacementMode]] = {
    role: frozenset(
        mode for mode, rule in REPLACEMENT_RULES.items() if rule.authorising_role is role
    )
    for role in RemotePartyRole
}
"""The modes that a party in each role may use; Contingency's role is root."""


class Originator(NamedTuple):
    """A party's role on devices, and its Entity Identifier in headers."""

    role: RemotePartyRole
    entity_id: EntityId


class Party:
    """A remote party: builds and protects its commands, and checks what a device answers.

    Args:
        originator: role and Entity Identifier.
        signer: signs for the party.
        counters: the organisation's Originator Counters.
        suite: cryptography for checking responses.
        broker: what the Broker makes MACs with; may be left out by a party whose modes carry none.
        symmetric_key: gives the Contingency Symmetric Key for anyByContingency.
        modes: the modes that it uses; None for those of its role.
    """

    def __init__(
        self,
        originator: Originator,
        signer: Signer,
        counters: OriginatorCounters,
        suite: CryptoSuite,
        broker: AgreementKey | None = None,
        *,
        symmetric_key: SymmetricKey | None = None,
        modes: Collection[ReplacementMode] | None = None,
    ) -> None:
        self._originator = originator
        self._signer = signer
        self._counters = counters
        self._suite = suite
        self._broker = broker
        self._symmetric_key = symmetric_key
        self._modes = MODES_OF[originator.role] if modes is None else modes

    @property
    def role(self) -> RemotePartyRole:
        """The role whose cells hold the party's credentials."""
        return self._originator.role

    @property
    def entity_id(self) -> EntityId:
        """The originator of its commands."""
        return self._originator.entity_id

    def read_back(
        self, device: DeviceContact, roles: tuple[RemotePartyRole, ...] | None = None
    ) -> Message:
        """CS02a, protected: which credentials does the device hold for `roles` (default: all)?"""
        content = Content.reading(self._asking(), device.roles if roles is None else roles)
        return self._composed(content, device, self._counters.next(device.entity_id))

    def update_credentials(self, device: DeviceContact, request: UpdateRequest) -> Message:
        """CS02b, protected for that device.

        Raises:
            LocalError: the mode is another party's, or a MAC is due and there is no broker.
        """
        if request.mode not in self._modes:
            raise LocalError(f"{self.role.label} does not use {request.mode.label}")
        counter = self._counters.next(device.entity_id)
        carries_key = request.carries_symmetric_key
        symmetric_key = self._contingency_key(device, request) if carries_key else None
        content = Content.update(request, device.device_type, counter, symmetric_key)
        return self._composed(content, device, counter)

    def check(self, octets: bytes, command: Message, device: DeviceContact) -> Message:
        """The response to `command`, its header and its protection verified.

        Raises:
            RemoteError: it is no message, answers something else, or is not protected by
                the device as the use case demands.
        """
        response = response_to(command, octets)
        self._check_protection(response, device)
        return response

    def _asking(self) -> TrustAnchorCellId:
        """The cell whose key protects the party's readings."""
        return TrustAnchorCellId(self.role, KeyUsage.DIGITAL_SIGNATURE)

    def _check_protection(self, response: Message, device: DeviceContact) -> None:
        check_signature(response, device, self._suite)

    def _composed(self, content: Content, device: DeviceContact, counter: int) -> Message:
        header = Header(self.entity_id, device.entity_id, counter)
        return compose(
            content,
            header,
            signer=self._signer,
            broker=self._broker,
            agreement_key=device.agreement_key,
        )

    def _contingency_key(self, device: DeviceContact, request: UpdateRequest) -> bytes:
        if self._symmetric_key is None:
            raise LocalError(f"{self.role.label} has no contingency symmetric key")
        key = self._symmetric_key(device, request)
        return key[:-1] + bytes((key[-1] ^ 1,)) if request.is_symmetric_key_wrong else key


class AccessControlBroker(Party):
    """The party that makes the MAC of every party's commands, and sends its own.

    Args:
        originator: role and Entity Identifier.
        signer: its digital signing key, which only a Communications Hub checks.
        agreement_key: what it makes MACs with.
        counters: its Originator Counters.
        suite: cryptography for checking responses.
    """

    def __init__(
        self,
        originator: Originator,
        signer: Signer,
        agreement_key: AgreementKey,
        counters: OriginatorCounters,
        suite: CryptoSuite,
    ) -> None:
        super().__init__(originator, signer, counters, suite, broker=agreement_key)
        self._agreement_key = agreement_key

    def _asking(self) -> TrustAnchorCellId:
        return ACB_KEY_AGREEMENT

    def _check_protection(self, response: Message, device: DeviceContact) -> None:
        # Only the answer to CS02a is MACed; that to CS02b is signed, for every party to check.
        if response.code == CS02A:
            secret = self._agreement_key.secret_with(device.agreement_key)
            check_mac(response, device, secret, self._suite)
        else:
            check_signature(response, device, self._suite)
