"""Updates that are authentic and yet not fit to be carried out, by what is wrong with them."""

from collections.abc import Callable
from typing import Any

from firmware_sim.gbcs.message import Message, Supplementary
from firmware_sim.gbcs.payloads.floors import FloorChange, SeqNumberUsage, SpecialistFloor
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.gbcs.times import encode_date_time
from firmware_sim.machine.refusals import RefusalReason
from tests.support.commands import (
    MODE,
    ROLE,
    by_contingency,
    by_recovery,
    replacements,
    supplier_by_supplier,
    update,
)
from tests.support.meter import DAY, START, Meter
from tests.support.pki import SECOND, cell, entity

REASON = RefusalReason

TOP_UP = SpecialistFloor(SeqNumberUsage.PREPAYMENT_TOP_UP, 3)

Make = Callable[..., Message]


def mode_under_another_code(meter: Meter, **changes: Any) -> Message:
    """By the network operator, whose message code it has; the mode is the supplier's."""
    control = {"mode": MODE.SUPPLIER_BY_SUPPLIER, "authorising_cell": cell("supplier.DS")}
    what = replacements(["supplier.DS"])
    mode = MODE.NETWORK_OPERATOR_BY_NETWORK_OPERATOR
    return update(meter, mode, what, control=control, **changes)


def payload_counter_is_another(meter: Meter, **changes: Any) -> Message:
    return supplier_by_supplier(meter, control={"counter": START + 1}, **changes)


def symmetric_key_outside_contingency(meter: Meter, **changes: Any) -> Message:
    return supplier_by_supplier(meter, control={"symmetric_key": bytes(16)}, **changes)


def authorised_by_another_cell(meter: Meter, **changes: Any) -> Message:
    control = {"authorising_cell": cell("networkOperator.DS")}
    return supplier_by_supplier(meter, control=control, **changes)


def no_cell_named(meter: Meter, **changes: Any) -> Message:
    return supplier_by_supplier(meter, control={"authorising_cell": None}, **changes)


def supplementary_fields(meter: Meter, **changes: Any) -> Message:
    """Of a use case in which the Broker speaks for a user; no reference CS02b has any."""
    fields = Supplementary(entity(ROLE.NETWORK_OPERATOR), 7)
    return supplier_by_supplier(meter, supplementary=fields, **changes)


def date_time_in_the_header(meter: Meter, **changes: Any) -> Message:
    return supplier_by_supplier(meter, date_time=encode_date_time(DAY, 0), **changes)


def specialist_floor_alone(meter: Meter, **changes: Any) -> Message:
    return supplier_by_supplier(meter, control={"specialist_floors": (TOP_UP,)}, **changes)


def floor_of_one_role_twice(meter: Meter, **changes: Any) -> Message:
    two = (FloorChange(ROLE.SUPPLIER, 1), FloorChange(ROLE.SUPPLIER, 2))
    return by_recovery(meter, control={"other_changes": two}, **changes)


def floor_of_the_authorising_role_twice(meter: Meter, **changes: Any) -> Message:
    control = {"floor": 1, "other_changes": (FloorChange(ROLE.RECOVERY, 2),)}
    return by_recovery(meter, control=control, **changes)


def specialist_floor_twice(meter: Meter, **changes: Any) -> Message:
    control = {"floor": 1, "specialist_floors": (TOP_UP, TOP_UP)}
    return supplier_by_supplier(meter, control=control, **changes)


def specialist_floor_of_another_role_twice(meter: Meter, **changes: Any) -> Message:
    change = FloorChange(ROLE.SUPPLIER, 1, (TOP_UP, TOP_UP))
    return by_recovery(meter, control={"other_changes": (change,)}, **changes)


def floor_of_another_role(meter: Meter, **changes: Any) -> Message:
    control = {"other_changes": (FloorChange(ROLE.RECOVERY, 2**62),)}
    return supplier_by_supplier(meter, control=control, **changes)


def floor_of_the_root_by_contingency(meter: Meter, **changes: Any) -> Message:
    control = {"other_changes": (FloorChange(ROLE.ROOT, 0),)}
    return by_contingency(meter, control=control, **changes)


def contingency_that_names_no_cell(meter: Meter, **changes: Any) -> Message:
    return by_contingency(meter, control={"authorising_cell": None}, **changes)


def contingency_that_names_the_recovery_cell(meter: Meter, **changes: Any) -> Message:
    control = {"authorising_cell": cell("recovery.DS")}
    return by_contingency(meter, control=control, **changes)


def one_cell_twice(meter: Meter, **changes: Any) -> Message:
    what = replacements(["supplier.DS", "supplier.DS"])
    return update(meter, MODE.SUPPLIER_BY_SUPPLIER, what, **changes)


def contingency_without_a_root(meter: Meter, **changes: Any) -> Message:
    what = replacements(["supplier.DS"], SECOND)
    return update(meter, MODE.ANY_BY_CONTINGENCY, what, **changes)


UNFIT: dict[str, tuple[Make, RefusalReason, RemotePartyRole, int | None]] = {
    make.__name__: (make, reason, role, alert)
    for make, reason, role, alert in (
        (
            mode_under_another_code,
            REASON.MODE_AND_CODE_DISAGREE,
            ROLE.NETWORK_OPERATOR,
            0x8F1E,
        ),
        (payload_counter_is_another, REASON.MALFORMED, ROLE.SUPPLIER, None),
        (symmetric_key_outside_contingency, REASON.MALFORMED, ROLE.SUPPLIER, None),
        (authorised_by_another_cell, REASON.NO_AUTHORITY, ROLE.SUPPLIER, 0x8F30),
        (no_cell_named, REASON.NO_AUTHORITY, ROLE.SUPPLIER, 0x8F30),
        (supplementary_fields, REASON.MALFORMED, ROLE.SUPPLIER, None),
        (date_time_in_the_header, REASON.MALFORMED, ROLE.SUPPLIER, None),
        (specialist_floor_alone, REASON.MALFORMED, ROLE.SUPPLIER, None),
        (floor_of_one_role_twice, REASON.MALFORMED, ROLE.RECOVERY, None),
        (floor_of_the_authorising_role_twice, REASON.MALFORMED, ROLE.RECOVERY, None),
        (specialist_floor_twice, REASON.MALFORMED, ROLE.SUPPLIER, None),
        (specialist_floor_of_another_role_twice, REASON.MALFORMED, ROLE.RECOVERY, None),
        (contingency_that_names_no_cell, REASON.NO_AUTHORITY, ROLE.ROOT, 0x8F30),
        (contingency_that_names_the_recovery_cell, REASON.NO_AUTHORITY, ROLE.ROOT, 0x8F30),
        (floor_of_another_role, REASON.NO_AUTHORITY, ROLE.SUPPLIER, 0x8F30),
        (floor_of_the_root_by_contingency, REASON.NO_AUTHORITY, ROLE.ROOT, 0x8F30),
        (one_cell_twice, REASON.MALFORMED, ROLE.SUPPLIER, None),
        (contingency_without_a_root, REASON.MALFORMED, ROLE.ROOT, None),
    )
}
"""By name: how to make it, why it is refused, whose counter it spends, the alert code if any."""
