"""Opens encrypted items of messages with published keys."""

from pathlib import Path

from firmware_sim.bench.cli.message.use_payload import Opener, closed
from firmware_sim.bench.experiments.conformance.opened_items import opened_item
from firmware_sim.bench.experiments.conformance.published_keys import read_published_keys
from firmware_sim.gbcs.crypto import P256Suite
from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import parse_message


def opener_for(octets: bytes, keystore: Path | None) -> Opener:
    """What opens the items of one message; nothing does without a file of keys.

    Raises:
        UsageError: the file cannot be read, or is no such file.
    """
    if keystore is None:
        return closed
    suite = P256Suite()
    keys = read_published_keys(keystore, None, suite)
    try:
        message = parse_message(octets)
    except RemoteError:
        return closed  # whoever reads it says so
    return lambda item: opened_item(item, message, keys, suite)
