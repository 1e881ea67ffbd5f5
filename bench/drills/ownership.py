"""Which organisation a story means by a role: at every device its own, unless one is named."""

from firmware_sim.bench.drills.certificates import Names
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.population.estate import Estate
from firmware_sim.bench.population.schema import DCC, Population
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import RemotePartyRole, TrustAnchorCellId

Holder = RemotePartyRole | str
"""Whose certificate a story means: a role's, at each device its own; or an organisation's."""


class Ownership:
    """Roles, organisations and devices of one story.

    Args:
        population: None for one organisation in each role.
        estate: whose the devices are; that does not change in a drill.
    """

    def __init__(self, population: Population | None, estate: Estate) -> None:
        self._is_drawn = population is not None
        self._population = population or Population.of_one_each(1)
        self._estate = estate

    @property
    def names(self) -> Names:
        """The organisations in each role that is not the DCC's."""
        return self._population.organisations

    def at(self, estate: Estate) -> "Ownership":
        """The same organisations, at other devices."""
        found = Ownership(self._population, estate)
        found._is_drawn = self._is_drawn
        return found

    def has_several(self, role: RemotePartyRole) -> bool:
        """Whether a role alone does not say which organisation is meant."""
        return len(self.names.get(role, ())) > 1

    def is_issued(self, role: RemotePartyRole) -> bool:
        """Whether certificates in a role exist only once they are issued.

        In a story without a population, and of the DCC, every generation that is named is there.
        """
        return self._is_drawn and role in self.names

    def role_of(self, organisation: str) -> RemotePartyRole | None:
        """The role that an organisation has; None if it is not in the story."""
        return self._population.role_of(organisation)

    def party(self, role: RemotePartyRole, entity: EntityId) -> str:
        """The organisation whose certificates belong into a device's cells of a role.

        Empty for the roles of the DCC, which has one name in all of them.
        """
        name = self._estate[entity].organisation(role)
        return "" if name == DCC else name

    def credential(
        self,
        entity: EntityId,
        cell: TrustAnchorCellId,
        generation: int,
        holder: Holder | None = None,
    ) -> Credential:
        """What stands in a device's cell if it is that holder's; None for the cell's own party."""
        if isinstance(holder, str):
            return Credential.in_cell(cell, generation, self.role_of(holder), holder)
        owner = self.party(holder or cell.role, entity)
        return Credential.in_cell(cell, generation, holder, owner)

    def is_at(self, entity: EntityId, organisation: str) -> bool:
        """Whether an organisation is the device's own party in its role."""
        role = self.role_of(organisation)
        return role is not None and self._estate[entity].organisation(role) == organisation
