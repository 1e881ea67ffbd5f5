"""What a compromised key should be good for, derived by hand from the mode table of GBCS 13.3.

Nothing here is read from the code under test but the cells of each device type.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_sim.bench.experiments.attack.setup import TARGETS
from firmware_sim.bench.experiments.attack.stolen_keys import STOLEN_KEYS
from firmware_sim.devices.profiles import profile_of
from firmware_sim.gbcs.roles import DeviceType

SUPPLIER, NETWORK, ACB = "supplier", "networkOperator", "accessControlBroker"
COS, WAN, LOAD, RECOVERY, ROOT = (
    "transitionalCoS",
    "wanProvider",
    "loadController",
    "recovery",
    "root",
)
PARTIES = frozenset({SUPPLIER, NETWORK, ACB, COS, WAN, LOAD, RECOVERY})
NEXT_ROOT = {"0", "1", "8"}
"""Modes that take a root which the present one vouches for, as it does for the next one."""


class Mode(NamedTuple):
    """Who signs, whether a MAC is due, whose cells it replaces; GBCS 13.3.3.1."""

    role: str
    replaces: frozenset[str]
    signed: bool = True
    maced: bool = True
    types: frozenset[DeviceType] = frozenset(DeviceType)


ESME_ONLY = frozenset({DeviceType.ESME})
MODES = {
    "0": Mode(SUPPLIER, frozenset({ROOT})),
    "1": Mode(WAN, frozenset({ROOT})),
    "2": Mode(SUPPLIER, frozenset({SUPPLIER})),
    "3": Mode(NETWORK, frozenset({NETWORK})),
    "4": Mode(ACB, frozenset({ACB}), signed=False),
    "5": Mode(WAN, frozenset({WAN})),
    "6": Mode(COS, frozenset({COS})),
    "7": Mode(COS, frozenset({SUPPLIER})),
    "8": Mode(RECOVERY, PARTIES | {ROOT}, maced=False),
    "9": Mode(ROOT, PARTIES | {ROOT}, maced=False),
    "10": Mode(LOAD, frozenset({LOAD}), types=ESME_ONLY),
    "11": Mode(SUPPLIER, frozenset({LOAD}), types=ESME_ONLY),
}
CONTINGENCY = {"contingency private key", "contingency symmetric key"}
OWN = "the attacker's"


@dataclass
class Expected:
    """What one attacker should be able to do to one kind of device."""

    target: str
    stolen: str
    keys: set[str] = field(init=False)
    own_root: bool = False

    def __post_init__(self) -> None:
        kind = TARGETS[self.target]
        self.device_type = kind.device_type
        self.is_hub = self.device_type is DeviceType.CHF
        self.cells = {str(cell) for cell in profile_of(self.device_type, kind.policy).cells}
        self.holder = {cell: cell for cell in self.cells}
        if self.target == "GPF before handover":
            for cell in self.cells:
                if cell.split(".")[0] in (SUPPLIER, NETWORK):
                    self.holder[cell] = f"{ACB}.{cell.split('.')[1]}"
        self.keys = {*STOLEN_KEYS[self.stolen].keys, OWN}
        self.relayed = STOLEN_KEYS[self.stolen].relayed

    def holds(self, cell: str) -> bool:
        return self.holder.get(cell) in self.keys

    @property
    def macs(self) -> bool:
        """With its own means, for any message."""
        return self.holds(f"{ACB}.KA") or "device's own KA" in self.keys

    def usable(self) -> set[str]:
        return {name for name, mode in MODES.items() if self._is_usable(name, mode)}

    def _is_usable(self, name: str, mode: Mode) -> bool:
        if self.device_type not in mode.types:
            return False
        if name == "9":
            return self.own_root or self.keys >= CONTINGENCY
        signed = mode.signed or self.is_hub
        if f"{mode.role}.{'DS' if signed else 'KA'}" not in self.cells:
            return False
        if signed and not self.holds(f"{mode.role}.DS"):
            return False
        return not mode.maced or self.macs or (signed and self.relayed)

    def cells_of(self, mode: str) -> set[str]:
        return {cell for cell in self.cells if cell.split(".")[0] in MODES[mode].replaces}

    def replaced(self) -> dict[str, set[str]]:
        found = {
            cell: {mode for mode in self.usable() if cell in self.cells_of(mode)}
            for cell in self.cells
        }
        if self.own_root:  # whose next root no root before it has vouched for
            found["root.CS"] -= NEXT_ROOT
        return {cell: modes for cell, modes in found.items() if modes}

    def taken(self) -> dict[str, set[str]]:
        found = self.replaced()
        if "Root OCA" not in self.keys and "root.CS" in found:
            found["root.CS"] -= NEXT_ROOT
        return {cell: modes for cell, modes in found.items() if modes}

    def lowered(self) -> dict[str, set[str]]:
        """Only with every key that authenticates the role changed in the same command."""
        found: dict[str, set[str]] = {}
        for mode in self.usable():
            covered = self.cells_of(mode)
            for role in {cell.split(".")[0] for cell in covered} - {ROOT}:
                due = {f"{role}.DS"} | ({f"{ACB}.KA"} if role == ACB else set())
                if due & self.cells <= covered:
                    found.setdefault(role, set()).add(mode)
            if f"{SUPPLIER}.KA.PP" in covered:
                found.setdefault(f"{SUPPLIER} top-up", set()).add(mode)
        return found

    def raised(self) -> dict[str, set[str]]:
        """Every key that is heard at all can spend its role's numbers, and floors spend others'."""
        found: dict[str, set[str]] = {}
        roles = {cell.split(".")[0] for cell in self.cells}
        for cell in self.cells:
            if cell.endswith(".DS") and self.holds(cell):
                found.setdefault(cell.split(".")[0], set()).add("CS02a")
        if self.macs:
            found.setdefault(ACB, set()).add("CS02a")
        for mode in self.usable():
            others = MODES[mode].replaces & roles - {ROOT} if self.cells_of(mode) else set()
            for role in {MODES[mode].role, *others}:
                found.setdefault(role, set()).add(mode)
        if self.administers:
            found.setdefault(self.authority, set()).update({"CS02c", "CS02d", "CS02e"})
        return found

    @property
    def authority(self) -> str:
        return WAN if self.is_hub else SUPPLIER

    @property
    def administers(self) -> bool:
        return self.holds(f"{self.authority}.DS") and (self.macs or self.relayed)

    def own_keys(self) -> dict[str, set[str]]:
        if not self.administers:
            return {}
        return {
            "DS active": {"CS02d"},
            "DS certificate": {"CS02d"},
            "DS pending": {"CS02c", "CS02d"},
            "KA pending": {"CS02c"},
        }

    def planted(self) -> set[str]:
        return {mode for mode in self.usable() if self.cells_of(mode)}

    def cancelled(self) -> set[str]:
        """What waits goes with its own mode's cancellation, and with the key that authorised it."""
        return {mode for mode in self.usable() if f"{self.authority}.DS" in self.cells_of(mode)}

    def reached(self) -> dict[str, set[str]]:
        """The same from where the attacker ends up, having put in every key that it could."""
        last = self._ended()
        if last is None:
            return {}
        return {**last.replaced(), **last.own_keys(), **last.credited()}

    def credited(self) -> dict[str, set[str]]:
        """A token needs the prepayment key, and the command around it a MAC as of the Broker."""
        way = {DeviceType.ESME: "CS01a", DeviceType.GSME: "CS01b"}.get(self.device_type)
        can = way is not None and self.holds(f"{SUPPLIER}.KA.PP") and self.macs
        return {"balance": {way}} if can and way else {}

    def _ended(self) -> "Expected | None":
        last = Expected(self.target, self.stolen)
        moved = False
        while True:
            taken = last.taken()
            new = {cell for cell in taken if not last.holds(cell) and cell != "root.CS"}
            gains_root = "root.CS" in taken and not last.own_root
            if not new and not gains_root:
                return last if moved else None
            moved = True
            last.holder |= dict.fromkeys(new, OWN)
            last.own_root |= gains_root
