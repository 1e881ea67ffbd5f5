"""What the reference thinks of what the firmware made of a cut.

The engine says which outcomes of many cuts are different. Each of these is made once more and
judged here: the flash is read by the reference, and compared with the model.
"""

from collections.abc import Callable

from firmware_sim.bench.experiments.sweep.judging import (
    AfterCut,
    Live,
    Secrets,
    SweepCheck,
    Violation,
    one_more_boot,
    state_of,
)
from firmware_sim.bench.experiments.sweep.native_case import NativeCase
from firmware_sim.machine.image.areas import contents_of, valid_areas
from firmware_sim.machine.image.codec import decode, encode
from firmware_sim.machine.image.digest import entries_digest
from firmware_sim.machine.image.entries import put_entry
from firmware_sim.machine.image.layout import ENTRY_HEADER_OCTETS
from firmware_sim.machine.image.records import IDENTITY_KEY, DeviceIdentity, RecordKey
from firmware_sim.machine.image.scan import ImageError, scan_journal

Again = Callable[[], int]
"""Makes a cut once more and powers on: an enum store_result."""


class NativeJudge:
    """Judges outcomes of one case; one that it has judged before it recognises."""

    def __init__(self, native: NativeCase) -> None:
        self._native = native
        self._sweep = native.sweep
        self._secrets = Secrets(native.case)
        self._known: dict[tuple[int, int], AfterCut] = {}
        self._flipped: dict[int, Violation | None] = {}

    def outcome(self, number: int, transaction: int, again: Again) -> AfterCut:
        """What came of a cut in a transaction, by the outcome's number."""
        key = number, transaction
        if key not in self._known:
            self._known[key] = self._judged(again(), transaction)
        return self._known[key]

    def flipped(self, number: int, again: Again) -> Violation | None:
        """What is wrong after a bit was flipped at rest."""
        if number not in self._flipped:
            self._flipped[number] = self._obeyed(again())
        return self._flipped[number]

    def _obeyed(self, result: int) -> Violation | None:
        if result:
            return None
        found = self._live()
        if isinstance(found, Violation):
            return found
        if self._sweep.misuses or found != self._native.case.live[0]:
            return Violation(SweepCheck.ROT, "the device starts from an altered state")
        return None

    def _judged(self, result: int, transaction: int) -> AfterCut:
        misuses = self._sweep.misuses
        if misuses:
            text = f"recovery did {misuses} flash operations that no part allows"
            return AfterCut(None, Violation(SweepCheck.STARTS, text))
        if result:
            if self._native.case.live[transaction] is None:
                return state_of(self._native.case, None, transaction)
            return AfterCut(None, Violation(SweepCheck.STARTS, f"store result {result}"))
        live = self._live()
        if isinstance(live, Violation):
            return AfterCut(None, live)
        found = state_of(self._native.case, live, transaction)
        if found.state is None:
            return found
        return AfterCut(found.state, self._well(live, found.state))

    def _live(self) -> Live | Violation:
        """The records that the reference reads in the flash, if the firmware holds the same."""
        geometry = self._sweep.geometry
        try:
            valid = valid_areas(geometry, contents_of(self._sweep.image(), geometry))[0]
            scan = scan_journal(valid.octets, valid.superblock.generation, geometry.erased_value)
        except ImageError as error:
            return Violation(SweepCheck.STARTS, f"what it left cannot be read: {error.reason}")
        if scan.flaw or not valid.intact:
            return Violation(SweepCheck.STABLE, scan.flaw or "a superblock without its copy")
        if self._sweep.digest() != entries_digest(scan.live):
            return Violation(SweepCheck.OUTCOME, "the firmware holds other records than its flash")
        return scan.live

    def _well(self, live: Live, found: int) -> Violation | None:
        sweep = self._sweep
        left = self._secrets.left_behind(sweep.image(), sweep.geometry, found)
        if left is not None:
            return left
        operations = sweep.operations
        if sweep.reopen() or sweep.operations != operations:
            return Violation(SweepCheck.STABLE, "the second power-on found more to do")
        if sweep.digest() != entries_digest(live):
            return Violation(SweepCheck.STABLE, "the second power-on found other records")
        return self._works_on(live)

    def _works_on(self, live: Live) -> Violation | None:
        """One more commit, then one that must compact, each with a power-on."""
        wanted = dict(live)
        for what, changes in (
            ("commit", one_more_boot(live)),
            ("compaction", _another_seed(live)),
        ):
            wanted |= {key: put_entry(key, body) for key, body in changes.items()}
            if self._sweep.change(changes) or self._sweep.reopen():
                return Violation(SweepCheck.WORKS, f"a later {what} is refused")
            if self._live() != wanted:
                return Violation(SweepCheck.WORKS, f"a later {what} did not last")
        if self._sweep.misuses:
            return Violation(SweepCheck.WORKS, "a later commit does what no part allows")
        return None


def _another_seed(live: Live) -> dict[RecordKey, bytes]:
    """A superseded secret must leave the flash: the store compacts."""
    identity = decode(IDENTITY_KEY, live[IDENTITY_KEY][ENTRY_HEADER_OCTETS:])
    assert isinstance(identity, DeviceIdentity)  # noqa: S101 - the key says so
    seed = bytes(octet ^ 0xFF for octet in identity.seed)
    return dict([encode(identity._replace(seed=seed))])
