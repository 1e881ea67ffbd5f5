"""Which commands mend what an audit found, who sends each, and which cells nobody can mend.

One command replaces all cells of a role, with the certificates of one owner. Where the cells of a
role need different ones, or different parties stand in them, a command for all would undo another.
Then each command of that role replaces one cell; the cell with the sender's key comes last.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from firmware_sim.bench.audit.result import AuditFinding
from firmware_sim.bench.audit.sorts import Sort
from firmware_sim.bench.population.estate import CellData, HeldData
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId

_ROLE = RemotePartyRole
_MODE = ReplacementMode

OWN_MODES: Final = {
    _ROLE.ACCESS_CONTROL_BROKER: _MODE.ACB_BY_ACB,
    _ROLE.TRANSITIONAL_COS: _MODE.TRANS_COS_BY_TRANS_COS,
    _ROLE.WAN_PROVIDER: _MODE.WAN_PROVIDER_BY_WAN_PROVIDER,
    _ROLE.NETWORK_OPERATOR: _MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
}
"""Whoever holds the signing cell of these roles replaces their cells."""

Beliefs = Mapping[EntityId, CellData]
"""What the audited inventory says of devices, right cells included."""

_Holder = tuple[str, RemotePartyRole, int]


class Repair(NamedTuple):
    """One command for all devices in which the same was found.

    Attributes:
        owner: whose certificates belong there.
        holds: the organisation that was found there; None where that does not matter: the
            Transitional CoS party replaces a supplier's cells, whoever is in them.
        sender: the organisation, role and generation of the key that signs; None likewise.
        cell: the only one that is replaced; None for all of the role.
    """

    role: RemotePartyRole
    sort: Sort
    owner: str
    generation: int
    holds: str | None
    sender: _Holder | None
    cell: TrustAnchorCellId | None

    @property
    def where(self) -> tuple[object, ...]:
        """What a step can tell of the devices that it is for."""
        return self.role, self.sort, self.owner, self.holds, self.cell

    @property
    def comes_last(self) -> bool:
        """Whether it replaces the cell in which devices look for the sender's key."""
        return self.cell is not None and self.cell.key_usage is KeyUsage.DIGITAL_SIGNATURE


def repairs_of(
    findings: Iterable[AuditFinding],
    beliefs: Beliefs,
    can_mend: Callable[[AuditFinding], bool],
) -> dict[AuditFinding, Repair]:
    """The command that mends each finding; those that nobody can mend are left out.

    Args:
        findings: all that is wrong and known: also what cannot be mended says who can sign.
        can_mend: whether there are such certificates as belong there.
    """
    devices: defaultdict[EntityId, dict[TrustAnchorCellId, AuditFinding]] = defaultdict(dict)
    for finding in findings:
        devices[finding.device][finding.cell] = finding
    cell_by_cell = {
        role
        for entity, found in devices.items()
        for role in {cell.role for cell in found}
        if _is_divided(role, found, beliefs.get(entity, {}))
    }
    made = {}
    for entity, found in devices.items():
        for cell, finding in found.items():
            sender = _signer(cell.role, found, beliefs.get(entity, {}))
            repair = _repair_of(finding, sender, alone=cell.role in cell_by_cell)
            if repair is not None and can_mend(finding):
                made[finding] = repair
    # Of two that a step could not tell apart, none: `found` names no generation, and no sender.
    alike = Counter(each.where for each in dict.fromkeys(made.values()))
    return {finding: each for finding, each in made.items() if alike[each.where] == 1}


def in_order(repairs: Iterable[Repair]) -> list[Repair]:
    """Each once, and those last that take the key away by which others are sent."""
    return sorted(dict.fromkeys(repairs), key=lambda each: each.comes_last)


def _is_divided(
    role: RemotePartyRole, found: Mapping[TrustAnchorCellId, AuditFinding], believed: CellData
) -> bool:
    """Whether cells of one role are to hold different certificates, or are held by several."""
    every = {cell: data for cell, data in believed.items() if cell.role is role}
    due = {(data.organisation, data.generation) for data in every.values()}
    due |= {
        (each.believed.organisation, each.believed.generation)
        for cell, each in found.items()
        if cell.role is role
    }
    holders = {_holder(found[cell].held if cell in found else every[cell])
               for cell in {*every, *(cell for cell in found if cell.role is role)}}  # fmt: skip
    return len(due) > 1 or (role in OWN_MODES and len(holders) > 1)


def _signer(
    role: RemotePartyRole, found: Mapping[TrustAnchorCellId, AuditFinding], believed: CellData
) -> _Holder | None:
    """Whose key the signing cell of the role holds; None if nothing is known of it.

    A cell that was not found wrong holds what is believed of it. If the inventory does not speak of
    the signing cell, it is taken for one with the others.
    """
    signing = TrustAnchorCellId(role, KeyUsage.DIGITAL_SIGNATURE)
    if signing in found:
        return _holder(found[signing].held)
    if signing in believed:
        return _holder(believed[signing])
    others = {_holder(each.held) for cell, each in found.items() if cell.role is role}
    return others.pop() if len(others) == 1 else None


def _holder(held: HeldData | None) -> _Holder | None:
    return None if held is None else (held.organisation, held.issued_for.role, held.generation)


def _repair_of(finding: AuditFinding, sender: _Holder | None, *, alone: bool) -> Repair | None:
    """How one cell is mended by those who can; None if none of them is known."""
    role, held, due = finding.cell.role, finding.held, finding.believed
    if due.issued_for.role is not role:
        return None  # before handover: whose devices these are is not in the finding
    cell = finding.cell if alone else None
    repair = Repair(role, finding.sort, due.organisation, due.generation, None, None, cell)
    if role is _ROLE.SUPPLIER:
        return repair
    if role not in OWN_MODES or held is None or sender is None:
        return None
    if sender[1] not in {role, _ROLE.ACCESS_CONTROL_BROKER}:
        return None
    return repair._replace(holds=held.organisation, sender=sender)
