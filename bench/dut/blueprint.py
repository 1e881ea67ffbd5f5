"""What a device under test is told to become: the records that it leaves the factory with."""

from typing import NamedTuple

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.areas import contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.codec import encode, unpack_own_counters
from firmware_sim.machine.image.layout import ENTRY_HEADER_OCTETS
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY, RecordKey, RecordKind
from firmware_sim.machine.image.scan import scan_journal
from firmware_sim.machine.store import Store


class Blueprint(NamedTuple):
    """What to provision; `records` are written in their order, secrets among them."""

    device_type: DeviceType
    entity: EntityId
    records: tuple[tuple[RecordKey, bytes], ...]

    def __repr__(self) -> str:
        return f"Blueprint({self.device_type.name}, {self.entity}, {len(self.records)} records)"


def blueprint_of(image: bytes) -> Blueprint:
    """Read it off the flash of a device that has just been powered on for the first time.

    A simulated device has counted one boot already, and a board counts its own when it starts:
    so it is given one less, and both have drawn the same random octets from then on.

    Raises:
        ImageError: no sound image.
    """
    geometry = geometry_of(image)
    _, octets, superblock, _ = valid_areas(geometry, contents_of(image, geometry))[0]
    live = scan_journal(octets, superblock.generation, geometry.erased_value).live
    records = {
        RecordKey(RecordKind(kind), number): entry[ENTRY_HEADER_OCTETS:]
        for (kind, number), entry in live.items()
    }
    own = unpack_own_counters(0, records[OWN_COUNTERS_KEY])
    _, records[OWN_COUNTERS_KEY] = encode(own._replace(boots=max(own.boots - 1, 0)))
    return Blueprint(superblock.device_type, superblock.entity, tuple(records.items()))


def blueprint_of_new(flash: NorFlash) -> Blueprint:
    """Read it off a flash that has been provisioned and never been powered on.

    Raises:
        StoreError: no sound image.
    """
    store = Store.open(flash)
    head = store.superblock
    return Blueprint(head.device_type, head.entity, tuple(records_of(store).items()))


def records_of(store: Store) -> dict[RecordKey, bytes]:
    """Every record that a store holds: body by key, in the order of kinds and numbers."""
    return {key: body for kind in RecordKind for key, body in store.items(kind)}
