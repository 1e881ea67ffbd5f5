"""generated/machine_tables.h and .c: the numbers and tables of the machine, for C."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from firmware_sim.hw.headers.render import array, enum, header, members, rows, source
from firmware_sim.machine.context import date_time_stamp
from firmware_sim.machine.ports import ClockReading, ClockReliability
from firmware_sim.machine.refusals import ALERTS, RefusalReason
from firmware_sim.machine.security_log import EventCode

_SOURCE = "firmware_sim/machine/ (refusals, events, clock)"

_TYPES = """\
extern const uint16_t refusal_alerts[REASONS];  // by reason; 0 for silence
extern const uint8_t clock_statuses[3];  // last octet of a date-time, by reliability"""


def files() -> Mapping[str, str]:
    """The texts of machine_tables.h and machine_tables.c."""
    name = "machine_tables.h"
    parts = (*_enumerations(), _TYPES)
    return {
        name: header(name, _SOURCE, *parts, includes=("generated/tables.h",)),
        "machine_tables.c": source(name, _SOURCE, *_tables()),
    }


def _enumerations() -> Iterator[str]:
    yield enum("REASON_", members(RefusalReason))
    yield enum("EVENT_", members(EventCode), hexadecimal=4)
    yield enum("", {"REASONS": max(RefusalReason) + 1})


def _tables() -> Iterator[str]:
    yield rows("const uint16_t refusal_alerts[REASONS]", _alerts())
    statuses = map(_clock_status, sorted(ClockReliability))
    yield array("const uint8_t clock_statuses[3]", statuses)


def _alerts() -> Iterator[str]:
    for reason, alert in ALERTS.items():
        yield f"[REASON_{reason.name}] = ALERT_{alert.name}"


def _clock_status(reliability: ClockReliability) -> str:
    stamp = date_time_stamp(ClockReading(datetime(2000, 1, 1, tzinfo=UTC), reliability))
    return f"0x{stamp[-1]:02X}"
