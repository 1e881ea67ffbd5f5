"""A trial from a seed: each step is chosen in view of the ones before."""

from datetime import UTC, datetime
from functools import cache
from random import Random

from firmware_sim.bench.commands.key_ring import Keyring
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.experiments.twin.author import Author
from firmware_sim.bench.experiments.twin.hostile import hostile
from firmware_sim.bench.experiments.twin.simulated import TwinClock, contents
from firmware_sim.bench.experiments.twin.trial import StepKind, TwinStep, TwinTrial
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.device import Device
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.ports import ClockReliability

STEPS_PER_TRIAL = 40
"""A device that is tried for longer holds all that the PKI has to give."""

START = datetime(2026, 3, 2, 9, tzinfo=UTC)

_PKI_SEED = b"twins".ljust(32, b"\0")
_MOST_SECONDS = 45 * 60
_KINDS = (StepKind.TICK,) * 2 + (StepKind.POWER,) + (StepKind.MESSAGE,) * 22
_RELIABILITIES = (ClockReliability.RELIABLE,) * 4 + tuple(ClockReliability)


def draw_trial(seed: int, number: int, steps: int = STEPS_PER_TRIAL) -> TwinTrial:
    """Trial `number` of the stream of a seed; device types take turns."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - it chooses what to try, and no secret
    types = tuple(PROFILES)
    device_type = types[number % len(types)]
    entity = EntityId(random.randbytes(8))
    flash = manufacture(_pki(), device_type, entity, seed=random.randbytes(32), policy=Policy())
    records = contents(flash)
    clock = TwinClock(START)
    device = Device(flash, clock=clock, suite=P256Suite(), verified=_known())
    writer = _Writer(random, clock, Author(random, _pki(), _keyring(), device))
    return TwinTrial(
        number, device_type, entity, records, tuple(writer.step() for _ in range(steps))
    )


class _Writer:
    def __init__(self, random: Random, clock: TwinClock, author: Author) -> None:
        self._random = random
        self._clock = clock
        self._author = author
        self._sent: list[bytes] = []

    def step(self) -> TwinStep:
        """The next step, which has happened to the author's device by then."""
        random, device = self._random, self._author.device
        self._clock.put(
            self._clock.seconds + random.randrange(_MOST_SECONDS), random.choice(_RELIABILITIES)
        )
        kind, octets, about = random.choice(_KINDS), b"", ""
        if kind is StepKind.POWER:
            device.power_on()
        elif kind is StepKind.TICK:
            device.tick()
        else:
            octets, about = self._message()
            self._sent.append(octets)
            device.receive(octets)
        reliability = self._clock.now().reliability
        return TwinStep(kind, self._clock.seconds, reliability, octets, about)

    def _message(self) -> tuple[bytes, str]:
        if self._random.random() < 0.5:
            message = self._author.command()
            return message.build(), f"{message.code:04x}"
        return hostile(self._random, self._author, self._sent)


@cache
def _pki() -> DrillPki:
    return DrillPki.generate(_PKI_SEED)


@cache
def _keyring() -> Keyring:
    return Keyring(_pki(), START)


@cache
def _known() -> SignatureCache:
    return SignatureCache()
