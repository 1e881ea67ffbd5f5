"""Which devices of a drill meet which fault, and in which step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from firmware_sim.bench.dut.power_cuts import CutMoment
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.roles import TrustAnchorCellId

CutPower = Callable[[EntityId, bytes, CutMoment], None]


class PlannedCut(NamedTuple):
    """The power fails while a device carries out its command of one step."""

    step: str
    moment: CutMoment


@dataclass(slots=True)
class PlannedCuts:
    """The power cuts that are still to come, one a device at most.

    Attributes:
        cut: asks the target for one.
    """

    to_come: dict[EntityId, PlannedCut] = field(default_factory=dict)
    cut: CutPower | None = None

    def is_to_come(self, step: str, device: EntityId) -> bool:
        """Whether the device is to lose its power in that step."""
        planned = self.to_come.get(device)
        return planned is not None and planned.step == step

    def arm(self, step: str, device: EntityId, octets: bytes) -> CutMoment | None:
        """Let the power fail at these octets, if a cut is to come; gives its moment."""
        if self.cut is None or not self.is_to_come(step, device):
            return None
        moment = self.to_come[device].moment
        self.cut(device, octets, moment)
        return moment

    def came(self, device: EntityId) -> None:
        """The power of a device has failed."""
        self.to_come.pop(device, None)


class CertificateFault(Enum):
    """What is wrong with a certificate, with the status that a device must report of its cell."""

    NO_ISSUER = StatusCode.NO_TRUST_ANCHOR
    """Its issuer does not stand in the path of the command."""
    WRONG_USAGE = StatusCode.BAD_CERTIFICATE
    """It is the party's own, for another key usage than the cell's."""


class BadCertificate(NamedTuple):
    """One cell of one device gets a bad certificate in one step."""

    step: str
    cell: TrustAnchorCellId
    fault: CertificateFault
