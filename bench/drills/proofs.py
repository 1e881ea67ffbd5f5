"""How each cell of each device was proven: by a use of its key, by a credential command, or not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from firmware_sim.bench.drills.use_terms import provable_by_use
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.evidence.accounts.uses import CellProofs
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import TrustAnchorCellId

if TYPE_CHECKING:
    from firmware_sim.bench.drills.state import DrillState

Held = Mapping[TrustAnchorCellId, Credential]
_Way = Literal["use", "command"]


@dataclass(slots=True)
class ProofsSoFar:
    """Which key was in each cell when it was proven; another key there is not proven by that."""

    _of: dict[_Way, dict[EntityId, dict[TrustAnchorCellId, Credential]]] = field(
        default_factory=lambda: {"use": {}, "command": {}}
    )

    def by_use(self, entity: EntityId, cells: Iterable[TrustAnchorCellId], held: Held) -> None:
        """A device did something besides credential commands with the keys of these cells."""
        self._take("use", entity, cells, held)

    def by_command(self, entity: EntityId, cells: Iterable[TrustAnchorCellId], held: Held) -> None:
        """A device obeyed, or answered, a credential command that the keys of these cells protect.

        Args:
            held: what the cells held when it checked the command.
        """
        self._take("command", entity, cells, held)

    def of(self, entity: EntityId, held: Held) -> dict[str, Literal["use", "command", "not"]]:
        """By cell, of the keys that the cells hold now."""
        return {str(cell): self._way(entity, cell, key) for cell, key in held.items()}

    def _take(
        self, way: _Way, entity: EntityId, cells: Iterable[TrustAnchorCellId], held: Held
    ) -> None:
        known = self._of[way].setdefault(entity, {})
        known.update({cell: held[cell] for cell in cells if cell in held})

    def _way(
        self, entity: EntityId, cell: TrustAnchorCellId, key: Credential
    ) -> Literal["use", "command", "not"]:
        if self._of["use"].get(entity, {}).get(cell) == key:
            return "use"
        return "command" if self._of["command"].get(entity, {}).get(cell) == key else "not"


def tell_proofs(state: "DrillState") -> None:
    """Of every device, at the end of a drill."""
    with state.ledger.together():
        for contact in state.contacts:
            entity = contact.entity_id
            found = state.proofs.of(entity, state.held[entity])
            usable = set(map(str, provable_by_use(contact.device_type)))
            beyond = tuple(cell for cell in found if cell not in usable)
            told = CellProofs(device=str(entity), cells=found, without_use=beyond)
            state.ledger.account(told)
