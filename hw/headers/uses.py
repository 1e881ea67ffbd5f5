"""generated/uses.h and uses.c: the uses of keys and the objects that each reaches, for C."""

from collections.abc import Iterator, Mapping

from firmware_sim.gbcs import uses
from firmware_sim.gbcs.use_cases import USE_CASES
from firmware_sim.gbcs.uses import (
    MAX_ANSWER_PAYLOAD_OCTETS,
    USES,
    Language,
    ObjectName,
    Use,
)
from firmware_sim.hw.headers.render import enum, header, members, rows, source

_SOURCE = "gbcs/uses.py, gbcs/use_cases.py"

_TYPES = """\
// A value or command of a Device; `instance` is the OBIS code, zero for ZCL.
struct object_name {
    uint16_t interface;
    uint16_t attribute;
    uint8_t instance[6];
    uint8_t is_command;
};

// A use of keys; the objects that it reaches follow one another in use_objects.
struct use {
    uint16_t code;
    uint8_t language;             // LANGUAGE_
    uint8_t askers[USE_ASKERS];   // roles, then ROLE_NONE
    uint8_t first_object;
    uint8_t objects;
    uint8_t is_signed;
    uint8_t is_encrypted;
    uint8_t is_stamped;           // the clock stands in the answer's header
};

extern const struct use uses[USES];
extern const struct object_name use_objects[USE_OBJECTS];"""

_NAMED = {key: value for key, value in vars(uses).items() if isinstance(value, ObjectName)}
_REACHED = [name for use in USES.values() for name in use.objects]
# Behind them those that stand around others, as data protection does.
_OBJECTS = _REACHED + [name for name in _NAMED.values() if name not in _REACHED]
_MOST_ASKERS = max(len(use.askers) for use in USES.values())


def files() -> Mapping[str, str]:
    """The texts of uses.h and uses.c."""
    sizes = {
        "USES": len(USES),
        "USE_OBJECTS": len(_OBJECTS),
        "USE_ASKERS": _MOST_ASKERS,
        "MAX_ANSWER_PAYLOAD_OCTETS": MAX_ANSWER_PAYLOAD_OCTETS,
    }
    places = {key: _OBJECTS.index(value) for key, value in _NAMED.items()}
    names = "// Places in use_objects.\n" + enum("OBJECT_", places)
    parts = (enum("LANGUAGE_", members(Language)), names, enum("", sizes), _TYPES)
    return {
        "uses.h": header("uses.h", _SOURCE, *parts, includes=("generated/tables.h",)),
        "uses.c": source(
            "uses.h",
            _SOURCE,
            rows("const struct use uses[USES]", _uses()),
            rows("const struct object_name use_objects[USE_OBJECTS]", map(_object, _OBJECTS)),
        ),
    }


def _uses() -> Iterator[str]:
    first = 0
    for use in USES.values():
        yield _use(use, first)
        first += len(use.objects)


def _use(use: Use, first: int) -> str:
    roles = [f"ROLE_{role.name}" for role in use.askers]
    roles += ["ROLE_NONE"] * (_MOST_ASKERS - len(roles))
    stamped = USE_CASES[use.code].stamped
    return (
        f"{{0x{use.code:04X}, LANGUAGE_{use.language.name}, {{{', '.join(roles)}}},\n"
        f"     {first}, {len(use.objects)}, {use.signed:d}, {use.encrypted:d}, {stamped:d}}}"
    )


def _object(name: ObjectName) -> str:
    octets = ", ".join(f"0x{octet:02X}" for octet in name.instance)
    interface, attribute = f"0x{name.interface:04X}", f"0x{name.attribute:04X}"
    return f"{{{interface}, {attribute}, {{{octets}}}, {name.is_command:d}}}"
