"""Every durable operation of every device type, by name."""

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.experiments.sweep.future_operations import future_operations
from firmware_sim.bench.experiments.sweep.operation import (
    Operation,
    Trigger,
    TriggerKind,
    accepted,
    in_order,
    named,
    own_mode,
)
from firmware_sim.bench.experiments.sweep.own_operations import own_operations
from firmware_sim.bench.experiments.sweep.refused_operations import refused_operations
from firmware_sim.bench.experiments.sweep.use_operations import use_operations
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES, profile_of
from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    ReplacementMode,
    ReplacementRule,
    RootReplacement,
)
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    ROOT_CELL,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.use_cases import CS02A, CS02F

_LOAD_CONTROLLER = Policy.from_choices({"esme_load_controller": "held"})
_RECOVERY = TrustAnchorCellId(RemotePartyRole.RECOVERY, KeyUsage.DIGITAL_SIGNATURE)
_BY_RECOVERY = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
_USED = 1000
"""A counter above the low floors, and below what parties send, which comes from their clocks."""

_READERS = (
    ACB_KEY_AGREEMENT,
    TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
    TrustAnchorCellId(RemotePartyRole.WAN_PROVIDER, KeyUsage.DIGITAL_SIGNATURE),
)


@cache
def operations() -> Mapping[str, Operation]:
    """All operations by name."""
    found = (
        operation
        for device_type in PROFILES
        for family in _FAMILIES
        for operation in family(device_type)
    )
    return MappingProxyType({operation.name: operation for operation in found})


def _life(device_type: DeviceType) -> Iterator[Operation]:
    yield named(device_type, "provision", lambda _, __: Trigger(TriggerKind.PROVISION))
    yield named(device_type, "boot", lambda _, __: Trigger(TriggerKind.BOOT))


def _reads(device_type: DeviceType) -> Iterator[Operation]:
    held = profile_of(device_type, Policy()).cells
    for code, name in ((CS02A, "read"), (CS02F, "read-hub")):
        if not executes(device_type, code):
            continue
        for cell in _READERS:
            if cell in held:

                def arrange(
                    parties: AllParties,
                    device: Device,
                    cell: TrustAnchorCellId = cell,
                    code: MessageCode = code,
                ) -> Trigger:
                    return Trigger(TriggerKind.RECEIVE, parties.read(device, cell, code).build())

                yield named(device_type, f"{name}/{cell}", arrange, code)


def _updates(device_type: DeviceType) -> Iterator[Operation]:
    for mode, cells, policy in replacements(device_type):
        rule = REPLACEMENT_RULES[mode]
        with_root = rule.root is RootReplacement.NORMAL and ROOT_CELL in cells and len(cells) > 1

        def arrange(
            parties: AllParties,
            device: Device,
            mode: ReplacementMode = mode,
            cells: tuple[TrustAnchorCellId, ...] = cells,
        ) -> Trigger:
            return Trigger(TriggerKind.RECEIVE, parties.update(device, mode, cells).build())

        name = f"update/{mode.label}" + ("-with-root" if with_root else "")
        yield named(device_type, name, arrange, rule.code, policy=policy)
    if _RECOVERY in profile_of(device_type, Policy()).cells:
        rule = REPLACEMENT_RULES[_BY_RECOVERY]
        yield named(device_type, "update/key-returns", _key_returns, rule.code)


def _key_returns(parties: AllParties, device: Device) -> Trigger:
    """Keys with a high counter were replaced, with a low floor, and come back with one."""
    _, cells = own_mode(device.device_type)
    used = parties.update(device, _BY_RECOVERY, cells, generation=1, floor=_USED)
    accepted(device, used.build())
    accepted(device, parties.update(device, _BY_RECOVERY, cells).build())
    return Trigger(
        TriggerKind.RECEIVE, parties.update(device, _BY_RECOVERY, cells, generation=1).build()
    )


def replacements(
    device_type: DeviceType,
) -> Iterator[tuple[ReplacementMode, tuple[TrustAnchorCellId, ...], Policy]]:
    """Each mode that a device type can carry out, with the most cells that it can replace.

    A mode that needs a cell held by policy only comes with that policy. Recovery comes twice:
    without the root, and with it. A mode for cells that the device type does not have is tried
    with those of an Electricity Meter: that is answered, and spends a counter.
    """
    for mode, rule in REPLACEMENT_RULES.items():
        policy = _LOAD_CONTROLLER if _is_load_control(rule) else Policy()
        held = sorted(profile_of(device_type, policy).cells, key=in_order)
        if rule.authorising_cell(device_type) not in held or not executes(device_type, rule.code):
            continue
        cells = tuple(cell for cell in held if rule.may_replace(cell))
        others = tuple(cell for cell in cells if cell != ROOT_CELL)
        if rule.root is RootReplacement.NORMAL and others:
            yield mode, others, policy
        meter = profile_of(DeviceType.ESME, policy).cells
        yield mode, cells or tuple(cell for cell in meter if rule.may_replace(cell)), policy


def _is_load_control(rule: ReplacementRule) -> bool:
    roles = {rule.authorising_role, *rule.replaceable}
    return RemotePartyRole.LOAD_CONTROLLER in roles and len(rule.replaceable) == 1


_FAMILIES = (
    _life,
    _reads,
    _updates,
    future_operations,
    own_operations,
    refused_operations,
    use_operations,
)
