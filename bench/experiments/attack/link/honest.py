"""What honest parties say to a device: commands of every kind, by the keys that it holds now.

Every key that they put into a cell is new, unless they are careless.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count

from firmware_sim.bench.adversary.forged_certificates import leaf_for, own_key
from firmware_sim.bench.commands.key_ring import PkiKeys
from firmware_sim.bench.commands.requests import UpdateRequest, floors_at
from firmware_sim.bench.dut.clock import START
from firmware_sim.bench.experiments.attack.capabilities import Capabilities
from firmware_sim.bench.experiments.attack.crafting import Sender
from firmware_sim.bench.experiments.attack.history import certificate_in
from firmware_sim.bench.experiments.attack.observing import Observed
from firmware_sim.bench.experiments.attack.other_commands import own_credentials, reading
from firmware_sim.bench.experiments.attack.position import Position
from firmware_sim.bench.experiments.attack.setup import pki
from firmware_sim.bench.experiments.attack.stolen_keys import PARTY_KEYS, StolenKeys
from firmware_sim.bench.smki.issuing import IssuingKey
from firmware_sim.gbcs.certificate_profiles import CertificateKind
from firmware_sim.gbcs.device_duties import certificate_authority, executes
from firmware_sim.gbcs.payloads.update_credentials import Replacement
from firmware_sim.gbcs.replacement import (
    REPLACEMENT_RULES,
    ReplacementRule,
    RootReplacement,
)
from firmware_sim.gbcs.roles import (
    ACB_KEY_AGREEMENT,
    OWN_KEY_USAGES,
    ROOT_CELL,
    KeyUsage,
    RemotePartyRole,
    TrustAnchorCellId,
)
from firmware_sim.gbcs.times import NEVER
from firmware_sim.gbcs.use_cases import CS02C, CS02E

Topic = ReplacementRule | TrustAnchorCellId | tuple[int, KeyUsage]
"""An update by a mode, a reading in the name of a cell's owner, or one about own credentials."""

_LOW_FLOOR = 1


@dataclass(frozen=True)
class HonestCapabilities(Capabilities):
    """Every party's keys, as they come into use, and custody's."""

    def contingency(self, held: Observed) -> tuple[bytes, bytes]:
        generation = root_generation(held)
        keys = _every_key()
        return keys.signing(RemotePartyRole.ROOT, generation), keys.symmetric(generation)


@dataclass
class HonestParties:
    """All honest parties of one device.

    Attributes:
        position: a device that only ever heard honest commands.
        careless: they may put a key back that the device has held before.
    """

    position: Position
    careless: bool = False
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        seen = self.position.capabilities
        every_key = StolenKeys(frozenset(PARTY_KEYS))
        self.position.capabilities = HonestCapabilities.of(
            every_key, seen.entity, seen.agreement_point
        )
        self._first = self.position.held

    def topics(self) -> list[Topic]:
        """What the parties may ask of this device."""
        position = self.position
        device_type, policy = position.target.device_type, position.target.policy
        readers = [*position.signing_cells(), ACB_KEY_AGREEMENT]
        own = [
            (code, usage)
            for code in (CS02C, CS02E)
            for usage in OWN_KEY_USAGES
            if executes(device_type, code) and certificate_authority(device_type, policy)
        ]
        modes = [
            rule
            for rule in REPLACEMENT_RULES.values()
            if rule.authorising_cell(device_type) in position.held.cells
            and executes(device_type, rule.code)
        ]
        return [*modes, *modes, *readers, *own]

    def command(self, number: int) -> bytes:
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
        device_type, capabilities = position.target.device_type, position.capabilities
        due = rule.authorising_cell(device_type)
        root, cells = self._chosen(rule, number)
        request = UpdateRequest(
            rule.mode,
            tuple(self._replacement(cell, root, number) for cell in cells),
            self._path(root),
            floors_at(_LOW_FLOOR, authorising=rule.authorising_role, cells=cells),
            execution=self._execution(number // 7),
        )
        if request.is_contingency:
            originator = pki().contingency_entity_id
            key: bytes | None = capabilities.contingency(position.held)[0]
        else:
            originator = position.held.content(due).unique_id
            key = capabilities.key_of(position.held, due)
        return position.update(request, Sender.by_rule(rule, device_type, originator, key)) or b""

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
        self.position.capabilities.known.add(key)
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
def _issuer(root: int) -> IssuingKey:
    held = pki().authority(CertificateKind.ISSUING_OCA, root)
    return IssuingKey.of(held.certificate, held.private_key or b"")


@cache
def _every_key() -> PkiKeys:
    return PkiKeys(pki(), START, "an honest exploration")
