"""generated/tables.h and tables.c: the numbers and tables of `gbcs` and the machine, for C."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from firmware_sim.gbcs import use_cases
from firmware_sim.gbcs.certificates import MAX_CERTIFICATE_OCTETS
from firmware_sim.gbcs.device_duties import EXECUTED_BY, certificate_authority, executes
from firmware_sim.gbcs.identifiers import CraFlag
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.payloads.cells import MAX_SEQ_NUMBER, StatusCode
from firmware_sim.gbcs.payloads.device_certificates import InstallCode, IssueCode, ProvideCode
from firmware_sim.gbcs.payloads.floors import MAX_FLOOR_CHANGES, MAX_SPECIALIST_FLOORS
from firmware_sim.gbcs.payloads.security_credentials import MAX_ROLES
from firmware_sim.gbcs.payloads.update_credentials import MAX_PATH_CERTIFICATES, MAX_REPLACEMENTS
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    ReplacementMode,
    ReplacementRule,
    RootReplacement,
)
from firmware_sim.gbcs.roles import CellUsage, DeviceType, KeyUsage, RemotePartyRole
from firmware_sim.hw.headers.render import array, enum, header, members, source
from firmware_sim.machine.context import date_time_stamp
from firmware_sim.machine.ports import ClockReading, ClockReliability
from firmware_sim.machine.refusals import ALERTS, RefusalReason
from firmware_sim.machine.security_log import EventCode

_SOURCE = "gbcs/, firmware_sim/ (enumerations, mode table, use cases, duties), default policy"

_BITMAP_CODES = 0x0130
_NO_ROLE = 0xFF

_TYPES = """\
// One row of the credentials replacement modes; see gbcs/replacement.py.
struct replacement_rule {
    uint16_t code;             // message code
    uint16_t replaceable;      // bit n: role n
    uint8_t authorising_role;
    uint8_t root;              // ROOT_REPLACEMENT_
    uint8_t is_signed;         // on a Device that is not a CHF
    uint8_t is_maced;
};

// A use case that some Device types execute: bit n of `devices` is type n.
struct duty {
    uint16_t code;
    uint8_t devices;
};

extern const struct replacement_rule replacement_rules[MODES];  // by mode
extern const struct duty duties[DUTIES];
extern const uint8_t certificate_authorities[DEVICES];  // role by Device type, or NO_ROLE
extern const uint16_t refusal_alerts[REASONS];  // by reason; 0 for silence
extern const uint8_t clock_statuses[3];  // last octet of a date-time, by reliability
extern const uint8_t known_codes[KNOWN_CODE_OCTETS];  // bit n % 8 of octet n / 8: code n
extern const uint16_t known_high_codes[KNOWN_HIGH_CODES];  // the others"""


def files() -> Mapping[str, str]:
    """The texts of tables.h and tables.c."""
    return {
        "tables.h": header("tables.h", _SOURCE, *_enumerations(), _sizes(), _TYPES),
        "tables.c": source("tables.h", _SOURCE, *_tables()),
    }


def _enumerations() -> Iterator[str]:
    yield enum("ROLE_", members(RemotePartyRole) | {"NONE": _NO_ROLE})
    yield enum("KEY_USAGE_", members(KeyUsage))
    yield enum("CELL_USAGE_", members(CellUsage))
    yield enum("DEVICE_", members(DeviceType))
    yield enum("CRA_", members(CraFlag))
    yield enum("STATUS_", members(StatusCode))
    yield enum("MODE_", members(ReplacementMode))
    yield enum("ROOT_REPLACEMENT_", _root_replacements())
    yield enum("ISSUE_", members(IssueCode))
    yield enum("INSTALL_", members(InstallCode))
    yield enum("PROVIDE_", members(ProvideCode))
    yield enum("REASON_", members(RefusalReason))
    yield enum("ALERT_", members(AlertCode), hexadecimal=4)
    yield enum("EVENT_", members(EventCode), hexadecimal=4)
    yield enum("CODE_", _codes(), hexadecimal=4)


def _root_replacements() -> dict[str, int]:
    return {member.name: number for number, member in enumerate(RootReplacement)}


def _codes() -> dict[str, int]:
    """Every message code that the use-case module names."""
    return {
        name: value
        for name, value in vars(use_cases).items()
        if name.isupper() and isinstance(value, int)
    }


def _sizes() -> str:
    sizes = {
        "MODES": len(ReplacementMode),
        "DUTIES": len(EXECUTED_BY),
        "DEVICES": len(DeviceType),
        "REASONS": max(RefusalReason) + 1,
        "KNOWN_CODE_OCTETS": _BITMAP_CODES // 8,
        "KNOWN_HIGH_CODES": len(_high_codes()),
        "MAX_ROLES": MAX_ROLES,
        "MAX_REPLACEMENTS": MAX_REPLACEMENTS,
        "MAX_PATH_CERTIFICATES": MAX_PATH_CERTIFICATES,
        "MAX_FLOOR_CHANGES": MAX_FLOOR_CHANGES,
        "MAX_SPECIALIST_FLOORS": MAX_SPECIALIST_FLOORS,
        "MAX_READ_CERTIFICATE_OCTETS": MAX_CERTIFICATE_OCTETS,
    }
    return f"{enum('', sizes)}\n\n#define MAX_SEQ_NUMBER UINT64_C({MAX_SEQ_NUMBER})"


def _tables() -> Iterator[str]:
    rules = (_rule(REPLACEMENT_RULES[mode]) for mode in sorted(ReplacementMode))
    yield _rows("const struct replacement_rule replacement_rules[MODES]", rules)
    duties = (
        f"{{0x{code:04X}, {_bits(device for device in DeviceType if executes(device, code)):#04x}}}"
        for code in EXECUTED_BY
    )
    yield _rows("const struct duty duties[DUTIES]", duties)
    authorities = map(_authority, sorted(DeviceType))
    yield array("const uint8_t certificate_authorities[DEVICES]", authorities)
    yield _rows("const uint16_t refusal_alerts[REASONS]", _alerts())
    statuses = map(_clock_status, sorted(ClockReliability))
    yield array("const uint8_t clock_statuses[3]", statuses)
    low = _bits(code for code in use_cases.USE_CASES if code < _BITMAP_CODES)
    octets = low.to_bytes(_BITMAP_CODES // 8, "little")
    yield array("const uint8_t known_codes[KNOWN_CODE_OCTETS]", (f"0x{one:02X}" for one in octets))
    high = (f"0x{code:04X}" for code in _high_codes())
    yield array("const uint16_t known_high_codes[KNOWN_HIGH_CODES]", high)


def _rule(rule: ReplacementRule) -> str:
    root = f"ROOT_REPLACEMENT_{rule.root.name}"
    return (
        f"{{0x{rule.code:04X}, 0x{_bits(rule.replaceable):04X}, ROLE_{rule.authorising_role.name},"
        f" {root}, {rule.signed:d}, {rule.maced:d}}}"
    )


def _authority(device_type: DeviceType) -> str:
    try:
        return f"ROLE_{certificate_authority(device_type, Policy()).role.name}"
    except KeyError:
        return "ROLE_NONE"


def _alerts() -> Iterator[str]:
    for reason, alert in ALERTS.items():
        yield f"[REASON_{reason.name}] = ALERT_{alert.name}"


def _clock_status(reliability: ClockReliability) -> str:
    stamp = date_time_stamp(ClockReading(datetime(2000, 1, 1, tzinfo=UTC), reliability))
    return f"0x{stamp[-1]:02X}"


def _high_codes() -> list[int]:
    return sorted(code for code in use_cases.USE_CASES if code >= _BITMAP_CODES)


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def _rows(declaration: str, rows: Iterable[str]) -> str:
    return "\n".join((f"{declaration} = {{", *(f"    {row}," for row in rows), "};"))
