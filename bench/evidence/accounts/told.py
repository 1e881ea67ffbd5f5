"""All that governance tells the record of a run, as one union, and its rows in the ledger.

The drill hands the values to `RunLedger.account`, as it hands messages and checks. They stand in
the ledger as JSON and come back as the same values. What is not told is null in the record:
nothing here is worked out, guessed or filled with a default.

Of `RecoveryEvent`, `RelevantDevices`, `DecisionScope`, `Attack`, `Prepayment`, `DeclaredVerdicts`
and `Costs` the last one told counts; of the others, all do, in their order.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Final, TypeVar

from pydantic import TypeAdapter

from firmware_sim.bench.evidence.accounts.attacks import (
    Attack,
    DeviceAttack,
    DeviceTaken,
    StolenKeyUse,
)
from firmware_sim.bench.evidence.accounts.audits import AuditedCell, AuditedCells, AuditTold
from firmware_sim.bench.evidence.accounts.claims import (
    AssumedPrice,
    Breach,
    Claim,
    Costs,
    PricedDevice,
)
from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome, OwnedDevice, Wave
from firmware_sim.bench.evidence.accounts.procedure import DeclaredVerdicts, ProcedureFault
from firmware_sim.bench.evidence.accounts.recovery_event import (
    AffectedDevice,
    DecisionScope,
    KeyFell,
    RecoveryEvent,
    RelevantDevices,
)
from firmware_sim.bench.evidence.accounts.sizes import SizeEstimate
from firmware_sim.bench.evidence.accounts.uses import CellProofs, Prepayment, TopUpGap

Account = (
    KeyFell
    | RecoveryEvent
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
    | DeviceTaken
    | DeviceAttack
    | StolenKeyUse
    | DeclaredVerdicts
    | Costs
    | AssumedPrice
    | PricedDevice
    | Claim
    | Breach
    | ProcedureFault
    | AuditTold
    | AuditedCells
    | AuditedCell
)

KINDS: Final[dict[str, type[Account]]] = {
    "key fell": KeyFell,
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
    "taken device": DeviceTaken,
    "attacked device": DeviceAttack,
    "stolen key use": StolenKeyUse,
    "declared": DeclaredVerdicts,
    "costs": Costs,
    "assumed price": AssumedPrice,
    "priced device": PricedDevice,
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
