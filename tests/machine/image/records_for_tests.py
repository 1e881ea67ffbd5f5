"""Arbitrary records of every kind, and the same as the construct definition names their fields."""

from typing import Any

from hypothesis import strategies as st

from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import (
    ROOT_CELL,
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.uses import ObjectName
from firmware_sim.machine.image.records import (
    Cell,
    Counters,
    DeviceCertificate,
    DeviceIdentity,
    DeviceKey,
    KeyState,
    LogEvent,
    LogTally,
    OwnCounters,
    PendingChunk,
    PendingCommand,
    Record,
    RetiredKey,
    Root,
)
from firmware_sim.machine.image.use_records import (
    Activation,
    MeterState,
    Register,
    TopUp,
    TopUpFlag,
)
from firmware_sim.machine.ports import ClockReliability

octets4 = st.binary(min_size=4, max_size=4)
octets8 = st.binary(min_size=8, max_size=8)
octets32 = st.binary(min_size=32, max_size=32)
points = st.binary(min_size=65, max_size=65)
entities = octets8.map(EntityId)
u8 = st.integers(0, (1 << 8) - 1)
i64 = st.integers(-(1 << 63), (1 << 63) - 1)
u16 = st.integers(0, (1 << 16) - 1)
u32 = st.integers(0, (1 << 32) - 1)
u64 = st.integers(0, (1 << 64) - 1)
usages = st.sampled_from(KeyUsage)
cell_ids = st.builds(
    TrustAnchorCellId,
    st.sampled_from(RemotePartyRole),
    usages,
    st.sampled_from(CellUsage),
)
cells = st.builds(
    Cell, cell_ids.filter(lambda name: name != ROOT_CELL), entities, octets8, points, octets32
)
root_cells = st.builds(Cell, st.just(ROOT_CELL), entities, octets8, points, octets32)
details = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=32)

records: st.SearchStrategy[Record] = st.one_of(
    st.builds(DeviceIdentity, st.sampled_from(DeviceType), entities, octets32),
    st.builds(DeviceCertificate, usages, st.binary(min_size=1, max_size=640)),
    st.builds(DeviceKey, usages, octets32, points, st.sampled_from(KeyState)),
    cells,
    st.builds(Root, root_cells, st.binary(max_size=128), st.binary(max_size=256)),
    st.builds(Counters, st.sampled_from(RemotePartyRole), st.none() | u64, st.none() | u64),
    st.builds(OwnCounters, u64, u32),
    st.builds(
        LogEvent,
        u16,
        u32,
        u16,
        u64,
        st.sampled_from(ClockReliability),
        octets8,
        u64,
        u16,
        details,
    ),
    st.builds(LogTally, st.integers(0, 0x7FFF), st.booleans(), u32, u64, u64, octets8),
    st.builds(PendingCommand, st.integers(0, 15), u64, octets8, u64, u16, u16, octets32),
    st.builds(
        PendingChunk, st.integers(0, 15), st.integers(0, 255), st.binary(min_size=1, max_size=500)
    ),
    st.builds(
        RetiredKey,
        cell_ids.filter(lambda name: name.role is not RemotePartyRole.OTHER),  # no role of a cell
        st.integers(0, 3),
        u32,
        u64,
        octets32,
    ),
    st.builds(
        TopUp, st.integers(0, 99), u32, st.sampled_from([TopUpFlag(bits) for bits in (1, 2, 3)])
    ),
    st.builds(MeterState, i64, octets4, octets4, octets32, st.booleans(), u8, u8, u8, u32),
    st.builds(
        Register,
        st.integers(0, 31),
        st.builds(ObjectName, u16, u16, st.binary(min_size=6, max_size=6), st.booleans()),
        st.binary(max_size=138),
        u8,
    ),
    st.builds(Activation, u64, u64, octets8, octets32),
)


def _cell_fields(cell: Cell) -> dict[str, Any]:
    role, key_usage, cell_usage = cell.cell
    return {
        "role": int(role),
        "key_usage": key_usage.value,
        "cell_usage": int(cell_usage),
        "unique_id": bytes(cell.unique_id),
        "key_identifier": cell.key_identifier,
        "public_key": cell.public_key,
        "certificate_digest": cell.certificate_digest,
    }


def fields(record: Record) -> dict[str, Any]:
    """The record as the construct definition builds it."""
    return _register_fields(record) if isinstance(record, Register) else _fields(record)


def _register_fields(record: Register) -> dict[str, Any]:
    _, name, data, result = record
    return {
        "interface": name.interface,
        "instance": name.instance,
        "attribute": name.attribute,
        "is_command": int(name.is_command),
        "result": result,
        "length": len(data),
        "data": data.ljust(138, b"\0"),
    }


def _fields(record: Record) -> dict[str, Any]:  # noqa: PLR0911 - one return a kind
    match record:
        case DeviceIdentity(device_type, entity, seed):
            return {"device_type": int(device_type), "entity": bytes(entity), "seed": seed}
        case DeviceCertificate(_, der):
            return {"length": len(der), "der": der.ljust(640, b"\0")}
        case DeviceKey(_, private_key, public_key, state):
            return {"state": int(state), "private_key": private_key, "public_key": public_key}
        case Cell():
            return _cell_fields(record)
        case Root(cell, name, wrapped):
            return {
                "cell": _cell_fields(cell),
                "subject_name_length": len(name),
                "subject_name": name.ljust(128, b"\0"),
                "wrapped_contingency_key_length": len(wrapped),
                "wrapped_contingency_key": wrapped.ljust(256, b"\0"),
            }
        case Counters(role, execution, specialist):
            present = (execution is not None) + 2 * (specialist is not None)
            return {
                "role": int(role),
                "present": present,
                "execution": execution or 0,
                "specialist": specialist or 0,
            }
        case PendingChunk(_, _, octets):
            return {"length": len(octets), "octets": octets.ljust(500, b"\0")}
        case LogEvent():
            plain = record._asdict()
            del plain["ring"]
            detail = record.detail.encode().ljust(32, b"\0")
            return plain | {"reliability": int(record.reliability), "detail": detail}
        case RetiredKey(_, _, sequence, counter, digest):
            return {"counter": counter, "sequence": sequence, "key_digest": digest}
        case _:
            plain = record._asdict()
            plain.pop("place", None)
            return {name: int(v) if isinstance(v, bool) else v for name, v in plain.items()}
