"""A board in words and as JSON: its boot record, its firmware, its statistics."""

from rich.table import Table
from rich.text import Text

from firmware_sim.devices.links.board_protocol import (
    BootRecord,
    Capability,
    Statistics,
    StoreResult,
)
from firmware_sim.gbcs.roles import DeviceType

_STORE = {
    StoreResult.OK: "sound",
    StoreResult.NO_AREA: "not provisioned",
    StoreResult.ALTERED: "altered: the device does not run",
    StoreResult.FAILED: "the flash does not keep what it is given",
    StoreResult.FULL: "full",
}


_OPEN = {
    Capability.READ: "read out its flash with the private keys",
    Capability.CLOCK: "set the clock",
    Capability.CUT: "cut the power",
    Capability.ERASE: "erase the device",
}


def gives_away(boot: BootRecord) -> list[str]:
    """What a board does for anyone at the other end of its line, who needs no password."""
    return [what for capability, what in _OPEN.items() if capability in boot.capabilities]


def boot_document(boot: BootRecord) -> dict[str, object]:
    """A boot record for JSON."""
    return {
        "board": boot.board,
        "firmware": boot.firmware,
        "build_id": boot.build_id.hex(),
        "protocol": boot.protocol,
        "capabilities": [flag.name for flag in boot.capabilities],
        "self_test_passed": boot.self_test_passed,
        "store": boot.store.name.lower(),
        "device_type": _device_type(boot),
        "entity": None if boot.entity is None else str(boot.entity),
        "boots": boot.boots,
        "reset_cause": boot.reset_cause.name.lower(),
        "flash_octets": boot.flash_octets,
        "blocks": [list(run) for run in boot.blocks],
        "write_unit": boot.write_unit,
        "ticks_per_second": boot.ticks_per_second,
        "max_message": boot.max_message,
    }


def boot_table(boot: BootRecord, statistics: Statistics | None) -> Table:
    """A boot record for people."""
    blocks = ", ".join(f"{run.blocks} of {run.size}" for run in boot.blocks)
    lines = {
        "board": f"{boot.board}, firmware {boot.firmware}",
        "build": boot.build_id.hex(),
        "self-test": "passed" if boot.self_test_passed else "FAILED: the device does not run",
        "device": f"{_device_type(boot)} {boot.entity}" if boot.entity else "none",
        "store": _STORE[boot.store],
        "starts": f"{boot.boots}, the last by {boot.reset_cause.name.lower().replace('_', '-')}",
        "flash": f"{boot.flash_octets} octets; blocks: {blocks}",
        "does": ", ".join(str(flag.name).lower() for flag in boot.capabilities),
    }
    if statistics is not None:
        lines["line"] = (
            f"{statistics.good_frames} good frames, {statistics.bad_frames} bad, "
            f"{statistics.repeated_answers} answers repeated"
        )
        lines["work"] = (
            f"{statistics.programs} words programmed, {statistics.erases} blocks erased, "
            f"{statistics.stack_octets} octets of stack at most"
        )
    table = Table.grid(padding=(0, 2))
    for label, text in lines.items():
        table.add_row(Text(label, style="dim"), Text(text))
    return table


def _device_type(boot: BootRecord) -> str | None:
    if boot.device_type is None:
        return None
    known = {kind.value: kind.name for kind in DeviceType}
    return known.get(boot.device_type, f"type {boot.device_type:#04x}")
