"""Where the devices of an audit come from: a drill's estate, or others at a broker."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from firmware_sim.bench.audit.asking import Readers
from firmware_sim.bench.audit.auditing import Audit
from firmware_sim.bench.audit.believing import EntryCheck
from firmware_sim.bench.audit.importing import EstateFile
from firmware_sim.bench.audit.register import KeyRegister
from firmware_sim.bench.commands.contact import DeviceContact, contact_of
from firmware_sim.bench.drills.certificates import ONE_EACH
from firmware_sim.bench.drills.estate_inputs import inventory_of, premises_of
from firmware_sim.bench.drills.setup import DrillSetup, set_up
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.story_file import read_story, story_source
from firmware_sim.bench.dut.clock import RunningClock
from firmware_sim.bench.dut.mqtt.kind import BehindBroker
from firmware_sim.bench.dut.mqtt.strangers import strangers_target
from firmware_sim.bench.dut.opening import named_target, open_target
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.population.inventory import DeviceEntry
from firmware_sim.bench.smki.importing import import_pki
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.sources import find
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.policy import Policy
from firmware_sim.machine.ports import Clock


@dataclass(frozen=True, slots=True)
class EstateRequest:
    """What the command line says of the devices.

    Attributes:
        story: whose estate is audited, as it stands before the first step; or `pki` or `keystore`,
            of devices that others serve: a folder that `pki` made, or what `pki import` takes.
        seconds: the longest wait for an answer.
    """

    target: str
    story: str | None
    premises: int | None
    seed: int
    pki: Path | None
    policy: Policy
    seconds: float
    keystore: Path | None = None


class DrillEstate:
    """The devices that a drill of a story would begin with.

    Attributes:
        contacts: as the parties know them.
    """

    def __init__(self, request: EstateRequest, name: str) -> None:
        self._request = request
        source = story_source(name)
        self.story: Story = read_story(*source, request.policy)
        named = named_target(request.target)
        named.check_policy(request.policy)
        self.setup: DrillSetup = set_up(
            self.story,
            premises=premises_of(self.story, request.premises),
            seed=request.seed,
            policy=request.policy,
            present=named.device_types(),
            inventory=inventory_of(self.story, source.origin),
        )
        self.contacts = {each.entity_id: each for each in self.setup.contacts}
        names = self.story.effective_population.organisations
        self.register = KeyRegister(self.setup.pki, P256Suite(), names)

    @property
    def check(self) -> EntryCheck:
        """What can be wrong with an entry about these devices."""
        known = {entity: each.device_type for entity, each in self.contacts.items()}
        return EntryCheck(self.register.organisations, self._request.policy, known)

    def unlisted(self, file: EstateFile) -> int | None:
        """How many of these devices an inventory does not name."""
        return file.unlisted(self.check, self.contacts)

    @asynccontextmanager
    async def opened(self, _file: EstateFile) -> AsyncIterator[Audit]:
        """The audit, with the devices there, for as long as the context lasts."""
        async with open_target(self._request.target, self.setup.premises) as target:
            yield Audit(
                target,
                Readers(self.setup.pki, P256Suite(), self.setup.clock),
                self.register,
                self._contact,
                self._request.policy,
                self._request.seconds,
            )

    def _contact(self, entry: DeviceEntry) -> DeviceContact | None:
        return self.contacts.get(entry.device)


class ServedElsewhere:
    """Devices behind a broker, each a program of its own, with the certificates of one PKI."""

    def __init__(self, request: EstateRequest) -> None:
        named = named_target(request.target)
        if not isinstance(named, BehindBroker) or named.options is None:
            raise UsageError(
                f"with --pki and --keystore the devices are served by others, and "
                f"{request.target!r} is ours",
                "use --target mqtt://HOST, or name the drill with --story",
            )
        self._options = named.options
        self._request = request
        self._pki = _keys_of(request)
        self._clock: Clock = RunningClock()
        self.register = KeyRegister(self._pki, P256Suite(), ONE_EACH)

    @property
    def check(self) -> EntryCheck:
        """What can be wrong with an entry: of the devices nothing is known but the inventory."""
        return EntryCheck(self.register.organisations, self._request.policy, {})

    def unlisted(self, _file: EstateFile) -> int | None:
        """None: which devices there are besides those of the inventory is not known."""
        return None

    @asynccontextmanager
    async def opened(self, file: EstateFile) -> AsyncIterator[Audit]:
        """The audit, connected, for as long as the context lasts."""
        devices = frozenset(row.entry.device for row in file.rows(self.check))
        async with strangers_target(self._options, devices) as target:
            yield Audit(
                target,
                Readers(self._pki, P256Suite(), self._clock),
                self.register,
                self._contact,
                self._request.policy,
                self._request.seconds,
            )

    def _contact(self, entry: DeviceEntry) -> DeviceContact:
        return contact_of(self._pki, entry.type, entry.device)


def estate_of_request(request: EstateRequest) -> DrillEstate | ServedElsewhere:
    """The devices that the command line means.

    Raises:
        UsageError: neither or both of story and PKI, or see there.
    """
    if sum(each is not None for each in (request.story, request.pki, request.keystore)) != 1:
        raise UsageError(
            "whose devices are audited is not said, or said twice",
            "give --story STORY for the estate of a drill; --pki DIR or --keystore FILE for "
            "devices at a broker",
        )
    if request.story is not None:
        return DrillEstate(request, request.story)
    return ServedElsewhere(request)


def _keys_of(request: EstateRequest) -> DrillPki:
    """The certificates and keys with which devices that others serve are asked.

    Raises:
        UsageError: nothing there that can be used.
    """
    if request.pki is not None:
        return DrillPki.load(request.pki)
    assert request.keystore is not None  # noqa: S101 - one of both
    suite = P256Suite()
    return DrillPki(import_pki(find(request.keystore, suite), suite).inventory)
