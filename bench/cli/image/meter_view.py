"""What an image holds besides credentials: balance, firmware, registers."""

from collections.abc import Iterator, Mapping

from firmware_sim.bench.cli.enter import pounds
from firmware_sim.gbcs.uses import ObjectName
from firmware_sim.machine.image.describe import ImageDescription
from firmware_sim.machine.image.use_records import TopUpFlag

_SUPPLY = {0: "off", 1: "armed", 2: "on"}


def meter_lines(description: ImageDescription) -> Iterator[tuple[str, str]]:
    """What and how much, for a table of two columns; nothing for a device that has no values."""
    meter = description.meter
    if meter is None:
        return
    yield "balance", pounds(meter.balance)
    yield "firmware", meter.firmware_version.hex()
    if meter.image_held:
        yield "image held", f"{meter.image_version.hex()}, SHA-256 {meter.image_hash.hex()}"
    if description.activation is not None:
        yield "activation waits for", description.activation.image_hash.hex()
    yield "supply", _SUPPLY[meter.supply_state]
    credited = sum(TopUpFlag.CREDITED in each.flags for each in description.top_ups)
    yield "UTRN counters", f"{len(description.top_ups)} remembered, {credited} credited"


def register_lines(description: ImageDescription) -> Iterator[tuple[str, str]]:
    """The registers of a meter: which, in hexadecimal, and the octets of its value."""
    for register in description.registers:
        value = register.data.hex() if not register.result else f"fails: {register.result}"
        yield _name(register.name), value


def meter_document(description: ImageDescription) -> Mapping[str, object]:
    """The same, as JSON has it; octets in hex."""
    meter, waiting = description.meter, description.activation
    return {
        "meter": None
        if meter is None
        else meter._asdict()
        | {
            "firmware_version": meter.firmware_version.hex(),
            "image_version": meter.image_version.hex(),
            "image_hash": meter.image_hash.hex(),
        },
        "top_ups": [
            each._asdict() | {"flags": [flag.name for flag in each.flags]}
            for each in description.top_ups
        ],
        "registers": [
            {"name": _name(each.name), "data": each.data.hex(), "result": each.result}
            for each in description.registers
        ],
        "activation": None
        if waiting is None
        else waiting._asdict()
        | {"originator": waiting.originator.hex(), "image_hash": waiting.image_hash.hex()},
    }


def _name(name: ObjectName) -> str:
    obis = f" {name.instance.hex()}" if any(name.instance) else ""
    return f"{name.interface:04x}{obis} {'command' if name.is_command else ''}{name.attribute:04x}"
