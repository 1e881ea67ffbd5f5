"""How far a decision goes: which keys, for which cells of which devices, by which Methods.

Custody compares the octets that it is to sign with it, not what the caller says of them.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from firmware_sim.bench.governance.protected_command import ProtectedCommand
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.replacement import ReplacementMode
from firmware_sim.gbcs.roles import TrustAnchorCellId


class RecoveryMethod(IntEnum):
    """The ways to replace Organisation Certificates after a Compromise.

    The headings of the Recovery Procedure are public, its text is not: what each Method does is
    inferred from the alerts of the DCC and from the replacement modes.
    """

    OWN_KEY = 1
    """The Subscriber's own key replaces its own: no protected key, no decision."""
    BROKER = 2
    """Recovery puts the Access Control Broker's certificates, which hand back later."""
    NEW = 3
    """Recovery puts new certificates of the party itself."""


@dataclass(frozen=True, slots=True)
class DecisionLimits:
    """What a decision allows.

    Attributes:
        generations: of the protected keys that may be used.
        cells: that may be replaced: those with certificates of the Compromise.
        devices: the Relevant Devices, as they were just before the Recovery Event.
        methods: by which Recovery may replace; Contingency knows none.
    """

    generations: frozenset[int] = field(default_factory=frozenset)
    cells: frozenset[TrustAnchorCellId] = field(default_factory=frozenset)
    devices: frozenset[EntityId] = field(default_factory=frozenset)
    methods: frozenset[RecoveryMethod] = frozenset({RecoveryMethod.BROKER, RecoveryMethod.NEW})

    def problem(
        self, command: ProtectedCommand, generation: int, key: str = "protected key"
    ) -> str:
        """Why a command lies outside; empty if it lies inside.

        Args:
            key: which one was brought, by name.
        """
        if generation not in self.generations:
            opened = " or ".join(map(str, sorted(self.generations))) or "none"
            return f"the wrong {key} was brought: generation {generation} of the key, not {opened}"
        if command.device not in self.devices:
            return f"device {command.device}, which is no Relevant Device"
        outside = sorted(map(str, command.cells - self.cells))
        if outside:
            return f"cells {', '.join(outside)}"
        method = method_of(command)
        if method is not None and method not in self.methods:
            return f"Method {method:d}"
        return ""

    def __str__(self) -> str:
        cells = ", ".join(sorted(map(str, self.cells))) or "no cell"
        methods = " or ".join(f"{method:d}" for method in sorted(self.methods)) or "none"
        return f"{cells} of {len(self.devices):,} Relevant Devices, Method {methods}"


def method_of(command: ProtectedCommand) -> RecoveryMethod | None:
    """The Method of a command of Recovery; None for Contingency's, and for a reading."""
    if command.mode is not ReplacementMode.ANY_EXCEPT_ABNORMAL_ROOT_BY_RECOVERY:
        return None
    return RecoveryMethod.BROKER if command.for_broker else RecoveryMethod.NEW
