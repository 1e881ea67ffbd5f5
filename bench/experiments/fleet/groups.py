"""Some devices of one course, on whichever engine runs them: the same inputs, the same octets."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

from firmware_sim.bench.experiments.fleet.orders import CourseOrder
from firmware_sim.bench.experiments.fleet.plan import FleetKind
from firmware_sim.gbcs.identifiers import EntityId

ANOTHER_ANSWER: Final = "answered otherwise than its representative"
NO_ANSWER: Final = "did not answer, and its representative did"
NOT_GENUINE: Final = "its answer is not protected as it must be"


class PublicKeys(NamedTuple):
    """Of one device, as its certificates show them: points of 65 octets."""

    signing: bytes
    agreement: bytes


class Group(Protocol):
    """Devices that have power."""

    def follow(self, order: CourseOrder) -> Sequence[str]:
        """Give every device its command, and look at the answers.

        Returns:
            Of each device, what it does otherwise than its representative; empty if nothing.
        """

    def image(self, number: int) -> bytes:
        """The flash of one of them."""


class GroupEngine(Protocol):
    """Makes groups; the devices of the one before are gone then.

    Attributes:
        name: ``native`` or ``python``.
        most: devices in a group.
    """

    name: str
    most: int

    def make(self, kind: FleetKind, entities: Sequence[EntityId]) -> Group:
        """New devices, manufactured and powered on; their clocks are not set."""


def refused_otherwise(due: int, reason: int) -> str:
    """What is wrong about a refusal; empty if nothing is.

    Args:
        due, reason: numbers of refusal reasons; 0 for none.
    """
    if due == reason:
        return ""
    if not reason:
        return "took what its representative refused"
    if not due:
        return f"refused what its representative took, for reason {reason}"
    return f"refused for reason {reason}, and its representative for {due}"
