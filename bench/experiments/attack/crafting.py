"""How an adversary protects a command, and in whose name it sends it: truly or not."""

from enum import StrEnum
from typing import NamedTuple, Self

from firmware_sim.bench.commands.protection import KeySigner, protected
from firmware_sim.bench.experiments.attack.capabilities import Capabilities
from firmware_sim.bench.experiments.attack.observing import Observed
from firmware_sim.bench.experiments.attack.setup import SUITE
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.replacement import ReplacementRule
from firmware_sim.gbcs.roles import DeviceType


class Mac(StrEnum):
    """What stands where the MAC belongs."""

    NONE = "no MAC"
    TRUE = "a MAC"
    FALSE = "a MAC by another key"


class Sender(NamedTuple):
    """Whom a command claims to be from, and how it is protected.

    Attributes:
        signer: 32-octet scalar; None for no signature.
    """

    originator: EntityId
    signer: bytes | None
    mac: Mac

    def __repr__(self) -> str:
        signed = "signed" if self.signer else "not signed"
        return f"Sender({self.originator}, {signed}, {self.mac.value})"

    @classmethod
    def by_rule(
        cls, rule: ReplacementRule, device_type: DeviceType, originator: EntityId, key: bytes | None
    ) -> Self:
        """Protection as a mode asks for it, signed with `key` if at all."""
        signer = key if rule.is_signed(device_type) else None
        return cls(originator, signer, Mac.TRUE if rule.maced else Mac.NONE)


def protected_by(
    sender: Sender, message: Message, capabilities: Capabilities, held: Observed
) -> bytes | None:
    """The octets to send; None if the true MAC that they should carry is not to be had."""
    if sender.signer is not None:
        message = protected(message, signer=KeySigner(sender.signer, SUITE))
    if sender.mac is Mac.FALSE:
        return capabilities.falsely_maced(message).build()
    if sender.mac is Mac.TRUE:
        maced = capabilities.maced(message, held)
        return None if maced is None else maced.build()
    return message.build()
