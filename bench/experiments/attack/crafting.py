"""Commands as an attacker puts them together: each part may be true or a lie."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from firmware_sim.bench.commands.requests import Floors
from firmware_sim.bench.experiments.attack.capabilities import Hand
from firmware_sim.bench.experiments.attack.observing import Observed
from firmware_sim.bench.experiments.attack.setup import SUITE
from firmware_sim.gbcs.der import in_sequence, split_first
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.update_credentials import Control, Replacement, UpdateCommand
from firmware_sim.gbcs.protection import with_signature
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import TrustAnchorCellId


class Mac(StrEnum):
    """What stands where the MAC belongs."""

    NONE = "no MAC"
    TRUE = "a MAC"
    FALSE = "a MAC by another key"


class Sealed(NamedTuple):
    """How a command is protected: by a 32-octet scalar or not signed at all, and which MAC."""

    signer: bytes | None
    mac: Mac

    def __repr__(self) -> str:
        return f"Sealed({'signed' if self.signer else 'not signed'}, {self.mac.value})"


class Update(NamedTuple):
    """CS02b as it will be sent.

    Attributes:
        code: in the header, whatever the mode.
        originator: whom it claims to be from.
        named: the cell that it says authorises it.
    """

    mode: ReplacementMode
    code: MessageCode
    originator: EntityId
    named: TrustAnchorCellId | None
    replacements: tuple[Replacement, ...]
    path: tuple[bytes, ...]
    floors: Floors = Floors()
    execution: datetime | None = None
    time_checks: bool = True

    def message(self, target: EntityId, counter: int, symmetric: bytes) -> Message:
        """Without protection yet."""
        by_contingency = self.mode is ReplacementMode.ANY_BY_CONTINGENCY
        control = Control(
            mode=self.mode,
            counter=counter,
            authorising_cell=self.named,
            floor=self.floors.authorising,
            specialist_floors=self.floors.specialist,
            other_changes=self.floors.others,
            time_checks=self.time_checks,
            symmetric_key=symmetric if by_contingency else None,
        )
        head, _ = split_first(UpdateCommand(control, ()).encode())
        payload = in_sequence(head + _rest(self.replacements, self.path, self.execution))
        return Message(CraFlag.COMMAND, counter, self.originator, target, self.code, payload)


def sealed(message: Message, how: Sealed, hand: Hand, held: Observed) -> bytes | None:
    """The octets to send; None if the true MAC that they should carry is not to be had."""
    if how.signer is not None:
        message = with_signature(message, how.signer, SUITE)
    elif how.mac is Mac.NONE:
        message = replace(message, signature=b"")
    if how.mac is Mac.FALSE:
        return hand.falsely_maced(message).build()
    if how.mac is Mac.TRUE:
        maced = hand.maced(message, held)
        return None if maced is None else maced.build()
    return message.build()


# What follows the control is the same octets in very many attempts.
@lru_cache(4096)
def _rest(
    replacements: tuple[Replacement, ...], path: tuple[bytes, ...], execution: datetime | None
) -> bytes:
    some = Control(ReplacementMode.ROOT_BY_SUPPLIER, 0)
    return split_first(UpdateCommand(some, replacements, path, execution).encode())[1]
