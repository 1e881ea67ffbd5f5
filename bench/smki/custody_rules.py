"""Whether custody may use a key: what the gate says, what was decided, what the command says."""

from typing import Final, NamedTuple

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.decision import Decision, DecisionGate, VerifiedDecision
from firmware_sim.bench.governance.protected_command import ProtectedCommand
from firmware_sim.bench.smki.custody_events import (
    PERMITS,
    CustodyError,
    CustodyKey,
    CustodyRefusal,
)
from firmware_sim.bench.smki.key_shares import KeyName
from firmware_sim.gbcs.certificates import parse_certificate
from firmware_sim.gbcs.contingency import WrapAlgorithm, unwrap_contingency_key
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.gbcs.errors import GbcsError

_LABELS: Final = {
    CustodyKey.RECOVERY: "Recovery Private Key",
    CustodyKey.CONTINGENCY: "Contingency Private Key",
    CustodyKey.SYMMETRIC: "Contingency Symmetric Key",
}


class RefusedUse(NamedTuple):
    """Why a key is not used, and the error that says so."""

    kind: CustodyRefusal
    error: BenchError


def judge(
    gate: DecisionGate,
    name: KeyName,
    decision: VerifiedDecision,
    what: ProtectedCommand | bytes,
    *,
    in_ceremony: bool,
) -> Decision | RefusedUse:
    """The gate's record of the decision, if it opens this key for this command now.

    Args:
        what: the command, or the octets that its signature is to cover.
    """
    try:
        record = gate.verify(decision)
    except BenchError as error:
        return RefusedUse(CustodyRefusal.NO_DECISION, error)
    key = name[0]
    if key not in PERMITS[record.outcome]:
        text = f"{record} does not require the {key} key [SEC L10.2(a)]"
        return RefusedUse(CustodyRefusal.OTHER_KEY, CustodyError(text))
    problem = _outside(record, what, name)
    if problem:
        text = f"outside {record}: {problem} [SEC L10.2(a)]"
        return RefusedUse(CustodyRefusal.OUTSIDE, CustodyError(text))
    if not in_ceremony:
        text = "the custodians have held no ceremony [SEC L10.1(b)]"
        return RefusedUse(CustodyRefusal.NO_CEREMONY, CustodyError(text))
    return record


def is_unwrapped_by(root: bytes, symmetric: bytes, suite: CryptoSuite) -> bool:
    """Whether a symmetric key opens the contingency key that a root certificate carries.

    Args:
        root: complete DER octets.
    """
    apex = parse_certificate(root).wrapped_contingency_key
    if apex is None:
        return False
    try:
        unwrap_contingency_key(apex, symmetric, suite, allowed=set(WrapAlgorithm))
    except GbcsError:
        return False
    return True


def _outside(record: Decision, what: ProtectedCommand | bytes, name: KeyName) -> str:
    """Why a command lies outside a decision; empty if it lies inside."""
    if isinstance(what, bytes):
        try:
            what = ProtectedCommand.read(what)
        except GbcsError as error:
            return f"octets that are no command of Recovery or Contingency: {error}"
    until, execution = record.valid_until, what.execution
    if until is not None and execution is not None and execution > until:
        return f"execution at {execution:%Y-%m-%d %H:%M}, after the end of the decision"
    key, generation = name
    return record.limits.problem(what, generation, _LABELS[key])
