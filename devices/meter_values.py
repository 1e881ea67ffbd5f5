"""What a device holds besides credentials when it leaves the factory: balance, firmware, registers.

The values of a profile are samples, in the form that the reference messages show; whoever wants
other ones gives them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.uses import (
    DEVICE_LOG,
    GAS_REGISTERS,
    IMPORT_REGISTERS,
    POWER_REGISTERS,
    ObjectName,
)
from firmware_sim.gbcs.utrn import COUNTER_STEP
from firmware_sim.machine.image.codec import encode_entry
from firmware_sim.machine.image.layout import REGISTER_PLACES, TOP_UP_PLACES
from firmware_sim.machine.image.records import Record, RecordKey
from firmware_sim.machine.image.use_records import MeterState, Register, TopUp, TopUpFlag


@dataclass(frozen=True, kw_only=True)
class MeterValues:
    """Balance, firmware and registers.

    Attributes:
        balance: signed, in thousandths of a penny.
        firmware_version: of the firmware that runs; 4 octets.
        image: version (4 octets) and SHA-256 (32 octets) of the firmware image that is held.
        registers: what objects read as: a DLMS data value, or the ZCL type and value.
        failing: objects of which every use fails, with the DLMS access result or ZCL status.
        spent_counters: UTRN counters that are credited already, the oldest first.
        answered_counters: those of commands that were refused; they come later than the others.
    """

    balance: int = 0
    firmware_version: bytes = bytes.fromhex("00000001")
    image: tuple[bytes, bytes] | None = None
    registers: Mapping[ObjectName, bytes] = field(default_factory=dict)
    failing: Mapping[ObjectName, int] = field(default_factory=dict)
    spent_counters: tuple[int, ...] = ()
    answered_counters: tuple[int, ...] = ()

    @cached_property
    def entries(self) -> tuple[tuple[RecordKey, bytes], ...]:
        """What a device stores of them, as keys and whole entries: once for a whole fleet.

        Raises:
            LocalError: as `records`.
        """
        return tuple(map(encode_entry, self.records()))

    def records(self) -> Iterator[Record]:
        """What a device stores of them.

        Raises:
            LocalError: there are more registers or spent counters than a device has places for.
        """
        version, digest = self.image or (bytes(4), bytes(32))
        is_held = self.image is not None
        flags = dict.fromkeys(self.spent_counters, TopUpFlag.CREDITED)
        flags |= dict.fromkeys(self.answered_counters, TopUpFlag.ANSWERED)
        if len(flags) > TOP_UP_PLACES:
            raise LocalError(f"a meter remembers at most {TOP_UP_PLACES} UTRN counters")
        state = MeterState(self.balance, self.firmware_version, version, digest, is_held)
        yield state._replace(cache_head=len(flags) % TOP_UP_PLACES)
        for place, (counter, flag) in enumerate(flags.items()):
            yield TopUp(place, counter // COUNTER_STEP, flag)
        yield from self._registers()

    def _registers(self) -> Iterator[Register]:
        values = {name: (data, 0) for name, data in self.registers.items()}
        values |= {name: (b"", result) for name, result in self.failing.items()}
        if len(values) > REGISTER_PLACES:
            raise LocalError(f"a device has at most {REGISTER_PLACES} registers")
        for place, (name, (data, result)) in enumerate(values.items()):
            yield Register(place, name, data, result)


_GAS_DATA = ("22e80300", "22010000", "3001", "25000000000000")
_GAS_VALUES = dict(zip(GAS_REGISTERS, map(bytes.fromhex, _GAS_DATA), strict=True))
ELECTRICITY = MeterValues(
    registers=MappingProxyType(
        {
            IMPORT_REGISTERS: bytes.fromhex("0204 0600000000 02020f00161e 0600000000 02020f001620"),
            POWER_REGISTERS: bytes.fromhex("0203 0600000000 02020f00161b 0600000000"),
        }
    )
)
"""Nothing imported or exported: active energy in Wh and reactive in varh; active power in W."""

GAS = MeterValues(registers=MappingProxyType(_GAS_VALUES))
"""Nothing consumed: divisor 1,000, multiplier 1, cubic metres, and the register."""

HUB = MeterValues(registers=MappingProxyType({DEVICE_LOG: bytes.fromhex("0100")}))
"""A log without devices."""
