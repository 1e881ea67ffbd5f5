"""The devices of a drill as an estate: what Relevant Devices are computed from.

A story without a population has one organisation in each role, and its devices are commissioned.
"""

from collections.abc import Iterable, Mapping

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.dut.simulated.credential import Credential
from firmware_sim.bench.population.estate import CellData, Estate, EstateDevice, HeldData, owner_of
from firmware_sim.bench.population.schema import NETWORK_OPERATOR, SUPPLIER
from firmware_sim.bench.population.smi import SmiStatus
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import ROOT_CELL, TrustAnchorCellId

Filled = Mapping[TrustAnchorCellId, Credential]


def estate_of_contacts(
    contacts: Iterable[DeviceContact],
    held: Mapping[EntityId, Filled],
    home_of: Mapping[EntityId, int],
    believed: Mapping[EntityId, Filled] | None = None,
) -> Estate:
    """The estate at this moment of a drill.

    Args:
        held: what the cells of each device hold.
        home_of: number of the premises of each device.
        believed: what the parties think that they hold; the same if it is left out.
    """
    thought = held if believed is None else believed
    return Estate(
        EstateDevice(
            entity_id=contact.entity_id,
            device_type=contact.device_type,
            premises=home_of[contact.entity_id],
            smi_status=SmiStatus.COMMISSIONED,
            responsible_supplier=SUPPLIER,
            network_operator=NETWORK_OPERATOR,
            holds=data_of(held[contact.entity_id]),
            believed=data_of(thought[contact.entity_id]),
        )
        for contact in contacts
    )


def data_of(filled: Filled) -> CellData:
    """Whose certificate each cell of one device holds, and which authority issued it."""
    root = filled.get(ROOT_CELL)
    under = 1 if root is None else root.generation
    return {cell: _held(credential, under) for cell, credential in filled.items()}


def _held(credential: Credential, root: int) -> HeldData:
    """New keys are certified under the root that the device has; old ones never under a new one."""
    issued_for, generation = credential
    owner = owner_of(issued_for.role, SUPPLIER, NETWORK_OPERATOR)
    return HeldData(owner, issued_for, generation, min(generation, root))
