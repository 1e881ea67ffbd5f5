"""What is known of a run before it starts."""

import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Final, NamedTuple, Self

from firmware_sim.gbcs.open_points import PolicyChoice

_PACKAGES = (
    *("firmware-sim", "cryptography", "construct", "aiomqtt", "amqtt"),
    *("jinja2", "junitparser", "matplotlib"),
)
"""What can change the course of a run, or an octet of what is made from its ledger."""


class Clause(NamedTuple):
    """A rule that a story rehearses, e.g. ``("SEC L10.2(a)", "no key use without a decision")``."""

    reference: str
    text: str


STORY: Final = "story"
"""The kind of input that every run has; others are ``guidance``, ``inventory``."""

GUIDANCE: Final = "guidance"
"""The SMKI Recovery Key Guidance of a run that was given one."""


INVENTORY: Final = "inventory"
"""What is believed of each device, of a run whose story names such a file."""


def attack_step(attacker: int, point: str) -> str:
    """The name of the step in which an attacker acts, by its number from 1, and where."""
    return f"attacker-{attacker}-{point.replace(' ', '-')}"


def is_attack(name: str) -> bool:
    """Whether a step of a record is one in which an attacker acts, as its name says."""
    return _ATTACK.fullmatch(name) is not None


_ATTACK: Final = re.compile(r"attacker-\d+-(before-notice|between-decision-and-wave|after)")


class InputText(NamedTuple):
    """A file that a run was made from, as it was read.

    Attributes:
        origin: what errors about the text call it, e.g. the name of its file.
    """

    kind: str
    origin: str
    text: str


class GovernanceEvent(StrEnum):
    """What people did, in the order in which it usually happens; `clause` is its rule."""

    clause: str

    COMPROMISE = "Compromise declared", "SEC L10.1(a)"
    NOTIFICATION = "Notification", "SEC L10.1(a), L10.15(a)"
    CONFIRMATION = "Confirmation", "SEC L10.1(d)(i)"
    PREPARATION = "Preparatory step", "SEC L10.2(b)"
    SOFT_RECOVERY = "Ordinary replacement", "SEC L10.1(d)(ii), L10.16(b)(i)"
    EVIDENCE = "Evidence", "SEC L10.16(b)(ii)"
    MEETING = "SMKI PMA meeting", "SEC L1.13"
    MEETING_CLOSED = "Meeting closed", "SEC L1.13"
    INFORMATION = "Information", "SEC L10.10(b), L10.11"
    REFERRAL = "Question referred", "SEC L10.2(c)(ii)"
    DETERMINATION = "Determination", "SEC L10.30(c)(vi)"
    NOMINATION = "Nomination", "SEC L1.17(j), L10.2(c)(iii)"
    APPOINTMENT = "Appointment", "SEC L10.5"
    TASK = "Task", "SEC L10.5"
    REHEARSAL = "Rehearsal", "SEC L10.1(e)"
    GUIDANCE = "Recovery Key Guidance", "SEC L10.9(a), L10.10(a)"
    DECISION = "SMKI PMA decision", "SEC L1.17(i), L10.2(a)"
    DECISION_REFUSED = "Decision not possible", "SEC L1.13, L10.2(a)"
    RELEVANT_DEVICES = "Relevant Devices", "SEC L10.30(a)(i), L10.30(a)(ii)"
    RECOVERY_EVENT = "Recovery Event", "SEC L10.14"
    CEREMONY = "Ceremony", "SEC L10.1(b)"
    CEREMONY_REFUSED = "Ceremony not possible", ""
    COORDINATION = "CSR coordination", "SEC L10.1(c)(ii)"
    ROOT_ISSUED = "Root OCA Certificate issued", "SEC L3.19(a)"
    CERTIFICATE = "Certificate issued", "SEC L3.15(a), L3.15(b)"
    CERTIFICATE_REFUSED = "Certificate refused", "SEC L3.15(b)"
    CUSTODY = "Custody used", "SEC L10.2(a)"
    CUSTODY_REFUSED = "Custody refused", "SEC L10.2(a)"
    COPY = "Key copied (rehearsed attacker)", ""
    STEP_REPORT = "Step report", "SEC L10.3"
    CLAIM = "Claim", "SEC L10.18"
    BREACH_REFERRED = "Breach referred", "SEC L10.27(a)"
    COSTS = "Recovery Costs", "SEC L10.17(a), L10.17(b)(i), L10.17(b)(ii)"
    BREACH = "Breach", "SEC L10.25(a), L10.25(b), L10.26, L10.28, L10.30(b)"
    SUPPLIER_FAILURE = "Supplier failure", ""
    WAVES = "Waves", ""
    ASSUMPTION = "Assumption", ""
    DEPARTURE = "Departure from the procedure", ""

    def __new__(cls, value: str, clause: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.clause = clause
        return member


@dataclass(frozen=True, kw_only=True)
class RunInfo:
    """The head of a record.

    Attributes:
        story: name of the story, e.g. ``root-compromise-contingency``.
        title: its title, one line.
        summary: what the story tells, a few sentences for a reader who has never seen one.
        clauses: what it rehearses.
        target: as given on the command line, e.g. ``mqtt``.
        premises: number of premises.
        started: aware.
        policy: what `firmware_sim.gbcs.policy.Policy.describe` returns.
        command_line: the words that repeat this run.
        versions: name -> version of everything that took part.
        inputs: the story, and every other file that the run was made from, so that it can be
            played again from its ledger.
        strict: an answer that is not DER failed its device.
    """

    story: str
    title: str
    seed: int
    target: str
    premises: int
    started: datetime
    summary: str = ""
    clauses: tuple[Clause, ...] = ()
    policy: tuple[PolicyChoice, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    command_line: tuple[str, ...] = ()
    inputs: tuple[InputText, ...] = ()
    strict: bool = False


def versions() -> dict[str, str]:
    """Name -> version of everything installed that can change what a run does."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found | {"Python": platform.python_version()}


def other_versions(recorded: Mapping[str, str]) -> list[str]:
    """What of `versions` is not as a run has recorded it: ``amqtt 0.11, here none``."""
    here = versions()
    return [
        f"{name} {recorded.get(name, 'none')}, here {here.get(name, 'none')}"
        for name in sorted(recorded.keys() | here.keys())
        if recorded.get(name) != here.get(name)
    ]
