"""What is told of devices: whose each is, in which wave it was asked, what became of it."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

from firmware_sim.bench.evidence.columns import Entity, Number, Time, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedDevice:
    """Whose a device is and how it stands in the inventory, of a story that names organisations."""

    device: Entity
    responsible_supplier: Words
    network_operator: Words
    smi_status: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Devices that were sent their commands together; times are the drill's.

    Attributes:
        finished: None if it never began; then none of its devices was asked.
        retried: devices that were sent their command more than once; they count elsewhere too.
        step: of the story that it belongs to.
    """

    name: Words
    started: Time
    finished: Time | None
    devices: Number
    recovered: Number
    failed: Number = 0
    unreachable: Number = 0
    retried: Number = 0
    not_asked: Number = 0
    step: Words = ""


OutcomeName = Literal["recovered", "lost", "unreachable", "failed", "not asked"]
OUTCOMES: Final[tuple[OutcomeName, ...]] = get_args(OutcomeName)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOutcome:
    """What became of one device that was to be recovered, at the end of the drill.

    Attributes:
        outstanding: it was not asked for a reason that is not its own: the story keeps it out of
            reach, or a wave before its own was the last.
        responsible_supplier: of a Relevant Device; empty if it is none.
        recovered_at: of a recovered device: when a party had replaced the last cell in which a key
            that fell, or an attacker, was trusted, by the drill's clock; None without a Compromise.
        exposed: it trusts a key that fell, or an attacker, at the end, as far as the parties know;
            None in a record of an earlier version.
    """

    device: Entity
    outcome: OutcomeName
    outstanding: bool = False
    responsible_supplier: Words = ""
    recovered_at: Time | None = None
    exposed: bool | None = None

    @property
    def was_exposed(self) -> bool:
        """Whether it had to be recovered after a Compromise; of an earlier version, any had."""
        return self.exposed is not False or self.recovered_at is not None
