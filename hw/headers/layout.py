"""generated/layout.h: the flash image, from the same definition that Python reads it with."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from firmware_sim.gbcs.roles import DeviceType, RemotePartyRole
from firmware_sim.hw.headers.render import enum, header, members
from firmware_sim.machine.image import layout
from firmware_sim.machine.image.codec import pack_counters
from firmware_sim.machine.image.fields import fields
from firmware_sim.machine.image.records import SECRET_KINDS, Counters, KeyState, RecordKind
from firmware_sim.machine.image.use_records import TopUpFlag

if TYPE_CHECKING:
    from construct import Construct

_SOURCE = "firmware_sim/machine/image/layout.py, firmware_sim/machine/image/records.py"


def files() -> Mapping[str, str]:
    """The text of layout.h."""
    parts = (
        "// Numbers are little-endian.",
        enum("", _constants()),
        f"enum {{ IMAGE_MAGIC = 0x{int.from_bytes(layout.MAGIC, 'little'):08X} }};",
        enum("RECORD_", members(RecordKind), hexadecimal=2),
        enum("KEY_STATE_", members(KeyState)),
        "// Of each record: the octets of its body.\n"
        + enum("BODY_OCTETS_", {kind.name: layout.BODY_OCTETS[kind] for kind in RecordKind}),
        _octets_by_kind(),
        "// Sets, as one bit for each number in them.\n" + enum("", _sets(), hexadecimal=2),
        *_structures(),
        "// Bits of TOP_UP_FLAGS.\n" + enum("TOP_UP_", members(TopUpFlag)),
        "// Bits of COUNTERS_PRESENT.\n" + enum("COUNTERS_HAS_", _present_bits()),
    )
    return {"layout.h": header("layout.h", _SOURCE, *parts)}


def _constants() -> dict[str, int]:
    return {
        name: value
        for name, value in vars(layout).items()
        if name.isupper() and isinstance(value, int)
    }


def _octets_by_kind() -> str:
    octets = (layout.BODY_OCTETS.get(kind, 0) for kind in range(max(layout.BODY_OCTETS) + 1))
    row = ", ".join(map(str, octets))
    comment = "// The same by kind; zero for what is no kind."
    return f"{comment}\n#define BODY_OCTETS_BY_KIND {{{row}}}"


def _sets() -> dict[str, int]:
    return {"SECRET_KINDS": _bits(SECRET_KINDS), "DEVICE_TYPES": _bits(DeviceType)}


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def _structures() -> Iterator[str]:
    yield _places("SUPERBLOCK", layout.SUPERBLOCK)
    yield _places("BLOCK_RUN", layout.BLOCK_RUN)
    yield _places("ENTRY", layout.ENTRY_HEADER)
    yield _places("COMMIT", layout.COMMIT)
    for kind, body in layout.BODIES.items():
        yield _places(kind.name, body)


def _places(name: str, structure: "Construct[Any, Any]") -> str:
    """Offset and length of each field that has a name."""
    values: dict[str, int] = {}
    for field in fields(structure):
        if field.name:
            words = re.sub(r"\W+", "_", field.name).strip("_").upper()
            values[f"{words}_AT"] = field.offset
            values[f"{words}_OCTETS"] = field.octets
    return enum(f"{name}_", values)


def _present_bits() -> dict[str, int]:
    """Read off the codec, which alone knows them."""
    place = next(
        field.offset
        for field in fields(layout.BODIES[RecordKind.COUNTERS])
        if field.name == "present"
    )
    role = RemotePartyRole.ROOT
    return {
        "EXECUTION": pack_counters(Counters(role, execution=0))[place],
        "SPECIALIST": pack_counters(Counters(role, specialist=0))[place],
    }
