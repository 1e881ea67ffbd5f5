"""What kind of Device an entity of a reference set is: no message says it, so it is inferred."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from firmware_sim.devices.profiles import PROFILES
from firmware_sim.gbcs.device_duties import executes
from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.roles import DeviceType, TrustAnchorCellId
from firmware_sim.gbcs.use_cases import use_case_name

# Use cases by the first letters of their names, what tells most first: a Communications Hub
# answers some ECS too, and GCS59 and GCS62 are about the device log of a Gas Proxy Function.
_EVIDENCE = (
    (("CCS", "DBCH"), (DeviceType.CHF,)),
    (("GCS59", "GCS62"), (DeviceType.GPF,)),
    (("ECS",), (DeviceType.ESME,)),
    (("GCS",), (DeviceType.GSME, DeviceType.GPF)),
)
_UNKNOWN = (DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF)


class DeviceTypes:
    """Types by the use cases that an entity answers, over a whole reference set."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._codes: dict[EntityId, set[MessageCode]] = defaultdict(set)
        for message in messages:
            device = message.target if message.cra is CraFlag.COMMAND else message.originator
            self._codes[device].add(message.code)

    def of(self, device: EntityId, cells: Collection[TrustAnchorCellId]) -> DeviceType:
        """The type of a Device that holds at least these cells.

        Use cases come first; where they leave a choice, the first type that has the cells.
        """
        candidates = self._candidates(device)
        fitting = [kind for kind in candidates if PROFILES[kind].cells.keys() >= set(cells)]
        return (fitting or candidates)[0]

    def _candidates(self, device: EntityId) -> list[DeviceType]:
        codes = self._codes.get(device, set())
        types = _told_by({use_case_name(code) for code in codes})
        able = [kind for kind in types if all(executes(kind, code) for code in codes)]
        return able or list(types)


def _told_by(names: set[str]) -> tuple[DeviceType, ...]:
    for prefixes, types in _EVIDENCE:
        if any(name.startswith(prefixes) for name in names):
            return types
    return _UNKNOWN
