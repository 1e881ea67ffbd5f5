"""What is said of one rule of the protocol: tried, kept or broken, and what to do."""

from collections.abc import Callable
from typing import NamedTuple

from firmware_sim.bench.experiments.link_check.probe import Probe
from firmware_sim.bench.outcome import Verdict
from firmware_sim.devices.links.board_protocol import BootRecord


class LinkFinding(NamedTuple):
    """One check.

    Attributes:
        section: of hw/PROTOCOL.md.
        text: what was seen, in one line.
        says: what the section says.
        mend: what to do; empty where nothing is wrong.
        sent, came: the frames of the check, in words.
        seconds: how long it took.
    """

    name: str
    section: str
    verdict: Verdict
    text: str
    says: str
    mend: str
    sent: tuple[str, ...]
    came: tuple[str, ...]
    seconds: float = 0.0


class LinkRule(NamedTuple):
    """A rule, and how it is tried: in words what was seen, or one of the two exceptions below."""

    name: str
    section: str
    says: str
    mend: str
    tried: Callable[[Probe, BootRecord], str]


class RuleBrokenError(Exception):
    """The board does not keep a rule; the text says how.

    Args:
        mend: what to do, where that is not what the rule says.
        ends: why no other rule can be judged after it; empty if others can.
        of: the rule that is broken, where it is another than the one that was tried.
    """

    def __init__(
        self, text: str, mend: str = "", ends: str = "", of: LinkRule | None = None
    ) -> None:
        super().__init__(text)
        self.mend = mend
        self.ends = ends
        self.of = of


class NotTriedError(Exception):
    """A rule could not be tried, or keeping and breaking it look the same; the text says why."""


class NotSeenError(Exception):
    """What the rule is about did not come, and the board is not to blame; the text says why.

    Args:
        mend: what to do, where that is not what the rule says.
    """

    def __init__(self, text: str, mend: str = "") -> None:
        super().__init__(text)
        self.mend = mend
