"""A trial from a seed: each step is chosen in view of the ones before."""

from functools import cache
from random import Random

from firmware_sim.bench.commands.key_ring import PkiKeys
from firmware_sim.bench.dut.blueprint import blueprint_of_new
from firmware_sim.bench.dut.clock import START, StillClock, posix_seconds, reading_at
from firmware_sim.bench.dut.device_under_test import typed
from firmware_sim.bench.dut.simulated.manufacture import manufacture
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.experiments.twin.generator import CommandGenerator
from firmware_sim.bench.experiments.twin.hostile import hostile
from firmware_sim.bench.experiments.twin.trial import StepKind, TwinStep, TwinTrial
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.flash.nor import NorFlash
from firmware_sim.machine.image.codec import encode
from firmware_sim.machine.image.use_records import MeterState
from firmware_sim.machine.image.use_soundness import MAX_BALANCE
from firmware_sim.machine.ports import ClockReliability
from firmware_sim.machine.store.store import Store

STEPS_PER_TRIAL = 40
"""A device that is tried for longer holds all that the PKI has to give."""

_PKI_SEED = b"twins".ljust(32, b"\0")
_MOST_SECONDS = 45 * 60
_KINDS = (StepKind.TICK,) * 2 + (StepKind.POWER,) + (StepKind.ENTER,) * 2 + (StepKind.MESSAGE,) * 22
_RELIABILITIES = (ClockReliability.RELIABLE,) * 4 + tuple(ClockReliability)


def draw_trial(seed: int, number: int, steps: int = STEPS_PER_TRIAL) -> TwinTrial:
    """Trial `number` of the stream of a seed; device types take turns."""
    random = Random(f"{seed}/{number}")  # noqa: S311 - it chooses what to try, and no secret
    types = tuple(PROFILES)
    device_type = types[number % len(types)]
    entity = EntityId(random.randbytes(8))
    flash = manufacture(_pki(), device_type, entity, seed=random.randbytes(32), policy=Policy())
    _put_meter(flash, random)
    records = blueprint_of_new(flash).records
    clock = StillClock(START)
    device = Surroundings(clock, verified=_known()).powered(flash)
    writer = _Writer(random, clock, CommandGenerator(random, _pki(), _keys(), device))
    return TwinTrial(
        number, device_type, entity, records, tuple(writer.step() for _ in range(steps))
    )


class _Writer:
    def __init__(self, random: Random, clock: StillClock, generator: CommandGenerator) -> None:
        self._random = random
        self._clock = clock
        self._author = generator
        self._sent: list[bytes] = []

    def step(self) -> TwinStep:
        """The next step, which has happened to the generator's device by then."""
        random, device = self._random, self._author.device
        seconds = posix_seconds(self._clock.now()) + random.randrange(_MOST_SECONDS)
        self._clock.put(reading_at(seconds, random.choice(_RELIABILITIES)))
        kind, octets, about = random.choice(_KINDS), b"", ""
        if kind is StepKind.POWER:
            device.power_on()
        elif kind is StepKind.TICK:
            device.tick()
        elif kind is StepKind.ENTER:
            octets, about = self._author.uses.token(), "a token typed in"
            device.enter(typed(octets))
        else:
            octets, about = self._message()
            self._sent.append(octets)
            device.receive(octets)
        return TwinStep(kind, seconds, self._clock.now().reliability, octets, about)

    def _message(self) -> tuple[bytes, str]:
        if self._random.random() < 0.5:
            message = self._author.command()
            return message.build(), f"{message.code:04x}"
        return hostile(self._random, self._author, self._sent)


def _put_meter(flash: NorFlash, random: Random) -> None:
    """An image to activate, a balance that may soon be full, some tokens typed in in vain."""
    image = MeterState(
        balance=random.choice((0, -5_000_000, MAX_BALANCE - 20_000_000)),
        firmware_version=random.randbytes(4),
        image_version=random.randbytes(4),
        image_hash=random.randbytes(32),
        image_held=True,
        entry_failures=random.choice((0, 9, 10)),
        cache_head=random.choice((0, 99)),
    )
    transaction = Store.open(flash).transaction()
    transaction.put(*encode(image))
    transaction.commit()


@cache
def _pki() -> DrillPki:
    return DrillPki.generate(_PKI_SEED)


@cache
def _keys() -> PkiKeys:
    return PkiKeys(_pki(), START, "a twin run holds every key")


@cache
def _known() -> SignatureCache:
    return SignatureCache()
