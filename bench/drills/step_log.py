"""What one step leaves in the ledger: messages, refusals, cells and verdicts of its devices."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

from firmware_sim.bench.commands.answers import described, read_leniently
from firmware_sim.bench.commands.contact import DeviceContact
from firmware_sim.bench.commands.parsing import message_of
from firmware_sim.bench.commands.responses import check_signature
from firmware_sim.bench.dut.clock import StillClock
from firmware_sim.bench.evidence.ledger import Phase, RunLedger, Source
from firmware_sim.bench.evidence.wording import UNSIGNED, count
from firmware_sim.bench.outcome import Verdict
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.identifiers import EntityId
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import TrustAnchorCellId
from firmware_sim.machine.refusals import Refusal

NOT_REACHED: Final = "no device is there"
"""How the summary begins of a message that was sent where a device has been taken away."""

PUT_ASIDE: Final = "not to be believed"
"""How the summary begins of a message that came in a device's name, and is not the device's."""


class CellIdentifiers(NamedTuple):
    """Whose key a cell holds: subject unique id and key identifier, 8 octets each."""

    subject_id: bytes
    key_identifier: bytes

    def __str__(self) -> str:
        return f"{self.key_identifier.hex()} of {self.subject_id.hex()}"


class StepFinding(NamedTuple):
    """One thing that was checked at one device."""

    name: str
    passed: bool
    expected: str = ""
    actual: str = ""
    reason: str = ""


class StepLog:
    """Writes what a step sees to the ledger, and counts its verdicts.

    Args:
        strict: an answer that is not DER fails its device, instead of a warning.

    Attributes:
        verdicts: of every check so far, by device or None for the step's own.
        addressed: devices to which a message was sent.
        left_out: devices that lack the cells that the step is about.
        alerts: what came that says it is an alert, with its device.
        is_last: no further step can be played.
        overheard: devices at whose link an attacker listens, with what it has heard.
    """

    def __init__(
        self,
        ledger: RunLedger,
        step: int,
        clock: StillClock,
        *,
        order: Sequence[DeviceContact] = (),
        strict: bool = False,
    ) -> None:
        self._order = order
        self._strict = strict
        self._ledger = ledger
        self._step = step
        self._clock = clock
        self.verdicts: list[tuple[DeviceContact | None, Verdict, str]] = []
        self.left_out: list[DeviceContact] = []
        self._warnings: defaultdict[str, Counter[EntityId]] = defaultdict(Counter)
        self._suite = P256Suite()
        self.is_last = False
        self.addressed: set[EntityId] = set()
        self.alerts: list[tuple[DeviceContact, bytes]] = []
        self.overheard: Mapping[EntityId, list[bytes]] = {}

    def together(self) -> AbstractContextManager[None]:
        """Commit what is found inside in one go; nothing may be awaited inside."""
        return self._ledger.together()

    def sent(self, contact: DeviceContact, octets: bytes, summary: str = "") -> None:
        """A message went to a device."""
        self.addressed.add(contact.entity_id)
        if contact.entity_id in self.overheard:
            self.overheard[contact.entity_id].append(octets)
        at = self._clock.time
        self._ledger.message(self._step, contact.entity_id, "to device", octets, at, summary)

    def received(self, contact: DeviceContact, octets: bytes, summary: str = "") -> None:
        """A message came from a device."""
        at = self._clock.time
        self._ledger.message(self._step, contact.entity_id, "from device", octets, at, summary)

    def refused(self, contact: DeviceContact, refusal: Refusal) -> None:
        """A device refused a message."""
        label, at = refusal.reason.label, self._clock.time
        self._ledger.refusal(self._step, contact.entity_id, label, refusal.text, at=at)

    def told(self, contact: DeviceContact, notice: Refusal) -> None:
        """It is told beside a device, unsigned, that it refused a message."""
        self.refused(contact, notice._replace(text=f"{UNSIGNED}: {notice.text}"))

    def alert(self, contact: DeviceContact, octets: bytes) -> None:
        """What says that it is an alert of a device; one that the device did not sign is marked."""
        self.alerts.append((contact, octets))
        try:
            check_signature(message_of(octets), contact, self._suite)
        except RemoteError as error:
            self.received(contact, octets, f"{PUT_ASIDE}: {error}")
            self.warn(contact, "alerts that the device did not sign", 1)
        else:
            self.received(contact, octets)

    def forged(self, contact: DeviceContact, first: Sequence[bytes], number: int) -> None:
        """Responses came that the device did not protect; the first of them are kept."""
        for octets in first:
            self.received(contact, octets, f"{PUT_ASIDE}: the device did not protect it")
        if number:
            self.warn(contact, "responses that the device did not protect, put aside", number)

    def warn(self, contact: DeviceContact, what: str, number: int) -> None:
        """Something came, or was missing, that changes no verdict but belongs into the record."""
        self._warnings[what][contact.entity_id] += number

    def read(self, contact: DeviceContact, answer: Message) -> Message:
        """A verified answer with its payload in DER; a departure is recorded."""
        message, departures = read_leniently(answer)
        if departures:
            verdict = Verdict.FAILED if self._strict else Verdict.PASSED
            reason = f"not DER: {described(departures)}"
            self.check(contact, "form of the answer", verdict, "DER", "BER", reason)
            if not self._strict:
                self.warn(contact, "answers that are not DER, but were read", 1)
        return message

    def cells(
        self,
        contact: DeviceContact,
        phase: Phase,
        source: Source,
        held: Mapping[TrustAnchorCellId, CellIdentifiers],
    ) -> None:
        """What one source says of all cells of a device."""
        self._ledger.cells(self._step, contact.entity_id, phase, source, held)

    def find(self, contact: DeviceContact | None, finding: StepFinding) -> None:
        """Record a finding: a device that is not as it should be has FAILED."""
        verdict = Verdict.PASSED if finding.passed else Verdict.FAILED
        name, _, expected, actual, reason = finding
        self.check(contact, name, verdict, expected, actual, reason)

    def check(
        self,
        contact: DeviceContact | None,
        name: str,
        verdict: Verdict,
        expected: str = "",
        actual: str = "",
        reason: str = "",
    ) -> None:
        """Record a verdict with its reason."""
        self.verdicts.append((contact, verdict, reason))
        entity = None if contact is None else contact.entity_id
        self._ledger.check(self._step, entity, name, verdict, expected, actual, reason)

    def verdict(self) -> tuple[Verdict, str]:
        """The verdict of the step, and the first reason for it if it did not pass; warnings too."""
        verdict, reason = self._verdict()
        return verdict, "; ".join(filter(None, (reason, self.warnings)))

    @property
    def warnings(self) -> str:
        """What was noticed that changes no verdict, in one line."""
        return "; ".join(
            f"warning: {what}: {devices.total()} ({count(len(devices), 'device')})"
            for what, devices in sorted(self._warnings.items())
        )

    def _first(
        self, found: Sequence[tuple[DeviceContact | None, str]]
    ) -> tuple[DeviceContact | None, str]:
        """Of the first device in the drill's order: which answers first, chance may decide."""
        if found[0][0] is None:
            return found[0]
        devices = {contact.entity_id for contact, _ in found if contact is not None}
        first = next((each.entity_id for each in self._order if each.entity_id in devices), None)
        return next((each for each in found if each[0] and each[0].entity_id == first), found[0])

    def _verdict(self) -> tuple[Verdict, str]:
        for worst in (Verdict.ERROR, Verdict.FAILED):
            found = [(contact, reason) for contact, each, reason in self.verdicts if each is worst]
            if found:
                contact, reason = self._first(found)
                who = "" if contact is None else f"{contact}: "
                more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
                return worst, f"{who}{reason}{more}"
        if self.verdicts and all(each is Verdict.SKIPPED for _, each, _ in self.verdicts):
            return Verdict.SKIPPED, self.verdicts[0][2]
        if not self.verdicts:
            reason = "no device has the cells that this step is about"
            return Verdict.SKIPPED, f"{reason}{_listed(self.left_out)}"
        return Verdict.PASSED, ""


def _listed(left_out: Sequence[DeviceContact]) -> str:
    if not left_out:
        return ""
    kinds = sorted({contact.device_type.name for contact in left_out})
    return f": {len(left_out)} left out ({', '.join(kinds)})"
