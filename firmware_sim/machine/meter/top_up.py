"""Is this UTRN good here, now? The checks that a command and a customer's typing share."""

from typing import NamedTuple

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId
from firmware_sim.gbcs.utrn import TopUpParties, Utrn, is_authentic
from firmware_sim.machine.context import Context
from firmware_sim.machine.image.use_records import TopUpFlag
from firmware_sim.machine.image.use_soundness import MAX_BALANCE
from firmware_sim.machine.meter import utrn_cache
from firmware_sim.machine.refusals import RefusalReason

PREPAYMENT_CELL = TrustAnchorCellId(
    RemotePartyRole.SUPPLIER, KeyUsage.KEY_AGREEMENT, CellUsage.PREPAYMENT_TOP_UP
)


class NotGood(Exception):
    """A UTRN is refused; nothing has changed."""

    def __init__(self, reason: RefusalReason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


class Good(NamedTuple):
    """A UTRN that may be credited: by how much, and the balance then; thousandths of a penny."""

    credit: int
    balance: int


def read_token(digits: bytes) -> Utrn:
    """What the octets of a UTRN say.

    Raises:
        NotGood: they are no UTRN, or of a reserved value class.
    """
    try:
        utrn = Utrn.parse(digits.decode("ascii", "replace"))
    except RemoteError as error:
        raise NotGood(RefusalReason.TOP_UP_MALFORMED, error.reason) from error
    if utrn.credit is None:
        text = f"value class {utrn.value_class} is reserved"
        raise NotGood(RefusalReason.TOP_UP_RESERVED_CLASS, text)
    return utrn


def check_authentic(context: Context, utrn: Utrn, counter: int) -> None:
    """Refuse a UTRN that the supplier's prepayment key did not make for this meter.

    That another meter's UTRN is refused here too, and under the same reason, follows from its MAC:
    the meter is only in it.

    Raises:
        NotGood: as said.
    """
    cell = context.state.cells.get(PREPAYMENT_CELL)
    if cell is None:
        text = f"this device has no cell {PREPAYMENT_CELL}"
        raise NotGood(RefusalReason.TOP_UP_NOT_AUTHENTIC, text)
    device = context.state.identity.entity
    parties = TopUpParties(cell.unique_id, device, context.secret_with(cell.public_key))
    if not is_authentic(utrn, parties, counter, context.suite):
        text = f"no valid MAC by the key of {PREPAYMENT_CELL}"
        raise NotGood(RefusalReason.TOP_UP_NOT_AUTHENTIC, text)


def check_floor(context: Context, counter: int) -> None:
    """Refuse a counter that is not above the floor, or by policy above the highest credited.

    Raises:
        NotGood: as said.
    """
    floor = utrn_cache.floor_of(context.state)
    if context.policy.topup_order == "increasing":
        floor = utrn_cache.highest_credited(context.state)
    if counter <= floor:
        text = f"UTRN counter {counter} is not above {floor}"
        raise NotGood(RefusalReason.TOP_UP_BELOW_FLOOR, text)


def judge(context: Context, utrn: Utrn, counter: int) -> Good:
    """An authentic UTRN that is not spent, and for which the balance has room.

    Raises:
        NotGood: as said.
    """
    if utrn_cache.has(context.state, counter, TopUpFlag.CREDITED):
        raise NotGood(RefusalReason.DUPLICATE_TOP_UP, f"UTRN counter {counter} is spent")
    credit = utrn.credit or 0
    balance = context.state.meter.balance + credit
    if balance > MAX_BALANCE:
        text = f"a balance has at most {MAX_BALANCE} thousandths of a penny"
        raise NotGood(RefusalReason.TOP_UP_EXCEEDS_BALANCE, text)
    return Good(credit, balance)
