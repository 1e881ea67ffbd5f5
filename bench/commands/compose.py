"""How a command is put together: what it says, whom it names, and how it is protected.

Nothing is decided here about who may send what. A party leaves the values as its role has them;
an experiment that tries what a device must refuse changes any of them before they become octets.
"""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Self

from firmware_sim.bench.commands.protection import AgreementKey, Signer, protected
from firmware_sim.bench.commands.requests import Naming, UpdateRequest
from firmware_sim.gbcs.der import in_sequence, split_first
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.device_certificates import CertificateCommand, KeyUsageQuery
from firmware_sim.gbcs.payloads.security_credentials import CredentialsQuery
from firmware_sim.gbcs.payloads.update_credentials import Control, Replacement, UpdateCommand
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode, ReplacementRule
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.use_cases import CS02A, CS02D


class Header(NamedTuple):
    """Whom a command names, and its Originator Counter."""

    originator: EntityId
    target: EntityId
    counter: int


class Content(NamedTuple):
    """What a command says, and what its use case demands of the message around it.

    Attributes:
        sender: the role that should send it.
        is_signed, is_maced: how the device expects it to be protected.
    """

    code: MessageCode
    payload: bytes
    sender: RemotePartyRole
    is_signed: bool = True
    is_maced: bool = True

    @classmethod
    def reading(
        cls,
        asking: TrustAnchorCellId,
        roles: tuple[RemotePartyRole, ...],
        code: MessageCode = CS02A,
    ) -> Self:
        """CS02a, or CS02f: which credentials are held for some roles?

        Args:
            asking: the cell whose key protects the question: a signature, or the Broker's MAC.
        """
        by_broker = asking == ACB_KEY_AGREEMENT
        payload = CredentialsQuery(asking, roles).encode()
        return cls(code, payload, asking.role, not by_broker, by_broker)

    @classmethod
    def own_key(cls, code: MessageCode, usage: KeyUsage, sender: RemotePartyRole) -> Self:
        """CS02c or CS02e, about the device's own key of a usage."""
        return cls(code, KeyUsageQuery.of(usage).encode(), sender)

    @classmethod
    def own_certificate(cls, certificate: bytes, sender: RemotePartyRole) -> Self:
        """CS02d: a certificate (complete DER octets) for one of the device's own keys."""
        return cls(CS02D, CertificateCommand(certificate).encode(), sender)

    @classmethod
    def update(
        cls,
        request: UpdateRequest,
        device_type: DeviceType,
        counter: int,
        symmetric_key: bytes | None = None,
    ) -> Self:
        """CS02b.

        Args:
            counter: what the control repeats of the header.
            symmetric_key: the Contingency Symmetric Key; None leaves it out.

        Raises:
            LocalError: a certificate is no DER.
        """
        rule = REPLACEMENT_RULES[request.mode]
        control = Control(
            mode=request.mode,
            counter=counter,
            authorising_cell=_authorising_cell(request, rule, device_type),
            floor=request.floors.authorising,
            specialist_floors=request.floors.specialist,
            other_changes=request.floors.others,
            time_checks=request.time_checks,
            symmetric_key=symmetric_key,
        )
        head, _ = split_first(UpdateCommand(control, ()).encode())
        rest = _rest(request.replacements, request.path, request.execution)
        return cls(
            rule.code if request.code is None else request.code,
            in_sequence(head + rest),
            rule.authorising_role,
            rule.is_signed(device_type),
            rule.maced,
        )


def addressed(content: Content, header: Header) -> Message:
    """The command, with neither signature nor MAC."""
    return Message(
        CraFlag.COMMAND,
        header.counter,
        header.originator,
        header.target,
        content.code,
        content.payload,
    )


def compose(
    content: Content,
    header: Header,
    *,
    signer: Signer | None = None,
    broker: AgreementKey | None = None,
    agreement_key: bytes = b"",
) -> Message:
    """The command, protected as its use case demands.

    Args:
        signer: may be missing where no signature is due.
        broker: may be missing where no MAC is due.
        agreement_key: 65-octet public key of the device that the MAC is for.

    Raises:
        LocalError: one that is due is missing.
    """
    if content.is_signed and signer is None:
        raise LocalError(f"message {content.code:04X} is signed, and no signer was given")
    if content.is_maced and broker is None:
        raise LocalError(f"message {content.code:04X} carries a MAC, and no broker was given")
    return protected(
        addressed(content, header),
        signer=signer if content.is_signed else None,
        broker=broker if content.is_maced else None,
        agreement_key=agreement_key,
    )


def _authorising_cell(
    request: UpdateRequest, rule: ReplacementRule, device_type: DeviceType
) -> TrustAnchorCellId | None:
    named = request.authorising_cell
    if isinstance(named, TrustAnchorCellId):
        return named
    # By rule left out only where the Broker's key agreement key alone authorises (GBCS 13.3.3.1).
    if named is Naming.LEFT_OUT or not rule.is_signed(device_type):
        return None
    return rule.authorising_cell(device_type)


# What follows the control is the same octets in very many commands: those of a fleet, and those
# of an adversary who tries every claim with the same certificates.
@lru_cache(4096)
def _rest(
    replacements: tuple[Replacement, ...], path: tuple[bytes, ...], execution: datetime | None
) -> bytes:
    some = Control(ReplacementMode.ROOT_BY_SUPPLIER, 0)
    return split_first(UpdateCommand(some, replacements, path, execution).encode())[1]
