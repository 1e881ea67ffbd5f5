"""Custody of the Recovery and Contingency Private Keys and the symmetric key (SEC L10.2).

The keys are made here and stay here. They sign, or are released, for a decision that the
gate says holds. A copy is handed out in one way only: as a recorded Compromise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from firmware_sim.bench.errors import BenchError
from firmware_sim.bench.governance.decision import DecisionGate, DecisionOutcome, VerifiedDecision
from firmware_sim.bench.smki import key_files
from firmware_sim.gbcs.contingency import WrapAlgorithm, wrap_contingency_key
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key


class CustodyError(BenchError):
    """Custody refuses, or does not hold the key."""


class CustodyKey(StrEnum):
    """What custody holds, one of each for a generation."""

    RECOVERY = "recovery"
    CONTINGENCY = "contingency"
    SYMMETRIC = "symmetric"


class CustodyAct(StrEnum):
    """What can happen to a key."""

    SIGN = "sign"
    RELEASE = "release"
    COMPROMISE = "compromise"


PERMITS: Mapping[DecisionOutcome, frozenset[CustodyKey]] = {
    DecisionOutcome.REQUIRE_RECOVERY: frozenset({CustodyKey.RECOVERY}),
    DecisionOutcome.REQUIRE_CONTINGENCY: frozenset({CustodyKey.CONTINGENCY, CustodyKey.SYMMETRIC}),
    DecisionOutcome.NOT_REQUIRED: frozenset(),
}
"""Which keys a decision opens (SEC L1.17(i)): the symmetric key goes with Contingency only."""


@dataclass(frozen=True, slots=True)
class CustodyEvent:
    """One use, refusal or loss of a key; holds no key.

    Attributes:
        reason: the decision, why it was refused, or why a copy was made.
        digest: SHA-256 of the octets that were signed, in hex; empty if none were.
    """

    at: datetime
    act: CustodyAct
    key: CustodyKey
    generation: int
    allowed: bool
    reason: str
    digest: str = ""

    def __str__(self) -> str:
        verdict = "" if self.allowed else " refused"
        return (
            f"{self.act} with {self.key} key, generation {self.generation}{verdict}: {self.reason}"
        )


class Custody:
    """Holds the keys of both generations and answers to one gate.

    Args:
        keys: 32-octet scalars, and symmetric keys, by key and generation.
        suite: signs.
    """

    def __init__(self, keys: Mapping[tuple[CustodyKey, int], bytes], suite: CryptoSuite) -> None:
        self.__keys = dict(keys)
        self.__suite = suite
        self.__gate: DecisionGate | None = None
        self._events: list[CustodyEvent] = []

    @classmethod
    def generate(
        cls, seed: bytes, generations: tuple[int, ...], symmetric_octets: int, suite: CryptoSuite
    ) -> "Custody":
        """Make all keys from a seed."""
        keys: dict[tuple[CustodyKey, int], bytes] = {}
        for generation in generations:
            for key in CustodyKey:
                drbg = HmacDrbg(seed, f"custody {key} {generation}".encode())
                is_symmetric = key is CustodyKey.SYMMETRIC
                made = (
                    drbg.generate(symmetric_octets) if is_symmetric else generate_private_key(drbg)
                )
                keys[key, generation] = made
        return cls(keys, suite)

    @property
    def events(self) -> tuple[CustodyEvent, ...]:
        """Everything that happened to a key, in order."""
        return tuple(self._events)

    def answer_to(self, gate: DecisionGate) -> None:
        """Bind custody to the gate of this drill, once.

        Raises:
            CustodyError: it answers to another gate.
        """
        if self.__gate is not None and self.__gate is not gate:
            raise CustodyError("custody answers to another decision gate", "make a new one")
        self.__gate = gate

    def holds(self, key: CustodyKey, generation: int = 1) -> bool:
        """Whether custody has this key; an imported PKI may lack some."""
        return (key, generation) in self.__keys

    def public_key(self, key: CustodyKey, generation: int = 1) -> bytes:
        """The 65-octet point of the Recovery or Contingency key."""
        if key is CustodyKey.SYMMETRIC:
            raise CustodyError("a symmetric key has no public part")
        return self.__suite.public_key(self.__key(key, generation))

    def wrapped_contingency_key(
        self, generation: int, algorithm: WrapAlgorithm, nonce: bytes | None = None
    ) -> bytes:
        """ApexContingencyKey in DER for that generation's Root OCA Certificate."""
        point = self.public_key(CustodyKey.CONTINGENCY, generation)
        symmetric = self.__key(CustodyKey.SYMMETRIC, generation)
        return wrap_contingency_key(point, symmetric, algorithm, self.__suite, nonce)

    def sign_recovery(
        self, decision: VerifiedDecision, octets: bytes, *, at: datetime, generation: int = 1
    ) -> bytes:
        """Sign with the Recovery Private Key; 64 octets r || s.

        Raises:
            GateError: the gate does not stand by the decision.
            CustodyError: the decision does not require this key, or custody lacks it.
        """
        return self.__sign(CustodyKey.RECOVERY, decision, octets, at, generation)

    def sign_contingency(
        self, decision: VerifiedDecision, octets: bytes, *, at: datetime, generation: int = 1
    ) -> bytes:
        """Sign with the Contingency Private Key; errors as `sign_recovery`."""
        return self.__sign(CustodyKey.CONTINGENCY, decision, octets, at, generation)

    def release_symmetric_key(
        self, decision: VerifiedDecision, *, at: datetime, generation: int = 1
    ) -> bytes:
        """The Contingency Symmetric Key, which a command carries in clear.

        Raises:
            GateError: the gate does not stand by the decision.
            CustodyError: the decision does not require this key, or custody lacks it.
        """
        reason = self.__authorise(
            CustodyAct.RELEASE, CustodyKey.SYMMETRIC, decision, at, generation
        )
        key = self.__key(CustodyKey.SYMMETRIC, generation)
        self.__record(at, CustodyAct.RELEASE, CustodyKey.SYMMETRIC, generation, reason)
        return key

    def compromise(self, key: CustodyKey, at: datetime, why: str, *, generation: int = 1) -> bytes:
        """A copy for an attacker or a conformance run: the key counts as Compromised."""
        copy = self.__key(key, generation)
        self.__record(at, CustodyAct.COMPROMISE, key, generation, why)
        return copy

    def deposit(self, path: Path) -> None:
        """Write every key into a folder of mode 0700, for a later run; see `fetch`."""
        key_files.new_folder(path, key_files.CUSTODY_README)
        for (key, generation), octets in self.__keys.items():
            if key is CustodyKey.SYMMETRIC:
                key_files.write_hex(path / f"{key}-{generation}.hex", octets)
            else:
                key_files.write_key(path / f"{key}-{generation}.key.pem", octets)

    @classmethod
    def fetch(cls, path: Path, suite: CryptoSuite) -> "Custody":
        """The custody whose keys `deposit` wrote; keys that are not there are not held.

        Raises:
            UsageError: a key file is damaged.
        """
        keys: dict[tuple[CustodyKey, int], bytes] = {}
        for file in sorted(path.glob("*-[0-9].*")):
            name, _, generation = file.name.split(".")[0].rpartition("-")
            if name == CustodyKey.SYMMETRIC:
                keys[CustodyKey.SYMMETRIC, int(generation)] = key_files.read_hex(file)
            elif name in set(CustodyKey):
                keys[CustodyKey(name), int(generation)] = key_files.read_key(file)
        return cls(keys, suite)

    def __sign(
        self,
        key: CustodyKey,
        decision: VerifiedDecision,
        octets: bytes,
        at: datetime,
        generation: int,
    ) -> bytes:
        reason = self.__authorise(CustodyAct.SIGN, key, decision, at, generation)
        signature = self.__suite.sign(self.__key(key, generation), octets)
        digest = sha256(octets).hexdigest()
        self.__record(at, CustodyAct.SIGN, key, generation, reason, digest=digest)
        return signature

    def __authorise(
        self,
        act: CustodyAct,
        key: CustodyKey,
        decision: VerifiedDecision,
        at: datetime,
        generation: int,
    ) -> str:
        try:
            if self.__gate is None:
                raise CustodyError("custody answers to no decision gate yet [SEC L10.2(a)]")
            record = self.__gate.verify(decision, at)
            if key not in PERMITS[record.outcome]:
                raise CustodyError(f"{record} does not require the {key} key [SEC L10.2(a)]")
        except BenchError as refusal:
            self.__record(at, act, key, generation, str(refusal), allowed=False)
            raise
        return str(record)

    def __key(self, key: CustodyKey, generation: int) -> bytes:
        try:
            return self.__keys[key, generation]
        except KeyError:
            text = f"custody holds no {key} key of generation {generation}"
            raise CustodyError(text) from None

    def __record(
        self,
        at: datetime,
        act: CustodyAct,
        key: CustodyKey,
        generation: int,
        reason: str,
        *,
        allowed: bool = True,
        digest: str = "",
    ) -> None:
        event = CustodyEvent(at, act, key, generation, allowed, reason, digest)
        self._events.append(event)

    def __repr__(self) -> str:
        held = ", ".join(f"{key} {generation}" for key, generation in self.__keys)
        return f"Custody({held})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise CustodyError("custody is not copied; it is kept in a folder of its own")
