"""One order for many devices of the engine: composed, received and verified in one call each."""

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

from firmware_sim.hw.engine.device import EngineDevice
from firmware_sim.hw.engine.errors import EngineError
from firmware_sim.hw.engine.library import EngineLibrary

_ROOM = 4096


class Order(NamedTuple):
    """A command as one device would get it.

    Attributes:
        signer: 32-octet scalar that signs it for each device; None: the signature stays.
        broker: 32-octet scalar of the Access Control Broker that makes the MAC for each device;
            None: the MAC, if any, stays.
    """

    command: bytes
    signer: bytes | None
    broker: bytes | None = None

    def __repr__(self) -> str:
        return f"Order({len(self.command)} octets)"


class _Order(ctypes.Structure):
    _fields_ = (
        ("command", ctypes.c_char_p),
        ("length", ctypes.c_size_t),
        ("signer", ctypes.c_char_p),
        ("broker", ctypes.c_char_p),
    )


class Batch:
    """Commands for many devices and what they answered.

    Args:
        count: how many devices.
        length: octets of one command.
    """

    def __init__(self, library: EngineLibrary, count: int, length: int) -> None:
        self._library = library
        self._count = count
        self._length = length
        self._commands = ctypes.create_string_buffer(count * length)
        self._answers = ctypes.create_string_buffer(count * _ROOM)
        self._lengths = (ctypes.c_int32 * count)()

    def compose(
        self, order: Order, targets: Sequence[bytes], agreement_keys: Sequence[bytes] = ()
    ) -> None:
        """The order for every device.

        Args:
            targets: Entity Identifiers of 8 octets.
            agreement_keys: the devices' points of 65 octets, where there is a MAC to make.

        Raises:
            EngineError: the command is none that carries what the order asks for, or a point is
                not on the curve.
        """
        packed = _Order(order.command, len(order.command), order.signer, order.broker)
        keys = b"".join(agreement_keys) if order.broker is not None else None
        made = self._library.compose_all(
            ctypes.byref(packed), self._count, b"".join(targets), keys, self._commands
        )
        if made != self._count:
            raise EngineError(f"no command can be made from the order for device {made}")

    def fill(self, commands: Sequence[bytes]) -> None:
        """Commands that were made elsewhere."""
        self._commands.raw = b"".join(commands)

    def command(self, number: int) -> bytes:
        """The command for one device."""
        at = ctypes.addressof(self._commands) + number * self._length
        return ctypes.string_at(at, self._length)

    def receive(self, devices: Sequence[EngineDevice]) -> None:
        """Let every device have its command."""
        handles = (ctypes.c_void_p * self._count)(*(device.handle for device in devices))
        self._library.receive_all(
            handles, self._count, self._commands, self._length, self._answers, _ROOM, self._lengths
        )

    def answer(self, number: int) -> tuple[int, bytes]:
        """Of one device: the reason of its refusal or 0, and its first message or nothing."""
        at = number * _ROOM
        length = self._lengths[number]
        if length <= 0:
            raise EngineError(f"device {number} gave no answer: {length}")
        answers = ctypes.string_at(ctypes.addressof(self._answers) + at, length)
        end = 5 + int.from_bytes(answers[1:5], "little")
        return answers[0], answers[5:end]

    def heard(self, number: int, message: bytes) -> None:
        """A message that a device elsewhere answered with, in place of what `receive` gives.

        Raises:
            ValueError: it is longer than a device's answers can be.
        """
        packed = b"\0" + len(message).to_bytes(4, "little") + message
        if len(packed) > _ROOM:
            raise ValueError(f"an answer of {len(message)} octets")
        ctypes.memmove(ctypes.addressof(self._answers) + number * _ROOM, packed, len(packed))
        self._lengths[number] = len(packed)

    def length(self, number: int) -> int:
        """Of one device: octets of all that came, one for the reason and each length among them.

        Negative: a power cut came, or it is more than a batch has room for.
        """
        return self._lengths[number]

    def verify(self, originators: Sequence[bytes], signing_keys: Sequence[bytes]) -> list[bool]:
        """Of every device: whether its first message is its own, signed by its key of 65 octets."""
        is_good = (ctypes.c_bool * self._count)()
        self._library.verify_all(
            self._count,
            self._answers,
            _ROOM,
            self._lengths,
            b"".join(originators),
            b"".join(signing_keys),
            is_good,
        )
        return list(is_good)

    def check_macs(
        self, originators: Sequence[bytes], agreement_keys: Sequence[bytes], broker: bytes
    ) -> list[bool]:
        """As `verify`, of messages with a MAC for the Access Control Broker.

        Args:
            agreement_keys: the devices' points of 65 octets.
            broker: 32-octet scalar.
        """
        is_good = (ctypes.c_bool * self._count)()
        self._library.check_macs_all(
            self._count,
            self._answers,
            _ROOM,
            self._lengths,
            b"".join(originators),
            b"".join(agreement_keys),
            broker,
            is_good,
        )
        return list(is_good)
