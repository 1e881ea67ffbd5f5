"""What a message says of itself: it stands in its octets, and nowhere else in a ledger."""

from hashlib import sha256

from firmware_sim.bench.evidence.redact import parsed
from firmware_sim.gbcs.use_cases import use_case_name


def described(octets: bytes) -> tuple[str, str, str, str, str]:
    """Kind, use case, originator, target and counter, as a message's own octets say."""
    head = parsed(octets)
    if head is None:
        return ("not a message", "", "", "", "")
    parties = (str(head.originator), str(head.target), str(head.counter))
    return (head.cra.name.lower(), use_case_name(head.code), *parties)


def digest_of(octets: bytes) -> str:
    """SHA-256 of a message, 64 hexadecimal digits."""
    return sha256(octets).hexdigest()
