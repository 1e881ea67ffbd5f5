"""Small stores to try things on: an area of 1 KiB, in which a few commits force a compaction."""

from dataclasses import dataclass
from itertools import count

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.records import (
    OWN_COUNTERS_KEY,
    Cell,
    Counters,
    DeviceCertificate,
    DeviceIdentity,
    DeviceKey,
    LogEvent,
    OwnCounters,
    Record,
    RecordKey,
    Root,
    Superblock,
    cell_key,
)
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.store import Store
from firmware_sim.machine.store.model import State, StoreModel
from tests.machine.store.sweeping import Changes, commit

ENTITY = EntityId(bytes.fromhex("00db1234567890a0"))
SUPPLIER_DS = TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE)
ACB_KA = TrustAnchorCellId(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)
SMALL = Geometry((512,) * 4, write_unit=4)


def cell(name: TrustAnchorCellId, fill: int) -> Cell:
    return Cell(
        name, EntityId(bytes([fill]) * 8), bytes([fill] * 8), bytes([4] * 65), bytes([fill] * 32)
    )


def device_key(fill: int) -> DeviceKey:
    return DeviceKey(KeyUsage.DIGITAL_SIGNATURE, bytes([fill]) * 32, bytes([4] * 65))


PROVISIONED = dict(
    encode(record)
    for record in (
        DeviceIdentity(DeviceType.ESME, ENTITY, bytes(range(32))),
        device_key(0x11),
        cell(SUPPLIER_DS, 0x21),
        cell(ACB_KA, 0x31),
        Counters(RemotePartyRole.SUPPLIER, 7),
        OwnCounters(1, 1),
    )
)
LATER: State = dict([encode(OwnCounters(0, 0))])
NEW_CELLS: Changes = dict(
    encode(record)
    for record in (cell(SUPPLIER_DS, 0x41), cell(ACB_KA, 0x51), Counters(RemotePartyRole.SUPPLIER))
)
NEW_KEY: Changes = dict(encode(record) for record in (device_key(0x61), OwnCounters(9, 9)))

ESME_CELLS = [
    TrustAnchorCellId.parse(name)
    for name in (
        "recovery.DS",
        "supplier.DS",
        "supplier.KA",
        "supplier.KA.PP",
        "networkOperator.DS",
        "networkOperator.KA",
        "accessControlBroker.KA",
        "transitionalCoS.DS",
    )
]


def meter(fill: int = 0x21) -> list[tuple[RecordKey, bytes]]:
    """All that an ESME holds, in the sizes that real certificates have."""
    roles = list(RemotePartyRole)[:7]
    return [
        encode(record)
        for record in (
            DeviceIdentity(DeviceType.ESME, ENTITY, bytes(range(32))),
            *(DeviceCertificate(usage, bytes([fill]) * 420) for usage in list(KeyUsage)[:2]),
            *(
                DeviceKey(usage, bytes([fill]) * 32, bytes([4] * 65))
                for usage in list(KeyUsage)[:2]
            ),
            *new_cells(fill),
            *(Counters(role, fill, fill) for role in roles),
            OwnCounters(1, 1),
            *(
                LogEvent(at, at, 1, 2, ClockReliability.RELIABLE, ENTITY, 3, 4, "refused")
                for at in range(16)
            ),
        )
    ]


def new_cells(fill: int) -> list[Record]:
    """The root and the eight other cells of an ESME."""
    root = Root(cell(ROOT_CELL, fill), bytes([fill]) * 40, bytes([fill]) * 100)
    return [root, *(cell(name, fill) for name in ESME_CELLS)]


@dataclass(frozen=True)
class StartingStore:
    """A flash just before a commit, what the commit changes, and the two states allowed."""

    flash: NorFlash
    changes: Changes
    outcomes: tuple[State, State]


def provisioned(geometry: Geometry = SMALL) -> NorFlash:
    flash = NorFlash(geometry)
    Store.format(flash, Superblock(geometry, DeviceType.ESME, ENTITY), PROVISIONED.items())
    return flash


def starting_store(
    changes: Changes, geometry: Geometry = SMALL, *, full: bool = False
) -> StartingStore:
    """`full` fills the journal first, so that the commit must compact."""
    flash = provisioned(geometry)
    model = StoreModel(geometry.areas[0].size, PROVISIONED.items())
    if full:
        turns = _fill(flash)
        model.commit(dict([encode(OwnCounters(turns, 1))]))
    return StartingStore(flash, changes, (model.state, model.after(changes)))


def _fill(flash: NorFlash) -> int:
    """Commit until one more commit would compact; how often."""
    store, snapshot = Store.open(flash), flash.snapshot()
    for turn in count(1):
        commit(store, dict([encode(OwnCounters(turn, 1))]))
        if store.generation > 1:
            break
        snapshot = flash.snapshot()
    flash.restore(snapshot)
    return turn - 1


def deletion() -> Changes:
    return {
        cell_key(ACB_KA): None,
        OWN_COUNTERS_KEY: dict([encode(OwnCounters(5, 1))])[OWN_COUNTERS_KEY],
    }
