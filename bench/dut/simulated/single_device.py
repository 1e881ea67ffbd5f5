"""One simulated device: from its image, or new from a PKI."""

import dataclasses
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.simulated.image_file import ImageFile
from firmware_sim.bench.dut.simulated.manufacture import factory_credentials
from firmware_sim.bench.dut.simulated.premises import device_entity_id
from firmware_sim.bench.dut.simulated.state_file import read_state_file
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import profile_of
from firmware_sim.devices.provision import provision
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import DeviceType
from firmware_sim.machine.flash.nor import NorFlash

_SEED_OCTETS = 32


class DeviceRequest(NamedTuple):
    """What is asked for.

    Attributes:
        entity: None for the one in the image, or for a new device the first of its type.
        image: file to keep the flash in; None to lose it at the end.
        pki: folder to provision a new device from; None if there must be an image.
        seed: of a new device's randomness; None for a fresh one.
        sync: wait for the disk after every change.
        policy: what the device does where public sources are silent.
        state: file with the values of a new device; None for those of its profile.
    """

    device_type: DeviceType
    entity: EntityId | None = None
    image: Path | None = None
    pki: Path | None = None
    seed: int | None = None
    sync: bool = False
    policy: Policy = Policy()
    state: Path | None = None


class Running(NamedTuple):
    """A powered device, and whether its image was made just now."""

    device: Device
    is_new: bool


@contextmanager
def brought_up(request: DeviceRequest) -> Iterator[Running]:
    """The device, powered on; its image stays open and locked for as long as the context lasts.

    Raises:
        UsageError: no image and no PKI, or the image is another device's.
        BenchError: the image is in use, or the PKI cannot provision such a device.
    """
    policy = request.policy
    pki = request.pki
    make = None if pki is None else lambda: new_flash(request, pki)
    if request.image is None:
        if make is None:
            raise UsageError("a device needs an image or a PKI", "give --image FILE or --pki DIR")
        yield Running(_powered(make(), policy), True)
        return
    with ImageFile.attach(request.image, make, sync=request.sync) as image:
        check_identity(request, image)
        yield Running(_powered(image.flash, policy), image.created)


def new_flash(request: DeviceRequest, pki: Path) -> NorFlash:
    """The flash of a new device, which has never been powered on.

    Raises:
        BenchError: the PKI cannot provision such a device.
    """
    seed = (
        secrets.token_bytes(_SEED_OCTETS)
        if request.seed is None
        else request.seed.to_bytes(_SEED_OCTETS, "big")
    )
    entity = request.entity or device_entity_id(request.device_type, 0)
    profile = profile_of(request.device_type, request.policy)
    if request.state is not None:
        values = read_state_file(request.state, request.device_type)
        profile = dataclasses.replace(profile, values=values)
    credentials = factory_credentials(DrillPki.load(pki), profile, entity, seed=seed)
    return provision(profile, entity, credentials)


def _powered(flash: NorFlash, policy: Policy) -> Device:
    return Surroundings(RunningClock(), policy).powered(flash)


def check_identity(request: DeviceRequest, image: ImageFile) -> None:
    """Refuse an image before the device is powered on, which would change it.

    Raises:
        UsageError: it is not of the device that is asked for.
    """
    held = image.superblock
    if held.device_type is not request.device_type or request.entity not in (None, held.entity):
        name = held.device_type.name
        raise UsageError(
            f"{image.path} holds {name} {held.entity}",
            f"use --type {name.lower()} --entity {held.entity}, or another --image",
        )
