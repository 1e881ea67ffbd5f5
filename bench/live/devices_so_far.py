"""What is known of each device while a run goes: its state, its recovery, why it is stuck."""

from typing import Any, Final

from firmware_sim.bench.evidence.accounts.devices import DeviceOutcome
from firmware_sim.bench.evidence.describing import described
from firmware_sim.bench.evidence.findings import READ_BACK_DONE
from firmware_sim.bench.evidence.unpacking import Unpacker
from firmware_sim.bench.live.fleet_map import FleetMap, ShownState
from firmware_sim.bench.live.last_messages import LastMessages, Sent
from firmware_sim.bench.live.recovery import RecoveryCurve
from firmware_sim.bench.live.stuck import StuckDevices
from firmware_sim.bench.outcome import Verdict

_UPDATE: Final = "CS02b"
_STICKY: Final = (ShownState.WRONG, ShownState.UNKNOWN)
_ON_THE_WAY: Final = (ShownState.ASKED, ShownState.ANSWERED)

RELEVANT: Final = "Relevant Devices"
_HELD: Final = "devices that held the compromised certificate"

Sections = tuple[str, ...]
"""What a change concerns."""


class DevicesSoFar:
    """All devices of a run. Each method returns the sections that have changed by it.

    Attributes:
        unpacker: of the ledger, while rows are folded and sections are told.
        mends: whether an answer to an update in the present step recovers its device.
        at_end: how many devices it was told of, by now, that they end recovered; None of none.
    """

    unpacker: Unpacker

    def __init__(self) -> None:
        self._entities: list[str] = []
        self._numbers: dict[str, int] = {}
        self._types: dict[str, str] = {}
        self.map = FleetMap()
        self.curve = RecoveryCurve()
        self._stuck = StuckDevices()
        self._messages = LastMessages()
        self._refusals = 0
        self._taken: set[int] = set()
        self.mends = True
        self._had_to: set[str] = set()
        self.at_end: int | None = None

    def add(self, entity: str, kind: str) -> Sections:
        """A device takes part; the ledger numbers them from 1 in their order."""
        self._entities.append(entity)
        self._numbers[entity] = len(self._entities)
        self._types[entity] = kind
        self.map.add()
        return ("fleet",)

    def refuse(self) -> Sections:
        """A device refused a message, as it must or not."""
        self._refusals += 1
        return ("fleet",)

    def message(
        self, number: int, device: Any, way: str, at: str, base: Any, octets: Any
    ) -> Sections:
        """One message, in either direction."""
        entity = self._entity(device)
        self._messages.add(Sent(number, entity, way, at, base, octets))
        if not isinstance(device, int):
            return ("messages",)
        if way == "to device":
            return self._put(device, ShownState.ASKED, "messages")
        changed: Sections = ("messages",)
        if self.mends and not self._is_settled(device) and self._is_update(base, octets):
            changed = self._recover(device, at, "messages")
        return (*changed, *self._settle(device))

    def passed(self, device: Any, actual: str, at: str) -> Sections:
        """A check of a device passed; of one whose answer was lost it may be its recovery."""
        if not isinstance(device, int):
            return ()
        changed: Sections = ()
        if actual == READ_BACK_DONE and self.mends and self.curve.has_begun:
            changed = self._recover(device, at)
        return (*changed, *self._settle(device))

    def stuck(self, device: Any, verdict: Verdict, reason: str, at: str) -> Sections:
        """A check of a device did not pass."""
        entity = self._entity(device)
        self._stuck.put(entity, self._types.get(entity, ""), reason, at)
        if not isinstance(device, int) or verdict is Verdict.SKIPPED:
            return ("stuck",)
        if verdict is Verdict.FAILED:
            self.curve.lost(device - 1)
            return self._put(device, ShownState.WRONG, "stuck", "curve")
        if self.map.state(device - 1) is ShownState.WRONG:
            return ("stuck",)
        return self._put(device, ShownState.UNKNOWN, "stuck")

    def taken(self, entity: str) -> Sections:
        """An attacker has replaced cells of a device: what it was recovered from is back."""
        device = self._numbers[entity]
        self._taken.add(device)
        self.curve.lost(device - 1)
        return self._put(device, ShownState.TAKEN, "curve")

    def end(self, told: DeviceOutcome) -> Sections:
        """What became of a device at the end of the drill."""
        entity, device = told.device, self._numbers[told.device]
        self.at_end = (self.at_end or 0) + (told.outcome == "recovered")
        self._count(told)
        if told.outcome == "recovered":
            sections: Sections = ("stuck",) if self._stuck.take(entity) else ()
            if told.recovered_at is None or self.map.state(device - 1) in _STICKY:
                return (*sections, "curve")
            self.curve.lost(device - 1)
            return self._recover(device, told.recovered_at, *sections)
        self.curve.lost(device - 1)
        self._stuck.end(entity, self._types.get(entity, ""), told.outcome)
        return ("stuck", "curve")

    def had_to_recover(self, entity: str) -> bool:
        """Whether it was told of a device that it had to be recovered."""
        return entity in self._had_to

    def _count(self, told: DeviceOutcome) -> None:
        """The whole of the curve: at the end it is known without a Recovery Event, too."""
        is_event = self.curve.of_what == RELEVANT
        if told.responsible_supplier if is_event else told.was_exposed:
            self._had_to.add(told.device)
        if self.curve.has_begun:
            self.curve.of = len(self._had_to)
            self.curve.of_what = RELEVANT if is_event else _HELD

    def why_stuck(self, entity: str) -> str:
        """Why a device is stuck, as far as a check has said; empty if none has."""
        return self._stuck.reason(entity)

    def told(self, section: str) -> Any:
        """One section for the page."""
        if section == "fleet":
            return self.map.told() | {"refusals": self._refusals}
        if section == "curve":
            return self.curve.told() | {"devices": len(self.map)}
        return self._stuck.told() if section == "stuck" else self._messages.told(self.unpacker)

    def _entity(self, device: Any) -> str:
        return self._entities[device - 1] if isinstance(device, int) else str(device)

    def _is_settled(self, device: int) -> bool:
        return self.curve.is_recovered(device - 1) or self.map.state(device - 1) in _STICKY

    def _is_update(self, base: Any, octets: Any) -> bool:
        if not self.curve.has_begun:
            return False
        kind, use_case, *_ = described(self.unpacker.octets(base, octets))
        return kind == "response" and use_case.startswith(_UPDATE)

    def _recover(self, device: int, at: str, *sections: str) -> Sections:
        self._taken.discard(device)
        self.curve.recovered(device - 1, at)
        return (*self._put(device, ShownState.RECOVERED, *sections), "curve")

    def _settle(self, device: int) -> Sections:
        if self.map.state(device - 1) is not ShownState.ASKED:
            return ()
        is_recovered = self.curve.is_recovered(device - 1)
        return self._put(device, ShownState.RECOVERED if is_recovered else ShownState.ANSWERED)

    def _put(self, device: int, state: ShownState, *sections: str) -> Sections:
        if self.map.state(device - 1) in _STICKY and state is not ShownState.WRONG:
            return sections
        if device in self._taken and state in _ON_THE_WAY:
            state = ShownState.TAKEN
        return (*sections, "fleet") if self.map.set(device - 1, state) else sections
