"""Options that several verbs share, read and refused in one way."""

from pathlib import Path
from typing import Annotated, Final

import typer

from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.files.whole_files import check_can_be_written
from firmware_sim.gbcs.errors import LocalError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.roles import DeviceType

DEVICE_TYPES: Final = {
    kind.name.lower(): kind
    for kind in (DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF)
}
DEVICE_TYPES_HELP: Final = " | ".join(DEVICE_TYPES)

BROKER_HELP: Final = (
    "TLS and passwords: set FIRMWARE_SIM_MQTT_CA_FILE, _CERTIFICATE_FILE, _KEY_FILE, "
    "_PASSWORD_FILE, or FIRMWARE_SIM_MQTT_PASSWORD."
)


JUnitFile = Annotated[
    Path | None, typer.Option(help="Write a JUnit document too.", callback=check_can_be_written)
]
"""Looked at before the run, whose result would else be lost."""

MAX_SEED: Final = 2**64 - 1


def check_seed(seed: int | None) -> int | None:
    """A seed as it was given.

    Raises:
        UsageError: it is negative or above `MAX_SEED`.
    """
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise UsageError(f"{seed} is no seed", "use 0 to 2 to the power of 64, less 1")
    return seed


def parse_device_type(text: str) -> DeviceType:
    """The device type of a ``--type`` option.

    Raises:
        UsageError: the project simulates no such type.
    """
    try:
        return DEVICE_TYPES[text.lower()]
    except KeyError:
        raise UsageError(f"{text!r} is no device type", f"use {DEVICE_TYPES_HELP}") from None


def parse_entity(text: str) -> EntityId:
    """The Entity Identifier of an ``--entity`` option.

    Raises:
        UsageError: it is none.
    """
    try:
        return EntityId.parse(text)
    except LocalError as error:
        raise UsageError(str(error), "give one such as 0246531100000000") from error
