"""Where fuzzing starts: every credential command by our own parties, and the reference set."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from firmware_sim.bench.experiments.conformance.reference import locate, read_messages
from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.errors import GbcsError
from firmware_sim.gbcs.message import Message, parse_message
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02F
from firmware_sim.gbcs.uses import USES
from tests.fuzz.mutator import protected, readdressed
from tests.fuzz.target import DEVICES, as_input, fresh
from tests.support import commands, uses
from tests.support.device_commands import install, issue, provide
from tests.support.device_pki import device_certificate
from tests.support.meter import Meter

_LATER = datetime(2026, 3, 2, tzinfo=UTC)


def own_seeds() -> Iterator[bytes]:
    """Commands that the devices carry out, or would if they held the cell."""
    for device_type in DEVICES:
        target = fresh(device_type)
        for message in _commands(target):
            yield as_input(device_type, message.build())


def reference_seeds(folder: Path) -> Iterator[bytes]:
    """The reference messages as they are, and the credential commands readdressed to us."""
    for file in read_messages(locate(folder).messages):
        octets = file.octets()
        yield as_input(DEVICES[0], octets)
        try:
            message = parse_message(octets)
            if file.name.split("/")[-1].startswith("CS02"):
                yield from readdressed(message)
        except GbcsError:
            continue


def _commands(target: Meter) -> Iterator[Message]:
    yield commands.query(target, roles=RemotePartyRole)
    yield commands.query(target, "supplier.DS", (RemotePartyRole.ROOT,))
    yield commands.by_recovery(target)
    yield commands.by_contingency(target)
    yield commands.query(target, roles=(RemotePartyRole.SUPPLIER,), code=CS02F)
    yield from _about_own_keys(target)
    yield from _uses(target)
    for mode, rule in REPLACEMENT_RULES.items():
        cells = sorted(
            (cell for cell in target.device.cells() if cell.role in rule.replaceable), key=str
        )
        if mode not in _WITH_OTHER_KEYS and cells:
            yield from _updates(target, mode, commands.replacements(cells[:2]))


def _uses(target: Meter) -> Iterator[Message]:
    held = target.device.cells()
    for code, use in USES.items():
        usage = KeyUsage.DIGITAL_SIGNATURE if use.signed else KeyUsage.KEY_AGREEMENT
        cells = [TrustAnchorCellId(role, usage) for role in use.askers]
        asking = next((cell for cell in cells if cell in held), None)
        if asking is not None and executes(target.device.device_type, code):
            yield uses.sample(target, code, str(asking))


def _about_own_keys(target: Meter) -> Iterator[Message]:
    for usage, waiting in target.device.machine.state.pending_keys.items():
        yield issue(target, usage)
        yield provide(target, usage)
        for point in (waiting.public_key, target.signing_point):
            yield install(target, device_certificate(point, usage, target.entity_id))


def _updates(
    target: Meter, mode: ReplacementMode, what: tuple[Replacement, ...]
) -> Iterator[Message]:
    yield commands.update(target, mode, what)
    yield commands.update(target, mode, what, execution=_LATER)
    yield commands.update(target, mode, (), execution=NEVER)
    role = what[0].cell.role
    is_own = role is REPLACEMENT_RULES[mode].authorising_role
    floors = {
        "floor": 5000,
        "specialist_floors": (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 6000),),
        "other_changes": None if is_own else (FloorChange(role, 7000),),
        "time_checks": False,
    }
    message = commands.update(target, mode, what[:1], control=floors)
    yield protected(message, target.device.device_type)


_WITH_OTHER_KEYS = (
    ReplacementMode.ANY_BY_CONTINGENCY,
    ReplacementMode.LOAD_CONTROLLER_BY_LOAD_CONTROLLER,
    ReplacementMode.LOAD_CONTROLLER_BY_SUPPLIER,
)
