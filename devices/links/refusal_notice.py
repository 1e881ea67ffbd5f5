"""Why a device refused a message, published by the bench that runs it.

A device tells the parties no reason. A bench that sees one may tell other benches, on a topic of
its own. The octets are JSON, as a `Presence` is::

    {"reason": 8, "originator": "90b3d51f30000002", "counter": 1000, "code": 258}
"""

import json
from typing import NamedTuple, Self

from firmware_sim.gbcs.errors import GbcsError, RemoteError
from firmware_sim.gbcs.identifiers import EntityId, MessageCode

MAX_NOTICE_OCTETS = 1024


class RefusalNotice(NamedTuple):
    """One refusal.

    Attributes:
        reason: as the security log numbers it.
        originator, counter, code: of the message that was refused.
    """

    device: EntityId
    reason: int
    originator: EntityId
    counter: int
    code: MessageCode

    def octets(self) -> bytes:
        """The JSON above, in UTF-8; the device stands in the topic."""
        return json.dumps(
            {
                "reason": self.reason,
                "originator": str(self.originator),
                "counter": self.counter,
                "code": int(self.code),
            }
        ).encode()

    @classmethod
    def parse(cls, device: EntityId, octets: bytes) -> Self:
        """Read what `octets` writes.

        Raises:
            RemoteError: not such a notice, or over 1,024 octets.
        """
        if len(octets) > MAX_NOTICE_OCTETS:
            raise RemoteError(f"a notice of {len(octets)} octets")
        try:
            fields = json.loads(octets)
            reason, counter, code = (int(fields[name]) for name in ("reason", "counter", "code"))
            originator = EntityId.parse(fields["originator"])
            return cls(device, reason, originator, counter, MessageCode(code))
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            RecursionError,
            OverflowError,
            GbcsError,
        ) as error:
            raise RemoteError("no notice of a refusal", octets=octets) from error
