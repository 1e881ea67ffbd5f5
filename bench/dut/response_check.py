"""Which responses of a device are genuine: what a target asks of each that comes."""

from collections.abc import Callable

from firmware_sim.gbcs.errors import RemoteError
from firmware_sim.gbcs.message import Message


class ResponseCheck:
    """Tells genuine responses from others, and remembers why others are not to be believed.

    Attributes:
        genuine: the genuine ones as messages.
        problem: why the last of the others is not.
    """

    def __init__(self, check: Callable[[bytes], Message]) -> None:
        self._check = check
        self.genuine: dict[bytes, Message] = {}
        self.problem = ""

    def __call__(self, octets: bytes) -> bool:
        try:
            self.genuine[octets] = self._check(octets)
        except RemoteError as error:
            self.problem = str(error)
            return False
        return True
