"""The firmware's machine in a process of its own, which ends at once if the sanitizers object."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

from firmware_sim.hw.build.engine import PROGRAMS, build_program
from firmware_sim.hw.errors import HardwareError
from firmware_sim.machine.flash.geometry import Geometry
from firmware_sim.machine.ports import ClockReading
from tests.support.host_device import EngineAnswer, name_of, seconds_of, typed_octets
from tests.support.patience import at_most

_STORE_OK = 0
_SECONDS_TO_END = at_most(120)


@cache
def _program() -> Path:
    try:
        return build_program(PROGRAMS / "run_machine.c")
    except HardwareError as error:
        pytest.skip(f"the firmware was not built with sanitizers: {error}")


class SanitizedDevice:
    """As `tests.support.host_device.HostDevice`, under AddressSanitizer and UBSan."""

    misuses = 0

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self._process = subprocess.Popen(
            [_program()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self._ask("G", name_of(geometry).encode() + b"\0")[0]

    def close(self) -> None:
        """End the process.

        Raises:
            AssertionError: it has ended by itself, or not well.
        """
        _, errors = self._process.communicate(timeout=_SECONDS_TO_END)
        assert self._process.returncode == 0, errors.decode(errors="replace")

    def load(self, image: bytes) -> None:
        """Put an image into the flash, past the machine."""
        self._ask("L", image)

    def image(self) -> bytes:
        """The whole flash."""
        return self._ask("I")

    def power_on(self) -> bool:
        """Start from the flash; False if it holds no sound state."""
        return self._ask("P")[0] == _STORE_OK

    def reopen(self) -> None:
        """Let the machine that runs read its flash anew, which was changed past it."""
        assert self._ask("O")[0] == _STORE_OK

    def set_clock(self, reading: ClockReading) -> None:
        """Stop the clock at a reading of 1970 or later; a fraction of a second is dropped."""
        assert self._ask(
            "C", seconds_of(reading).to_bytes(8, "little") + bytes((reading.reliability,))
        )[0]

    def receive(self, octets: bytes) -> EngineAnswer:
        """Hand over what arrived."""
        return _answers(self._ask("R", octets))

    def enter(self, digits: str) -> EngineAnswer:
        """Type in a token."""
        return _answers(self._ask("E", typed_octets(digits)))

    def tick(self) -> EngineAnswer:
        """Let it do what has fallen due."""
        return _answers(self._ask("T"))

    def _ask(self, letter: str, octets: bytes = b"") -> bytes:
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        try:
            into.write(letter.encode() + len(octets).to_bytes(4, "little") + octets)
            into.flush()
        except BrokenPipeError:
            self._fail()
        head = out.read(4)
        answer = out.read(int.from_bytes(head, "little"))
        if len(head) < 4:
            self._fail()
        return answer

    def _fail(self) -> None:
        errors = self._process.communicate(timeout=_SECONDS_TO_END)[1].decode(errors="replace")
        raise AssertionError(f"the sanitizers ended the firmware: {errors}")


def _answers(octets: bytes) -> EngineAnswer:
    messages, at = [], 1
    while at < len(octets):
        end = at + 4 + int.from_bytes(octets[at : at + 4], "little")
        messages.append(octets[at + 4 : end])
        at = end
    return EngineAnswer(tuple(messages), octets[0])
