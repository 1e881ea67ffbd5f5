"""What a device went through before the attack: honest commands, all of which were recorded.

The parties read, the device made a key pair for a request, and cells got other keys and the
former ones again, so that every recorded update is of keys that count once more. One command
waits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from firmware_sim.bench.commands.requests import Floors, UpdateRequest
from firmware_sim.bench.dut.blueprint import records_of
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.attack.crafting import Sender
from firmware_sim.bench.experiments.attack.other_commands import own_credentials, reading
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.bench.experiments.attack.setup import TARGETS, new_device, pki
from firmware_sim.bench.experiments.attack.stolen_keys import PARTY_KEYS, StolenKeys
from firmware_sim.gbcs.device_duties import certificate_authority, executes
from firmware_sim.gbcs.payloads.floors import SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode, ReplacementRule
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.use_cases import CS02C, CS02E
from firmware_sim.machine.flash.nor import FlashSnapshot, NorFlash
from firmware_sim.machine.image.records import Cell
from firmware_sim.machine.store import Store

WAITING_UNTIL = START + timedelta(days=365)

FIRST_TOP_UP = 1 << 20

_FIRST_COUNTER = 1 << 32


@dataclass(frozen=True)
class History:
    """What a kind of device went through.

    Attributes:
        start: its flash now.
        recorded: every command that it has obeyed.
    """

    start: FlashSnapshot
    recorded: tuple[bytes, ...]


@cache
def history_of(target: str) -> History:
    """The history of a kind of device.

    Raises:
        AssertionError: the device refused an honest command.
    """
    kind = TARGETS[target]
    flash = new_device(kind).flash
    every_key = StolenKeys(frozenset(PARTY_KEYS))
    position = Position(kind, flash.snapshot(), flash, every_key, _FIRST_COUNTER)
    recorded = []
    for octets in _honest(position):
        recorded.append(octets)
        refusal = position.device.receive(octets).refusal
        if refusal is not None:
            raise AssertionError(f"{target} refused an honest command: {refusal.text}")
        position.settle()
    return History(_compact(flash), tuple(recorded))


def _compact(flash: NorFlash) -> FlashSnapshot:
    """The same records without their history: each attempt reads the flash, so it matters."""
    store, smaller = Store.open(flash), NorFlash(flash.geometry)
    Store.format(smaller, store.superblock, records_of(store).items())
    return smaller.snapshot()


def certificate_in(cell: Cell) -> bytes:
    """The certificate that fills a cell, among those that SMKI publishes.

    Raises:
        StopIteration: it is not of the PKI.
    """
    return next(
        each.certificate.octets
        for each in pki().holdings
        if each.certificate.public_key == cell.public_key
    )


def _honest(position: Position) -> Iterator[bytes]:
    device_type, policy = position.target.device_type, position.target.policy
    for cell in (*position.signing_cells(), ACB_KEY_AGREEMENT):
        yield reading(position, cell) or b""
    authority = certificate_authority(device_type, policy)
    for code in (CS02C, CS02E):
        yield own_credentials(position, authority, code, KeyUsage.DIGITAL_SIGNATURE) or b""
    for rule in REPLACEMENT_RULES.values():
        named = rule.authorising_cell(device_type)
        if named in position.held.cells and executes(device_type, rule.code):
            yield from _there_and_back(position, rule)
    own = (
        ReplacementMode.WAN_PROVIDER_BY_WAN_PROVIDER
        if device_type is DeviceType.CHF
        else ReplacementMode.SUPPLIER_BY_SUPPLIER
    )
    rule = REPLACEMENT_RULES[own]
    cells = [cell for cell in position.cells() if rule.may_replace(cell)]
    yield _update(position, rule, cells, [_next(cell) for cell in cells], WAITING_UNTIL)


def _there_and_back(position: Position, rule: ReplacementRule) -> Iterator[bytes]:
    """Key agreement cells, whose keys sign nothing, get the next keys and then the first again."""
    cells = [
        cell
        for cell in position.cells()
        if rule.may_replace(cell)
        and cell.key_usage is KeyUsage.KEY_AGREEMENT
        and cell.role is not RemotePartyRole.ACCESS_CONTROL_BROKER
    ]
    first = [certificate_in(position.held.content(cell)) for cell in cells]
    if cells and rule.authorising_role is not RemotePartyRole.ROOT:
        yield _update(position, rule, cells, [_next(cell) for cell in cells])
        yield _update(position, rule, cells, first)


def _next(cell: TrustAnchorCellId) -> bytes:
    return pki().cell_certificate(cell, 2, 1).octets


def _update(
    position: Position,
    rule: ReplacementRule,
    cells: Sequence[TrustAnchorCellId],
    certificates: Sequence[bytes],
    execution: datetime | None = None,
) -> bytes:
    device_type = position.target.device_type
    due = rule.authorising_cell(device_type)
    request = UpdateRequest(
        rule.mode,
        tuple(map(Replacement, certificates, cells)),
        (pki().issuing().octets,),
        Floors(1, (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, FIRST_TOP_UP),)),
        execution=execution,
    )
    originator = position.held.content(due).unique_id
    key = position.capabilities.key_of(position.held, due)
    sender = Sender.by_rule(rule, device_type, originator, key)
    return position.update(request, sender) or b""
