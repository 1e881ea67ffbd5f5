"""Every durable operation of every device type, as data: what is cut, and how it comes about."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.dut.clock import START
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES, profile_of
from firmware_sim.gbcs.device_duties import certificate_authority, executes
from firmware_sim.gbcs.identifiers import MessageCode
from firmware_sim.gbcs.payloads.device_certificates import CertificateCommand, KeyUsageQuery
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    ReplacementMode,
    ReplacementRule,
    RootReplacement,
)
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    OWN_KEY_USAGES,
    ROOT_CELL,
    CellUsage,
    DeviceType,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02A, CS02C, CS02D, CS02E, CS02F

DUE = START + timedelta(days=1)

_LOAD_CONTROLLER = Policy.from_choices({"esme_load_controller": "held"})
_RECOVERY = TrustAnchorCellId(RemotePartyRole.RECOVERY, KeyUsage.DIGITAL_SIGNATURE)
_BY_RECOVERY = ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY
_BY_CONTINGENCY = REPLACEMENT_RULES[ReplacementMode.ANY_BY_CONTINGENCY]
_USED = 1000
"""A counter above the low floors, and below what parties send, which comes from their clocks."""

_READERS = (
    ACB_KEY_AGREEMENT,
    TrustAnchorCellId(RemotePartyRole.SUPPLIER, KeyUsage.DIGITAL_SIGNATURE),
    TrustAnchorCellId(RemotePartyRole.WAN_PROVIDER, KeyUsage.DIGITAL_SIGNATURE),
)


class TriggerKind(Enum):
    """What makes a device change its flash at last."""

    PROVISION = "manufacture writes the first image"
    BOOT = "power-on"
    RECEIVE = "a message arrives"
    TICK = "a command falls due"


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


@cache
def operations() -> Mapping[str, Operation]:
    """All operations by name."""
    found = (
        operation
        for device_type in PROFILES
        for family in (_life, _reads, _updates, _future, _own_credentials, _refusals)
        for operation in family(device_type)
    )
    return MappingProxyType({operation.name: operation for operation in found})


def _named(
    device_type: DeviceType,
    name: str,
    arrange: Callable[[AllParties, Device], Trigger],
    *codes: MessageCode,
    policy: Policy | None = None,
) -> Operation:
    name = f"{device_type.name.lower()}/{name}"
    return Operation(name, device_type, frozenset(codes), arrange, policy or Policy())


def _life(device_type: DeviceType) -> Iterator[Operation]:
    yield _named(device_type, "provision", lambda _, __: Trigger(TriggerKind.PROVISION))
    yield _named(device_type, "boot", lambda _, __: Trigger(TriggerKind.BOOT))


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

                yield _named(device_type, f"{name}/{cell}", arrange, code)


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
        yield _named(device_type, name, arrange, rule.code, policy=policy)
    if _RECOVERY in profile_of(device_type, Policy()).cells:
        rule = REPLACEMENT_RULES[_BY_RECOVERY]
        yield _named(device_type, "update/key-returns", _key_returns, rule.code)


def _key_returns(parties: AllParties, device: Device) -> Trigger:
    """Keys with a high counter were replaced, with a low floor, and come back with one."""
    _, cells = _own_mode(device.device_type)
    used = parties.update(device, _BY_RECOVERY, cells, generation=1, floor=_USED)
    _accepted(device, used.build())
    _accepted(device, parties.update(device, _BY_RECOVERY, cells).build())
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
        held = sorted(profile_of(device_type, policy).cells, key=_order)
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


def _order(cell: TrustAnchorCellId) -> tuple[int, int, int]:
    return cell.role, cell.key_usage.value, cell.cell_usage


def _future(device_type: DeviceType) -> Iterator[Operation]:
    """Commands for later, by the party that may replace its own cells on this device type."""
    mode, cells = _own_mode(device_type)
    code = REPLACEMENT_RULES[mode].code

    def stored(parties: AllParties, device: Device) -> None:
        waiting = parties.update(device, mode, cells, execution=DUE)
        _accepted(device, waiting.build())

    def store(parties: AllParties, device: Device) -> Trigger:
        return Trigger(
            TriggerKind.RECEIVE, parties.update(device, mode, cells, execution=DUE).build()
        )

    def supersede(parties: AllParties, device: Device) -> Trigger:
        stored(parties, device)
        return store(parties, device)

    def cancel(parties: AllParties, device: Device) -> Trigger:
        stored(parties, device)
        return Trigger(
            TriggerKind.RECEIVE, parties.update(device, mode, cells, execution=NEVER).build()
        )

    def execute(parties: AllParties, device: Device) -> Trigger:
        stored(parties, device)
        parties.clock.advance(int((DUE - START) / timedelta(minutes=1)))
        return Trigger(TriggerKind.TICK)

    def void(parties: AllParties, device: Device) -> Trigger:
        stored(parties, device)
        return Trigger(TriggerKind.RECEIVE, parties.update(device, mode, cells).build())

    for act in (store, supersede, cancel, execute, void):
        yield _named(device_type, f"future/{act.__name__}", act, code)
    if _BY_CONTINGENCY.authorising_cell(device_type) in profile_of(device_type, Policy()).cells:
        code = REPLACEMENT_RULES[_root_mode(device_type)].code
        yield _named(device_type, "future/contingency-void", _contingency_void, code)


def _contingency_void(parties: AllParties, device: Device) -> Trigger:
    """A contingency command waits, and the contingency key that authorised it is renewed."""
    held = tuple(sorted(device.machine.state.cells, key=_order))
    _accepted(device, parties.update(device, _BY_CONTINGENCY.mode, held, execution=DUE).build())
    renewal = parties.renew_contingency_key(device, _root_mode(device.device_type))
    return Trigger(TriggerKind.RECEIVE, renewal.build())


def _root_mode(device_type: DeviceType) -> ReplacementMode:
    """The mode by which the party that runs a device type replaces its root."""
    is_hub = device_type is DeviceType.CHF
    return ReplacementMode.ROOT_BY_WAN_PROVIDER if is_hub else ReplacementMode.ROOT_BY_SUPPLIER


def _own_mode(device_type: DeviceType) -> tuple[ReplacementMode, tuple[TrustAnchorCellId, ...]]:
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
        key=_order,
    )
    return mode, tuple(cells)


def _own_credentials(device_type: DeviceType) -> Iterator[Operation]:
    if not executes(device_type, CS02C):
        return
    for usage in OWN_KEY_USAGES:
        query = KeyUsageQuery.of(usage).encode()

        def issue(parties: AllParties, device: Device, query: bytes = query) -> Trigger:
            return Trigger(
                TriggerKind.RECEIVE, parties.own_credentials(device, CS02C, query).build()
            )

        def again(parties: AllParties, device: Device, query: bytes = query) -> Trigger:
            _accepted(device, issue(parties, device, query).octets)
            return issue(parties, device, query)

        def install(
            parties: AllParties, device: Device, query: bytes = query, usage: KeyUsage = usage
        ) -> Trigger:
            _accepted(device, issue(parties, device, query).octets)
            payload = CertificateCommand(parties.certificate_for(device, usage)).encode()
            return Trigger(
                TriggerKind.RECEIVE, parties.own_credentials(device, CS02D, payload).build()
            )

        def provide(parties: AllParties, device: Device, query: bytes = query) -> Trigger:
            return Trigger(
                TriggerKind.RECEIVE, parties.own_credentials(device, CS02E, query).build()
            )

        for act, code in ((issue, CS02C), (again, CS02C), (install, CS02D), (provide, CS02E)):
            yield _named(device_type, f"own/{act.__name__}-{usage.short}", act, code)


def _refusals(device_type: DeviceType) -> Iterator[Operation]:
    """A refusal changes a tally, and reserves the number of the alert that tells of it.

    That of an authentic command spends the command, too.
    """
    mode, cells = _own_mode(device_type)

    def bad_signature(parties: AllParties, device: Device) -> Trigger:
        return Trigger(
            TriggerKind.RECEIVE, parties.forged(parties.update(device, mode, cells)).build()
        )

    def replayed(parties: AllParties, device: Device) -> Trigger:
        cell = certificate_authority(device_type, Policy())
        octets = parties.read(device, cell, CS02A).build()
        _accepted(device, octets)
        return Trigger(TriggerKind.RECEIVE, octets)

    def malformed(_: AllParties, __: Device) -> Trigger:
        return Trigger(TriggerKind.RECEIVE, bytes(40))

    def unfit(parties: AllParties, device: Device) -> Trigger:
        """The mode of one command under the message code of another by the same party."""
        other = REPLACEMENT_RULES[_root_mode(device_type)].code
        return Trigger(TriggerKind.RECEIVE, parties.update(device, mode, cells, code=other).build())

    for act in (bad_signature, replayed, malformed, unfit):
        yield _named(device_type, f"refuse/{act.__name__}", act)


def _accepted(device: Device, octets: bytes) -> None:
    effects = device.receive(octets)
    if effects.refusal is not None or not effects.messages:
        raise AssertionError(f"what should precede the cut was refused: {effects.refusal}")
