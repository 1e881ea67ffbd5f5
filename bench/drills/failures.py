"""Suppliers that have failed, and for whom the DCC still passes on what is sent in their name."""

from dataclasses import dataclass, field

from firmware_sim.bench.drills.failure_steps import Delayed
from firmware_sim.gbcs.identifiers import EntityId


@dataclass(slots=True)
class FailedSupplier:
    """One supplier that has failed.

    Attributes:
        provider: who runs its systems; empty for nobody.
        delayed: what the SMKI PMA has wait.
    """

    provider: str = ""
    delayed: set[Delayed] = field(default_factory=set)
    is_revoked: bool = False


@dataclass(slots=True)
class Failures:
    """Every failed supplier of a drill, by name.

    Attributes:
        registered: the supplier of a device whose identifiers went to another one.
    """

    failed: dict[str, FailedSupplier] = field(default_factory=dict)
    registered: dict[EntityId, str] = field(default_factory=dict)

    def why_not_served(self, name: str, entity: EntityId) -> str:
        """Why nothing in a supplier's name reaches a device; empty if it does."""
        failed = self.failed.get(name)
        if failed is None:
            return ""
        if failed.is_revoked:
            return f"the certificates of {name} are revoked"
        other = self.registered.get(entity, name)
        if other != name:
            return f"{other} is registered for it, and {name} no more"
        return "" if failed.provider else f"nobody runs the systems of {name}"

    def why_not_taken_over(self, owner: str, to: str, entity: EntityId) -> str:
        """Why nobody gives a failed supplier's device to another; empty if it can be given."""
        if owner not in self.failed or self.registered.get(entity, owner) == to:
            return ""
        return f"the identifiers have not been transferred to {to}"
