"""Updates of every kind that a reference set may hold, with what the specification answers."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from firmware_sim.gbcs.identifiers import CraFlag, EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.cells import StatusCode
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.payloads.update_credentials import (
    Control,
    ExecutionOutcome,
    Replacement,
    UpdateAlert,
    UpdateCommand,
    UpdateResponse,
)
from firmware_sim.gbcs.replacement import REPLACEMENT_RULES, ReplacementMode
from firmware_sim.gbcs.roles import RemotePartyRole
from tests.bench.experiments.conformance.pki_set import (
    CHF,
    ESME,
    GPF,
    Holder,
    by_device,
    encoded,
    from_party,
    next_generation,
    outcomes,
    to_party,
)
from tests.support.pki import FIRST, SECOND, SECOND_UNDER_FIRST, cell

MODE = ReplacementMode
ROLE = RemotePartyRole
DUE = datetime(2030, 1, 15, tzinfo=UTC)
OWN_COUNTER = 2000
PREPAYMENT = (SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 0),)

BROKER_DS = Holder.of("accessControlBroker.DS")
BROKER_KA = Holder.of("accessControlBroker.KA")
SUPPLIER_CELLS = ("supplier.DS", "supplier.KA", "supplier.KA.PP")
OPERATOR_CELLS = ("networkOperator.DS", "networkOperator.KA")
SUPPLIER = {name: Holder.of(name) for name in SUPPLIER_CELLS}
BEFORE_HANDOVER = {
    name: BROKER_DS if name.endswith("DS") else BROKER_KA
    for name in (*SUPPLIER_CELLS, *OPERATOR_CELLS)
}


@dataclass(frozen=True, kw_only=True)
class Update:
    """One update and what the specification answers to it."""

    mode: ReplacementMode
    device: EntityId
    originator: Holder
    authorising: str
    held: dict[str, Holder]
    new: dict[str, Holder]
    path: bytes = FIRST.issuing().certificate
    floor: int | None = None
    specialist: tuple[SpecialistFloor, ...] | None = None
    others: tuple[FloorChange, ...] | None = None
    changes: tuple[FloorChange, ...] = ()
    failed: dict[str, StatusCode] = field(default_factory=dict)
    counter: int = 1000

    @property
    def code(self) -> MessageCode:
        return REPLACEMENT_RULES[self.mode].code

    def command(self, execution: datetime | None = None) -> Message:
        control = Control(
            self.mode,
            self.counter,
            cell(self.authorising),
            self.floor,
            self.specialist,
            self.others,
        )
        replacements = tuple(
            Replacement(holder.leaf.certificate, cell(name)) for name, holder in self.new.items()
        )
        payload = encoded(UpdateCommand(control, replacements, (self.path,), execution))
        return from_party(self.originator, self.device, self.code, payload, self.counter)

    def execution(self) -> ExecutionOutcome:
        found = outcomes(self.held, self.new, self.failed)
        return ExecutionOutcome(self.counter, self.mode, self.changes, found)

    def response(self) -> Message:
        payload = encoded(UpdateResponse(self.execution()))
        return to_party(self.command(), payload, stamped=True)

    def accepted(self, execution: datetime) -> Message:
        return to_party(self.command(execution), encoded(UpdateResponse()), stamped=True)

    def alert(self) -> Message:
        alert_code = 0x8F67 if self.failed else 0x8F66
        payload = encoded(UpdateAlert(alert_code, DUE, self.execution()))
        is_cs02g = self.code >= 0x0125
        return by_device(
            Message(
                CraFlag.ALERT,
                OWN_COUNTER,
                self.device,
                self.originator.entity,
                MessageCode(0x0124 if is_cs02g else 0x00CB),
                payload,
            )
        )


def newer(*names: str) -> dict[str, object]:
    """Cells that hold the first generation and are given the next."""
    return {
        "held": {name: Holder.of(name) for name in names},
        "new": next_generation(*names),
        "path": SECOND_UNDER_FIRST.issuing().certificate,
    }


NEW_ROOT: dict[str, object] = {
    "held": {"root.CS": Holder.of("root.CS")},
    "new": {"root.CS": Holder.of("root.CS", SECOND)},
    "path": SECOND.link(FIRST),
}

UPDATES = {
    "handover of a GPF's supplier cells by the Broker": Update(
        mode=MODE.SUPPLIER_BY_SUPPLIER,
        device=GPF,
        originator=BROKER_DS,
        authorising="supplier.DS",
        held=BEFORE_HANDOVER,
        new=SUPPLIER,
        floor=0,
        specialist=PREPAYMENT,
        changes=(FloorChange(ROLE.SUPPLIER, 0, PREPAYMENT),),
    ),
    "handover of a GPF's operator cells by the Broker": Update(
        mode=MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
        device=GPF,
        originator=BROKER_DS,
        authorising="networkOperator.DS",
        held=BEFORE_HANDOVER,
        new={name: Holder.of(name) for name in OPERATOR_CELLS},
        floor=0,
        changes=(FloorChange(ROLE.NETWORK_OPERATOR, 0),),
    ),
    "handover with one certificate under another root": Update(
        mode=MODE.SUPPLIER_BY_SUPPLIER,
        device=GPF,
        originator=BROKER_DS,
        authorising="supplier.DS",
        held=BEFORE_HANDOVER,
        new={**SUPPLIER, "supplier.KA": Holder.of("supplier.KA", SECOND_UNDER_FIRST)},
        floor=0,
        changes=(FloorChange(ROLE.SUPPLIER, 0),),
        failed={"supplier.KA": StatusCode.NO_TRUST_ANCHOR},
    ),
    "the WAN provider's own cell on a hub": Update(
        mode=MODE.WAN_PROVIDER_BY_WAN_PROVIDER,
        device=CHF,
        originator=Holder.of("wanProvider.DS"),
        authorising="wanProvider.DS",
        floor=0,
        changes=(FloorChange(ROLE.WAN_PROVIDER, 0),),
        **newer("wanProvider.DS"),  # type: ignore[arg-type]
    ),
    "the Broker's own cells on a hub": Update(
        mode=MODE.ACB_BY_ACB,
        device=CHF,
        originator=BROKER_DS,
        authorising="accessControlBroker.DS",
        floor=0,
        changes=(FloorChange(ROLE.ACCESS_CONTROL_BROKER, 0),),
        **newer("accessControlBroker.DS", "accessControlBroker.KA"),  # type: ignore[arg-type]
    ),
    "transitional CoS, which moves no counter": Update(
        mode=MODE.TRANS_COS_BY_TRANS_COS,
        device=ESME,
        originator=Holder.of("transitionalCoS.DS"),
        authorising="transitionalCoS.DS",
        **newer("transitionalCoS.DS"),  # type: ignore[arg-type]
    ),
    "a new supplier by transitional CoS": Update(
        mode=MODE.SUPPLIER_BY_TRANS_COS,
        device=ESME,
        originator=Holder.of("transitionalCoS.DS"),
        authorising="transitionalCoS.DS",
        others=(FloorChange(ROLE.SUPPLIER, 0, PREPAYMENT),),
        changes=(FloorChange(ROLE.SUPPLIER, 0, PREPAYMENT),),
        **newer(*SUPPLIER_CELLS),  # type: ignore[arg-type]
    ),
    "a root that the present one vouches for, by a meter's supplier": Update(
        mode=MODE.ROOT_BY_SUPPLIER,
        device=ESME,
        originator=Holder.of("supplier.DS"),
        authorising="supplier.DS",
        **NEW_ROOT,  # type: ignore[arg-type]
    ),
    "a root that the present one vouches for, by a hub's WAN provider": Update(
        mode=MODE.ROOT_BY_WAN_PROVIDER,
        device=CHF,
        originator=Holder.of("wanProvider.DS"),
        authorising="wanProvider.DS",
        **NEW_ROOT,  # type: ignore[arg-type]
    ),
    "the load controller by itself": Update(
        mode=MODE.LOAD_CONTROLLER_BY_LOAD_CONTROLLER,
        device=ESME,
        originator=Holder.of("loadController.DS"),
        authorising="loadController.DS",
        floor=0,
        changes=(FloorChange(ROLE.LOAD_CONTROLLER, 0),),
        **newer("loadController.DS", "loadController.KA"),  # type: ignore[arg-type]
    ),
}
