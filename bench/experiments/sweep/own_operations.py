"""Operations of a device's own key pairs and certificates (CS02c to CS02e)."""

from collections.abc import Iterator

from firmware_sim.bench.dut.all_parties import AllParties
from firmware_sim.bench.experiments.sweep.operation import (
    Operation,
    Trigger,
    TriggerKind,
    accepted,
    named,
)
from firmware_sim.devices.device import Device
from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.payloads.device_certificates import CertificateCommand, KeyUsageQuery
from firmware_sim.gbcs.roles import (
    OWN_KEY_USAGES,
    DeviceType,
    KeyUsage,
)
from firmware_sim.gbcs.use_cases import CS02C, CS02D, CS02E


def own_operations(device_type: DeviceType) -> Iterator[Operation]:
    """A key pair is made, made again, put in use, and its certificate read, for each usage."""
    if not executes(device_type, CS02C):
        return
    for usage in OWN_KEY_USAGES:
        query = KeyUsageQuery.of(usage).encode()

        def issue(parties: AllParties, device: Device, query: bytes = query) -> Trigger:
            return Trigger(
                TriggerKind.RECEIVE, parties.own_credentials(device, CS02C, query).build()
            )

        def again(parties: AllParties, device: Device, query: bytes = query) -> Trigger:
            accepted(device, issue(parties, device, query).octets)
            return issue(parties, device, query)

        def install(
            parties: AllParties, device: Device, query: bytes = query, usage: KeyUsage = usage
        ) -> Trigger:
            accepted(device, issue(parties, device, query).octets)
            payload = CertificateCommand(parties.certificate_for(device, usage)).encode()
            return Trigger(
                TriggerKind.RECEIVE, parties.own_credentials(device, CS02D, payload).build()
            )

        def provide(parties: AllParties, device: Device, query: bytes = query) -> Trigger:
            return Trigger(
                TriggerKind.RECEIVE, parties.own_credentials(device, CS02E, query).build()
            )

        for act, code in ((issue, CS02C), (again, CS02C), (install, CS02D), (provide, CS02E)):
            yield named(device_type, f"own/{act.__name__}-{usage.short}", act, code)
