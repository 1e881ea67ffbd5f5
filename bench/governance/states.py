"""Where the procedure stands with one Compromise, and what takes it further."""

from enum import StrEnum


class CaseState(StrEnum):
    """Where the procedure stands with one Compromise."""

    NORMAL = "normal"
    SUSPECTED = "suspected"
    CONFIRMING = "confirming"
    FALSE_ALARM = "false alarm"
    NOTIFIED = "notified"
    PREPARING = "preparing"
    SOFT_RECOVERY = "soft recovery"
    MEETING = "meeting"
    INFORMATION = "information"
    DECIDED = "decided"
    EVENT_A = "Event A"
    EVENT_B = "Event B"
    NO_EVENT = "no Event"
    CEREMONY = "ceremony"
    CSR_COORDINATION = "CSR coordination"
    EXECUTING = "executing"
    READBACK = "read back"
    REPORTED = "reported"
    CLOSED = "closed"


class CaseEvent(StrEnum):
    """What people do about one Compromise."""

    SUSPECT = "a Compromise is put on record"
    TELL_DCC = "the DCC is told"
    CONFIRM = "the DCC confirms it"
    DISMISS = "the DCC finds a false alarm"
    NOTIFY_PMA = "the DCC notifies the SMKI PMA"
    PREPARE = "a preparatory step is taken"
    REPLACE_SOFTLY = "a party replaces its own credentials"
    MEET = "the SMKI PMA meets"
    ASK = "the SMKI PMA asks for information"
    ANSWER = "the information is given"
    DECIDE = "the SMKI PMA decides"
    EVENT_A = "a Recovery Event of type A occurs"
    EVENT_B = "a Recovery Event of type B occurs"
    NO_EVENT = "no Recovery Event occurs"
    HOLD_CEREMONY = "the Key Custodians hold a ceremony"
    COORDINATE = "Certificate Signing Requests are coordinated"
    EXECUTE = "a command under a protected key is sent"
    READ_BACK = "devices are read back"
    REPORT = "the DCC reports to the SMKI PMA"
    CLOSE = "the case is closed"


class Track(StrEnum):
    """What goes on beside the procedure from a Recovery Event on."""

    COSTS = "costs"
    BREACH = "breach"
