"""One durable operation as a value: what is cut, and how it comes about."""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import (
    ReplacementMode,
)
from firmware_sim.gbcs.roles import (
    CellUsage,
    DeviceType,
    RemotePartyRole,
    TrustAnchorCellId,
)


class TriggerKind(Enum):
    """What makes a device change its flash at last."""

    PROVISION = "manufacture writes the first image"
    BOOT = "power-on"
    RECEIVE = "a message arrives"
    TICK = "a command falls due"
    ENTER = "a customer types a UTRN in"


class Trigger(NamedTuple):
    """The last act of an operation, the one that is cut; `octets` is what arrives, if anything."""

    kind: TriggerKind
    octets: bytes = b""


class Operation(NamedTuple):
    """One durable operation.

    Attributes:
        name: device type, family and what it is, e.g. ``esme/update/supplierBySupplier``.
        codes: message codes whose handlers it goes through.
        arrange: brings a new device to where only the trigger is missing.
    """

    name: str
    device_type: DeviceType
    codes: frozenset[MessageCode]
    arrange: Callable[[AllParties, Device], Trigger]
    policy: Policy = Policy()

    @property
    def is_refused(self) -> bool:
        """Whether its trigger is a message that the device must refuse."""
        return self.name.split("/")[1] == "refuse"


def named(
    device_type: DeviceType,
    name: str,
    arrange: Callable[[AllParties, Device], Trigger],
    *codes: MessageCode,
    policy: Policy | None = None,
) -> Operation:
    """An operation by its name within a device type; the policy is the default, if None."""
    name = f"{device_type.name.lower()}/{name}"
    return Operation(name, device_type, frozenset(codes), arrange, policy or Policy())


def in_order(cell: TrustAnchorCellId) -> tuple[int, int, int]:
    """By what cells are sorted, so that a command is the same octets every time."""
    return cell.role, cell.key_usage.value, cell.cell_usage


def root_mode(device_type: DeviceType) -> ReplacementMode:
    """The mode by which the party that runs a device type replaces its root."""
    is_hub = device_type is DeviceType.CHF
    return ReplacementMode.ROOT_BY_WAN_PROVIDER if is_hub else ReplacementMode.ROOT_BY_SUPPLIER


def own_mode(device_type: DeviceType) -> tuple[ReplacementMode, tuple[TrustAnchorCellId, ...]]:
    """A mode by which the holder of a signing cell replaces its own management keys."""
    held = profile_of(device_type, Policy()).cells
    is_hub = device_type is DeviceType.CHF
    role = RemotePartyRole.WAN_PROVIDER if is_hub else RemotePartyRole.SUPPLIER
    mode = (
        ReplacementMode.WAN_PROVIDER_BY_WAN_PROVIDER
        if is_hub
        else ReplacementMode.SUPPLIER_BY_SUPPLIER
    )
    cells = sorted(
        (cell for cell in held if cell.role is role and cell.cell_usage is CellUsage.MANAGEMENT),
        key=in_order,
    )
    return mode, tuple(cells)


def accepted(device: Device, octets: bytes) -> None:
    """Do what precedes the trigger; AssertionError if the device does not carry it out."""
    effects = device.receive(octets)
    if effects.refusal is not None or not effects.messages:
        raise AssertionError(f"what should precede the cut was refused: {effects.refusal}")
