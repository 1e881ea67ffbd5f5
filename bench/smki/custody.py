"""Custody of the Recovery and Contingency Private Keys and the symmetric key (SEC L10.2).

The keys are made here and stay here, in shares of Key Custodians. They sign, or are released, in a
ceremony, for a decision that the gate says holds, and for a command that lies inside it. A copy is
handed out in one way only: as a recorded Compromise.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

from firmware_sim.bench.governance.decision import Decision, DecisionGate, VerifiedDecision
from firmware_sim.bench.governance.protected_command import ProtectedCommand
from firmware_sim.bench.smki import custody_folder
from firmware_sim.bench.smki.custody_events import (
    PERMITS,
    CustodyAct,
    CustodyError,
    CustodyEvent,
    CustodyKey,
    CustodyRefusal,
)
from firmware_sim.bench.smki.custody_rules import RefusedUse, is_unwrapped_by, judge
from firmware_sim.bench.smki.key_shares import KeyName, KeyShares
from firmware_sim.bench.smki.shares import Custodians
from firmware_sim.gbcs.contingency import (
    WrapAlgorithm,
    wrap_contingency_key,
)
from firmware_sim.gbcs.crypto import CryptoSuite
from firmware_sim.machine.drbg import HmacDrbg, generate_private_key

__all__ = [
    "PERMITS",
    "Custody",
    "CustodyAct",
    "CustodyError",
    "CustodyEvent",
    "CustodyKey",
    "CustodyRefusal",
]


class Custody:
    """Holds the keys of all generations and answers to one gate.

    Args:
        keys: 32-octet scalars, and symmetric keys, by key and generation.
        suite: signs.
        imported: the keys came with an imported PKI: they were never in custody, and no decision
            opens them.
    """

    def __init__(
        self,
        keys: Mapping[KeyName, bytes] | KeyShares,
        suite: CryptoSuite,
        *,
        imported: bool = False,
    ) -> None:
        self.__keys = keys if isinstance(keys, KeyShares) else KeyShares(keys, suite)
        self.__suite = suite
        self.__gate: DecisionGate | None = None
        self.__in_ceremony = False
        self.__judged: dict[bytes, bool] = {}
        self._is_imported = imported
        self._events: list[CustodyEvent] = []

    @classmethod
    def generate(
        cls, seed: bytes, generations: tuple[int, ...], symmetric_octets: int, suite: CryptoSuite
    ) -> "Custody":
        """Make all keys from a seed."""
        keys: dict[KeyName, bytes] = {}
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

    @property
    def is_imported(self) -> bool:
        """Whether the keys are not in custody, but files of an imported PKI."""
        return self._is_imported

    @property
    def custodians(self) -> Custodians | None:
        """Who holds shares; None while the keys are whole."""
        return self.__keys.custodians

    def answer_to(self, gate: DecisionGate, custodians: Custodians | None = None) -> None:
        """Bind custody to the gate of this drill, once, and split its keys.

        Raises:
            CustodyError: it answers to another gate, or the keys are not in custody.
        """
        if self.__gate is not None and self.__gate is not gate:
            raise CustodyError("custody answers to another decision gate", "make a new one")
        if self._is_imported:
            raise CustodyError("imported keys are not in custody: no decision opens them")
        self.__gate = gate
        self.__keys.entrust(custodians or Custodians())

    def hold_ceremony(self, present: Collection[str]) -> None:
        """The custodians come together: until `end_ceremony` the keys can sign.

        Raises:
            CustodyError: too few of them, or one that there is not.
        """
        self.__keys.assemble(present)
        self.__in_ceremony = True

    def end_ceremony(self) -> None:
        """The custodians go: what is left is shares."""
        self.__keys.disperse()
        self.__in_ceremony = False

    def holds(self, key: CustodyKey, generation: int = 1) -> bool:
        """Whether custody has this key; an imported PKI may lack some."""
        return (key, generation) in set(self.__keys)

    def public_key(self, key: CustodyKey, generation: int = 1) -> bytes:
        """The 65-octet point of the Recovery or Contingency key."""
        if key is CustodyKey.SYMMETRIC:
            raise CustodyError("a symmetric key has no public part")
        return self.__keys.public_key((key, generation))

    def wrapped_contingency_key(
        self, generation: int, algorithm: WrapAlgorithm, nonce: bytes | None = None
    ) -> bytes:
        """ApexContingencyKey in DER for that generation's Root OCA Certificate."""
        point = self.public_key(CustodyKey.CONTINGENCY, generation)
        symmetric = self.__keys.copy((CustodyKey.SYMMETRIC, generation))
        return wrap_contingency_key(point, symmetric, algorithm, self.__suite, nonce)

    def sign_recovery(
        self, decision: VerifiedDecision, octets: bytes, *, generation: int = 1
    ) -> bytes:
        """Sign with the Recovery Private Key; 64 octets r || s.

        Args:
            octets: what the signature of a command covers.

        Raises:
            GateError: the gate does not stand by the decision.
            CustodyError: the decision does not require this key, the command lies outside it,
                there is no ceremony, or custody lacks the key.
        """
        return self.__sign((CustodyKey.RECOVERY, generation), decision, octets)

    def sign_contingency(
        self, decision: VerifiedDecision, octets: bytes, *, generation: int = 1
    ) -> bytes:
        """Sign with the Contingency Private Key; errors as `sign_recovery`."""
        return self.__sign((CustodyKey.CONTINGENCY, generation), decision, octets)

    def release_symmetric_key(
        self, decision: VerifiedDecision, command: ProtectedCommand, *, generation: int = 1
    ) -> bytes:
        """The Contingency Symmetric Key, which that command is to carry in clear.

        Raises as `sign_recovery`.
        """
        name = CustodyKey.SYMMETRIC, generation
        record = self.__authorise(CustodyAct.RELEASE, name, decision, command)
        key = self.__keys.use(name)
        self.__record(CustodyAct.RELEASE, name, str(record))
        return key

    def compromise(self, key: CustodyKey, at: datetime, why: str, *, generation: int = 1) -> bytes:
        """A copy for an attacker or a conformance run: the key counts as Compromised."""
        copy = self.__keys.copy((key, generation))
        self._events.append(CustodyEvent(at, CustodyAct.COMPROMISE, key, generation, why))
        return copy

    def deposit(self, path: Path) -> None:
        """Write the shares into a folder of mode 0700, for a later run; see `fetch`.

        Keys that are not in custody are written as files.
        """
        if self._is_imported:
            custody_folder.deposit_keys(self.__keys, path)
        else:
            custody_folder.deposit_shares(self.__keys, path)

    @classmethod
    def fetch(cls, path: Path, suite: CryptoSuite, *, imported: bool = False) -> "Custody":
        """The custody that `deposit` wrote, in this version or an earlier one.

        Raises:
            UsageError: a file is damaged, or too few shares are left.
        """
        found = custody_folder.fetch(path, suite)
        # Earlier versions put an imported Recovery key there too, and had no other imported key.
        held = {key for key, _ in found.keys}
        was_imported = imported or (found.in_files and CustodyKey.SYMMETRIC not in held)
        return cls(found.keys, suite, imported=was_imported)

    def __sign(self, name: KeyName, decision: VerifiedDecision, octets: bytes) -> bytes:
        record = self.__authorise(CustodyAct.SIGN, name, decision, octets)
        signature = self.__suite.sign(self.__keys.use(name), octets)
        command = ProtectedCommand.read(octets)
        self.__record(
            CustodyAct.SIGN,
            name,
            str(record),
            digest=sha256(octets).hexdigest(),
            stale_root=self.__is_stale(command.root, name[1]),
        )
        return signature

    def __authorise(
        self,
        act: CustodyAct,
        name: KeyName,
        decision: VerifiedDecision,
        what: ProtectedCommand | bytes,
    ) -> Decision:
        if self.__gate is None:
            raise CustodyError("custody answers to no decision gate yet [SEC L10.2(a)]")
        self.__keys.require(name)
        answer = judge(self.__gate, name, decision, what, in_ceremony=self.__in_ceremony)
        if isinstance(answer, RefusedUse):
            self.__record(act, name, str(answer.error), refusal=answer.kind)
            raise answer.error
        return answer

    def __is_stale(self, root: bytes | None, generation: int) -> bool:
        """Whether a root carries a contingency key that the present symmetric key unwraps."""
        if root is None or not self.holds(CustodyKey.SYMMETRIC, generation):
            return False
        if root not in self.__judged:
            symmetric = self.__keys.copy((CustodyKey.SYMMETRIC, generation))
            self.__judged[root] = is_unwrapped_by(root, symmetric, self.__suite)
        return self.__judged[root]

    def __record(
        self,
        act: CustodyAct,
        name: KeyName,
        reason: str,
        *,
        digest: str = "",
        refusal: CustodyRefusal | None = None,
        stale_root: bool = False,
    ) -> None:
        assert self.__gate is not None  # noqa: S101 - asked before
        at = self.__gate.looked_at
        self._events.append(CustodyEvent(at, act, *name, reason, digest, refusal, stale_root))

    def __repr__(self) -> str:
        return f"Custody({self.__keys!r})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise CustodyError("custody is not copied; it is kept in a folder of its own")
