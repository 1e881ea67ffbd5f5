"""What an inventory's entry says of each cell of a device, and what can be wrong with it."""

from collections.abc import Collection, Iterator, Mapping

from firmware_sim.bench.files.yaml_mistakes import suggestion
from firmware_sim.bench.population.estate import CellData, HeldData
from firmware_sim.bench.population.inventory import DeviceEntry, in_cell
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import ROOT_CELL, DeviceType, RemotePartyRole, TrustAnchorCellId

_ROLES = {role.label for role in RemotePartyRole}


def believed_of(entry: DeviceEntry, policy: Policy) -> CellData:
    """Every cell that the entry speaks of, in the order of the device's cells.

    The issuer of each is the root that the entry names, or one before it that was the newest when
    the generation was issued; 0 if it names no root.
    """
    found = {
        cell: in_cell(cell, data)
        for cell in profile_of(entry.type, policy).cells
        for key, data in entry.cells.items()
        if key in (str(cell), cell.role.label)
    }
    root = found[ROOT_CELL].generation if ROOT_CELL in found else 0
    return {cell: _under(held, root) for cell, held in found.items()}


def _under(held: HeldData, root: int) -> HeldData:
    return held._replace(issuer=min(held.generation, root))


class EntryCheck:
    """What is wrong with an entry that is well formed; to be called for each.

    Args:
        organisations: that the register of certificates knows.
        known: the types of devices that are there by their own word; of others nothing is known.
    """

    def __init__(
        self,
        organisations: Collection[str],
        policy: Policy,
        known: Mapping[EntityId, DeviceType],
    ) -> None:
        self._organisations = organisations
        self._policy = policy
        self._known = known

    def __call__(self, entry: DeviceEntry) -> Iterator[str]:
        kind = self._known.get(entry.device, entry.type)
        if kind is not entry.type:
            yield f"{entry.device} is of type {kind.name}, not {entry.type.name}"
        if entry.type not in _AUDITED:
            yield f"a {entry.type.name} has no cells that are audited"
            return
        if not entry.cells:
            yield "nothing is said of any cell"
        cells = profile_of(entry.type, self._policy).cells
        for key, data in entry.cells.items():
            if key not in _ROLES and TrustAnchorCellId.parse(key) not in cells:
                yield f"a {entry.type.name} has no cell {key}"
            if data.organisation not in self._organisations:
                near = suggestion(data.organisation, self._organisations)
                yield f"{data.organisation!r} is no organisation on record{near}"
        if entry.cells and not believed_of(entry, self._policy):
            text = f"a {entry.type.name} has none of the cells that are spoken of"
            own = "accessControlBroker" if entry.type is DeviceType.CHF else "of a role that it has"
            yield f"{text}; leave its line out, or add a column {own}"


_AUDITED = frozenset({DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF})
