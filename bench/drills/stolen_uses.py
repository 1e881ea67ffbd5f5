"""What came of copied keys in the steps of a story, counted device by device."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.use_terms import ANSWERED_READINGS, TOP_UP
from firmware_sim.bench.evidence.accounts.attacks import Deed, StolenKeyUse
from firmware_sim.bench.evidence.database import iso
from firmware_sim.gbcs.roles import TrustAnchorCellId

_DEEDS: Final[dict[str, Deed]] = {
    **dict.fromkeys(ANSWERED_READINGS, "read"),
    TOP_UP: "topped up",
    "arm supply": "armed",
    "activate firmware": "activated",
}


@dataclass(slots=True)
class StolenUses:
    """What an attacker got done with copied keys, apart from the story's `attacker`.

    Attributes:
        openings: how many recorded answers it tried to open.
    """

    openings: int = 0
    _found: dict[tuple[str, Deed], StolenKeyUse] = field(default_factory=dict)

    def used(self, contact: DeviceContact, what: str, at: datetime) -> None:
        """A device did what a use step asked of it; of a reading, the values were opened."""
        self._add(contact, _DEEDS[what], at)

    def opened(self, contact: DeviceContact, recorded: datetime, *, late: bool) -> None:
        """A recorded answer was opened.

        Args:
            recorded: when the device gave it.
            late: the device holds another key by now.
        """
        self._add(contact, "opened", recorded, late=late)

    def replaced(
        self, contact: DeviceContact, cells: frozenset[TrustAnchorCellId], at: datetime
    ) -> None:
        """A device put into these cells what the attacker sent."""
        if cells:
            self._add(contact, "replaced", at)

    def told(self) -> Iterator[StolenKeyUse]:
        """In the order of devices, whichever of them answered first."""
        return (self._found[key] for key in sorted(self._found))

    def _add(self, contact: DeviceContact, deed: Deed, at: datetime, *, late: bool = False) -> None:
        time, device = iso(at), str(contact.entity_id)
        new = StolenKeyUse(
            device=device, type=contact.device_type.name, deed=deed, first=time, last=time
        )
        found = self._found.get((device, deed), replace(new, times=0))
        self._found[device, deed] = replace(
            found,
            times=found.times + 1,
            late=found.late + late,
            first=min(found.first, time),
            last=max(found.last, time),
        )
