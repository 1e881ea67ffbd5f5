"""What the ledger is told of a device that takes part: its type and home, and whose it is."""

from firmware_sim.bench.evidence.accounts.devices import OwnedDevice
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.population.estate import EstateDevice


def tell_device(ledger: RunLedger, device: EstateDevice, *, has_owner: bool) -> None:
    """A device takes part.

    Args:
        has_owner: the story names organisations.
    """
    ledger.device(device.entity_id, device.device_type.name, device.premises)
    if has_owner:
        owned = OwnedDevice(
            device=str(device.entity_id),
            responsible_supplier=device.responsible_supplier,
            network_operator=device.network_operator,
            smi_status=device.smi_status.value,
        )
        ledger.account(owned)
