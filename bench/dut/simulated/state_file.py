"""The values of a new device, from a file: balance, firmware, registers, spent UTRN counters.

What the file leaves out is as in the device type's profile; registers replace the profile's all
together.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.documentation import page
from firmware_sim.bench.files.strict_yaml import read_model, read_text
from firmware_sim.bench.files.yaml_mistakes import Location
from firmware_sim.devices.meter_values import MeterValues
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.dlms_data import one_value
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.gbcs.uses import ObjectName
from firmware_sim.gbcs.utrn import COUNTER_STEP, is_utrn_counter
from firmware_sim.gbcs.zcl_attributes import one_attribute
from firmware_sim.machine.image.layout import (
    MAX_REGISTER_OCTETS,
    REGISTER_PLACES,
    TOP_UP_PLACES,
)
from firmware_sim.machine.image.use_soundness import MAX_BALANCE

_SEE = page("uses")
_Number = Annotated[int, Field(strict=True, ge=0, le=0xFFFF)]


_Version = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]
_Obis = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{12}$")]
_Value = Annotated[
    str,
    StringConstraints(
        pattern=r"^([0-9a-fA-F]{2})+$", min_length=2, max_length=2 * MAX_REGISTER_OCTETS
    ),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HeldImage(_Part):
    """A firmware image that can be activated: 4 octets of version, SHA-256; in hex."""

    version: _Version
    sha256: _Digest


class RegisterEntry(_Part):
    """One object: with OBIS code of DLMS, else of ZCL; a value in hex, or the result it fails with.

    Attributes:
        interface: DLMS class or ZCL cluster.
        command: whether `attribute` is a method or command.
    """

    interface: _Number
    attribute: _Number
    obis: _Obis = "000000000000"
    command: Annotated[bool, Field(strict=True)] = False
    value: _Value | None = None
    fails: Annotated[int, Field(strict=True, ge=1, le=255)] | None = None

    @property
    def name(self) -> ObjectName:
        """What it is called on the device."""
        return ObjectName(self.interface, self.attribute, bytes.fromhex(self.obis), self.command)

    def mistake(self) -> str:
        """What is wrong with it; empty if nothing is."""
        if (self.value is None) == (self.fails is None):
            return "a register has either a value or a result that it fails with"
        if self.value is None:
            return ""
        read = one_value if any(self.name.instance) else one_attribute
        try:
            read(bytes.fromhex(self.value))
        except RemoteError as error:
            return str(error)
        return ""


class StateDocument(_Part):
    """The whole file; `balance` is in thousandths of a penny."""

    balance: Annotated[int, Field(strict=True, ge=-MAX_BALANCE, le=MAX_BALANCE)] | None = None
    firmware_version: _Version | None = None
    image: HeldImage | None = None
    registers: Annotated[tuple[RegisterEntry, ...], Field(max_length=REGISTER_PLACES)] | None = None
    spent_counters: Annotated[
        tuple[Annotated[int, Field(strict=True)], ...], Field(max_length=TOP_UP_PLACES)
    ] = ()


def read_state_file(path: Path, device_type: DeviceType) -> MeterValues:
    """The values in a file, over those of a device type.

    Raises:
        UsageError: it cannot be read, or is no such file; every mistake with its line. Or such a
            device holds no values.
    """
    profile = PROFILES[device_type].values
    if profile is None:
        raise UsageError(f"{device_type.name} holds no values", "leave out --state")
    read = read_model(read_text(path, "state"), str(path), StateDocument, _SEE, _mistakes)
    values = replace(profile, spent_counters=read.spent_counters)
    if read.balance is not None:
        values = replace(values, balance=read.balance)
    if read.firmware_version is not None:
        values = replace(values, firmware_version=bytes.fromhex(read.firmware_version))
    if read.image is not None:
        image = bytes.fromhex(read.image.version), bytes.fromhex(read.image.sha256)
        values = replace(values, image=image)
    return values if read.registers is None else _with_registers(values, read.registers)


def _with_registers(values: MeterValues, entries: tuple[RegisterEntry, ...]) -> MeterValues:
    good = {each.name: bytes.fromhex(each.value) for each in entries if each.value is not None}
    failing = {each.name: each.fails for each in entries if each.fails is not None}
    return replace(values, registers=good, failing=failing)


def _mistakes(read: StateDocument) -> Iterator[tuple[Location, str]]:
    seen: set[ObjectName] = set()
    for number, entry in enumerate(read.registers or ()):
        mistake = entry.mistake()
        if mistake:
            yield ("registers", number), mistake
        if entry.name in seen:
            yield ("registers", number), "the same object twice"
        seen.add(entry.name)
    for number, counter in enumerate(read.spent_counters):
        if not is_utrn_counter(counter):
            yield ("spent_counters", number), f"a UTRN counter is a multiple of {COUNTER_STEP}"
    if len(set(read.spent_counters)) != len(read.spent_counters):
        yield ("spent_counters",), "the same counter twice"
