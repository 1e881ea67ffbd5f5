"""What a step says in which somebody sends commands: who, in which role, to which devices."""

from typing import Annotated

from pydantic import Field, StrictBool

from firmware_sim.bench.drills.audit_step import FoundTerm
from firmware_sim.bench.drills.fallen_keys import FallenName, keys_to_act_as
from firmware_sim.bench.drills.story_step import StoryStep
from firmware_sim.bench.drills.story_terms import Generation, Role, Slug, Type
from firmware_sim.bench.population.smi import Smi
from firmware_sim.gbcs.roles import RemotePartyRole


class SendingStep(StoryStep):
    """What every step says in which a party, or the adversary in its name, sends commands."""

    by: Role
    """Role of the party; `root` for Contingency, whose key the root cell carries."""
    party: Slug | None = None
    """The organisation in that role; without it each device's own."""
    at: Slug | None = None
    """Only devices of this organisation: the one in `party`, if it is left out, unless `found` says
    what is believed."""
    smi: Smi | None = None
    """Only devices with this SMI Status."""
    relevant: StrictBool | None = None
    """Only the Relevant Devices of the latest decision; without it so for Recovery and Contingency
    in a story with a population or an inventory, and else all devices."""
    acting: Annotated[Role | None, Field(alias="as")] = None
    """The role it acts in, where its certificates stand in another role's cells."""
    credentials: Generation = 1
    """The generation of the party's own keys."""
    broker: Generation | None = None
    """The generation of the Access Control Broker that adds a MAC; by default the device's."""
    stolen: StrictBool = False
    """The sender is the attacker with a copied key, not the party."""
    devices: tuple[Type, ...] = ()
    """Only devices of these types; none for all that have the cells."""
    found: FoundTerm | None = None
    """Only devices in which an audit before found this."""
    keep: Slug | None = None
    """Keep the messages under this name, for a replay."""

    @property
    def keys_to_steal(self) -> tuple[FallenName, ...]:
        """The keys of which an attacker needs one to send it."""
        return keys_to_act_as(self.by)

    @property
    def whose_devices(self) -> str | None:
        """The organisation to whose devices alone it is sent; None for everybody's."""
        by_belief = self.found is not None and self.found.believed is not None
        return self.at or (None if by_belief else self.party)

    @property
    def role(self) -> RemotePartyRole:
        """The role in whose cells the device looks for the sender's key."""
        return self.acting or self.by
