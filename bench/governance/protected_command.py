"""What the octets say that custody is asked to sign: device, mode and cells."""

from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple, Self

from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.envelope import GROUPING_TAG
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import CraFlag, EntityId
from firmware_sim.gbcs.message import parse_message
from firmware_sim.gbcs.payloads.update_credentials import Replacement, UpdateCommand
from firmware_sim.gbcs.replacement import RULES_BY_CODE, ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import CS02A

_ROLE: Final = RemotePartyRole


class ProtectedCommand(NamedTuple):
    """One command that is to be signed with a key in custody.

    Attributes:
        mode: None for a reading of the cells (CS02a), which replaces nothing.
        cells: that the command replaces.
        for_broker: whether it puts the Access Control Broker's certificates into cells of others.
        root: the Root OCA Certificate that it installs, complete DER octets; None without one.
        execution: when the device is to carry it out, in UTC; None for at once.
    """

    device: EntityId
    mode: ReplacementMode | None
    cells: frozenset[TrustAnchorCellId] = frozenset()
    for_broker: bool = False
    root: bytes | None = None
    execution: datetime | None = None

    @classmethod
    def read(cls, octets: bytes) -> Self:
        """From the octets that a signature covers.

        Raises:
            RemoteError: they are no command by which Recovery or Contingency acts.
        """
        message = parse_message(bytes((GROUPING_TAG,)) + octets)
        if message.signature is not None or message.mac is not None:
            raise RemoteError("more octets than a signature covers")
        if message.cra is not CraFlag.COMMAND:
            raise RemoteError("it is no command")
        if message.code == CS02A:
            return cls(message.target, None)
        rule = RULES_BY_CODE.get(message.code)
        if rule is None:
            raise RemoteError(f"message code {message.code:04X} replaces no credentials")
        command = UpdateCommand.decode(message.payload)
        if command.control.mode is not rule.mode:
            raise RemoteError("the mode is not that of the message code")
        read = cls.of(message.target, rule.mode, command.replacements)
        return read._replace(execution=command.execution)

    @classmethod
    def of(
        cls, device: EntityId, mode: ReplacementMode, replacements: tuple[Replacement, ...]
    ) -> Self:
        """A command that replaces credentials.

        Raises:
            RemoteError: a certificate is malformed.
        """
        roots = [each.certificate for each in replacements if each.cell.role is _ROLE.ROOT]
        return cls(
            device,
            mode,
            frozenset(each.cell for each in replacements),
            any(_is_brokers(each) for each in replacements),
            roots[0] if roots else None,
        )


def _is_brokers(replacement: Replacement) -> bool:
    broker = _ROLE.ACCESS_CONTROL_BROKER
    return replacement.cell.role is not broker and _role(replacement.certificate) is broker


@lru_cache(maxsize=256)
def _role(certificate: bytes) -> RemotePartyRole | int | None:
    return parse_certificate(certificate).subject_role
