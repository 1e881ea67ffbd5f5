"""Names of the specification in words for a reader who has never seen it."""

import re
from datetime import datetime
from typing import Final

from firmware_sim.bench.outcome import Outcome
from firmware_sim.bench.population.schema import called
from firmware_sim.gbcs.roles import CellUsage, KeyUsage, RemotePartyRole, TrustAnchorCellId

_ROLES = {
    RemotePartyRole.ROOT: "Root",
    RemotePartyRole.RECOVERY: "Recovery",
    RemotePartyRole.SUPPLIER: "Supplier",
    RemotePartyRole.NETWORK_OPERATOR: "Network operator",
    RemotePartyRole.ACCESS_CONTROL_BROKER: "Access Control Broker",
    RemotePartyRole.TRANSITIONAL_COS: "Transitional CoS",
    RemotePartyRole.WAN_PROVIDER: "WAN provider",
    RemotePartyRole.ISSUING_AUTHORITY: "Issuing authority",
    RemotePartyRole.LOAD_CONTROLLER: "Load controller",
    RemotePartyRole.OTHER: "Other",
}

_USAGES = {
    KeyUsage.DIGITAL_SIGNATURE: "signs commands",
    KeyUsage.KEY_AGREEMENT: "agrees MAC keys",
    KeyUsage.KEY_CERT_SIGN: "vouches for all others",
}

_VERDICTS = {
    Outcome.PASSED: ("Passed", "Every device did what it must."),
    Outcome.FAILED: ("Failed", "A device did wrong."),
    Outcome.ERROR: ("No verdict", "The bench itself broke, so nothing final is said of a device."),
    Outcome.INTERRUPTED: ("Interrupted", "The run was stopped: what follows is a part."),
    Outcome.NOTHING_RAN: (
        "Nothing ran",
        "No check was made of what the story says of devices, so nothing is known.",
    ),
    Outcome.PROCEDURE_NOT_FOLLOWED: (
        "Procedure not followed",
        "No device did wrong, but the people did not do what Section L asks.",
    ),
    Outcome.OUTSTANDING: (
        "Devices outstanding",
        "No device did wrong; some could not be reached, or were not asked, and are outstanding.",
    ),
    Outcome.NOT_AS_DECLARED: (
        "Not as declared",
        "The story says that it ends with other verdicts.",
    ),
    None: ("Unfinished", "The run is still going or was cut off: what follows is a part."),
}

UNDECLARED: Final = (
    "No check of a single device failed, but what was found is not what the story declares."
)
"""Of a run that failed by an expectation of its story about all devices together."""

_AS_DECLARED = "It ended as the story expects: both verdicts are the declared ones."

_TARGETS = {"memory": "in memory", "mqtt": "over MQTT, through the broker in the bench"}

_DAY = 24 * 3600

UNSIGNED = "told by the bench beside the device, unsigned"
"""Marks the reason of a refusal that nothing proves; the device's own word would be signed."""


def role(cell: TrustAnchorCellId) -> str:
    """Whose key the cell holds."""
    return _ROLES[cell.role]


def party(name: str) -> str:
    """A party at the beginning of a sentence: ``The DCC``, ``The network operator``, ``Alpha``."""
    return sentence(called(name))


def key_use(cell: TrustAnchorCellId) -> str:
    """What the key in the cell does."""
    if cell.cell_usage is CellUsage.PREPAYMENT_TOP_UP:
        return "agrees keys for prepayment top-up"
    return _USAGES[cell.key_usage]


def verdict(
    outcome: Outcome | None, *, as_declared: bool = False, is_undeclared: bool = False
) -> tuple[str, str]:
    """The verdict on a run: a word or two, and a sentence.

    Args:
        as_declared: it passed because its story declares verdicts that are not good by themselves.
        is_undeclared: it failed only because the devices together are not as the story says.
    """
    word, sentence = _VERDICTS[outcome]
    if is_undeclared and outcome is Outcome.FAILED:
        return word, UNDECLARED
    return (word, _AS_DECLARED) if as_declared and outcome is Outcome.PASSED else (word, sentence)


def target(name: str) -> str:
    """How devices were reached, e.g. ``over MQTT``."""
    return _TARGETS.get(name, f"through {name}")


def label(name: str) -> str:
    """``bad_signature`` or ``badSignature`` as ``bad signature``."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("_", " ")).lower()
    return re.sub(r"\bmac\b", "MAC", words)


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 device``, ``2,500 devices``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def span(seconds: float) -> str:
    """A length of time as people say it: ``42 s``, ``70 min``, ``6.4 h``, ``3.5 days``."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 3 * _DAY else f"{seconds / _DAY:.1f} days"


def several(things: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *head, last = things
    return f"{', '.join(head)} and {last}" if head else last


def sentence(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def clock(at: str) -> str:
    """Time of day of an ISO time, to the second."""
    return datetime.fromisoformat(at).strftime("%H:%M:%S")


def day(at: str) -> str:
    """Date of an ISO time, e.g. ``2 March 2026``."""
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%B %Y}"


def moment(at: str) -> str:
    """Date and time of an ISO time, to the minute, e.g. ``2 March 2026, 09:00``."""
    return f"{day(at)}, {datetime.fromisoformat(at):%H:%M}"


def grouped(hexadecimal: str) -> str:
    """Hexadecimal digits in fours."""
    return " ".join(hexadecimal[at : at + 4] for at in range(0, len(hexadecimal), 4))
