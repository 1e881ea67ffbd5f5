"""What stands before the first step: a PKI, homes with devices, and what parties know of these."""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass

from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.drills.ceremony_steps import CeremonyStep
from firmware_sim.bench.drills.delivery import Waits
from firmware_sim.bench.drills.drill_estate import credentials_of
from firmware_sim.bench.drills.fallen_keys import FallenName
from firmware_sim.bench.drills.home_seed import SEED_OCTETS, home_seed_of
from firmware_sim.bench.drills.hub_steps import ExchangeHubStep
from firmware_sim.bench.drills.hubs_so_far import HubsSoFar, SpareHub
from firmware_sim.bench.drills.issued import IssuedGenerations
from firmware_sim.bench.drills.ownership import Ownership
from firmware_sim.bench.drills.participants import Participants
from firmware_sim.bench.drills.provisioning import drill_estate
from firmware_sim.bench.drills.sending_step import SendingStep
from firmware_sim.bench.drills.state import DrillState
from firmware_sim.bench.drills.story import Story
from firmware_sim.bench.drills.validities import periods_of, roots_of
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.dut.simulated.estate_cells import certificates_of_estate
from firmware_sim.bench.dut.simulated.premises import MAX_PREMISES, build_premises
from firmware_sim.bench.dut.simulated.spare_hub import build_spare_hub, spare_hub_ids
from firmware_sim.bench.dut.simulated.surroundings import Surroundings
from firmware_sim.bench.dut.target import Target
from firmware_sim.bench.errors import UsageError
from firmware_sim.bench.evidence.ledger import RunLedger
from firmware_sim.bench.evidence.run_info import InputText
from firmware_sim.bench.governance.decision import DecisionGate
from firmware_sim.bench.governance.guidance import Guidance
from firmware_sim.bench.governance.procedure import Procedure
from firmware_sim.bench.population.estate import Estate
from firmware_sim.bench.progress import Progress
from firmware_sim.bench.smki.pki import DrillPki
from firmware_sim.bench.smki.shares import Custodians
from firmware_sim.devices.device import Device
from firmware_sim.devices.premises import Premises
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.path import SignatureCache
from firmware_sim.gbcs.policy import Policy
from firmware_sim.gbcs.roles import OWN_KEY_USAGES, DeviceType


@dataclass(frozen=True, slots=True)
class DrillSetup:
    """Everything that a drill begins with, but for the target.

    Attributes:
        contacts: the devices that take part, in a fixed order.
        estate: the same devices: whose they are, what they hold, and what is believed of them.
        spares: a new hub for each home, of a story in which hubs are exchanged.
    """

    story: Story
    pki: DrillPki
    participants: Participants
    clock: StillClock
    premises: tuple[Premises, ...]
    contacts: tuple[DeviceContact, ...]
    devices: Mapping[EntityId, Device]
    estate: Estate
    spares: tuple[SpareHub, ...] = ()

    def state(
        self,
        target: Target,
        ledger: RunLedger,
        progress: Progress,
        waits: Waits,
        guidance: Guidance | None = None,
    ) -> DrillState:
        """The state at the first step, with a decision gate that custody answers to from now on."""
        gate = DecisionGate(self.clock)
        ownership = Ownership(self.story.population, self.estate)
        assumptions = self.story.assumptions.values
        procedure = Procedure(assumptions, guidance)
        procedure.book.rules = [rule.clause for rule in self.story.rules]
        needed, total = assumptions.custodians_needed, assumptions.custodians_total
        self.pki.custody.answer_to(gate, Custodians(needed, total))
        return DrillState(
            ledger=ledger,
            progress=progress,
            target=target,
            participants=self.participants,
            clock=self.clock,
            waits=waits,
            custody=self.pki.custody,
            gate=gate,
            procedure=procedure,
            contacts=self.contacts,
            estate=self.estate,
            ownership=ownership,
            issued=IssuedGenerations(
                self.story.start, ownership.names, self.participants, self.estate
            ),
            has_population=self.story.population is not None,
            names_organisations=self.story.names_organisations,
            held={each.entity_id: credentials_of(each.holds) for each in self.estate},
            believed={each.entity_id: credentials_of(each.believed) for each in self.estate},
            hubs=HubsSoFar(self.spares),
            has_ceremony=any(isinstance(step, CeremonyStep) for step in self.story.steps),
            attackers=self.story.attacker,
            used_by_attacker=frozenset(_used_by_attacker(self.story, ownership)),
        )


def set_up(
    story: Story,
    *,
    premises: int,
    seed: int,
    policy: Policy,
    present: frozenset[DeviceType] | None = None,
    inventory: InputText | None = None,
    some: Estate | None = None,
) -> DrillSetup:
    """Hold the key ceremony and provision every device, all from the seed.

    Args and Raises are those of `setting_up`.
    """
    work = setting_up(
        story,
        premises=premises,
        seed=seed,
        policy=policy,
        present=present,
        inventory=inventory,
        some=some,
    )
    while True:
        try:
            next(work)
        except StopIteration as end:
            setup: DrillSetup = end.value
            return setup


def setting_up(
    story: Story,
    *,
    premises: int,
    seed: int,
    policy: Policy,
    present: frozenset[DeviceType] | None = None,
    inventory: InputText | None = None,
    some: Estate | None = None,
) -> Generator[int, None, DrillSetup]:
    """As `set_up`, home by home, so that what calls it can stop between two.

    Args:
        present: only devices of these types take part; None for all.
        inventory: the text of the story's inventory; None if it names none.
        some: only these of all devices are made, as they stand here; None for all.

    Raises:
        UsageError: a seed or a number of premises that cannot be, or a story that needs a
            device which is not present.
        BenchError: the story provisions cells that no device has, or the root.
    """
    if present is not None:
        check_present(story, present)
    _check_size(story, premises, seed)
    octets = seed.to_bytes(SEED_OCTETS, "big")
    suite, clock = P256Suite(), StillClock(story.start)
    pki = DrillPki.generate(seed, periods=periods_of(story), roots=roots_of(story))
    home_seed = home_seed_of(octets)
    estate = some or drill_estate(
        story, premises, policy, seed=octets, home_seed=home_seed, inventory=inventory
    )
    participants = Participants(pki, suite, clock, octets, story.effective_population.organisations)
    surroundings = Surroundings(clock, policy, suite, SignatureCache())
    cells = certificates_of_estate(estate, participants.issued)
    homes: list[Premises] = []
    spares: list[SpareHub] = []
    exchanges = any(isinstance(step, ExchangeHubStep) for step in story.steps)
    devices: dict[EntityId, Device] = {}
    numbers = range(premises) if some is None else sorted({each.premises for each in some})
    for number in numbers:
        home = build_premises(pki, number, home_seed, surroundings, certificates=cells)
        if exchanges:
            home = Premises(home.devices.values(), spare_hub_ids(number, home_seed))
            hub = build_spare_hub(pki, home, number, home_seed, surroundings)
            spares.append(SpareHub(home, hub, tuple(_contact(each) for each in hub)))
        homes.append(home)
        for device in home.devices.values():
            is_wanted = some is None or device.entity_id in some
            if is_wanted and _takes_part(device.device_type, story, present):
                devices[device.entity_id] = device
        yield number + 1
    return DrillSetup(
        story=story,
        pki=pki,
        participants=participants,
        clock=clock,
        premises=tuple(homes),
        contacts=tuple(_contact(device) for device in devices.values()),
        devices=devices,
        estate=estate.only(devices),
        spares=tuple(spares),
    )


def _check_size(story: Story, premises: int, seed: int) -> None:
    if not 0 <= premises <= MAX_PREMISES:
        raise UsageError(f"{premises} premises", f"give a number from 0 to {MAX_PREMISES}")
    if not 0 <= seed < 1 << 8 * SEED_OCTETS:
        raise UsageError(f"{seed} is no seed", "give a whole number from 0")
    if story.population is not None and premises != story.population.premises:
        wanted = story.population.premises
        text = f"the population of the story {story.name} has {wanted:,} premises, not {premises:,}"
        raise UsageError(text, "leave --premises out")


def check_present(story: Story, present: frozenset[DeviceType]) -> None:
    """A device type that is not present would leave later steps without what they rest on.

    Raises:
        UsageError: a story needs a device of a type that is not there.
    """
    named = [story.devices, *(getattr(step, "devices", ()) for step in story.steps)]
    for kinds in filter(None, named):
        if present.isdisjoint(kinds):
            wanted, there = (
                ", ".join(sorted(kind.name for kind in each)) for each in (kinds, present)
            )
            raise UsageError(
                f"the story {story.name} needs a {wanted}, and the board is {there}",
                "choose another story, or use --target board:NAME",
            )


def _takes_part(kind: DeviceType, story: Story, present: frozenset[DeviceType] | None) -> bool:
    return (not story.devices or kind in story.devices) and (present is None or kind in present)


def _used_by_attacker(story: Story, ownership: Ownership) -> Iterator[tuple[FallenName, int, str]]:
    for term in story.attacker:
        names = ownership.names.get(term.role, ("",))
        yield term.key, term.generation, term.organisation or names[0]
    for step in story.steps:
        if isinstance(step, SendingStep) and step.stolen:
            names = ownership.names.get(step.by, ("",))
            for name in step.keys_to_steal:
                for organisation in names if step.party is None else (step.party,):
                    yield name, step.credentials, organisation


def _contact(device: Device) -> DeviceContact:
    # The PKI issued its certificates when it was made: to issue them anew takes as long again.
    state = device.machine.state
    signing, agreement = (
        parse_certificate(state.certificates[usage]).public_key for usage in OWN_KEY_USAGES
    )
    held = frozenset(state.cells)
    return DeviceContact(device.entity_id, device.device_type, held, signing, agreement)
