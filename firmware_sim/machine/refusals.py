"""Why a device refuses a message: defined reasons, for the log, the alert and the reader."""

from enum import IntEnum
from typing import NamedTuple

from firmware_sim.gbcs.identifiers import EntityId, MessageCode
from firmware_sim.gbcs.message import Message
from firmware_sim.gbcs.payloads.alerts import AlertCode
from firmware_sim.gbcs.roles import RemotePartyRole
from firmware_sim.machine.image.records import Record


class RefusalReason(IntEnum):
    """The reasons, numbered as the security log stores them."""

    MALFORMED = 1
    NOT_ADDRESSED_TO_US = 2
    UNKNOWN_USE_CASE = 3
    USE_CASE_NOT_SUPPORTED = 4
    NOT_A_COMMAND = 5
    WRONG_PROTECTION = 6
    MODE_AND_CODE_DISAGREE = 7
    REPLAYED = 8
    NO_AUTHORITY = 9
    BAD_SIGNATURE = 10
    BAD_MAC = 11
    CONTINGENCY_KEY_DOES_NOT_UNWRAP = 12
    NO_ROOM = 13
    STORAGE_FAILED = 14
    NOTHING_TO_CANCEL = 15
    TOP_UP_MALFORMED = 16
    TOP_UP_RESERVED_CLASS = 17
    TOP_UP_OF_ANOTHER_COMMAND = 18
    TOP_UP_NOT_AUTHENTIC = 19
    DUPLICATE_TOP_UP = 20
    TOP_UP_BELOW_FLOOR = 21
    TOP_UP_EXCEEDS_BALANCE = 22
    TOP_UP_ENTRY_SUSPENDED = 23

    @property
    def label(self) -> str:
        """The reason in words, e.g. ``bad signature``."""
        return self.name.lower().replace("_", " ")


# Which alert follows which reason is inferred from the alerts' names; see policy refusal_alerts.
# No entry: silence, because nothing shows that the sender is a party the device knows.
ALERTS = {
    RefusalReason.MODE_AND_CODE_DISAGREE: AlertCode.COMMAND_INTEGRITY_FAILED,
    RefusalReason.WRONG_PROTECTION: AlertCode.COMMAND_INTEGRITY_FAILED,
    RefusalReason.REPLAYED: AlertCode.OTHER_AUTHENTICATION_FAILED,
    RefusalReason.NO_AUTHORITY: AlertCode.SOURCE_LACKS_AUTHORITY,
    RefusalReason.BAD_SIGNATURE: AlertCode.TRUSTED_SOURCE_AUTHENTICATION_FAILED,
    RefusalReason.BAD_MAC: AlertCode.TRUSTED_SOURCE_AUTHENTICATION_FAILED,
}

# These only if the policy asks for them; see topup_refusal_alerts.
TOP_UP_ALERTS = {
    RefusalReason.TOP_UP_NOT_AUTHENTIC: AlertCode.TOP_UP_NOT_AUTHENTIC,
    RefusalReason.DUPLICATE_TOP_UP: AlertCode.DUPLICATE_TOP_UP,
    RefusalReason.TOP_UP_EXCEEDS_BALANCE: AlertCode.TOP_UP_EXCEEDS_BALANCE,
}


class Refusal(NamedTuple):
    """One refusal, as the bench sees it; what is not known of the message is None."""

    reason: RefusalReason
    text: str
    originator: EntityId | None = None
    counter: int | None = None
    code: MessageCode | None = None


class Refused(Exception):
    """Raised on the way to a refusal; never leaves the machine.

    Args:
        answer: what is sent all the same; by default a refusal is silent.
        spends: of an authentic command, the role whose Originator Counter moves up to the
            command's, in one transaction with the count of the refusal.
        puts: records that become durable in that transaction too.
    """

    def __init__(
        self,
        reason: RefusalReason,
        text: str,
        answer: tuple[bytes, ...] = (),
        *,
        spends: RemotePartyRole | None = None,
        puts: tuple[Record, ...] = (),
    ) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.answer = answer
        self.spends = spends
        self.puts = puts

    @property
    def changes_something(self) -> bool:
        """Whether the refusal itself is to be durable, counted or not."""
        return self.spends is not None or bool(self.puts)

    def refusal(self, message: Message | None) -> Refusal:
        """The refusal of a message, or of octets that are none."""
        if message is None:
            return Refusal(self.reason, self.text)
        return Refusal(self.reason, self.text, message.originator, message.counter, message.code)
