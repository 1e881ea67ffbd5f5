"""What honest parties say to a device: commands of every kind, by the keys that it holds now.

Every key that they put into a cell is new, unless they are told to be careless.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count

from firmware_sim.bench.commands.requests import floors_at
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.attack.capabilities import Hand
from firmware_sim.bench.experiments.attack.crafting import Mac, Sealed, Update
from firmware_sim.bench.experiments.attack.forged_certificates import Issuer, leaf_for, own_key
from firmware_sim.bench.experiments.attack.history import certificate_in
from firmware_sim.bench.experiments.attack.observing import Observed
from firmware_sim.bench.experiments.attack.other_commands import own_credentials, reading
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.bench.experiments.attack.setup import SUITE, pki
from firmware_sim.bench.experiments.attack.stolen_keys import PARTY_KEYS, Loot
from firmware_sim.bench.smki.custody import CustodyKey
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.device_duties import certificate_authority, executes
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    ReplacementMode,
    ReplacementRule,
    RootReplacement,
)
from firmware_sim.gbcs.roles import ROOT_CELL, KeyUsage, TrustAnchorCellId
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02C, CS02E
from firmware_sim.machine.commands.authenticate import ACB_KEY_AGREEMENT

Topic = ReplacementRule | TrustAnchorCellId | tuple[int, KeyUsage]
"""An update by a mode, a reading in the name of a cell's owner, or one about own credentials."""

_LOW_FLOOR = 1


@dataclass(frozen=True)
class HonestHand(Hand):
    """Every party's keys, as they come into use, and custody's."""

    def contingency(self, held: Observed) -> tuple[bytes, bytes]:
        return _custody(root_generation(held))


@dataclass
class Speakers:
    """All honest parties of one device.

    Attributes:
        position: a device that only ever heard honest commands.
        careless: they may put a key back that the device has held before.
    """

    position: Position
    careless: bool = False
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        hand = self.position.hand
        loot = Loot(frozenset(PARTY_KEYS))
        known = Hand.holding(loot, hand.entity, hand.agreement_point).known
        self.position.hand = HonestHand(loot, hand.entity, hand.agreement_point, dict(known))
        self._first = self.position.held

    def topics(self) -> list[Topic]:
        """What there is to say to this device."""
        position = self.position
        device_type, policy = position.target.device_type, position.target.policy
        readers = [*position.signing_cells(), ACB_KEY_AGREEMENT]
        own = [
            (code, usage)
            for code in (CS02C, CS02E)
            for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT)
            if executes(device_type, code) and certificate_authority(device_type, policy)
        ]
        modes = [
            rule
            for rule in REPLACEMENT_RULES.values()
            if rule.authorising_cell(device_type) in position.held.cells
            and executes(device_type, rule.code)
        ]
        return [*modes, *modes, *readers, *own]

    def say(self, number: int) -> bytes:
        """A new command; the number chooses what, when and with which floors."""
        topics = self.topics()
        topic, rest = topics[number % len(topics)], number // len(topics)
        if isinstance(topic, ReplacementRule):
            return self._update(topic, rest)
        if isinstance(topic, TrustAnchorCellId):
            return reading(self.position, topic) or b""
        code, usage = topic
        target = self.position.target
        cell = certificate_authority(target.device_type, target.policy)
        return own_credentials(self.position, cell, _CODES[code], usage) or b""

    def _update(self, rule: ReplacementRule, number: int) -> bytes:
        position = self.position
        device_type = position.target.device_type
        due = rule.authorising_cell(device_type)
        owner = position.held.content(due)
        root, cells = self._chosen(rule, number)
        floors = floors_at(_LOW_FLOOR, authorising=rule.authorising_role, cells=cells)
        signed = rule.is_signed(device_type)
        update = Update(
            rule.mode,
            rule.code,
            pki().contingency_entity_id if due == ROOT_CELL else owner.unique_id,
            due if signed else None,
            tuple(self._replacement(cell, root, number) for cell in cells),
            self._path(root),
            floors,
            self._execution(number // 7),
        )
        by_contingency = rule.mode is ReplacementMode.ANY_BY_CONTINGENCY
        key = (
            position.hand.contingency(position.held)[0]
            if by_contingency
            else position.hand.grip(position.held, due)
        )
        mac = Mac.TRUE if rule.maced else Mac.NONE
        return position.update(update, Sealed(key if signed else None, mac)) or b""

    def _chosen(
        self, rule: ReplacementRule, number: int
    ) -> tuple[int, tuple[TrustAnchorCellId, ...]]:
        """The root to be under afterwards, and some of the cells that the mode covers."""
        present = root_generation(self.position.held)
        covered = [cell for cell in self.position.cells() if rule.may_replace(cell)]
        others = [cell for cell in covered if cell != ROOT_CELL]
        picked = [cell for place, cell in enumerate(others) if number >> place % 5 & 1] or others
        moves_root = rule.root is not RootReplacement.NEVER and present == 1
        if rule.root is RootReplacement.ABNORMAL or (moves_root and number % 3 == 0):
            return 2, (ROOT_CELL, *picked)
        return present, tuple(picked)

    def _replacement(self, cell: TrustAnchorCellId, root: int, number: int) -> Replacement:
        if cell == ROOT_CELL:
            return Replacement(pki().root(root).octets, cell)
        if self.careless and root == 1 and number % 2:
            return Replacement(certificate_in(self._first.content(cell)), cell)
        owner = self.position.held.content(cell)
        key = own_key(f"honest {next(self._numbers)}")
        self.position.hand.known[SUITE.public_key(key)] = key
        return Replacement(leaf_for(_issuer(root), cell.key_usage, owner.unique_id, key), cell)

    def _path(self, root: int) -> tuple[bytes, ...]:
        moves = root != root_generation(self.position.held)
        return (pki().issuing(root).octets, *((pki().root_link().octets,) if moves else ()))

    def _execution(self, number: int) -> datetime | None:
        soon = self.position.clock.time + timedelta(hours=1 + number % 50)
        return (None, None, None, soon, NEVER)[number % 5]


_CODES = {int(code): code for code in (CS02C, CS02E)}


def root_generation(held: Observed) -> int:
    """Which of the two roots a device holds."""
    root = held.cell(ROOT_CELL)
    return 2 if root is not None and root.public_key == pki().root(2).public_key else 1


@cache
def _issuer(root: int) -> Issuer:
    held = pki().authority(CertificateKind.ISSUING_OCA, root)
    return Issuer.of(held.certificate, held.private_key or b"")


@cache
def _custody(generation: int) -> tuple[bytes, bytes]:
    private, symmetric = (
        pki().custody.compromise(key, START, "an honest exploration", generation=generation)
        for key in (CustodyKey.CONTINGENCY, CustodyKey.SYMMETRIC)
    )
    return private, symmetric
