"""What a board is told to become: the records of a simulated device, as it left the factory."""

from typing import NamedTuple

from firmware_sim.devices.links.board import Board, StagedRecord
from firmware_sim.devices.links.board_protocol import BootRecord
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.image.areas import contents_of, geometry_of, valid_areas
from firmware_sim.machine.image.codec import encode, unpack_own_counters
from firmware_sim.machine.image.layout import ENTRY_HEADER_OCTETS
from firmware_sim.machine.image.records import OWN_COUNTERS_KEY, RecordKey, RecordKind
from firmware_sim.machine.image.scan import scan_journal


class Blueprint(NamedTuple):
    """What to provision: the records in the order in which the image has them."""

    device_type: DeviceType
    entity: EntityId
    records: tuple[tuple[RecordKey, bytes], ...]


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


def provision_board(board: Board, blueprint: Blueprint) -> BootRecord:
    """Make an erased board the device of a blueprint.

    Raises:
        LinkError: it does not answer, or its store does not come up.
    """
    staged = [StagedRecord(key.kind, key.number, body) for key, body in blueprint.records]
    return board.provision(blueprint.device_type, blueprint.entity, staged)
