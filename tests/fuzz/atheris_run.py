"""The fuzzing process: devices traced by atheris, run until libFuzzer's options say stop.

``python -m tests.fuzz`` starts it; its arguments are libFuzzer's.
"""

import os
import sys
from threading import Thread

import atheris

from firmware_sim.bench.outcome import ExitCode

# Before the traced modules are imported by anything else.
PURE = ["firmware_sim.gbcs", "firmware_sim.machine", "firmware_sim.devices"]
with atheris.instrument_imports(include=PURE):
    from tests.fuzz.mutator import mutate
    from tests.fuzz.target import check


def _change(octets: bytes, max_octets: int) -> bytes:
    return bytes(atheris.Mutate(octets, max(max_octets, 1)))


def _mutate(data: bytes, max_octets: int, seed: int) -> bytes:
    return mutate(data, max_octets, seed, _change)


def _end_with_parent() -> None:
    """Nothing is sent on standard input: it ends when the parent closes it or is gone."""
    sys.stdin.buffer.read()
    os._exit(ExitCode.INTERRUPTED)


if __name__ == "__main__":
    Thread(target=_end_with_parent, daemon=True).start()
    atheris.Setup(sys.argv, check, custom_mutator=_mutate)
    atheris.Fuzz()
