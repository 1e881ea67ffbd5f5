"""Operations that a device refuses, and that change its flash all the same."""

from collections.abc import Iterator

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.experiments.sweep.operation import (
    Operation,
    Trigger,
    TriggerKind,
    accepted,
    named,
    own_mode,
    root_mode,
)
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.device_duties import certificate_authority
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
)
from firmware_sim.gbcs.roles import (
    DeviceType,
)
from firmware_sim.gbcs.use_cases import CS02A


def refused_operations(device_type: DeviceType) -> Iterator[Operation]:
    """A refusal changes a tally, and reserves the number of the alert that tells of it.

    That of an authentic command spends the command, too.
    """
    mode, cells = own_mode(device_type)

    def bad_signature(parties: AllParties, device: Device) -> Trigger:
        return Trigger(
            TriggerKind.RECEIVE, parties.forged(parties.update(device, mode, cells)).build()
        )

    def replayed(parties: AllParties, device: Device) -> Trigger:
        cell = certificate_authority(device_type, Policy())
        octets = parties.read(device, cell, CS02A).build()
        accepted(device, octets)
        return Trigger(TriggerKind.RECEIVE, octets)

    def malformed(_: AllParties, __: Device) -> Trigger:
        return Trigger(TriggerKind.RECEIVE, bytes(40))

    def unfit(parties: AllParties, device: Device) -> Trigger:
        """The mode of one command under the message code of another by the same party."""
        other = REPLACEMENT_RULES[root_mode(device_type)].code
        return Trigger(TriggerKind.RECEIVE, parties.update(device, mode, cells, code=other).build())

    for act in (bad_signature, replayed, malformed, unfit):
        yield named(device_type, f"refuse/{act.__name__}", act)
