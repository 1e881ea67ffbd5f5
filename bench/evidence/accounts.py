"""What governance tells the record of a run: small values, each told once it is known.

The drill hands them to `RunLedger.account`, as it hands messages and checks. They stand in the
ledger as JSON and come back as the same values. What is not told is null in the record: nothing
here is worked out, guessed or filled with a default.

Of `RecoveryEvent`, `RelevantDevices`, `DecisionScope`, `Attack`, `DeclaredVerdicts` and `Costs` the
last one told counts; of the others, all do, in their order.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Annotated, Final, Literal, TypeVar, get_args

from pydantic import Field, StringConstraints, TypeAdapter

from firmware_sim.bench.evidence.columns import CellName, Entity, Number, Time
from firmware_sim.bench.outcome import DevicesVerdict, ProcedureVerdict

Words = Annotated[str, StringConstraints(max_length=2000)]
Kind = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,16}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryEvent:
    """A Recovery Event (SEC L10.14): type A, the SMKI PMA required a key; type B, it declined.

    Attributes:
        at: ISO 8601 with a zone, by the drill's clock.
        evidence: of type B, how it is known that ordinary commands were tried or not feasible.
    """

    type: Literal["A", "B"]
    at: Time
    evidence: Words = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevantDevices:
    """How many Relevant Devices (SEC L10.30(a)) the Event has; frozen just before it.

    Attributes:
        populated: their cells hold data of a compromised certificate.
        believed: it is only reasonably believed of them.
        by_type: device type, e.g. ``ESME`` -> number.
    """

    total: Number
    populated: Number
    believed: Number
    by_type: Annotated[dict[Kind, Number], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedDevice:
    """Whose a device is and how it stands in the inventory, of a story that names organisations."""

    device: Entity
    responsible_supplier: Words
    network_operator: Words
    smi_status: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedDevice:
    """One Relevant Device of such a story, and why it is one (SEC L10.30(a)(ii)).

    Attributes:
        cells: that hold, or are believed to hold, data of a compromised certificate.
    """

    device: Entity
    reason: Literal["populated", "believed"]
    cells: Annotated[tuple[CellName, ...], Field(max_length=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionScope:
    """A decision of the SMKI PMA: what it allows, and the answers that led to it.

    Attributes:
        scope: a heading, e.g. ``keys`` -> what the decision names under it.
        factors: a factor of the Guidance -> the answer given.
        guidance: version of the Guidance.
    """

    scope: Annotated[dict[Words, tuple[Words, ...]], Field(max_length=100)]
    factors: Annotated[dict[Words, Words], Field(max_length=100)]
    guidance: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Devices that were sent their commands together; times are the drill's.

    Attributes:
        finished: None if it never began; then none of its devices was asked.
        retried: devices that were sent their command more than once; they count elsewhere too.
        step: of the story that it belongs to.
    """

    name: Words
    started: Time
    finished: Time | None
    devices: Number
    recovered: Number
    failed: Number = 0
    unreachable: Number = 0
    retried: Number = 0
    not_asked: Number = 0
    step: Words = ""


OutcomeName = Literal["recovered", "lost", "unreachable", "failed", "not asked"]
OUTCOMES: Final[tuple[OutcomeName, ...]] = get_args(OutcomeName)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceOutcome:
    """What became of one device that was to be recovered, at the end of the drill.

    Attributes:
        outstanding: it was not asked for a reason that is not its own: the story keeps it out of
            reach, or a wave before its own was the last.
        responsible_supplier: of a Relevant Device; empty if it is none.
    """

    device: Entity
    outcome: OutcomeName
    outstanding: bool = False
    responsible_supplier: Words = ""


Proof = Literal["use", "command", "not"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProofs:
    """How the key in each cell of one device was proven, at the end of the drill.

    Attributes:
        cells: by name: ``use`` if the device did something with that key besides credential
            commands, ``command`` if it took a credential command that the key protects.
        without_use: those of them for whose keys there is no public use on such a device.
    """

    device: Entity
    cells: Annotated[dict[CellName, Proof], Field(max_length=100)]
    without_use: Annotated[tuple[CellName, ...], Field(max_length=100)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepayment:
    """Tokens of prepayment customers, and what the thief of the prepayment key could print.

    Attributes:
        sold, sold_pence: tokens that customers have bought.
        spent: of these, credited.
        lost, lost_pence: bought, never credited, and refused: the customers' loss.
        unspent: bought, and not tried.
        unknown: tried, and the links lost what the meter said of it.
        printed, printed_pence: credited without being sold, with a copied key.
        thief_seconds: on the drill's clock, from the Compromise of a prepayment key until the last
            meter had another one, or the end; None if no such key fell.
        thief_meters: meters that held that key when it fell.
        thief_has_still: of these, with the same key at the end.
        thief_limit_pence: the most that their balances take.
    """

    sold: Number = 0
    sold_pence: Number = 0
    spent: Number = 0
    lost: Number = 0
    lost_pence: Number = 0
    unspent: Number = 0
    unknown: Number = 0
    printed: Number = 0
    printed_pence: Number = 0
    thief_seconds: Number | None = None
    thief_meters: Number = 0
    thief_has_still: Number = 0
    thief_limit_pence: Number = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpGap:
    """A time in which one prepayment customer could not top up; times are the drill's.

    Attributes:
        since: when a top-up was tried and came to nothing.
        until: when one was credited again; None if none was.
        seconds: from the one to the other, or to the end of the drill.
        tries: top-ups that came to nothing meanwhile.
        why: what the first came to nothing by.
    """

    device: Entity
    since: Time
    until: Time | None
    seconds: Number
    tries: Number
    why: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeEstimate:
    """What algorithms would cost one device type, in octets; nothing was installed.

    Attributes:
        standards: where the sizes of keys and signatures come from.
        type: of the device.
        certificate: the longest in its cells, or of its own keys.
        reading: a CS02a that is signed, by Recovery.
        reading_by_mac: a CS02a with a MAC, by the Access Control Broker.
        command: the CS02b by which Contingency replaces every cell.
        block: octets of a message in one block.
        blocks: of that command; 1 if it travels as it is.
        on_link: that command with the headers of its blocks.
        milliseconds: name and rate of a link -> how long that takes.
        flash: octets of its image with keys of that size; None if nobody can read the image.
        area: what one area of its flash takes.
        too_large: which limits of this program are exceeded.
    """

    step: Words
    algorithm: Words
    standards: Words
    type: Kind
    certificate: Number
    reading: Number
    reading_by_mac: Number
    command: Number
    block: Number
    blocks: Number
    on_link: Number
    milliseconds: Annotated[dict[Words, Number], Field(max_length=4)]
    flash: Number | None
    area: Number | None
    too_large: Annotated[tuple[Words, ...], Field(max_length=10)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """How many commands the attacker sent in a drill in which it had a key."""

    tries: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAttack:
    """What an attacker of the story did to one device; times are the drill's.

    Attributes:
        holds: the key with which it came.
        cells: that held something of its own at some time.
        since: when the first did; None if none ever has.
        until: when the last was replaced; None before.
        lost: the cells in which something of its own stands at the end.
        tokens_credited, credited_pence: of the tokens that it made with a prepayment key.
        tokens_refused: those that the meter did not take.
        first_credit, last_credit: when the meter credited one; None if it never has.
    """

    device: Entity
    holds: Words
    tries: Number
    cells: Annotated[tuple[CellName, ...], Field(max_length=100)] = ()
    since: Time | None = None
    until: Time | None = None
    lost: Annotated[tuple[CellName, ...], Field(max_length=100)] = ()
    tokens_credited: Number = 0
    tokens_refused: Number = 0
    credited_pence: Number = 0
    first_credit: Time | None = None
    last_credit: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredVerdicts:
    """The verdicts with which the story says that it ends; None where it does not say."""

    procedure: ProcedureVerdict | None = None
    devices: DevicesVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """How many costs fall under each paragraph of SEC L10.17."""

    a: Number
    b_i: Number
    b_ii: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who may claim what: a party, the paragraph of L10.17, how many devices, until when."""

    party: Words
    provision: Words
    devices: Number
    until: Time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A party that is deemed in breach (SEC L10.25 to L10.29), and where that stands."""

    party: Words
    provision: Words
    status: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureFault:
    """Where the procedure was not followed.

    Attributes:
        rule: a name that a test or a reader can look up, e.g. ``I8``.
        clause: e.g. ``SEC L10.3``.
        reason: one sentence.
        at: by the drill's clock.
    """

    rule: Words
    clause: Words
    reason: Words
    at: Time
    device: Entity | None = None


StepName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]
Sorts = Annotated[dict[Words, Number], Field(max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTold:
    """An audit that a step made.

    Attributes:
        answered: devices with a verified answer.
        sorts: of cells, every sort named, with how many there are.
    """

    step: StepName
    at: Time
    devices: Number
    answered: Number
    sorts: Sorts


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCells:
    """How many cells of one name, in devices of one type, an audit found of each sort."""

    step: StepName
    type: Kind
    cell: CellName
    sorts: Sorts


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedCell:
    """A cell that an audit did not find right: what is believed, and what it holds or why not."""

    step: StepName
    device: Entity
    type: Kind
    cell: CellName
    sort: Words
    believed: Words
    found: Words


Account = (
    RecoveryEvent
    | RelevantDevices
    | OwnedDevice
    | AffectedDevice
    | DecisionScope
    | Wave
    | DeviceOutcome
    | CellProofs
    | Prepayment
    | TopUpGap
    | SizeEstimate
    | Attack
    | DeviceAttack
    | DeclaredVerdicts
    | Costs
    | Claim
    | Breach
    | ProcedureFault
    | AuditTold
    | AuditedCells
    | AuditedCell
)

KINDS: Final[dict[str, type[Account]]] = {
    "event": RecoveryEvent,
    "relevant devices": RelevantDevices,
    "device": OwnedDevice,
    "relevant device": AffectedDevice,
    "decision": DecisionScope,
    "wave": Wave,
    "device outcome": DeviceOutcome,
    "cell proofs": CellProofs,
    "prepayment": Prepayment,
    "top-up gap": TopUpGap,
    "size estimate": SizeEstimate,
    "attack": Attack,
    "attacked device": DeviceAttack,
    "declared": DeclaredVerdicts,
    "costs": Costs,
    "claim": Claim,
    "breach": Breach,
    "procedure": ProcedureFault,
    "audit": AuditTold,
    "audited cells": AuditedCells,
    "audited cell": AuditedCell,
}
_NAMES: Final = {form: kind for kind, form in KINDS.items()}
_ADAPTERS: Final = {kind: TypeAdapter[Account](form) for kind, form in KINDS.items()}

Told = TypeVar("Told", bound=Account)


@dataclass(frozen=True, slots=True)
class Accounts:
    """All that governance has told; None and empty where nothing was told."""

    told: tuple[Account, ...] = field(default=())

    def last(self, form: type[Told]) -> Told | None:
        """The last account of this form."""
        found = self.all(form)
        return found[-1] if found else None

    def all(self, form: type[Told]) -> list[Told]:
        """Every account of this form, in order."""
        return [each for each in self.told if isinstance(each, form)]


def written(account: Account) -> tuple[str, str]:
    """Kind and content of a row of the ledger.

    Raises:
        ValueError: a value that cannot be read back, e.g. a time without a zone.
    """
    kind = _NAMES[type(account)]
    content = json.dumps(asdict(account), ensure_ascii=False, sort_keys=True)
    _ADAPTERS[kind].validate_json(content)
    return kind, content


def read_accounts(rows: Iterable[tuple[str, str]]) -> Accounts:
    """The accounts from rows of a ledger.

    Raises:
        ValueError: a content is not of its kind.
        KeyError: there is no such kind.
    """
    return Accounts(tuple(_ADAPTERS[kind].validate_json(content) for kind, content in rows))
